/** Which models a call tries, in which order, and what it sends to each. */
import { describe, expect, it } from 'vitest';
import { type ChatOptions, NoModelAvailableError } from 'routell';
import { completionOf, sendError, sendJson } from './loopback-upstream.js';
import { answers, expectQuiet, hello, scene } from './scene.js';

const listing = (...models: readonly object[]): { readonly models: object } => ({
  models: { object: 'list', data: models },
});
const listed = (id: string, rate: number | null = null): object => ({
  id,
  object: 'model',
  owned_by: 'test',
  ...(rate === null ? {} : { input_token_rate: rate, output_token_rate: rate }),
});
const asked = (received: readonly { readonly body: Record<string, unknown> }[]): readonly unknown[] =>
  received.map(({ body }) => body['model']);

describe('an explicit model', () => {
  const parameters: ChatOptions = {
    temperature: 0.3,
    max_tokens: 7,
    max_completion_tokens: 9,
    top_p: 0.5,
    seed: 1,
    stop: ['x'],
    n: 1,
    user: 'u',
    tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
    response_format: { type: 'json_object' },
    extraBody: { min_p: 0.1 },
  };
  const { extraBody, ...wire } = parameters;

  it('is used as it is: no parameter changed, whatever its policy says', async () => {
    const held = await scene(answers(), {
      models: {
        picky: {
          prices: { input: 1, output: 2 },
          parameters: { outputCap: 'max_completion_tokens', temperature: false },
        },
      },
    });
    await held.client.chatCompletion(hello, {
      ...parameters,
      model: 'picky',
      session: 's',
      tags: ['t'],
      priority: 1,
      timeoutMs: 5000,
    });
    expect(held.upstream.received[0]?.body).toEqual({
      ...wire,
      ...extraBody,
      model: 'picky',
      messages: hello,
      stream: false,
    });
  });

  it('goes out under the name it was asked for by, an alias too', async () => {
    const held = await scene(answers(), {
      models: { canonical: { prices: { input: 1, output: 2 }, aliases: ['nickname'] } },
    });
    const result = await held.client.chatCompletion(hello, { model: 'nickname' });
    expect(asked(held.upstream.received)).toEqual(['nickname']);
    // The price is that of the model behind the alias: 10 · 1 + 5 · 2.
    expect(result.costUsd).toBeCloseTo(20e-6, 12);
  });

  it('that nobody knows passes through, at an unknown cost', async () => {
    const held = await scene();
    const result = await held.client.chatCompletion(hello, { model: 'brand-new' });
    expect(result).toMatchObject({ success: true, costUsd: null, routing: null });
    expect(result.attempts[0]).toMatchObject({ costUsd: null, billed: 'yes', reservedUsd: null });
    expect(asked(held.upstream.received)).toEqual(['brand-new']);
  });

  it('has no fallback unless one is given, and each model is tried once in a round', async () => {
    const failing = await scene((response) => sendError(response, 500, 'x'), { retries: { maxRetries: 0 } });
    await failing.client.chatCompletion(hello, { model: 'a' });
    await failing.client.chatCompletion(hello, { model: 'a', fallbacks: ['b', 'a', 'b', 'c'] });
    expect(asked(failing.upstream.received)).toEqual(['a', 'a', 'b', 'c']);
    expect(failing.events.filter(({ type }) => type === 'route-fallback')).toHaveLength(2);
  });

  it('that fails with all its fallbacks tells every reason', async () => {
    const held = await scene(
      (response, { body }) => sendError(response, body['model'] === 'a' ? 404 : 500, 'x'),
      { retries: { maxRetries: 1, retryDelayMs: 1 } },
    );
    const result = await held.client.chatCompletion(hello, { model: 'a', fallbacks: ['b'] });
    expect(result).toMatchObject({
      success: false,
      error: { code: 'all-models-failed', errors: [{ status: 404 }, { status: 500 }, { status: 500 }] },
    });
    // The model that is not there is not asked again.
    expect(asked(held.upstream.received)).toEqual(['a', 'b', 'b']);
    expectQuiet(held);
  });

  it('needs no list of models', async () => {
    const held = await scene(answers(), {}, { models: () => undefined });
    expect(await held.client.chatCompletion(hello, { model: 'test-model' })).toMatchObject({ success: true });
  });
});

