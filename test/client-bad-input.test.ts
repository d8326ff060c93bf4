/** Bad input: a typed error that names the field; nothing sent, nothing held, one terminal event. */
import { describe, expect, it, vi } from 'vitest';
import {
  type ChatMessage,
  type ChatOptions,
  type ChatResult,
  ConfigurationError,
  InvalidRequestError,
  type Logger,
  type Router,
  RouteLLClient,
  RouteLLError,
  type RouteLLClientOptions,
} from 'routell';
import { memoryStores } from '../src/stores/memory.js';
import { sendError, sendJson } from './call/loopback-upstream.js';
import { answers, expectQuiet, hello, isTerminal, type Scene, scene, streams } from './call/scene.js';

const model = 'test-model';
const budgets = [{ limitUsd: 1, per: 'day' }] as const;
const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

type Ask = (scene: Scene, messages: unknown, options: unknown) => Promise<ChatResult>;

const asks: Readonly<Record<string, Ask>> = {
  chatCompletion: ({ client }, messages, options) =>
    client.chatCompletion(messages as ChatMessage[], options as ChatOptions),
  streamCompletion: ({ client }, messages, options) =>
    client.streamCompletion(messages as ChatMessage[], options as ChatOptions).result,
};

const badArguments: readonly (readonly [field: string, messages: unknown, options?: unknown])[] = [
  ['messages', []],
  ['messages', undefined],
  ['messages', 'Hello?'],
  ['messages', { 0: hello[0] }],
  ['messages[0]', [null]],
  ['messages[1]', [hello[0], 'and?']],
  ['messages[0].role', [{ role: 'robot', content: 'x' }]],
  ['messages[0].role', [{ content: 'x' }]],
  ['messages[0].content', [{ role: 'user', content: 5 }]],
  ['messages[0].content', [{ role: 'user' }]],
  ['messages[0].content', [{ role: 'system', content: null }]],
  ['messages[0].content[0]', [{ role: 'user', content: [5] }]],
  ['options', hello, null],
  ['options', hello, 'model'],
  ['options', hello, []],
  ['model', hello, { model: '' }],
  ['model', hello, { model: null }],
  ['fallbacks', hello, { fallbacks: 'b' }],
  ['fallbacks[1]', hello, { fallbacks: ['b', 7] }],
  ['fallbacks[0]', hello, { model, fallbacks: ['auto'] }],
  ['preferences', hello, { preferences: 'cheap' }],
  ['preferences.cost', hello, { preferences: { cost: NaN } }],
  ['preferences.quality', hello, { preferences: { quality: -1 } }],
  ['preferences.speed', hello, { preferences: { speed: Infinity } }],
  ['preferences.sped', hello, { preferences: { sped: 1 } }],
  ['preferences.toString', hello, { preferences: { toString: 1 } }],
  ['constraints.maxCostUsd', hello, { constraints: { maxCostUsd: NaN } }],
  ['constraints.maxCostPerToken', hello, { constraints: { maxCostPerToken: -1 } }],
  ['constraints.maxTimeMs', hello, { constraints: { maxTimeMs: 0 } }],
  ['constraints.minContextWindow', hello, { constraints: { minContextWindow: '8k' } }],
  ['constraints.models', hello, { constraints: { models: 'a' } }],
  ['constraints.models[0]', hello, { constraints: { models: [''] } }],
  ['constraints.maxPrice', hello, { constraints: { maxPrice: 1 } }],
  ['priority', hello, { priority: 10 }],
  ['priority', hello, { priority: NaN }],
  ['priority', hello, { priority: 1.5 }],
  ['session', hello, { session: '' }],
  ['tags', hello, { tags: 'a' }],
  ['tags[0]', hello, { tags: [null] }],
  ['signal', hello, { signal: {} }],
  ['signal', hello, { signal: null }],
  ['timeoutMs', hello, { timeoutMs: NaN }],
  ['timeoutMs', hello, { timeoutMs: -5 }],
  ['timeoutMs', hello, { timeoutMs: '5s' }],
  ['extraBody', hello, { extraBody: 1 }],
  ['extraBody', hello, { extraBody: { big: 1n } }],
  ['extraBody.max_tokens', hello, { model, max_tokens: 1, extraBody: { max_tokens: 1e9 } }],
  ['extraBody.model', hello, { model, extraBody: { model: 'dear' } }],
  ['stream', hello, { stream: 'yes' }],
  ['temprature', hello, { temprature: 1 }],
  ['__proto__', hello, JSON.parse('{"__proto__":{"model":"x"}}')],
  ['temperature', hello, { temperature: NaN }],
  ['top_p', hello, { top_p: Infinity }],
  ['seed', hello, { seed: 1n }],
  ['max_tokens', hello, { max_tokens: 0 }],
  ['max_completion_tokens', hello, { max_completion_tokens: 1.5 }],
  ['n', hello, { n: -1 }],
  ['tools', hello, { tools: {} }],
  ['response_format', hello, { response_format: 'json' }],
  ['stream_options', hello, { stream_options: true }],
];

