/** Automatic tuning: what a routed call leaves open is filled in for each model that is tried. */
import { describe, expect, it } from 'vitest';
import { type ChatResult, type ChatSuccess, RouteLLClient, type RouteLLClientOptions } from 'routell';
import { startSimulator } from '../../../src/testing/index.js';
import { completionOf, sendError, sendJson } from '../loopback-upstream.js';
import { answers, atEnd, expectQuiet, hello, scene, type Scene, streams } from '../scene.js';

const plain = { prices: { input: 1, output: 10 }, maxOutput: 100_000, abilities: { reasoning: false } };
const models = { plain };
const optimized: RouteLLClientOptions = { models, credits: { optimize: true } };
const essay = [{ role: 'user' as const, content: 'Write an essay on the tides of the North Sea.' }];

const sent = ({ upstream }: Scene): Record<string, unknown> => upstream.received.at(-1)?.body ?? {};
const success = (result: ChatResult): ChatSuccess => {
  if (!result.success) throw result.error;
  return result;
};

describe('automatic tuning', () => {
  it('is off unless switched on', async () => {
    const held = await scene(answers(), { models });
    const result = success(await held.client.chatCompletion(essay));
    expect(result.changes).toEqual([]);
    expect(sent(held)).not.toHaveProperty('max_tokens');
    expect(sent(held)).not.toHaveProperty('temperature');
  });

  it('fills in what the optimizer would, and tells it in the result', async () => {
    const held = await scene(answers(), optimized);
    const result = success(await held.client.chatCompletion(essay));
    const { changes, ...parameters } = held.client.optimizer.optimizeRequest(essay, undefined, {
      model: 'plain',
    });
    expect(parameters).toEqual({ max_tokens: expect.any(Number) as number, temperature: 0.7 });
    expect(sent(held)).toMatchObject(parameters);
    expect(result.changes).toEqual(changes);
    expectQuiet(held);
  });

  it('fills in streams, too', async () => {
    const held = await scene(streams(['a', 'b']), optimized);
    const result = success(await held.client.streamCompletion(essay).result);
    expect(result.changes.map(({ parameter }) => parameter)).toEqual(['max_tokens', 'temperature']);
    expect(sent(held)).toMatchObject({ temperature: 0.7 });
  });

  it('reaches the official client’s calls by the option of the client', async () => {
    const held = await scene(answers(), optimized);
    await held.client.chat.completions.create({ model: 'auto', messages: essay });
    expect(sent(held)).toMatchObject({ temperature: 0.7 });
  });

  it('is switched by the call, either way', async () => {
    const off = await scene(answers(), optimized);
    expect(success(await off.client.chatCompletion(essay, { optimize: false })).changes).toEqual([]);
    const on = await scene(answers(), { models });
    expect(success(await on.client.chatCompletion(essay, { optimize: true })).changes).toHaveLength(2);
    expect(await on.client.chatCompletion(essay, { optimize: 'yes' as never })).toMatchObject({
      success: false,
      error: { code: 'invalid-request', field: 'optimize' },
    });
  });

  it('changes nothing of a named model, nor of its fallbacks', async () => {
    const held = await scene(
      (response, _request, count) =>
        count === 1
          ? sendError(response, 500, 'server_error')
          : sendJson(response, completionOf('fine', 'plain')),
      { ...optimized, models: { plain, other: plain } },
    );
    const named = { model: 'plain', fallbacks: ['other'], optimize: true };
    expect(success(await held.client.chatCompletion(essay, named)).changes).toEqual([]);
    expect(held.upstream.received).toHaveLength(2);
    for (const { body } of held.upstream.received) {
      expect(Object.keys(body).sort()).toEqual(['messages', 'model', 'stream']);
    }
  });

  it('keeps what the caller set', async () => {
    const held = await scene(answers(), optimized);
    const result = await held.client.chatCompletion(essay, { max_tokens: 7, temperature: 1.3 });
    expect(sent(held)).toMatchObject({ max_tokens: 7, temperature: 1.3 });
    expect(success(result).changes).toEqual([]);
  });

  it('goes by the policy of each model that is tried', async () => {
    const strict = {
      ...plain,
      qualityScore: 1,
      parameters: { outputCap: 'max_completion_tokens', temperature: false },
    } as const;
    const held = await scene(
      (response, _request, count) =>
        count === 1
          ? sendError(response, 500, 'server_error')
          : sendJson(response, completionOf('fine', 'plain')),
      { ...optimized, models: { strict, plain: { ...plain, qualityScore: 0.1 } } },
    );
    const result = success(await held.client.chatCompletion(essay, { preferences: { quality: 1 } }));
    const [first, second] = held.upstream.received.map(({ body }) => body);
    expect(first).toMatchObject({ model: 'strict' });
    expect(first?.['max_completion_tokens']).toBeGreaterThan(25_000);
    expect(first).not.toHaveProperty('temperature');
    expect(second).toMatchObject({ model: 'plain', temperature: 0.7 });
    expect(second).not.toHaveProperty('max_completion_tokens');
    expect(result.model).toBe('plain');
    expect(result.changes.map(({ parameter }) => parameter)).toEqual(['max_tokens', 'temperature']);
    expectQuiet(held);
  });

  describe('at a model that the upstream lists', () => {
    const listed = (id: string): object => ({
      data: [
        {
          id,
          object: 'model',
          input_token_rate: 1e-6,
          output_token_rate: 2e-6,
          max_completion_tokens: 100_000,
          context_length: 400_000,
        },
      ],
    });
    const filledIn = async (id: string, entries: RouteLLClientOptions['models'] = {}): Promise<unknown> => {
      const options = { models: entries, credits: { optimize: true } };
      const held = await scene(answers(), options, { models: listed(id) });
      const result = success(await held.client.chatCompletion(essay));
      expect(sent(held)).toMatchObject({ model: id });
      const { optimizer } = held.client;
      expect(optimizer.optimizeRequest(essay, undefined, { model: id }).changes).toEqual(result.changes);
      return result.changes.map(({ parameter }) => parameter);
    };

    it('fills in nothing where nobody knows which parameters it takes', async () => {
      expect(await filledIn('new-reasoner')).toEqual([]);
      const held = await scene(answers(), { models: {} }, { models: listed('new-reasoner') });
      success(await held.client.chatCompletion(essay, { optimize: true }));
      expect(Object.keys(sent(held)).sort()).toEqual(['messages', 'model', 'stream']);
    });

    it('fills in what fits where the user knows it', async () => {
      const both = ['max_tokens', 'temperature'];
      expect(await filledIn('mine', { mine: { prices: { input: 1, output: 2 } } })).toEqual(both);
      const parameters = { outputCap: 'max_completion_tokens', temperature: false } as const;
      expect(await filledIn('mine', { mine: { parameters } })).toEqual(['max_completion_tokens']);
    });

    it('fills in what fits where the shipped catalogue knows it', async () => {
      expect(await filledIn('claude-haiku-4-5')).toEqual(['max_tokens', 'temperature']);
    });
  });

  it('says what was sent where a hard budget leaves room for less', async () => {
    const held = await scene(answers(), { ...optimized, budgets: [{ limitUsd: 0.01, per: 'day' }] });
    const { changes } = success(await held.client.chatCompletion(essay));
    const cap = sent(held)['max_tokens'];
    expect(cap).toBeLessThan(1000);
    expect(changes[0]).toMatchObject({ parameter: 'max_tokens', to: cap });
    expect(changes[0]?.reason).toContain(`a hard budget leaves room for ${String(cap)}`);
  });
});