describe('retries of one call', () => {
  it('stop at their number, without a last wait or a fallback nobody takes', async () => {
    const held = await scene((response) => sendError(response, 503, 'x'), {
      retries: { maxRetries: 2, retryDelayMs: 1 },
    });
    const result = await held.client.chatCompletion(hello, { model: 'a', fallbacks: ['b', 'c'] });
    expect(result.attempts).toHaveLength(5);
    expect(asked(held.upstream.received)).toEqual(['a', 'b', 'c', 'a', 'b']);
    const fallbacks = held.events.flatMap((event) => (event.type === 'route-fallback' ? [event.to] : []));
    expect(fallbacks).toEqual(['b', 'c', 'a', 'b']);
    expectQuiet(held);
  });

  it('take nothing from the retry budget where no time is left for them', async () => {
    let retryAfter: Record<string, string> = { 'retry-after': '60' };
    const held = await scene((response) => sendError(response, 503, 'x', retryAfter), {
      retries: { maxRetries: 1, retryDelayMs: 1 },
    });
    const call = (count: number): Promise<unknown> =>
      held.client.chatCompletion(hello, { model: `model-${count}`, timeoutMs: 500 });
    for (let count = 0; count < 12; count++) await call(count);
    expect(held.upstream.received).toHaveLength(12);
    retryAfter = {};
    await call(12);
    expect(held.upstream.received).toHaveLength(14);
  });
});

describe('auto', () => {
  const priced = { prices: { input: 1, output: 1 } };

  it('considers what is listed and priced, by the list or by the options', async () => {
    const { client } = await scene(
      answers(),
      { models: { mine: priced } },
      listing(listed('free-of-price'), listed('priced-there', 1e-6), listed('mine')),
    );
    const { alternatives, excluded } = await client.route(hello);
    expect(alternatives.map(({ model }) => model).sort()).toEqual(['mine', 'priced-there']);
    expect(excluded).toEqual([]);
  });

  it('reads the list once, for many calls', async () => {
    let readings = 0;
    const { client } = await scene(
      answers(),
      {},
      {
        models: (response: Parameters<typeof sendJson>[0]) => {
          readings += 1;
          sendJson(response, { object: 'list', data: [listed('test-model')] });
        },
      },
    );
    await Promise.all(Array.from({ length: 5 }, () => client.chatCompletion(hello)));
    await client.route(hello);
    expect(readings).toBe(1);
  });

  it('with /models down takes those configured', async () => {
    const down = { models: (response: Parameters<typeof sendJson>[0]) => sendError(response, 500, 'down') };
    const held = await scene(answers(), { models: { mine: priced } }, down);
    expect(await held.client.chatCompletion(hello)).toMatchObject({ success: true });
    expect(asked(held.upstream.received)).toEqual(['mine']);
  });

  it('with /models down and nothing configured takes the fallback model', async () => {
    const down = { models: (response: Parameters<typeof sendJson>[0]) => sendError(response, 500, 'down') };
    const held = await scene(answers(), { models: {}, fallbackModel: 'spare' }, down);
    const result = await held.client.chatCompletion(hello);
    expect(asked(held.upstream.received)).toEqual(['spare']);
    expect(result.success && result.routing?.reasons[0]).toContain('lists no models');
  });

  it('with nothing priced takes the fallback model if it is listed', async () => {
    const held = await scene(
      answers(),
      { models: {}, fallbackModel: 'b' },
      listing(listed('a'), listed('b')),
    );
    await held.client.chatCompletion(hello);
    expect(asked(held.upstream.received)).toEqual(['b']);
  });

  it('with nothing priced and no fallback model listed names what was listed', async () => {
    const held = await scene(answers(), { models: {} }, listing(listed('llama-a'), listed('qwen-b')));
    const result = await held.client.chatCompletion(hello);
    expect(!result.success && result.error).toBeInstanceOf(NoModelAvailableError);
    expect(result).toMatchObject({
      error: {
        message: expect.stringMatching(/route-llm.*llama-a, qwen-b/s) as string,
        considered: [{ model: 'llama-a' }, { model: 'qwen-b' }],
      },
    });
    expect(held.upstream.received).toHaveLength(0);
    expectQuiet(held);
  });

  it('with an empty list says so', async () => {
    const { client } = await scene(answers(), { models: {} }, listing());
    await expect(client.route(hello)).rejects.toMatchObject({
      code: 'no-model',
      message: expect.stringContaining('Listed: none') as string,
    });
  });

  it('waits for the list no longer than the call may take', async () => {
    const held = await scene(answers(), {}, { models: () => undefined });
    const startedMs = performance.now();
    const result = await held.client.chatCompletion(hello, { timeoutMs: 40 });
    expect(result).toMatchObject({ success: false, error: { code: 'timeout', phase: 'total' } });
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expectQuiet(held);
  });

  it('falls back along the router’s ranking', async () => {
    const models = {
      cheap: { prices: { input: 0.1, output: 0.1 } },
      dear: { prices: { input: 9, output: 9 } },
    };
    const held = await scene(
      (response, _request, count) =>
        count === 1 ? sendError(response, 500, 'x') : sendJson(response, completionOf('fine', 'dear')),
      { models },
      listing(listed('cheap'), listed('dear')),
    );
    const result = await held.client.chatCompletion(hello, { preferences: { cost: 1 } });
    expect(asked(held.upstream.received)).toEqual(['cheap', 'dear']);
    expect(result).toMatchObject({ success: true, model: 'dear', routing: { selectedModel: 'cheap' } });
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['upstream', 'success']);
    const decision = (await held.journal()).find(({ kind }) => kind === 'decision');
    expect(decision?.record).toMatchObject({ chosenModel: 'cheap', servedModel: 'dear' });
  });

  it('takes the caller’s fallbacks instead where they are given', async () => {
    const held = await scene((response) => sendError(response, 500, 'x'), { retries: { maxRetries: 0 } });
    await held.client.chatCompletion(hello, { fallbacks: ['mine'] });
    expect(asked(held.upstream.received)).toEqual(['test-model', 'mine']);
  });
});