describe.each(Object.entries(asks))('%s with a bad argument', (_name, ask) => {
  it.each(badArguments)('names %s', async (field, messages, options = {}) => {
    const held = await scene(answers(), { budgets });
    const result = await ask(held, messages, options);
    expect(result.success).toBe(false);
    if (result.success) return;
    expect(result.error).toBeInstanceOf(InvalidRequestError);
    expect(result.error).toMatchObject({
      code: 'invalid-request',
      field,
      callId: result.callId,
      attempts: [],
    });
    expect(result.error.message).toContain(field);
    expect(held.events.map(({ type }) => type)).toEqual(['call-start', 'call-error']);
    expect(held.upstream.received).toHaveLength(0);
    expectQuiet(held);
  });
});

describe('route with a bad argument', () => {
  it.each(badArguments)('names %s', async (field, messages, options = {}) => {
    const held = await scene();
    await expect(held.client.route(messages as ChatMessage[], options as ChatOptions)).rejects.toMatchObject({
      code: 'invalid-request',
      field,
    });
    expect(held.events).toEqual([]);
  });

  it('says that a named model is not decided on', async () => {
    const { client } = await scene();
    await expect(client.route(hello, { model })).rejects.toMatchObject({ field: 'model' });
  });

  it('ends with its signal', async () => {
    const { client } = await scene(answers(), {}, { models: () => undefined });
    const routing = client.route(hello, { signal: AbortSignal.timeout(20) });
    await expect(routing).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('client.fetch with a bad body', () => {
  const post = async (
    held: Scene,
    body: unknown,
  ): Promise<{ status: number; error: Record<string, unknown> }> => {
    const response = await held.client.fetch(`${held.upstream.baseURL}/chat/completions`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    return { status: response.status, error };
  };

  it.each([
    ['messages', { model, messages: [] }],
    ['messages', { model }],
    ['messages[0].role', { model, messages: [{ role: 'robot', content: 'x' }] }],
    ['messages[0].content', { model, messages: [{ role: 'user', content: 5 }] }],
    ['model', { model: null, messages: hello }],
    ['model', { model: 7, messages: hello }],
    ['n', { model, messages: hello, n: 0 }],
    ['tools', { model, messages: hello, tools: 'all' }],
    ['stream', { model, messages: hello, stream: 'yes' }],
    ['messages', { model, messages: [], stream: true }],
  ])('answers 400 naming %s', async (param, body) => {
    const held = await scene(answers(), { budgets });
    const { status, error } = await post(held, body);
    expect(status).toBe(400);
    expect(error).toMatchObject({ param, type: 'routell_invalid_request', code: 'invalid-request' });
    expect(held.upstream.received).toHaveLength(0);
    expect(held.events.filter(isTerminal)).toHaveLength(1);
    expectQuiet(held);
  });

  it.each(['', 'no JSON', '5', 'null', '[]'])('answers 400 for the body %j', async (body) => {
    const held = await scene();
    expect((await post(held, body)).status).toBe(400);
    expect(held.upstream.received).toHaveLength(0);
  });

  it('lets a body set none of the client’s own options', async () => {
    const held = await scene();
    const body = { model, messages: hello, tags: ['a'], priority: 99, timeoutMs: -1, extraBody: { a: 1 } };
    const response = await held.client.fetch(`${held.upstream.baseURL}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    expect(held.upstream.received[0]?.body).toMatchObject({ priority: 99, extraBody: { a: 1 } });
    expect(held.events[0]).toMatchObject({ type: 'call-start', tags: [] });
  });

  it('answers 404 for what it does not serve', async () => {
    const { client, upstream } = await scene();
    expect(
      (await client.fetch(`${upstream.baseURL}/embeddings`, { method: 'POST', body: '{}' })).status,
    ).toBe(404);
    expect((await client.fetch(new URL(`${upstream.baseURL}/chat/completions`))).status).toBe(404);
  });
});

describe('stream, said where it has been decided', () => {
  it('is fine where it agrees, and refused where it does not', async () => {
    const held = await scene(streams(['a']));
    const stream = held.client.streamCompletion(hello, { model, stream: true } as ChatOptions);
    expect(await stream.result).toMatchObject({ success: true });
    const against = held.client.streamCompletion(hello, { model, stream: false } as ChatOptions);
    expect(await against.result).toMatchObject({ success: false, error: { field: 'stream' } });
    expectQuiet(held);
  });

  it('may be false in a call that does not stream', async () => {
    const { client } = await scene();
    expect(await client.chatCompletion(hello, { model, stream: false })).toMatchObject({ success: true });
  });
});

describe('an unknown option', () => {
  it.each([
    ['temprature', 'temperature'],
    ['maxtokens', 'max_tokens'],
    ['preference', 'preferences'],
    ['fallback', 'fallbacks'],
  ])('of a call: %s names the nearest, %s', async (name, nearest) => {
    const { client } = await scene();
    const result = await client.chatCompletion(hello, { [name]: 1 } as ChatOptions);
    expect(result).toMatchObject({
      success: false,
      error: { message: expect.stringContaining(nearest) as string },
    });
  });
});

describe('options of the client', () => {
  const make = (options: unknown): RouteLLClient =>
    new RouteLLClient(
      options === null ? (null as never) : { apiKey: 'canary', ...(options as RouteLLClientOptions) },
    );

  it.each([
    ['rateLimits.burst', { rateLimits: { burst: NaN } }],
    ['rateLimits.requestsPerMinute', { rateLimits: { requestsPerMinute: -1 } }],
    ['rateLimits.requestsPerHour', { rateLimits: { requestsPerHour: Infinity } }],
    ['rateLimits.perMinute', { rateLimits: { perMinute: 1 } }],
    ['budgets[0].limitUsd', { budgets: [{ limitUsd: NaN, per: 'day' }] }],
    ['budgets[0].limitUsd', { budgets: [{ limitUsd: -1, per: 'day' }] }],
    ['budgets[0].limitUsd', { budgets: [{ limitUsd: Infinity, per: 'day' }] }],
    ['budgets[0].per', { budgets: [{ limitUsd: 1, per: 'week' }] }],
    ['budgets', { budgets: { limitUsd: 1 } }],
    ['timeouts.totalMs', { timeouts: { totalMs: NaN } }],
    ['timeouts.idleMs', { timeouts: { idleMs: -1 } }],
    ['timeouts.headersMs', { timeouts: { headersMs: Infinity } }],
    ['retries.maxRetries', { retries: { maxRetries: -1 } }],
    ['retries.retryDelayMs', { retries: { retryDelayMs: NaN } }],
    ['routing.maxRoutingTimeMs', { routing: { maxRoutingTimeMs: 0 } }],
    ['credits.allotment', { credits: { allotment: -1 } }],
    ['credits', { credits: { lowThreshold: 1, criticalThreshold: 2 } }],
    ['preferences.cost', { preferences: { cost: NaN } }],
    ['monitoring.retentionDays', { monitoring: { retentionDays: 0 } }],
    ['models.bad.prices.input', { models: { bad: { prices: { input: NaN, output: 1 } } } }],
    ['router', { router: { route: () => null } }],
    ['stores.journal', { stores: { journal: {} } }],
    ['clock', { clock: { now: () => 0 } }],
    ['logger', { logger: console.log }],
    ['fetch', { fetch: 'node' }],
    ['budget', { budget: [] }],
    ['baseURL', { baseURL: 'ftp://example.com' }],
    ['baseURL', { baseURL: 'http://example.com/v1' }],
    ['defaultHeaders.x', { defaultHeaders: { x: 'a\nb' } }],
  ])('are refused naming %s', (field, options) => {
    expect(() => make(options)).toThrow(ConfigurationError);
    expect(() => make(options)).toThrow(expect.objectContaining({ field }));
  });

  it('null is no options', () => {
    expect(() => make(null)).toThrow(ConfigurationError);
  });

  it('given as undefined is one not given', async () => {
    const client = make({
      rateLimits: undefined,
      budgets: undefined,
      stores: { limits: undefined, budgets: undefined, journal: undefined },
      clock: undefined,
      random: undefined,
      logger: undefined,
      router: undefined,
    });
    await client.rateLimiter.acquire();
    await client.close();
  });
});

describe('the key', () => {
  it('that is missing is a ConfigurationError which says what to do', () => {
    vi.stubEnv('ROUTELLM_API_KEY', undefined);
    try {
      expect(() => new RouteLLClient()).toThrow(
        expect.objectContaining({
          field: 'apiKey',
          message: expect.stringContaining('ROUTELLM_API_KEY') as string,
        }),
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each([401, 403])('that is refused with %i ends the call after one attempt', async (status) => {
    const held = await scene((response) => sendError(response, status, 'invalid_api_key'), { budgets });
    for (const ask of Object.values(asks)) {
      const result = await ask(held, hello, { model, fallbacks: ['other-model'] });
      expect(result).toMatchObject({ success: false, costUsd: 0, error: { code: 'authentication', status } });
      expect(result.attempts).toHaveLength(1);
    }
    expect(held.upstream.received).toHaveLength(2);
    expect(held.budgets.totals().spent).toBe(0);
    expectQuiet(held);
  });
});

describe('a request no model can take', () => {
  const models = {
    'test-model': { prices: { input: 1, output: 2 }, contextWindow: 1000 },
    larger: { prices: { input: 1, output: 2 }, contextWindow: 2000 },
  };

  it('for a prompt longer than every window names each window', async () => {
    const held = await scene(answers(), { models, budgets });
    for (const ask of Object.values(asks)) {
      const result = await ask(held, [{ role: 'user', content: 'word '.repeat(5000) }], {});
      expect(result).toMatchObject({ success: false, error: { code: 'no-model' } });
      expect(!result.success && result.error).toMatchObject({
        considered: [
          { model: 'test-model', reason: expect.stringContaining('1000') as string },
          { model: 'larger', reason: expect.stringContaining('2000') as string },
        ],
      });
    }
    expect(held.upstream.received).toHaveLength(0);
    expectQuiet(held);
  });

  it('for an image where no allowed model sees says so', async () => {
    const held = await scene(answers(), {
      models: { ...models, seeing: { prices: { input: 1, output: 2 }, abilities: { vision: true } } },
    });
    const picture: ChatMessage[] = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        ],
      },
    ];
    const result = await held.client.chatCompletion(picture, {
      constraints: { models: ['larger', 'test-model'] },
    });
    expect(result).toMatchObject({
      success: false,
      error: { code: 'no-model', message: expect.stringContaining('3 models') as string },
    });
    await expect(held.client.route(picture, { constraints: { models: ['larger'] } })).rejects.toMatchObject({
      code: 'no-model',
    });
    expect((await held.client.route(picture)).routingDecision.selectedModel).toBe('seeing');
    expectQuiet(held);
  });

  it('for a parameter that is no JSON names it, and sends nothing', async () => {
    const held = await scene();
    const cyclic: Record<string, unknown> = { type: 'function' };
    cyclic['function'] = cyclic;
    const result = await held.client.chatCompletion(hello, { tools: [cyclic as never] });
    expect(result).toMatchObject({ success: false, error: { code: 'invalid-request', field: 'tools' } });
    const nested = await held.client.chatCompletion(hello, { metadata: { a: 1n } as never });
    expect(nested).toMatchObject({ success: false, error: { code: 'invalid-request', field: 'metadata' } });
    expect(nested.attempts).toEqual([]);
    expectQuiet(held);
  });
});

describe('what the caller gave that throws', () => {
  it('a listener: throwing or rejecting reaches the logger, nobody else', async () => {
    const told: unknown[] = [];
    const held = await scene(streams(['a', 'b']), {
      budgets,
      logger: { ...silent, error: (message) => told.push(message) },
    });
    held.client.on('call-start', () => {
      throw new Error('bad listener');
    });
    held.client.events.subscribe(() => Promise.reject(new Error('worse listener')));
    held.client.once('attempt-end', () => {
      throw new Error('once');
    });
    expect(await held.client.streamCompletion(hello, { model }).result).toMatchObject({ content: 'ab' });
    expect(told.length).toBeGreaterThan(3);
    expectQuiet(held);
  });

  it.each([
    [
      'throws',
      (): never => {
        throw new Error('no pen');
      },
    ],
    ['rejects', (): Promise<never> => Promise.reject(new Error('no ink'))],
  ])('a logger that %s fails nothing', async (_name, log) => {
    const logger = { debug: log, info: log, warn: log, error: log };
    const { journal } = memoryStores();
    const held = await scene(answers('fine'), {
      logger,
      router: { routeRequest: log },
      stores: {
        journal: { read: journal.read.bind(journal), append: () => Promise.reject(new Error('full')) },
      },
      fallbackModel: model,
    });
    held.client.on('call-end', log);
    expect(await held.client.chatCompletion(hello)).toMatchObject({ success: true, content: 'fine' });
    expect(held.upstream.received).toHaveLength(1);
    expectQuiet(held);
  });

  const routers: Readonly<Record<string, Router['routeRequest']>> = {
    throws: () => {
      throw new Error('lost');
    },
    rejects: () => Promise.reject(new Error('lost')),
    'throws what is no error': () => {
      throw Object.create(null);
    },
    'never resolves': () => new Promise(() => undefined),
    'answers nothing': () => undefined as never,
    'answers a text': () => 'test-model' as never,
    'answers without reasons': () =>
      ({ routingDecision: { selectedModel: 'test-model', fallbacks: [] } }) as never,
    'names a model that is not eligible': () =>
      ({
        routingDecision: { selectedModel: 'gpt-9', fallbacks: [], reasons: [] },
        alternatives: [],
      }) as never,
    'answers something thenable that never comes': () => ({ then: () => undefined }) as never,
  };

  it.each(Object.entries(routers))(
    'a router that %s: the fallback model serves',
    async (_name, routeRequest) => {
      const warned: string[] = [];
      const held = await scene(answers(), {
        router: { routeRequest },
        fallbackModel: 'spare',
        models: {
          'test-model': { prices: { input: 1, output: 2 } },
          spare: { prices: { input: 3, output: 3 } },
        },
        routing: { maxRoutingTimeMs: 20 },
        logger: { ...silent, warn: (message) => warned.push(message) },
      });
      const result = await held.client.chatCompletion(hello);
      expect(result).toMatchObject({ success: true });
      expect(held.upstream.received.map(({ body }) => body['model'])).toEqual(['spare']);
      expect(result.success && result.routing?.reasons[0]).toContain('spare is the fallback model');
      expect(warned[0]).toContain('router failed');
      expectQuiet(held);
    },
  );

  it('a router that never resolves does not outlive an abort', async () => {
    const held = await scene(answers(), {
      router: { routeRequest: () => new Promise(() => undefined) },
      routing: { maxRoutingTimeMs: 60_000 },
    });
    const result = await held.client.chatCompletion(hello, { signal: AbortSignal.timeout(20) });
    expect(result).toMatchObject({ success: false, error: { code: 'aborted' } });
    const late = await held.client.chatCompletion(hello, { timeoutMs: 20 });
    expect(late).toMatchObject({ success: false, error: { code: 'timeout', phase: 'total' } });
    expectQuiet(held);
  });

  const forgetful: Readonly<Record<string, () => unknown>> = {
    throws: () => {
      throw new Error('forgetful');
    },
    rejects: () => Promise.reject(new Error('forgetful')),
  };

  it.each(Object.entries(forgetful))(
    'a recordRequestOutcome that %s: the answer and its feedback stand',
    async (_name, record) => {
      const warned: string[] = [];
      const inner = (await scene()).client.router;
      const held = await scene(answers(), {
        router: { routeRequest: inner.routeRequest.bind(inner), recordRequestOutcome: record },
        logger: { ...silent, warn: (message) => warned.push(message) },
      });
      const result = await held.client.chatCompletion(hello);
      expect(result.success).toBe(true);
      await held.client.feedback(result.callId, { quality: 1 });
      await expect.poll(() => warned).toHaveLength(2);
      const kinds = (await held.journal()).map(({ kind }) => kind);
      expect(kinds).toEqual(['attempt', 'decision', 'outcome']);
      expectQuiet(held);
    },
  );

  it('an asynchronous router: in time it decides', async () => {
    const inner = (await scene()).client.router;
    const held = await scene(answers(), {
      router: {
        routeRequest: async (...given) => {
          const routed = await inner.routeRequest(...given);
          const { routingDecision } = routed;
          return { ...routed, routingDecision: { ...routingDecision, fallbacks: ['nowhere', model] } };
        },
      },
    });
    const routed = await held.client.route(hello);
    expect(routed.routingDecision).toMatchObject({ selectedModel: model, fallbacks: [model] });
  });
});

describe('feedback', () => {
  it.each([NaN, -0.1, 1.1, '1', undefined])('refuses the quality %s', async (quality) => {
    const { client, journal } = await scene();
    const { callId } = await client.chatCompletion(hello, { model });
    await expect(client.feedback(callId, { quality } as never)).rejects.toMatchObject({ field: 'quality' });
    await expect(client.feedback(callId, null as never)).rejects.toMatchObject({ field: 'quality' });
    expect((await journal()).some(({ kind }) => kind === 'outcome')).toBe(false);
  });

  it.each(['call_0', '', undefined, null, 5])('refuses the unknown call %s', async (callId) => {
    const { client, journal } = await scene();
    await client.chatCompletion(hello, { model });
    await expect(client.feedback(callId as string, { quality: 1 })).rejects.toMatchObject({
      field: 'callId',
    });
    expect((await journal()).some(({ kind }) => kind === 'outcome')).toBe(false);
  });

  it('refuses a call that was not answered', async () => {
    const { client } = await scene((response) => sendError(response, 400, 'bad'));
    const { callId } = await client.chatCompletion(hello, { model });
    await expect(client.feedback(callId, { quality: 1 })).rejects.toBeInstanceOf(InvalidRequestError);
  });
});

describe('other arguments', () => {
  it('a listener must be a function, a grace a time', async () => {
    const { client } = await scene();
    expect(() => client.on('call-end', null as never)).toThrow(RouteLLError);
    await expect(client.close({ graceMs: NaN })).rejects.toMatchObject({ field: 'graceMs' });
    await expect(client.close({ graceMs: -1 })).rejects.toMatchObject({ field: 'graceMs' });
    expect(await client.chatCompletion(hello, { model })).toMatchObject({ success: true });
  });

  it('a signal of another realm will do', async () => {
    const { client } = await scene(() => undefined);
    const listeners = new Set<() => void>();
    const signal = {
      aborted: false,
      reason: 'stop',
      addEventListener: (_type: string, listener: () => void) => listeners.add(listener),
      removeEventListener: (_type: string, listener: () => void) => listeners.delete(listener),
    };
    setTimeout(() => listeners.forEach((listener) => listener()), 20);
    const result = await client.chatCompletion(hello, { model, signal: signal as never });
    expect(result).toMatchObject({ success: false, error: { code: 'aborted', cause: 'stop' } });
    expect(listeners.size).toBe(0);
  });

  it('a body of the upstream that is no answer is a typed error', async () => {
    const held = await scene((response) => sendJson(response, { choices: [] }));
    expect(await held.client.chatCompletion(hello, { model })).toMatchObject({
      success: false,
      error: { code: 'malformed-response' },
    });
    expectQuiet(held);
  });
});
