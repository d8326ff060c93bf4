/**
 * `npm run eval:sessions`: what the cost model does with warm prompt caches, on conversations written for it. Three
 * ways to choose: ours, one that does not know of caches (always switches to what looks best for the turn), one that
 * never leaves the model of the first turn. Costs are those of the catalogue, with a modelled cache; P(good) is the
 * router's own estimate. So this shows mechanics, and measures no quality.
 */
import { WarmPrefixes } from '../src/call/warm-prefixes.js';
import { costUsd, pricesOf } from '../src/catalog/cost.js';
import { estimateRequestTokens } from '../src/catalog/token-estimate.js';
import { estimatedTokenUsage } from '../src/catalog/usage.js';
import { ModelRouter } from '../src/router/model-router.js';
import type { RoutingSignals } from '../src/router/router.js';
import { costWeight } from '../src/router/scoring.js';
import type { Weights } from '../src/router/preferences.js';
import type { ChatMessage, ModelCapability } from '../src/types.js';
import { type Conversation, CONVERSATIONS } from './conversations.js';

type Policy = 'ours' | 'always switch' | 'never switch';
const POLICIES: readonly Policy[] = ['ours', 'always switch', 'never switch'];
const STARTED = Date.UTC(2026, 10, 23, 12);
const MINUTE_MS = 60_000;
const ANSWER = 'This is an answer of some length, which stands for what a model would have said. '.repeat(12);
/** Of every answer, whoever gives it. */
const ANSWER_TOKENS = 300;
/** What an upstream's cache is in this model: the longest prompt read in the last five minutes, in steps of 128. */
const KEPT_MS = 5 * MINUTE_MS;
const SHORTEST_TOKENS = 1024;
const STEP_TOKENS = 128;

interface Sums {
  costUsd: number;
  pGood: number;
  /** By the costs that came of it, speed left out. */
  utility: number;
  switches: number;
}

function replay(policy: Policy, conversation: Conversation, weights: Weights): Sums {
  let now = STARTED;
  const clock = { now: () => now };
  const router = new ModelRouter();
  const candidates = router.models.routable();
  const warm = new WarmPrefixes(clock);
  const caches = new Map<string, { readonly tokens: number; readonly at: number }>();
  const messages: ChatMessage[] = [{ role: 'system', content: conversation.instructions }];
  const models: string[] = [];
  const sums: Sums = { costUsd: 0, pGood: 0, utility: 0, switches: 0 };
  for (const [turn, ask] of conversation.asks.entries()) {
    messages.push({ role: 'user', content: turn === 0 ? `${conversation.material}\n\n${ask}` : ask });
    const inputTokens = estimateRequestTokens(messages, {});
    const request = { messages: [...messages], options: {}, parameters: {} };
    const sent = { request, session: conversation.name, inputTokens };
    const signals = policy === 'always switch' ? new Map() : signalsOf(candidates, warm.expected(sent));
    const { alternatives } = router.previewRequest(
      messages,
      weights,
      {},
      { candidates, inputTokens, signals },
    );
    const chosen =
      (policy === 'never switch' ? alternatives.find(({ model }) => model === models[0]) : undefined) ??
      alternatives[0]!;
    const model = candidates.find(({ name }) => name === chosen.model)!;
    const cachedTokens = cachedIn(caches.get(model.name), now, inputTokens);
    const usage = estimatedTokenUsage(inputTokens, ANSWER_TOKENS, cachedTokens);
    const cost = costUsd(pricesOf(model), usage, now) ?? 0;
    sums.costUsd += cost;
    sums.pGood += chosen.pGood;
    sums.utility += weights.quality * chosen.pGood - weights.cost * costWeight(cost);
    if (turn > 0 && model.name !== models[turn - 1]) sums.switches++;
    caches.set(model.name, { tokens: inputTokens, at: now });
    warm.learn(sent, {
      model: model.name,
      prices: pricesOf(model),
      sentAt: now,
      usage: { ...usage, estimated: false },
    });
    models.push(model.name);
    messages.push({ role: 'assistant', content: ANSWER });
    now += conversation.pauseMinutes * MINUTE_MS;
  }
  if (process.argv.includes('--models')) console.log(`    ${policy}: ${models.join(' → ')}`);
  return sums;
}

function cachedIn(
  cache: { readonly tokens: number; readonly at: number } | undefined,
  now: number,
  inputTokens: number,
): number {
  if (cache === undefined || now - cache.at >= KEPT_MS) return 0;
  const tokens = Math.floor(Math.min(cache.tokens, inputTokens) / STEP_TOKENS) * STEP_TOKENS;
  return tokens < SHORTEST_TOKENS ? 0 : tokens;
}

function signalsOf(
  candidates: readonly ModelCapability[],
  warm: ReadonlyMap<string, number>,
): ReadonlyMap<string, RoutingSignals> {
  return new Map(
    candidates.map(({ name }) => [
      name,
      {
        health: 1,
        waitMs: 0,
        creditsMode: 'normal',
        costMultiplier: 1,
        warmPrefixTokens: warm.get(name) ?? 0,
        outputTokens: null,
        latencyMs: null,
      },
    ]),
  );
}

for (const weights of [
  { cost: 0.4, quality: 0.4, speed: 0.2 },
  { cost: 0.2, quality: 0.8, speed: 0 },
]) {
  console.log(`\n${JSON.stringify(weights)}; cost, sum of P(good), sum of utility, switches`);
  console.log('conversation'.padEnd(27) + POLICIES.map((policy) => policy.padEnd(28)).join(''));
  const totals = POLICIES.map((): Sums => ({ costUsd: 0, pGood: 0, utility: 0, switches: 0 }));
  for (const conversation of CONVERSATIONS) {
    const replays = POLICIES.map((policy) => replay(policy, conversation, weights));
    for (const [index, one] of replays.entries()) add(totals[index]!, one);
    console.log(conversation.name.padEnd(27) + replays.map(cell).join(''));
  }
  const turns = CONVERSATIONS.reduce((sum, { asks }) => sum + asks.length, 0);
  console.log(`all ${turns} turns`.padEnd(27) + totals.map(cell).join(''));
}

function add(total: Sums, { costUsd: cost, pGood, utility, switches }: Sums): void {
  total.costUsd += cost;
  total.pGood += pGood;
  total.utility += utility;
  total.switches += switches;
}

function cell({ costUsd: cost, pGood, utility, switches }: Sums): string {
  return `$${cost.toFixed(4)} ${pGood.toFixed(2)} ${utility.toFixed(2)} ${switches}`.padEnd(28);
}
