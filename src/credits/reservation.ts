import { InvalidRequestError } from '../errors.js';
import type { Lease } from '../types.js';
import { knownAmount, type AttemptCost } from './booking.js';

/** An attempt that is about to be sent. */
export interface ReservationRequest {
  readonly callId: string;
  readonly attemptId: string;
  readonly model: string;
  readonly provider: string;
  readonly session: string;
  readonly tags: readonly string[];
  /** The most it can cost, in USD; `null` where the price is unknown. */
  readonly boundUsd: number | null;
  /** Let an attempt of unknown price pass a hard budget. @default false */
  readonly allowUnpriced?: boolean;
}

/** Money set aside for one attempt. */
export interface ReservationLease extends Lease<AttemptCost> {
  /** The bound it was granted under; `null` where the price is unknown. */
  readonly reservedUsd: number | null;
}

/** @throws {InvalidRequestError} where the bound is not a finite number, 0 or more. */
export function checkBound({ boundUsd }: ReservationRequest): void {
  if (boundUsd === null || knownAmount(boundUsd) !== null) return;
  throw new InvalidRequestError(
    'boundUsd',
    `boundUsd must be a finite number, 0 or more, or null for unknown, got ${boundUsd}.`,
  );
}
