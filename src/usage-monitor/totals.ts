import type { RouteLLErrorCode } from '../errors.js';
import type { TaskType } from '../types.js';

/** One finished call, as it is counted. Content never stands in it. */
export interface CallSample {
  /** Epoch milliseconds of the terminal event. */
  readonly at: number;
  /** `null` where the call succeeded. */
  readonly errorCode: RouteLLErrorCode | null;
  /** The model that answered, or was tried last; `null` where none was. */
  readonly model: string | null;
  readonly provider: string | null;
  readonly taskType: TaskType | null;
  readonly tags: readonly string[];
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  /** `null` where the price of an attempt is unknown. */
  readonly costUsd: number | null;
  /** `null` where the upstream said nothing of credits. */
  readonly credits: number | null;
  readonly latencyMs: number;
  /** Taken from the cache: it used no tokens, and its latency is no model's. */
  readonly cached: boolean;
}

/** Sums over calls. */
export interface UsageTotals {
  requests: number;
  failures: number;
  cachedRequests: number;
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  /** Of the calls whose cost is known. */
  costUsd: number;
  unknownCostRequests: number;
  /** Of the calls whose charge in credits was told. */
  credits: number;
  creditRequests: number;
  /** Of the calls that a model answered. */
  latencyMs: number;
}

/** What a call can be grouped by. */
export const USAGE_DIMENSIONS = ['model', 'provider', 'task', 'tag'] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

/** Totals by name. At most `GROUP_LIMIT + GROUP_SLACK` names and `other`. */
export type UsageGroups = Map<string, UsageTotals>;

/** Totals of a stretch of time and what they are made of. */
export interface UsageBreakdown {
  readonly totals: UsageTotals;
  readonly groups: Readonly<Record<UsageDimension, UsageGroups>>;
  readonly errorsByCode: Map<RouteLLErrorCode, number>;
}

/** Names kept one by one; those with the fewest requests are summed up as `other`. */
export const GROUP_LIMIT = 200;
/** Names above the limit that are let in before the smallest are folded away: sorting is rare then. */
export const GROUP_SLACK = 50;
export const OTHER_GROUP = 'other';

export const emptyTotals = (): UsageTotals => ({
  requests: 0,
  failures: 0,
  cachedRequests: 0,
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: 0,
  costUsd: 0,
  unknownCostRequests: 0,
  credits: 0,
  creditRequests: 0,
  latencyMs: 0,
});

export const emptyBreakdown = (): UsageBreakdown => ({
  totals: emptyTotals(),
  groups: { model: new Map(), provider: new Map(), task: new Map(), tag: new Map() },
  errorsByCode: new Map(),
});

/** Counts one call in. Calls without a model, a task or tags are in the totals and in no such group. */
export function addSample(breakdown: UsageBreakdown, sample: CallSample): void {
  const { totals, groups, errorsByCode } = breakdown;
  addToTotals(totals, sample);
  if (sample.model !== null) addToTotals(groupOf(groups.model, sample.model), sample);
  if (sample.provider !== null) addToTotals(groupOf(groups.provider, sample.provider), sample);
  if (sample.taskType !== null) addToTotals(groupOf(groups.task, sample.taskType), sample);
  for (const tag of sample.tags) addToTotals(groupOf(groups.tag, tag), sample);
  if (sample.errorCode !== null) {
    errorsByCode.set(sample.errorCode, (errorsByCode.get(sample.errorCode) ?? 0) + 1);
  }
}

/** Adds `from` to `into`. */
export function mergeBreakdown(into: UsageBreakdown, from: UsageBreakdown): void {
  mergeTotals(into.totals, from.totals);
  for (const dimension of USAGE_DIMENSIONS) mergeGroups(into.groups[dimension], from.groups[dimension]);
  for (const [code, count] of from.errorsByCode) {
    into.errorsByCode.set(code, (into.errorsByCode.get(code) ?? 0) + count);
  }
}

/** Adds `from` to `into`, name by name. */
export function mergeGroups(into: UsageGroups, from: UsageGroups): void {
  for (const [name, totals] of from) mergeTotals(groupOf(into, name), totals);
}

/** Sums up all but the `limit` busiest names as `other`. No call is lost or counted twice. */
export function foldGroups(groups: UsageGroups, limit: number): void {
  const named = [...groups].filter(([name]) => name !== OTHER_GROUP);
  if (named.length <= limit) return;
  named.sort(([, a], [, b]) => b.requests - a.requests);
  const other = groups.get(OTHER_GROUP) ?? emptyTotals();
  for (const [name, totals] of named.slice(limit)) {
    mergeTotals(other, totals);
    groups.delete(name);
  }
  groups.set(OTHER_GROUP, other);
}

function groupOf(groups: UsageGroups, name: string): UsageTotals {
  const known = groups.get(name);
  if (known !== undefined) return known;
  if (groups.size >= GROUP_LIMIT + GROUP_SLACK) foldGroups(groups, GROUP_LIMIT);
  const fresh = emptyTotals();
  // Folding may just have made `other`.
  const group = groups.get(name) ?? fresh;
  groups.set(name, group);
  return group;
}

function addToTotals(totals: UsageTotals, sample: CallSample): void {
  totals.requests += 1;
  totals.inputTokens += sample.inputTokens;
  totals.outputTokens += sample.outputTokens;
  totals.totalTokens += sample.totalTokens;
  if (sample.cached) totals.cachedRequests += 1;
  else if (sample.errorCode === null) totals.latencyMs += sample.latencyMs;
  else totals.failures += 1;
  if (sample.costUsd === null) totals.unknownCostRequests += 1;
  else totals.costUsd += sample.costUsd;
  if (sample.credits !== null) {
    totals.credits += sample.credits;
    totals.creditRequests += 1;
  }
}

/** Adds `from` to `into`. */
export function mergeTotals(into: UsageTotals, from: UsageTotals): void {
  into.requests += from.requests;
  into.failures += from.failures;
  into.cachedRequests += from.cachedRequests;
  into.inputTokens += from.inputTokens;
  into.outputTokens += from.outputTokens;
  into.totalTokens += from.totalTokens;
  into.costUsd += from.costUsd;
  into.unknownCostRequests += from.unknownCostRequests;
  into.credits += from.credits;
  into.creditRequests += from.creditRequests;
  into.latencyMs += from.latencyMs;
}
