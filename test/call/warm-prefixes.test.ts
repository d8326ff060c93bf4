import { describe, expect, it } from 'vitest';
import { estimateRequestTokens } from '../../src/catalog/token-estimate.js';
import { estimatedTokenUsage } from '../../src/catalog/usage.js';
import { type SentPrompt, WarmPrefixes } from '../../src/call/warm-prefixes.js';
import type { ChatMessage, ModelPrices } from '../../src/types.js';
import { fakeClock, type FakeClock } from '../fake-clock.js';

const LONG = 'The manual says how the machine is to be set up, used and looked after. '.repeat(200);
const system: ChatMessage = { role: 'system', content: LONG };
const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });
const prompt = (messages: readonly ChatMessage[], session = 's'): SentPrompt => ({
  request: { messages, options: {}, parameters: {} },
  session,
  inputTokens: estimateRequestTokens(messages, {}),
});
const CACHING: ModelPrices = { input: 2, output: 10, cached: 0.2 };

interface Told {
  readonly model?: string;
  readonly prices?: ModelPrices | null;
  /** Share of the prompt that is reported to have come from the cache; none is reported where `null`. */
  readonly cachedShare?: number | null;
}

function warmth(): {
  readonly clock: FakeClock;
  readonly warm: WarmPrefixes;
  serve(sent: SentPrompt, told?: Told): void;
  expected(sent: SentPrompt, model?: string): number;
} {
  const clock = fakeClock();
  const warm = new WarmPrefixes(clock);
  return {
    clock,
    warm,
    serve: (sent, { model = 'm', prices = CACHING, cachedShare = 0 }: Told = {}) => {
      const usage = {
        ...estimatedTokenUsage(sent.inputTokens, 100, Math.round((cachedShare ?? 0) * sent.inputTokens)),
        estimated: cachedShare === null,
      };
      warm.learn(sent, { model, prices, sentAt: clock.now(), usage });
    },
    expected: (sent, model = 'm') => warm.expected(sent).get(model) ?? 0,
  };
}

const FIRST = [system, user('What is first?')];
const SECOND = [...FIRST, assistant('The plug.'), user('And then?')];
const THIRD = [...SECOND, assistant('The switch.'), user('And last?')];

describe('WarmPrefixes', () => {
  it('expects what a model has read, where the next prompt goes on from it', () => {
    const { serve, expected } = warmth();
    expect(expected(prompt(FIRST))).toBe(0);
    serve(prompt(FIRST));
    expect(expected(prompt(SECOND))).toBe(prompt(FIRST).inputTokens);
    expect(expected(prompt(SECOND), 'other')).toBe(0);
    serve(prompt(SECOND), { cachedShare: 1 });
    expect(expected(prompt(THIRD))).toBe(prompt(SECOND).inputTokens);
  });

  it('expects the system prompt alone, where another conversation of the session begins', () => {
    const { serve, expected } = warmth();
    serve(prompt(FIRST));
    const other = prompt([system, user('What is it good for?')]);
    expect(expected(other)).toBe(estimateRequestTokens([system], {}));
    expect(expected(prompt([{ ...system, content: `!${LONG}` }, user('x')]))).toBe(0);
  });

  it('says nothing of one session to another', () => {
    const { serve, expected } = warmth();
    serve(prompt(FIRST));
    expect(expected(prompt(SECOND, 'theirs'))).toBe(0);
  });

  it('expects nothing after five minutes; each use begins them anew', async () => {
    const { clock, serve, expected } = warmth();
    serve(prompt(FIRST));
    await clock.advance(299_000);
    expect(expected(prompt(SECOND))).toBeGreaterThan(0);
    serve(prompt(SECOND), { cachedShare: 0.9 });
    await clock.advance(299_000);
    expect(expected(prompt(THIRD))).toBeGreaterThan(0);
    await clock.advance(1000);
    expect(expected(prompt(THIRD))).toBe(0);
  });

  it('expects nothing of a prompt too short for a cache', () => {
    const { serve, expected } = warmth();
    serve(prompt([user('Hello')]));
    expect(expected(prompt([user('Hello'), assistant('Hi'), user('Bye')]))).toBe(0);
  });

  it.each<[string, ModelPrices | null]>([
    ['no cached price', { input: 2, output: 10 }],
    ['no cheaper cached price', { input: 2, output: 10, cached: 2 }],
    ['no price', null],
  ])('gives no credit to a model with %s', (_what, prices) => {
    const { serve, expected } = warmth();
    serve(prompt(FIRST), { prices });
    expect(expected(prompt(SECOND))).toBe(0);
  });

  it('halves its belief with each answer that reports no cached tokens, and gives none in the end', () => {
    const { serve, expected } = warmth();
    serve(prompt(FIRST));
    const full = expected(prompt(SECOND));
    serve(prompt(FIRST), { cachedShare: 0 });
    expect(expected(prompt(SECOND)) / full).toBeCloseTo(0.5, 2);
    for (let answer = 0; answer < 4; answer++) serve(prompt(FIRST), { cachedShare: 0 });
    expect(expected(prompt(SECOND))).toBe(0);
    for (let answer = 0; answer < 5; answer++) serve(prompt(FIRST), { cachedShare: 1 });
    expect(expected(prompt(SECOND)) / full).toBeGreaterThan(0.9);
  });

  it('learns nothing of honesty from an answer without usage', () => {
    const { serve, expected } = warmth();
    serve(prompt(FIRST));
    const full = expected(prompt(SECOND));
    serve(prompt(FIRST), { cachedShare: null });
    expect(expected(prompt(SECOND))).toBe(full);
  });

  it('is bounded: the prefix used longest ago goes first', () => {
    const { serve, expected } = warmth();
    const numbered = (index: number): ChatMessage[] => [user(`${index} ${LONG}`)];
    for (let index = 0; index < 2100; index++) serve(prompt(numbered(index)));
    expect(expected(prompt([...numbered(0), user('x')]))).toBe(0);
    expect(expected(prompt([...numbered(2099), user('x')]))).toBeGreaterThan(0);
  });
});
