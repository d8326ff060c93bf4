import type { AttemptRow } from '../stores.js';
import type { TokenUsage } from '../types.js';

/** USD of all attempts; `null` where the cost of one is unknown. */
export function sumCosts(rows: readonly AttemptRow[]): number | null {
  let total = 0;
  for (const { costUsd } of rows) {
    if (costUsd === null) return null;
    total += costUsd;
  }
  return total;
}

/** Credits the upstream says it charged; `null` where it said nothing. */
export function sumCredits(rows: readonly AttemptRow[]): number | null {
  const charges = rows.flatMap(({ charged }) => (charged?.unit === 'credits' ? [charged.amount] : []));
  return charges.length === 0 ? null : charges.reduce((total, amount) => total + amount, 0);
}

/** Tokens of all attempts; `null` where none used any. */
export function sumUsage(rows: readonly Pick<AttemptRow, 'usage'>[]): TokenUsage | null {
  return rows.reduce<TokenUsage | null>(
    (total, { usage }) => (usage === null ? total : total === null ? usage : add(total, usage)),
    null,
  );
}

function add(a: TokenUsage, b: TokenUsage): TokenUsage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    totalTokens: a.totalTokens + b.totalTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    audioInputTokens: a.audioInputTokens + b.audioInputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    audioOutputTokens: a.audioOutputTokens + b.audioOutputTokens,
    estimated: a.estimated || b.estimated,
  };
}
