/** The optimizer on its own: what it fills in, what it leaves alone, what it expects a call to cost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ChatMessage,
  type ChatOptions,
  CreditOptimizer,
  type ModelCapability,
  ModelRouter,
  type OptimizedRequest,
  RateLimiter,
} from 'routell';
import { fakeClock } from '../../fake-clock.js';

const user = (content: string): ChatMessage[] => [{ role: 'user', content }];
const essay = user('Write an essay on the tides of the North Sea.');
const extraction = user('Extract every date and every name from this text: Ada met Bob on 3 May 1840.');

type Entry = Omit<ModelCapability, 'name'>;
const plain: Entry = { prices: { input: 1, output: 10 }, maxOutput: 64_000, abilities: { reasoning: false } };
const gpt: Entry = {
  ...plain,
  abilities: { reasoning: true },
  parameters: { outputCap: 'max_completion_tokens', temperature: false },
};

function optimizerOf(models: Readonly<Record<string, Entry>>, limiter?: RateLimiter): CreditOptimizer {
  const clock = fakeClock();
  return new CreditOptimizer(limiter, { router: new ModelRouter({ models, clock }), clock });
}
const optimizer = optimizerOf({ plain, gpt });

const refusal = (field: string, code = 'invalid-request'): Error =>
  expect.objectContaining({ code, field }) as Error;

function expectPolicy({ parameters = {} }: Entry, given: ChatOptions, optimized: OptimizedRequest): void {
  const { outputCap = 'max_tokens', temperature = true, keepTemperature = false } = parameters;
  expect(optimized).not.toHaveProperty(outputCap === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens');
  if (given.temperature !== undefined || !temperature || keepTemperature) {
    expect(optimized).not.toHaveProperty('temperature');
  }
}

function expectCap(model: Entry, given: ChatOptions, optimized: OptimizedRequest): void {
  const cap = optimized.max_tokens ?? optimized.max_completion_tokens;
  if (given.max_tokens !== undefined) expect(cap).toBeUndefined();
  if (cap === undefined) return;
  expect(cap).toBeLessThanOrEqual(model.maxOutput ?? -1);
  expect(cap).toBeLessThan(model.contextWindow ?? Infinity);
  const mayReason = model.abilities?.reasoning !== false && given.reasoning_effort !== 'none';
  expect(cap).toBeGreaterThan(mayReason ? 25_000 : 2000);
}

describe('proposeOrder', () => {
  it('says what keeps a cache from serving the prompt again, for the model named', () => {
    const long = 'Answer briefly, and name your sources. '.repeat(200);
    const messages: ChatMessage[] = [
      { role: 'user', content: 'Which rivers cross Portugal?' },
      { role: 'system', content: long },
    ];
    const optimizer = new CreditOptimizer();
    const [proposal] = optimizer.proposeOrder(messages, { model: 'claude-sonnet-5-5' });
    expect(proposal).toMatchObject({ message: 1, savesUsd: expect.any(Number) as number });
    expect(optimizer.proposeOrder(messages)[0]?.savesUsd).toBeNull();
    expect(() => optimizer.proposeOrder(messages, { model: 'none' })).toThrow(/model none/);
    expect(() => optimizer.proposeOrder([])).toThrow(/messages/);
  });
});

describe('optimizeRequest', () => {
  it('gives what the guide asks for, made without anything', () => {
    const guide = new CreditOptimizer(new RateLimiter());
    const optimized = guide.optimizeRequest(essay, { cost: 0.8, speed: 0.2 });
    expect(optimized.max_tokens).toBeGreaterThan(4 * 700);
    expect(optimized.temperature).toBe(0.7);
    expect(optimized.changes.map(({ parameter }) => parameter)).toEqual(['max_tokens', 'temperature']);
    expect(new CreditOptimizer().optimizeRequest(essay)).toHaveProperty('max_tokens');
  });

  it('leaves room for reasoning where any model may answer and one of them may reason', () => {
    const { max_tokens: any = 0 } = optimizer.optimizeRequest(essay);
    const { max_tokens: named = 0 } = optimizer.optimizeRequest(essay, undefined, { model: 'plain' });
    expect(any - named).toBe(25_000);
  });

  it('goes by the policy of the model', () => {
    const optimized = optimizer.optimizeRequest(extraction, undefined, { model: 'gpt' });
    expect(optimized).not.toHaveProperty('max_tokens');
    expect(optimized).not.toHaveProperty('temperature');
    expect(optimized.max_completion_tokens).toBeGreaterThan(25_000);
    expect(optimizer.optimizeRequest(extraction, undefined, { model: 'plain' })).toMatchObject({
      temperature: 0,
    });
  });

  it('sets no temperature where the vendor advises against it, as Google does', () => {
    const shipped = new CreditOptimizer();
    const gemini = shipped.optimizeRequest(essay, undefined, { model: 'gemini-3.8-flash' });
    expect(gemini).not.toHaveProperty('temperature');
    expect(gemini).toHaveProperty('max_tokens');
  });

  it('says what it changed, why, and what a hard budget need no longer hold', () => {
    const { changes, max_tokens: cap = 0 } = optimizer.optimizeRequest(essay, undefined, {
      model: 'plain',
      n: 2,
    });
    expect(changes).toEqual([
      {
        parameter: 'max_tokens',
        from: 64_000,
        to: cap,
        reason: expect.stringMatching(
          /^writing is expected to take about \d+ tokens; \d+ leave room/,
        ) as string,
        freesUsd: expect.closeTo(((64_000 - cap) * 2 * 10) / 1e6, 9) as number,
      },
    ]);
    const [, temperature] = optimizer.optimizeRequest(essay, undefined, { model: 'plain' }).changes;
    expect(temperature).toMatchObject({ parameter: 'temperature', from: null, to: 0.7, freesUsd: 0 });
  });

  it('frees nothing that is known of, where the price is unknown, and nothing where it is 0', () => {
    const { changes } = optimizerOf({ a: { ...plain, prices: null } }).optimizeRequest(essay, undefined, {
      model: 'a',
    });
    expect(changes[0]).toMatchObject({ parameter: 'max_tokens', freesUsd: null });
    const free = optimizerOf({ a: { ...plain, unlimited: true } });
    expect(free.optimizeRequest(essay, undefined, { model: 'a' }).changes[0]).toMatchObject({ freesUsd: 0 });
  });

  it.each<[string, Entry]>([
    ['unknown', { prices: { input: 1, output: 1 } }],
    ['no longer than the cap', { ...plain, maxOutput: 1000 }],
    ['no longer than the cap, by its window', { ...plain, contextWindow: 1000 }],
  ])('sets no cap where the longest answer of the model is %s', (_what, entry) => {
    const optimized = optimizerOf({ a: entry }).optimizeRequest(essay, undefined, { model: 'a' });
    expect(optimized).not.toHaveProperty('max_tokens');
    expect(optimized).toHaveProperty('temperature');
  });

  it.each<[string, ChatOptions, readonly string[]]>([
    ['max_tokens', { max_tokens: 5 }, ['temperature']],
    ['max_completion_tokens', { max_completion_tokens: 5 }, ['temperature']],
    ['max_tokens: null', { max_tokens: null }, ['temperature']],
    ['temperature', { temperature: 1.5 }, ['max_tokens']],
    ['temperature: null', { temperature: null }, ['max_tokens']],
    ['top_p', { top_p: 0.5 }, ['max_tokens']],
    ['n', { n: 3 }, ['max_tokens']],
    ['reasoning_effort', { reasoning_effort: 'low' }, ['max_tokens']],
    ['reasoning_effort: none', { reasoning_effort: 'none' }, ['max_tokens', 'temperature']],
    ['modalities', { modalities: ['text', 'audio'] }, ['temperature']],
    ['prediction', { prediction: { type: 'content', content: 'x' } }, ['temperature']],
    ['extraBody', { extraBody: { thinking: { budget_tokens: 9000 } } }, []],
    ['an empty extraBody', { extraBody: {} }, ['max_tokens', 'temperature']],
  ])('never touches what the caller set: %s', (_what, context, changed) => {
    const { changes } = optimizer.optimizeRequest(essay, undefined, { model: 'plain', ...context });
    expect(changes.map(({ parameter }) => parameter)).toEqual(changed);
  });

  it('stays within the tokens of a minute', () => {
    const limited = optimizerOf({ plain }, new RateLimiter({ tokensPerMinute: 4000 }));
    const { max_tokens: cap = 0, changes } = limited.optimizeRequest(essay, undefined, { model: 'plain' });
    expect(cap).toBeLessThan(4000);
    expect(changes[0]?.reason).toContain('4000 tokens a minute');
  });

  it('takes the preferences of the argument, else of the context, else its own', () => {
    const capWith = (preferences?: object, own?: object): number | undefined =>
      optimizer.optimizeRequest(essay, preferences, {
        model: 'plain',
        ...(own === undefined ? {} : { preferences: own }),
      }).max_tokens;
    expect(capWith({ cost: 1 }, { quality: 1 })).toBe(capWith({ cost: 1 }));
    expect(capWith(undefined, { cost: 1 })).toBe(capWith({ cost: 1 }));
    expect(capWith({ cost: 1 })).toBeLessThan(capWith({ quality: 1 }) ?? 0);
    const thrifty = new CreditOptimizer(undefined, { preferences: { cost: 1 } });
    const model = 'llama-3.1-8b';
    expect(thrifty.optimizeRequest(essay, undefined, { model })).toEqual(
      new CreditOptimizer().optimizeRequest(essay, { cost: 1 }, { model }),
    );
  });

  it('holds to the policy and the limits of any model, and to whatever the caller set', () => {
    const entry: fc.Arbitrary<Entry> = fc.record(
      {
        prices: fc.constantFrom(null, { input: 1, output: 2 }),
        maxOutput: fc.option(fc.integer({ min: 1, max: 200_000 })),
        contextWindow: fc.option(fc.integer({ min: 1, max: 2e6 })),
        abilities: fc.record({ reasoning: fc.boolean() }, { requiredKeys: [] }),
        parameters: fc.record(
          {
            outputCap: fc.constantFrom('max_tokens' as const, 'max_completion_tokens' as const),
            temperature: fc.boolean(),
            keepTemperature: fc.boolean(),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ['prices'] },
    );
    const context: fc.Arbitrary<ChatOptions> = fc.record(
      {
        max_tokens: fc.integer({ min: 1, max: 9000 }),
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        n: fc.integer({ min: 1, max: 3 }),
        reasoning_effort: fc.constantFrom('none' as const, 'low' as const, 'high' as const),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(entry, context, fc.integer({ min: 1, max: 400 }), (capability, given, repeats) => {
        const messages = user('Translate to German: the tide is high. '.repeat(repeats));
        const optimized = optimizerOf({ a: capability }).optimizeRequest(messages, undefined, {
          ...given,
          model: 'a',
        });
        expectPolicy(capability, given, optimized);
        expectCap(capability, given, optimized);
        for (const { freesUsd } of optimized.changes) expect(freesUsd ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('refuses what makes no sense, by name', () => {
    const refused = (act: () => unknown, field: string): void => expect(act).toThrow(refusal(field));
    refused(() => optimizer.optimizeRequest([]), 'messages');
    refused(() => optimizer.optimizeRequest('hello' as never), 'messages');
    refused(() => optimizer.optimizeRequest([{ role: 'robot' }] as never), 'messages[0].role');
    refused(() => optimizer.optimizeRequest(essay, { cost: NaN }), 'preferences.cost');
    refused(() => optimizer.optimizeRequest(essay, { price: 1 } as never), 'preferences.price');
    refused(() => optimizer.optimizeRequest(essay, null as never), 'preferences');
    refused(() => optimizer.optimizeRequest(essay, undefined, 'plain' as never), 'context');
    refused(() => optimizer.optimizeRequest(essay, undefined, null as never), 'context');
    refused(() => optimizer.optimizeRequest(essay, undefined, { max_tokens: -1 }), 'max_tokens');
    refused(() => optimizer.optimizeRequest(essay, undefined, { model: 'plane' }), 'model');
    expect(() => optimizer.optimizeRequest(essay, undefined, { model: 'plane' })).toThrow(/'plain'/);
  });

  it('refuses messages that are no JSON', () => {
    const cycle: Record<string, unknown> = { type: 'odd' };
    cycle['self'] = cycle;
    const messages = [{ role: 'user', content: [cycle] }] as never;
    expect(() => optimizer.optimizeRequest(messages)).toThrow(refusal('messages'));
  });
});

describe('the constructor', () => {
  it('refuses what is no part of it', () => {
    const make = (...args: readonly unknown[]): unknown =>
      new CreditOptimizer(...(args as ConstructorParameters<typeof CreditOptimizer>));
    expect(() => make({})).toThrow(refusal('rateLimiter', 'configuration'));
    expect(() => make(null)).toThrow(refusal('rateLimiter', 'configuration'));
    expect(() => make(undefined, null)).toThrow(refusal('options', 'configuration'));
    expect(() => make(undefined, { router: {} })).toThrow(refusal('router', 'configuration'));
    expect(() => make(undefined, { preferences: { cost: -1 } })).toThrow(refusal('preferences.cost'));
  });
});

describe('suggestBudgetAllocation', () => {
  it('goes by what was spent, as far as it is told', () => {
    const clock = fakeClock();
    const spending = {
      calls: 5000,
      byTaskUsd: { math: 9, writing: 1 },
      byHourUsd: Array.from({ length: 24 }, (_, hour) => (hour === 9 ? 5 : 0)),
      byWeekdayUsd: [1, 1, 1, 1, 1, 0, 0],
    };
    const informed = new CreditOptimizer(undefined, { spending: () => spending, clock });
    const { byTask, slots, observedCalls } = informed.suggestBudgetAllocation(100, 'day');
    expect(observedCalls).toBe(5000);
    expect(byTask.math).toBeGreaterThan(75);
    expect(slots[9]?.usd).toBeGreaterThan(85);
  });

  it('goes by the usual length of answers before anything was spent', () => {
    const { byTask, observedCalls } = new CreditOptimizer().suggestBudgetAllocation(100, 'month');
    expect(observedCalls).toBe(0);
    expect(byTask.code_generation).toBeGreaterThan(5 * byTask.classification);
  });

  it('refuses what makes no sense, by name', () => {
    expect(() => optimizer.suggestBudgetAllocation(-1, 'day')).toThrow(refusal('totalUsd'));
    expect(() => optimizer.suggestBudgetAllocation(1, 'year' as never)).toThrow(refusal('period'));
  });
});
