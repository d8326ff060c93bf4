import { InvalidRequestError } from '../errors.js';
import type { ResolvedOptions } from '../options.js';
import type { CallRequest } from './request.js';

/** Whose stored answers a call may take and add to, and how old they may be. */
export interface CachePolicy {
  readonly scope: string;
  readonly ttlMs: number;
}

/**
 * How a call uses the response cache; `null` where it does not. Without a word of the call, only
 * deterministic requests do, and only under the client's scope.
 * @throws {InvalidRequestError} where the call asks for it and nobody says whose answers these are.
 */
export function cachePolicy(
  { options: { cache }, parameters }: CallRequest,
  client: ResolvedOptions['cache'],
): CachePolicy | null {
  if (cache === false) return null;
  const own = typeof cache === 'object' ? cache : {};
  // A tenant whose name is missing is not the client: their answers would mix.
  const scope = 'scope' in own ? own.scope : client.scope;
  if (scope === undefined || scope === null) {
    if (cache === undefined) return null;
    throw new InvalidRequestError(
      'cache.scope',
      'cache.scope must say whose answers these are (a tenant, a user, an application): here, or in the options of the client.',
    );
  }
  if (cache === undefined && !isDeterministic(parameters)) return null;
  return { scope, ttlMs: own.ttlMs ?? client.ttlMs };
}

/** OpenAI calls `seed` deprecated; other services know nothing else. */
interface Sampling {
  readonly temperature?: number | null;
  readonly seed?: number | null;
}

/** Asks for the same answer each time, as far as a model can be asked to. */
function isDeterministic({ temperature, seed }: Sampling): boolean {
  return temperature === 0 || typeof seed === 'number';
}
