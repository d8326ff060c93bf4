import type { AttemptRow } from 'routell';
import type { LedgerEntry } from '../../src/testing/index.js';
import type { Findings } from './findings.js';

/** What the upstream's own book says of one attempt. */
export interface AttemptTruth {
  /** `null` where the upstream did not read so far. */
  readonly attemptId: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly credits: number;
  /** Whether so much as a status was answered. */
  readonly isAnswered: boolean;
  /** Whether the fault may have been that it told a usage of 0 for what it charged. */
  readonly mayTellZero: boolean;
}

type KnownTruth = AttemptTruth & { readonly attemptId: string };

const ROUNDING_USD = 1e-12;

/** Of the attempts of one comparison. */
export interface Compared {
  readonly attempts: number;
  /** Requests that reached the upstream. */
  readonly received: number;
  /** Of these, told to the last token. */
  readonly exact: number;
  /** Of these, estimated. */
  readonly estimated: number;
}

/** The request of a ledger entry says which attempt it was: see `AttemptStamp`. One never read to its end does not. */
export function truthOf(entry: LedgerEntry): AttemptTruth {
  const request = entry.content?.request as { readonly user?: string } | undefined;
  return {
    attemptId: request?.user ?? null,
    inputTokens: entry.tokens.input,
    outputTokens: entry.tokens.output,
    costUsd: entry.costUsd,
    credits: entry.points / 100,
    isAnswered: entry.status !== null,
    mayTellZero: entry.fault === 'usage',
  };
}

/**
 * I3 and I4, attempt by attempt: a row for each request that arrived; where usage was told, the same tokens and the
 * same charge; elsewhere an estimate that says so, and neither it nor the booking is below what was charged.
 */
export function compareAttempts(
  findings: Findings,
  rows: readonly AttemptRow[],
  truths: readonly AttemptTruth[],
  booked: ReadonlyMap<string, number | null>,
): Compared {
  const rowOf = new Map(rows.map((row) => [row.attemptId, row]));
  const sent = truthByAttempt(findings, truths);
  const sizes = (): string => `${rows.length} rows, ${truths.length} requests of ${sent.size} attempts`;
  findings.check('I3 each attempt has one row', rowOf.size === rows.length, sizes);
  findings.check('I3 there are no more attempts than rows', sent.size <= rows.length, sizes);
  for (const truth of truths) {
    const isFree = truth.attemptId !== null || truth.credits === 0;
    findings.check('I3 what was not read is not charged', isFree, () => JSON.stringify(truth));
  }
  const counts = { exact: 0, estimated: 0 };
  for (const truth of sent.values()) {
    const row = rowOf.get(truth.attemptId);
    findings.check('I3 each request has a row', row !== undefined, () => JSON.stringify(truth));
    if (row === undefined) continue;
    const kind = checkRow(findings, row, truth, booked);
    if (kind === null) continue;
    counts[kind] += 1;
  }
  for (const row of rows) {
    const isKnown = row.billed !== 'yes' || sent.has(row.attemptId);
    findings.check('I3 nothing is billed that was not received', isKnown, () => JSON.stringify(row));
  }
  return { attempts: rows.length, received: truths.length, ...counts };
}

/** A transport sends again what a kept connection took to its grave: then only one of the requests is answered. */
function truthByAttempt(
  findings: Findings,
  truths: readonly AttemptTruth[],
): ReadonlyMap<string, KnownTruth> {
  const known = truths.filter((truth): truth is KnownTruth => truth.attemptId !== null);
  const byAttempt = new Map<string, KnownTruth>();
  for (const truth of known) {
    const other = byAttempt.get(truth.attemptId);
    const isOne = other === undefined || !(other.isAnswered && truth.isAnswered);
    findings.check('I3 an attempt is answered once', isOne, () => JSON.stringify([other, truth]));
    if (other?.isAnswered !== true) byAttempt.set(truth.attemptId, truth);
  }
  return byAttempt;
}

/** Whether the row was held to be exact, or an estimate; `null` where there is nothing to compare. */
function checkRow(
  findings: Findings,
  row: AttemptRow,
  truth: KnownTruth,
  booked: ReadonlyMap<string, number | null>,
): 'exact' | 'estimated' | null {
  const both = (): string => JSON.stringify({ row, truth, bookedUsd: booked.get(row.attemptId) });
  const isCharged = truth.credits > 0;
  findings.check('I3 what was charged is held to be', !isCharged || row.billed !== 'no', both);
  if (row.billed === 'no') return null;
  const isTold = row.usage?.estimated === false;
  if (isTold) {
    const isToldZero = truth.mayTellZero && isZero(row);
    findings.check('I3 told usage is booked to the token', isToldZero || isExact(row, truth), both);
  } else {
    findings.check('I4 estimates are not below the truth', isNotBelow(row, truth), both);
    findings.check('I4 bookings are not below the truth', isCovered(row, truth, booked), both);
  }
  return isTold ? 'exact' : 'estimated';
}

/** A usage of 0 that was told stays 0. */
function isZero({ billed, usage, costUsd }: AttemptRow): boolean {
  return billed === 'yes' && usage?.inputTokens === 0 && usage.outputTokens === 0 && !costUsd;
}

function isExact({ billed, usage, charged, costUsd }: AttemptRow, truth: AttemptTruth): boolean {
  return (
    billed === 'yes' &&
    usage?.inputTokens === truth.inputTokens &&
    usage.outputTokens === truth.outputTokens &&
    (charged === null || (charged.unit === 'credits' && charged.amount === truth.credits)) &&
    (costUsd === null || Math.abs(costUsd - truth.costUsd) < 1e-9)
  );
}

/** Without a price there is no cost to compare. */
function isNotBelow({ usage, costUsd }: AttemptRow, truth: AttemptTruth): boolean {
  if (usage === null) return truth.credits === 0;
  return (
    usage.inputTokens >= truth.inputTokens &&
    usage.outputTokens >= truth.outputTokens &&
    (costUsd === null || costUsd >= truth.costUsd - ROUNDING_USD)
  );
}

/** Without a price nothing can be booked. */
function isCovered(
  { attemptId, costUsd, usage }: AttemptRow,
  truth: AttemptTruth,
  booked: ReadonlyMap<string, number | null>,
): boolean {
  if (usage === null) return truth.credits === 0;
  const bookedUsd = booked.get(attemptId) ?? costUsd;
  return bookedUsd === null || bookedUsd >= truth.costUsd - ROUNDING_USD;
}