describe('routing that is off', () => {
  it('sends every call to the fallback model, listed prices or not', async () => {
    const held = await scene(
      answers(),
      { routing: { enabled: false }, fallbackModel: 'b' },
      listing(listed('a', 1e-6), listed('b')),
    );
    const result = await held.client.chatCompletion(hello);
    expect(asked(held.upstream.received)).toEqual(['b']);
    expect(result.success && result.routing?.reasons[0]).toContain('routing is off');
  });

  it('says what is wrong where the fallback model is not there', async () => {
    const { client } = await scene(answers(), { routing: { enabled: false } }, listing(listed('a', 1e-6)));
    await expect(client.route(hello)).rejects.toMatchObject({
      code: 'no-model',
      message: expect.stringMatching(/routing is off.*does not list the fallback model route-llm/s) as string,
    });
  });
});

describe('constraints', () => {
  const models = {
    cheap: { prices: { input: 1, output: 1 }, contextWindow: 8000 },
    dear: { prices: { input: 100, output: 100 }, contextWindow: 100_000 },
  };

  it.each([
    ['maxCostPerToken', { maxCostPerToken: 2e-6 }, 'dear'],
    ['maxCostUsd', { maxCostUsd: 0.001 }, 'dear'],
    ['minContextWindow', { minContextWindow: 9000 }, 'cheap'],
    ['models', { models: ['cheap'] }, 'dear'],
  ])('exclude by %s, with the reason', async (name, constraints, excludedModel) => {
    const { client } = await scene(answers(), { models }, listing());
    const { excluded, alternatives } = await client.route(hello, { constraints });
    expect(excluded).toEqual([{ model: excludedModel, reason: expect.stringContaining(name) as string }]);
    expect(alternatives.map(({ model }) => model)).not.toContain(excludedModel);
  });

  it('bind the fallback model, too', async () => {
    const { client } = await scene(
      answers(),
      { models, routing: { enabled: false }, fallbackModel: 'dear' },
      listing(),
    );
    await expect(client.route(hello, { constraints: { maxCostPerToken: 2e-6 } })).rejects.toMatchObject({
      code: 'no-model',
    });
  });

  it('that the fallback model does not meet leave the default router to decide where a router fails', async () => {
    const held = await scene(
      answers(),
      {
        models,
        fallbackModel: 'dear',
        router: { routeRequest: () => Promise.reject(new Error('lost')) },
      },
      listing(),
    );
    const result = await held.client.chatCompletion(hello, { constraints: { models: ['cheap'] } });
    expect(asked(held.upstream.received)).toEqual(['cheap']);
    expect(result.success && result.routing?.reasons[0]).toContain('the default router decided');
  });
});