describe('a hard budget', () => {
  const parallel = async (
    optimize: boolean,
  ): Promise<{ answered: number; reservedUsd: (number | null)[] }> => {
    const waiting: (() => void)[] = [];
    const held = await scene(
      (response) => {
        waiting.push(() => sendJson(response, completionOf('fine')));
      },
      { models, budgets: [{ limitUsd: 0.5, per: 'day' }], retries: { maxRetries: 0 } },
    );
    const calls = Array.from({ length: 20 }, () => held.client.chatCompletion(hello, { optimize }));
    // All of them stand before the budget together before one is answered.
    while (waiting.length + held.events.filter(({ type }) => type === 'call-error').length < 20) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const answer of waiting) answer();
    const results = await Promise.all(calls);
    expectQuiet(held);
    const served = results.filter((result) => result.success);
    return {
      answered: served.length,
      reservedUsd: served.map((result) => result.attempts[0]?.reservedUsd ?? null),
    };
  };

  it('holds more calls in parallel where each is capped', async () => {
    const open = await parallel(false);
    const capped = await parallel(true);
    // Without a cap the first call holds all that is left.
    expect(open.answered).toBe(1);
    expect(capped.answered).toBeGreaterThan(5);
    expect(Math.max(...capped.reservedUsd.map(Number))).toBeLessThan(0.06);
  });
});

describe('on the simulator', () => {
  it('cuts no answer', async () => {
    const simulator = await startSimulator({ seed: 7 });
    atEnd(simulator.close);
    const client = new RouteLLClient({
      apiKey: simulator.apiKey,
      baseURL: simulator.baseURL,
      credits: { optimize: true },
      rateLimits: { requestsPerMinute: null, requestsPerHour: null, burst: null },
      monitoring: { logLevel: 'silent' },
    });
    atEnd(() => client.close());
    const asks = [
      'Prove that there are infinitely many primes, step by step, with every case.',
      'Write a long story about AI.',
      'Write a Rust function that merges overlapping intervals, with tests.',
      'Extract the dates: 1 May, 2 June.',
    ];
    const shares = [{ cost: 1 }, { quality: 1 }, { speed: 1 }];
    for (const preferences of shares) {
      for (const content of asks) {
        const result = success(await client.chatCompletion([{ role: 'user', content }], { preferences }));
        expect(result.finishReason).toBe('stop');
        expect(result.changes.length).toBeGreaterThan(0);
      }
    }
    const { byTask, observedCalls } = client.optimizer.suggestBudgetAllocation(10, 'day');
    expect(observedCalls).toBe(12);
    expect(byTask.math + byTask.reasoning).toBeGreaterThan(0);
  });
});
