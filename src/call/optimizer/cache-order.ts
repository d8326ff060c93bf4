import { pricesAt, pricesOf } from '../../catalog/cost.js';
import { estimateTokens } from '../../catalog/token-estimate.js';
import type { ChatMessage, ModelCapability } from '../../types.js';

/** What of a prompt's order keeps a model's cache from serving it again. It is proposed, never done. */
export interface OrderProposal {
  /** Place of the message, from 0. */
  readonly message: number;
  /** What to move, and where to. */
  readonly reason: string;
  /** Tokens that the next call with the same instructions can have from the cache. */
  readonly cacheableTokens: number;
  /** USD that such a call then costs less, if the cache serves it; `null` where a price is unknown. */
  readonly savesUsd: number | null;
}

/** The shortest prompt that OpenAI and most others cache, in tokens. */
const SHORTEST_TOKENS = 1024;
const DAY_MS = 86_400_000;
/** What differs from call to call: an identifier, or a time to the second. */
const VOLATILE = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b\d{2}:\d{2}:\d{2}\b/i;

/**
 * Where a prompt could begin with more of what stays the same: a cache serves only as much of it as is the same from
 * its first character on. Looks at instructions; empty where nothing is to be gained.
 * @param at Epoch milliseconds: the date of a call is seen by it.
 */
export function orderProposals(
  messages: readonly ChatMessage[],
  model: ModelCapability | null,
  at: number,
): readonly OrderProposal[] {
  const proposals: OrderProposal[] = [];
  let before = 0;
  for (const [message, { role, content }] of messages.entries()) {
    if (role !== 'system' && role !== 'developer') {
      before++;
      continue;
    }
    if (typeof content !== 'string') continue;
    const volatile = volatileAt(content, at);
    const follows = volatile === null ? 0 : estimateTokens(content.slice(volatile.index));
    const whole = estimateTokens(content);
    if (before > 0 && whole >= SHORTEST_TOKENS) {
      const reason = `instructions stand after ${before} other messages: put them first, since what stands before them differs`;
      proposals.push({ message, reason, ...gain(whole, model, at) });
    } else if (volatile !== null && follows >= SHORTEST_TOKENS) {
      const reason = `'${volatile.text}' differs from call to call: put it behind what stays the same, best into the last message`;
      proposals.push({ message, reason, ...gain(follows, model, at) });
    }
  }
  return proposals;
}

function gain(
  cacheableTokens: number,
  model: ModelCapability | null,
  at: number,
): Pick<OrderProposal, 'cacheableTokens' | 'savesUsd'> {
  const prices = model === null ? null : pricesOf(model);
  if (prices === null) return { cacheableTokens, savesUsd: null };
  const { input, cached = input } = pricesAt(prices, cacheableTokens, at);
  return { cacheableTokens, savesUsd: (cacheableTokens * Math.max(0, input - cached)) / 1e6 };
}

/** The first text that tells when or for which call it was written. */
function volatileAt(content: string, at: number): { readonly index: number; readonly text: string } | null {
  // The date of the caller's zone may be a day off.
  const dates = [at - DAY_MS, at, at + DAY_MS].map((day) => new Date(day).toISOString().slice(0, 10));
  const found = dates.map((date) => ({ index: content.indexOf(date), text: date }));
  const match = VOLATILE.exec(content);
  if (match !== null) found.push({ index: match.index, text: match[0] });
  const [first] = found.filter(({ index }) => index >= 0).sort((one, other) => one.index - other.index);
  return first ?? null;
}