describe('the model that served', () => {
  it.each([
    ['a dated snapshot is the model it is one of', 'test-model', 'test-model-2026-01-01', 'test-model'],
    ['another model of the catalogue is that', 'test-model', 'other', 'other'],
    ['route-llm tells whom it chose', 'route-llm', 'other', 'other'],
    ['an unknown model is what it says it is', 'brand-new', 'brand-new-2', 'brand-new-2'],
    ['one that does not say is the one asked', 'brand-new', '', 'brand-new'],
  ])('%s', async (_name, model, reported, expected) => {
    const models = {
      'test-model': { prices: { input: 1, output: 2 } },
      other: { prices: { input: 100, output: 200 } },
    };
    const held = await scene((response) => sendJson(response, completionOf('x', reported)), { models });
    const result = await held.client.chatCompletion(hello, { model });
    expect(result).toMatchObject({ success: true, model: expected });
    expect(held.events.at(-1)).toMatchObject({ type: 'call-end', model: expected });
    expect(result.attempts[0]?.model).toBe(model);
  });

  it('sets the price of route-llm', async () => {
    const models = { other: { prices: { input: 100, output: 200 } } };
    const { client } = await scene((response) => sendJson(response, completionOf('x', 'other')), { models });
    const result = await client.chatCompletion(hello, { model: 'route-llm' });
    expect(result.costUsd).toBeCloseTo((10 * 100 + 5 * 200) / 1e6, 12);
  });
});

describe('parameters of a routed call', () => {
  const only = (parameters: object, maxOutput = 100): Parameters<typeof scene>[1] => ({
    models: { 'test-model': { prices: { input: 1, output: 2 }, maxOutput, parameters } },
  });

  it.each([
    [{ max_tokens: 5 }, { outputCap: 'max_completion_tokens' }, { max_completion_tokens: 5 }],
    [{ max_completion_tokens: 5 }, {}, { max_tokens: 5 }],
    [{ max_completion_tokens: 5, max_tokens: 9 }, { outputCap: 'max_tokens' }, { max_tokens: 9 }],
    [{ temperature: 0.2 }, { temperature: false }, {}],
    [{ temperature: 0.2 }, {}, { temperature: 0.2 }],
    [{}, { outputCap: 'max_completion_tokens' }, {}],
  ])('%j under the policy %j become %j', async (given, policy, sent) => {
    const held = await scene(answers(), only(policy));
    await held.client.chatCompletion(hello, given);
    expect(held.upstream.received[0]?.body).toEqual({
      ...sent,
      messages: hello,
      model: 'test-model',
      stream: false,
    });
  });

  it('are tuned to each model anew', async () => {
    const held = await scene((response) => sendError(response, 500, 'x'), {
      retries: { maxRetries: 0 },
      models: {
        'test-model': { prices: { input: 1, output: 1 }, parameters: { temperature: false } },
      },
    });
    await held.client.chatCompletion(hello, { temperature: 0.5, fallbacks: ['plain'] });
    expect(held.upstream.received.map(({ body }) => body['temperature'])).toEqual([undefined, 0.5]);
  });

  it('have the developer’s role sent as the system’s', async () => {
    const held = await scene();
    await held.client.chatCompletion([{ role: 'developer', content: 'Be brief.' }, ...hello]);
    expect(held.upstream.received[0]?.body['messages']).toEqual([
      { role: 'system', content: 'Be brief.' },
      ...hello,
    ]);
  });
});
