/** Calls through the response cache: what is sent, what is told, what is kept, and for whom. */
import fc from 'fast-check';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import {
  type ChatOptions,
  type ChatResult,
  type ChatSuccess,
  ConfigurationError,
  InvalidRequestError,
  memoryStores,
  RouteLLClient,
  type RouteLLClientOptions,
} from 'routell';
import * as z from 'zod';
import { fakeClock } from '../fake-clock.js';
import { type Answer, completionOf, sendError, sendJson, usage } from './loopback-upstream.js';
import { answers, atEnd, dollarPerToken, expectQuiet, hello, type Scene, scene, streams } from './scene.js';

const model = 'test-model';
const cache = { scope: 'app' };
const asked: ChatOptions = { model, temperature: 0 };

/** Answers `answer 1`, `answer 2`, … */
const counted: Answer = (response, _request, count) => sendJson(response, completionOf(`answer ${count}`));

const finished =
  (...reasons: readonly string[]): Answer =>
  (response) =>
    sendJson(response, {
      ...completionOf('x'),
      choices: reasons.map((finish_reason, index) => ({
        index,
        finish_reason,
        logprobs: null,
        message: { role: 'assistant', content: `choice ${index}`, refusal: null },
      })),
    });

async function answered(call: Promise<ChatResult>): Promise<ChatSuccess> {
  const result = await call;
  if (!result.success) throw result.error;
  return result;
}

const textOf = async (call: Promise<ChatResult>): Promise<string> => (await answered(call)).content;

/** An upstream that holds each request until it is told to answer. */
function held(): { readonly answer: Answer; readonly waiting: (() => void)[] } {
  const waiting: (() => void)[] = [];
  return {
    waiting,
    answer: (response, _request, count) => {
      waiting.push(() => sendJson(response, completionOf(`answer ${count}`)));
    },
  };
}

/** Time for calls that were begun to find out that another one asks. */
const allWait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

const typesOf = ({ events }: Scene, callId: string): readonly string[] =>
  events.filter((event) => 'callId' in event && event.callId === callId).map(({ type }) => type);

describe('a hit', () => {
  it('is the stored answer, costs nothing, and says so', async () => {
    const clock = fakeClock();
    const charged = { ...usage, compute_points_used: 50 };
    const seen = await scene((response) => sendJson(response, { ...completionOf('x'), usage: charged }), {
      cache,
      clock,
    });
    const first = await answered(seen.client.chatCompletion(hello, asked));
    await clock.advance(1500);
    const second = await answered(seen.client.chatCompletion(hello, asked));
    expect(seen.upstream.received).toHaveLength(1);
    expect(first).toMatchObject({
      cached: false,
      costUsd: 20e-6,
      credits: 0.5,
      attempts: [{ outcome: 'success' }],
    });
    expect(second).toEqual({
      success: true,
      callId: expect.not.stringMatching(first.callId) as string,
      content: 'x',
      message: first.message,
      parts: [],
      toolCalls: [],
      finishReason: 'stop',
      model,
      provider: first.provider,
      usage: first.usage,
      costUsd: 0,
      credits: null,
      routing: null,
      latencyMs: 0,
      attempts: [],
      changes: [],
      cached: true,
    });
    expect(typesOf(seen, second.callId)).toEqual(['call-start', 'cache-hit', 'call-end']);
    const [hit, end] = seen.events.slice(-2);
    const told = { callId: second.callId, at: clock.now(), model };
    expect(hit).toEqual({ type: 'cache-hit', ...told, savedUsd: 20e-6, ageMs: 1500 });
    expect(end).toMatchObject({ ...told, usage: first.usage, costUsd: 0, attempts: 0, cached: true });
    expect(seen.events.find(({ type }) => type === 'call-end')).toMatchObject({ cached: false });
    expectQuiet(seen);
  });

  it('knows no saving where no price is known', async () => {
    const seen = await scene(answers(), { cache });
    for (let call = 0; call < 2; call++)
      await answered(seen.client.chatCompletion(hello, { ...asked, model: 'unpriced' }));
    expect(seen.events.find(({ type }) => type === 'cache-hit')).toMatchObject({ savedUsd: null });
    expect(seen.events.at(-1)).toMatchObject({ type: 'call-end', costUsd: 0 });
  });

  it('needs no permit: it is served where the rate limit is used up', async () => {
    const seen = await scene(counted, { cache, rateLimits: { requestsPerMinute: 1 } });
    await answered(seen.client.chatCompletion(hello, asked));
    expect(await textOf(seen.client.chatCompletion(hello, asked))).toBe('answer 1');
    const other = await seen.client.chatCompletion(hello, { ...asked, max_tokens: 9, timeoutMs: 5_000 });
    expect(other).toMatchObject({ success: false, error: { code: 'rate-limit' } });
    expect(seen.client.rateLimiter.getCurrentUsage().windows[0]?.used).toBeCloseTo(1, 1);
  });

  it('needs no money: it is served where the budget is used up', async () => {
    const seen = await scene(counted, {
      cache,
      models: { [model]: { prices: dollarPerToken, maxOutput: 5 } },
      budgets: [{ limitUsd: 5, per: 'day' }],
    });
    await answered(seen.client.chatCompletion(hello, { ...asked, max_tokens: 5 }));
    expect(await textOf(seen.client.chatCompletion(hello, { ...asked, max_tokens: 5 }))).toBe('answer 1');
    const other = await seen.client.chatCompletion(hello, { ...asked, max_tokens: 4 });
    expect(other).toMatchObject({ success: false, error: { code: 'budget' } });
    expect(seen.budgets.totals().spent).toBe(5);
    expectQuiet(seen);
  });

  it('is counted as a request that costs nothing, and changes no other figure', async () => {
    const seen = await scene(answers(), { cache });
    const routed = { temperature: 0 };
    const first = await answered(seen.client.chatCompletion(hello, routed));
    for (let call = 0; call < 3; call++) await answered(seen.client.chatCompletion(hello, routed));
    const { byModel, totals } = seen.client.monitor.getUsageAnalytics();
    expect(totals).toMatchObject({
      totalRequests: 4,
      successfulRequests: 4,
      cachedRequests: 3,
      totalTokens: 15,
      avgCostPerRequest: 5e-6,
    });
    expect(totals.totalCostUsd).toBeCloseTo(20e-6, 12);
    expect(totals.avgLatencyMs).toBeCloseTo(first.latencyMs, 9);
    expect(byModel[model]).toEqual(totals);
    const { requestsPerHour, recentCalls, dailyUsage } = seen.client.monitor.getCurrentStatus();
    expect({ requestsPerHour, cached: recentCalls.map(({ cached }) => cached) }).toEqual({
      requestsPerHour: 1,
      cached: [true, true, true, false],
    });
    expect(dailyUsage).toMatchObject({ requests: 4, tokens: 15 });
    expect(seen.client.getSessionAnalytics()).toMatchObject({
      totalRequests: 4,
      successRate: 100,
      avgCostPerRequest: 5e-6,
      routing: { totalRoutingDecisions: 1 },
    });
    // One attempt, one decision: nothing was learnt of a model that was not asked.
    expect((await seen.journal()).map(({ kind }) => kind)).toEqual(['attempt', 'decision']);
  });

  it('gives every caller a copy of its own', async () => {
    const { client } = await scene(counted, { cache });
    const take = (): Promise<ChatSuccess> => answered(client.chatCompletion(hello, asked));
    for (const result of [await take(), await take(), await take()]) {
      expect(result.content).toBe('answer 1');
      expect(result.message.content).toBe('answer 1');
      expect(result.usage.outputTokens).toBe(5);
      Object.assign(result.message, { content: 'spoilt', extra: true });
      Object.assign(result.usage, { outputTokens: 1e9 });
      (result.toolCalls as unknown[]).push('spoilt');
    }
    expect(await take()).toMatchObject({ content: 'answer 1', usage: { outputTokens: 5 }, toolCalls: [] });
  });

  it('has the tool calls and every choice', async () => {
    const call = {
      id: 'call_a',
      type: 'function',
      function: { name: 'weather', arguments: '{"city":"Rome"}' },
    };
    const message = { role: 'assistant', content: null, refusal: null, tool_calls: [call] };
    const choices = [0, 1].map((index) => ({ index, finish_reason: 'tool_calls', logprobs: null, message }));
    const seen = await scene((response) => sendJson(response, { ...completionOf(''), choices }), { cache });
    for (const cached of [false, true]) {
      const result = await answered(seen.client.chatCompletion(hello, { ...asked, n: 2 }));
      expect(result).toMatchObject({
        content: '',
        finishReason: 'tool_calls',
        toolCalls: [call],
        message,
        cached,
      });
    }
  });

  it('is refused feedback: the answer belongs to the call that bought it', async () => {
    const { client } = await scene(answers(), { cache });
    const first = await client.chatCompletion(hello, asked);
    const second = await client.chatCompletion(hello, asked);
    await client.feedback(first.callId, { quality: 1 });
    await expect(client.feedback(second.callId, { quality: 1 })).rejects.toThrow(/not the cache/);
  });
});

describe('what is kept', () => {
  const runs = async (
    answer: Answer,
    options: ChatOptions = asked,
    client: RouteLLClientOptions = { cache },
  ): Promise<number> => {
    const seen = await scene(answer, { retries: { maxRetries: 0 }, ...client });
    for (let call = 0; call < 3; call++) await seen.client.chatCompletion(hello, options);
    return seen.upstream.received.length;
  };

  it.each(['stop', 'tool_calls', 'function_call'])('an answer that ends with %s', async (reason) => {
    expect(await runs(finished(reason))).toBe(1);
    expect(await runs(finished(reason, reason))).toBe(1);
  });

  it.each(['length', 'content_filter', 'eos', ''])('not one that ends with %j', async (reason) => {
    expect(await runs(finished(reason))).toBe(3);
    expect(await runs(finished('stop', reason))).toBe(3);
  });

  it('not one without a finish reason', async () => {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'x' } }];
    expect(await runs((response) => sendJson(response, { ...completionOf('x'), choices }))).toBe(3);
  });

  it.each([400, 402, 429, 500])('not a failure with status %i', async (status) => {
    expect(await runs((response) => sendError(response, status, 'the_code', { 'retry-after': '0' }))).toBe(3);
  });

  it('not a broken answer', async () => {
    expect(await runs((response) => response.end('{"choices": ['))).toBe(3);
    expect(await runs((response) => sendJson(response, { choices: [] }))).toBe(3);
    expect(await runs((response) => sendJson(response, { error: { message: 'no' } }))).toBe(3);
  });

  it('not one that is too large', async () => {
    const large = answers('x'.repeat(10_000));
    expect(await runs(large, asked, { cache: { ...cache, maxBytes: 100_000 } })).toBe(3);
    expect(await runs(large, asked, { cache })).toBe(1);
  });

  it('not one to messages that were changed while they were sent', async () => {
    const upstream = held();
    const { client } = await scene(upstream.answer, { cache });
    const messages = [...hello];
    const first = client.chatCompletion(messages, asked);
    await expect.poll(() => upstream.waiting).toHaveLength(1);
    messages.push({ role: 'user', content: 'And another thing.' });
    upstream.waiting[0]?.();
    expect(await answered(first)).toMatchObject({ cached: false });
    for (const [index, asking] of [hello, messages].entries()) {
      const call = client.chatCompletion(asking, asked);
      await expect.poll(() => upstream.waiting).toHaveLength(index + 2);
      upstream.waiting[index + 1]?.();
      expect(await answered(call)).toMatchObject({ cached: false });
    }
  });

  it('only for requests that are deterministic, or ask for it', async () => {
    expect(await runs(answers(), { model })).toBe(3);
    expect(await runs(answers(), { model, seed: 1 })).toBe(1);
    expect(await runs(answers(), { model, cache: true })).toBe(1);
    expect(await runs(answers(), { ...asked, cache: false })).toBe(3);
    expect(await runs(answers(), asked, {})).toBe(3);
    expect(await runs(answers(), { model, cache: { scope: 'tenant' } }, {})).toBe(1);
  });

  it('for as long as the client, or the call, says', async () => {
    const clock = fakeClock();
    const { client } = await scene(counted, { cache: { ...cache, ttlMs: 1000 }, clock });
    const take = (options: ChatOptions = {}): Promise<string> =>
      textOf(client.chatCompletion(hello, { ...asked, ...options }));
    expect(await take()).toBe('answer 1');
    await clock.advance(600);
    expect(await take()).toBe('answer 1');
    expect(await take({ cache: { ttlMs: 500 } })).toBe('answer 2');
    await clock.advance(500);
    expect(await take()).toBe('answer 3');
  });

  it('until the client is closed', async () => {
    const { client } = await scene(counted, { cache });
    await answered(client.chatCompletion(hello, asked));
    await client.close();
    expect(await client.chatCompletion(hello, asked)).toMatchObject({ error: { code: 'closed' } });
  });

  it('is told to nobody: neither prompts nor answers stand in events and logs', async () => {
    const lines: unknown[] = [];
    const log = (...line: readonly unknown[]): unknown => lines.push(line);
    const logger = { debug: log, info: log, warn: log, error: log };
    const seen = await scene(answers('canary answer'), { cache: { scope: 'canary scope' }, logger });
    const messages = [{ role: 'user' as const, content: 'canary prompt' }];
    for (let call = 0; call < 2; call++) await answered(seen.client.chatCompletion(messages, asked));
    expect(seen.events.map(({ type }) => type)).toContain('cache-hit');
    expect(JSON.stringify([seen.events, lines, await seen.journal()])).not.toContain('canary');
  });
});

describe('between scopes', () => {
  it('nothing passes, whatever two tenants ask', { timeout: 60_000 }, async () => {
    const asks = Number(process.env['FAST_CHECK_RUNS'] ?? 100);
    let sent = 0;
    // The upstream knows no tenants: its answers are numbered, and whoever sees a number twice shares it.
    const client = new RouteLLClient({
      apiKey: 'k',
      baseURL: 'http://localhost:9/v1',
      rateLimits: { requestsPerMinute: null, requestsPerHour: null, burst: null },
      monitoring: { logLevel: 'silent' },
      fetch: async (_input, init) =>
        Response.json(init?.method === 'POST' ? completionOf(`answer ${++sent}`) : { data: [] }),
    });
    atEnd(() => client.close());
    const owners = new Map<string, string>();
    const body = fc.record({
      content: fc.string({ maxLength: 3 }),
      max_tokens: fc.integer({ min: 1, max: 3 }),
      seed: fc.integer({ min: 0, max: 2 }),
    });
    let hits = 0;
    for (const { content, ...parameters } of fc.sample(body, { numRuns: asks, seed: 1 })) {
      for (const scope of ['tenant-a', 'tenant-b', 'tenant-a']) {
        const messages = [{ role: 'user' as const, content }];
        const options = { model, ...parameters, cache: { scope } };
        const result = await answered(client.chatCompletion(messages, options));
        if (result.cached) hits += 1;
        expect(owners.get(result.content) ?? scope).toBe(scope);
        owners.set(result.content, scope);
      }
    }
    expect(hits).toBeGreaterThanOrEqual(asks);
    expect(sent).toBe(owners.size);
  });

  it.each([[{ cache: true }], [{ cache: { ttlMs: 5 } }], [{ cache: { scope: undefined } }]])(
    'a call with %j and no scope anywhere is refused, with its one end',
    async (options) => {
      const seen = await scene(answers());
      const result = await seen.client.chatCompletion(hello, { ...asked, ...options });
      expect(result).toMatchObject({
        success: false,
        error: { code: 'invalid-request', field: 'cache.scope' },
      });
      expect(seen.events.map(({ type }) => type)).toEqual(['call-start', 'call-error']);
      expect(seen.upstream.received).toEqual([]);
      expectQuiet(seen);
    },
  );

  it.each([
    [null, 'cache'],
    ['app', 'cache'],
    [1, 'cache'],
    [['app'], 'cache'],
    [{ scope: '' }, 'cache.scope'],
    [{ scope: 7 }, 'cache.scope'],
    [{ scope: 'a', ttlMs: 0 }, 'cache.ttlMs'],
    [{ scope: 'a', ttlMs: '1' }, 'cache.ttlMs'],
    [{ scope: 'a', maxEntries: 5 }, 'cache.maxEntries'],
    [{ scop: 'a' }, 'cache.scop'],
  ])('a call with cache: %j is refused', async (value, field) => {
    const { client } = await scene(answers(), { cache });
    const result = await client.chatCompletion(hello, { ...asked, cache: value } as ChatOptions);
    expect(result).toMatchObject({ success: false, error: { field } });
    if (!result.success) expect(result.error).toBeInstanceOf(InvalidRequestError);
  });

  it.each([
    [{}, 'cache.scope', /whose answers/],
    [{ scope: undefined }, 'cache.scope', /whose answers/],
    [{ scope: ' ' }, 'cache.scope', /a name/],
    [{ ttlMs: 5 }, 'cache.scope', /whose answers/],
    [true, 'cache', /object/],
    [{ scope: 'a', ttlMs: 0 }, 'cache.ttlMs', /0/],
    [{ scope: 'a', maxEntries: 1.5 }, 'cache.maxEntries', /int/],
    [{ scope: 'a', maxEntries: 0 }, 'cache.maxEntries', /1/],
    [{ scope: 'a', maxBytes: -1 }, 'cache.maxBytes', /0/],
    [{ scope: 'a', ttl: 5 }, 'cache.ttl', /ttlMs/],
  ])('a client with cache: %j is refused', (value, field, message) => {
    const make = (): unknown =>
      new RouteLLClient({ apiKey: 'k', cache: value } as unknown as RouteLLClientOptions);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(expect.objectContaining({ field }));
    expect(make).toThrow(message);
  });

  it('the options in force are shown', async () => {
    const { client } = await scene(answers(), { cache: { scope: 'app', ttlMs: 5 } });
    expect(client.config.cache).toEqual({ scope: 'app', ttlMs: 5, maxEntries: 1000, maxBytes: 50_000_000 });
    expect((await scene()).client.config.cache.scope).toBeNull();
  });
});

describe('an answer that the schema of the call refuses', () => {
  const json: ChatOptions = { ...asked, response_format: { type: 'json_object' } };
  const dated = { ...json, responseSchema: z.object({ year: z.number() }) };

  it('is none: the upstream is asked, and what it then says takes its place', async () => {
    const seen = await scene(
      (response, _request, count) => sendJson(response, completionOf(count === 1 ? '{}' : '{"year":1999}')),
      { cache },
    );
    await answered(seen.client.chatCompletion(hello, json));
    const first = await seen.client.chatCompletion(hello, dated);
    expect(first).toMatchObject({ success: true, cached: false, object: { year: 1999 } });
    const second = await seen.client.chatCompletion(hello, dated);
    expect(second).toMatchObject({ success: true, cached: true, object: { year: 1999 } });
    expect(seen.upstream.received).toHaveLength(2);
    expect(seen.events.filter(({ type }) => type === 'cache-hit')).toHaveLength(1);
    expectQuiet(seen);
  });

  it('is none for a stream either', async () => {
    const seen = await scene(
      (response, { body }) =>
        body['stream'] === true
          ? streams(['{"year":1999}'])(response, { body } as never, 2)
          : sendJson(response, completionOf('{}')),
      { cache },
    );
    await answered(seen.client.chatCompletion(hello, json));
    for (const cached of [false, true]) {
      const { result } = seen.client.streamCompletion(hello, dated);
      expect(await result).toMatchObject({ success: true, cached, object: { year: 1999 } });
    }
    expect(seen.upstream.received).toHaveLength(2);
    expectQuiet(seen);
  });

  it('stays for others where the next is no better', async () => {
    const seen = await scene(answers('{}'), { cache });
    await answered(seen.client.chatCompletion(hello, json));
    for (let call = 0; call < 2; call++) {
      const result = await seen.client.chatCompletion(hello, dated);
      expect(result).toMatchObject({ error: { code: 'malformed-response' }, attempts: [{ billed: 'yes' }] });
    }
    expect(await answered(seen.client.chatCompletion(hello, json))).toMatchObject({ cached: true });
    expect(seen.upstream.received).toHaveLength(3);
    expectQuiet(seen);
  });

  it('is none where it was shared', async () => {
    const upstream = held();
    const seen = await scene(
      (response, _request, count) =>
        upstream.waiting.push(() => sendJson(response, completionOf(count === 1 ? '{}' : '{"year":1999}'))),
      { cache },
    );
    const plain = seen.client.chatCompletion(hello, json);
    await expect.poll(() => upstream.waiting).toHaveLength(1);
    const strict = seen.client.chatCompletion(hello, dated);
    await allWait();
    upstream.waiting[0]?.();
    expect(await answered(plain)).toMatchObject({ content: '{}' });
    await expect.poll(() => upstream.waiting).toHaveLength(2);
    upstream.waiting[1]?.();
    expect(await strict).toMatchObject({ success: true, cached: false, object: { year: 1999 } });
    expectQuiet(seen);
  });

  it('is looked at once in each call', async () => {
    const seen = await scene(answers('{"year":1999}'), { cache });
    let looks = 0;
    const responseSchema = z.object({ year: z.number() }).refine(() => (looks += 1) > 0);
    for (let call = 1; call <= 2; call++) {
      expect(await seen.client.chatCompletion(hello, { ...json, responseSchema })).toMatchObject({
        success: true,
        cached: call === 2,
      });
      expect(looks).toBe(call);
    }
  });
});

describe('the same request at the same time', () => {
  it('is sent once, for ten thousand', { timeout: 60_000 }, async () => {
    const upstream = held();
    const seen = await scene(upstream.answer, { cache, monitoring: { enabled: false, logLevel: 'silent' } });
    const calls = Array.from({ length: 10_000 }, () => seen.client.chatCompletion(hello, asked));
    await expect.poll(() => upstream.waiting).toHaveLength(1);
    upstream.waiting[0]?.();
    const results = await Promise.all(calls.map(answered));
    expect(seen.upstream.received).toHaveLength(1);
    expect(new Set(results.map(({ content }) => content))).toEqual(new Set(['answer 1']));
    expect(results.filter(({ cached }) => cached)).toHaveLength(9999);
    expect(new Set(results.map(({ message }) => message)).size).toBe(10_000);
    for (const [type, count] of [
      ['cache-hit', 9999],
      ['call-end', 10_000],
    ] as const) {
      expect(seen.events.filter((event) => event.type === type)).toHaveLength(count);
    }
  });

  it.each([400, 500])('is sent by all at once where the first fails with status %i', async (status) => {
    const refusals: (() => void)[] = [];
    const seen = await scene((response) => refusals.push(() => sendError(response, status, 'bad')), {
      cache,
      retries: { maxRetries: 0 },
    });
    const calls = Array.from({ length: 30 }, () => seen.client.chatCompletion(hello, asked));
    await expect.poll(() => refusals).toHaveLength(1);
    await allWait();
    refusals[0]?.();
    // Nobody waits for the failure of another: in a line each would wait for all before it.
    await expect.poll(() => refusals).toHaveLength(30);
    for (const refuse of refusals.slice(1)) refuse();
    const code = status === 400 ? 'invalid-request' : 'upstream';
    for (const result of await Promise.all(calls)) expect(result).toMatchObject({ error: { code } });
    expectQuiet(seen);
  });

  it('goes on for the others where the first has no money of its own', async () => {
    const { budgets } = memoryStores();
    let isReserving = false;
    let refuse = (): void => undefined;
    const refused = new Promise<void>((resolve) => (refuse = resolve));
    const seen = await scene(counted, {
      cache,
      models: { [model]: { prices: dollarPerToken, maxOutput: 5 } },
      budgets: [{ limitUsd: 5, per: 'session' }],
      stores: {
        budgets: {
          reserve: async (id, entries) => {
            const reserved = await budgets.reserve(id, entries);
            isReserving = true;
            if (!reserved.granted) await refused;
            return reserved;
          },
          settle: (id, spent) => budgets.settle(id, spent),
          release: (id) => budgets.release(id),
          balance: (account) => budgets.balance(account),
        },
      },
    });
    const ask = (session: string, max_tokens: number): Promise<ChatResult> =>
      seen.client.chatCompletion(hello, { ...asked, session, max_tokens });
    await answered(ask('poor', 4));
    isReserving = false;
    const poor = ask('poor', 5);
    await expect.poll(() => isReserving).toBe(true);
    const rich = [1, 2, 3].map((number) => ask(`rich ${number}`, 5));
    await allWait();
    refuse();
    expect(await poor).toMatchObject({ error: { code: 'budget' }, attempts: [] });
    expect((await Promise.all(rich.map(answered))).filter(({ cached }) => cached)).toHaveLength(2);
    expect(seen.upstream.received).toHaveLength(2);
  });

  it('is not waited for where the first is of a batch, which may be in line for long', async () => {
    const upstream = held();
    const seen = await scene(upstream.answer, { cache });
    const batch = seen.client.batch([hello, hello], { ...asked, concurrency: 2 }).results();
    await expect.poll(() => upstream.waiting).toHaveLength(1);
    const calls = [1, 2].map(() => seen.client.chatCompletion(hello, asked));
    await expect.poll(() => upstream.waiting).toHaveLength(2);
    upstream.waiting[1]?.();
    const results = await Promise.all(calls.map(answered));
    expect(results.map(({ content }) => content)).toEqual(['answer 2', 'answer 2']);
    upstream.waiting[0]?.();
    const items = await batch;
    expect(items.map((result) => result.success && result.content)).toEqual(['answer 1', 'answer 1']);
    expect(seen.upstream.received).toHaveLength(2);
    expectQuiet(seen);
  });

  it('goes on for the others where the first is aborted', async () => {
    const upstream = held();
    const seen = await scene(upstream.answer, { cache });
    const first = new AbortController();
    const leading = seen.client.chatCompletion(hello, { ...asked, signal: first.signal });
    await expect.poll(() => upstream.waiting).toHaveLength(1);
    const others = [1, 2].map(() => seen.client.chatCompletion(hello, asked));
    await allWait();
    first.abort();
    expect(await leading).toMatchObject({ success: false, error: { code: 'aborted' } });
    await expect.poll(() => upstream.waiting).toHaveLength(2);
    upstream.waiting[1]?.();
    const rest = await Promise.all(others.map(answered));
    expect(rest.map(({ content }) => content)).toEqual(['answer 2', 'answer 2']);
    expect(rest.filter(({ cached }) => cached)).toHaveLength(1);
    expect(upstream.waiting).toHaveLength(2);
    expectQuiet(seen);
  });

  it('ends for each by its own signal and its own time', async () => {
    const clock = fakeClock();
    const upstream = held();
    const seen = await scene(upstream.answer, { cache, clock });
    const leaver = new AbortController();
    const first = seen.client.chatCompletion(hello, asked);
    await expect.poll(() => upstream.waiting).toHaveLength(1);
    const aborted = seen.client.chatCompletion(hello, { ...asked, signal: leaver.signal });
    const hasty = seen.client.chatCompletion(hello, { ...asked, timeoutMs: 100 });
    const patient = seen.client.chatCompletion(hello, asked);
    leaver.abort();
    expect(await aborted).toMatchObject({ error: { code: 'aborted' }, attempts: [], costUsd: 0 });
    await clock.advance(100);
    expect(await hasty).toMatchObject({ error: { code: 'timeout', phase: 'total' }, attempts: [] });
    upstream.waiting[0]?.();
    expect(await answered(first)).toMatchObject({ cached: false });
    expect(await answered(patient)).toMatchObject({ cached: true, content: 'answer 1' });
    expect(seen.upstream.received).toHaveLength(1);
    expectQuiet(seen);
  });

  it('is sent by each where the first answer is none to share', async () => {
    const ends: (() => void)[] = [];
    const seen = await scene(
      (response, request, count) => {
        const reason = count === 1 ? 'length' : 'stop';
        ends.push(() => finished(reason)(response, request, count));
      },
      { cache },
    );
    const calls = Array.from({ length: 4 }, () => seen.client.chatCompletion(hello, asked));
    await expect.poll(() => ends).toHaveLength(1);
    await allWait();
    ends[0]?.();
    await expect.poll(() => ends).toHaveLength(4);
    for (const end of ends.slice(1)) end();
    const results = await Promise.all(calls.map(answered));
    expect(results.map(({ finishReason }) => finishReason).sort()).toEqual([
      'length',
      'stop',
      'stop',
      'stop',
    ]);
    expect(await answered(seen.client.chatCompletion(hello, asked))).toMatchObject({ cached: true });
    expectQuiet(seen);
  });

  it('is shared by those who wait though it is too large to keep', async () => {
    const upstream = held();
    const seen = await scene(upstream.answer, { cache: { ...cache, maxBytes: 100 } });
    const calls = [1, 2].map(() => seen.client.chatCompletion(hello, asked));
    await expect.poll(() => upstream.waiting).toHaveLength(1);
    await allWait();
    upstream.waiting[0]?.();
    expect((await Promise.all(calls.map(answered))).filter(({ cached }) => cached)).toHaveLength(1);
    const later = seen.client.chatCompletion(hello, asked);
    await expect.poll(() => upstream.waiting).toHaveLength(2);
    upstream.waiting[1]?.();
    expect(await answered(later)).toMatchObject({ cached: false });
  });

  it('is waited for by a client that closes, and ended with it', async () => {
    const upstream = held();
    const seen = await scene(upstream.answer, { cache });
    const calls = [1, 2].map(() => seen.client.chatCompletion(hello, asked));
    await expect.poll(() => upstream.waiting).toHaveLength(1);
    await seen.client.close({ graceMs: 0 });
    for (const result of await Promise.all(calls)) {
      expect(result).toMatchObject({ success: false, error: { code: 'closed' } });
    }
    expectQuiet(seen);
  });
});

describe('whatever happens to calls with the same request', () => {
  type Fate = 'whole' | 'cut' | 'refused' | 'lost';
  interface Plan {
    readonly abortAfterMs: number | undefined;
    readonly timeoutMs: number | undefined;
  }
  const plan: fc.Arbitrary<Plan> = fc.record({
    abortAfterMs: fc.option(fc.integer({ min: 0, max: 15 }), { nil: undefined }),
    timeoutMs: fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }),
  });
  const fate = fc.constantFrom<Fate>('whole', 'cut', 'refused', 'lost');

  async function property(plans: readonly Plan[], fates: readonly Fate[]): Promise<void> {
    let sent = 0;
    let [now, most] = [0, 0];
    const respond = async (signal: AbortSignal): Promise<Response> => {
      const end = fates[sent++ % fates.length];
      most = Math.max(most, ++now);
      try {
        await new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
          if (end !== 'lost') setTimeout(resolve, 3);
        });
      } finally {
        now -= 1;
      }
      if (end === 'refused') return Response.json({ error: { message: 'no' } }, { status: 400 });
      const [choice] = completionOf('x')['choices'] as object[];
      const finish_reason = end === 'cut' ? 'length' : 'stop';
      return Response.json({ ...completionOf('x'), choices: [{ ...choice, finish_reason }] });
    };
    const seen = await scene(answers(), {
      cache,
      timeouts: { totalMs: 40 },
      retries: { maxRetries: 0 },
      fetch: async (_input, init) =>
        init?.method === 'POST' && init.signal ? respond(init.signal) : Response.json({ data: [] }),
    });
    const results = await Promise.all(
      plans.map(({ abortAfterMs, timeoutMs }) =>
        seen.client.chatCompletion(hello, {
          ...asked,
          timeoutMs,
          signal: abortAfterMs === undefined ? undefined : AbortSignal.timeout(abortAfterMs),
        }),
      ),
    );
    // Each ends once, what is served was bought, and nobody asks beside another where all get a whole answer or none.
    expectQuiet(seen);
    const cachedResults = results.filter((result) => result.success && result.cached);
    const bought = results.filter((result) => result.success && result.finishReason === 'stop');
    expect(cachedResults.every((result) => result.success && result.finishReason === 'stop')).toBe(true);
    if (cachedResults.length > 0) expect(bought.length).toBeGreaterThan(cachedResults.length);
    if (fates.every((end) => end === 'whole' || end === 'lost')) expect(most).toBeLessThanOrEqual(1);
    await seen.client.close({ graceMs: 0 });
  }

  it('each ends once, and one asks at a time', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(plan, { minLength: 2, maxLength: 12 }),
        fc.array(fate, { minLength: 1, maxLength: 4 }),
        property,
      ),
      { numRuns: Math.min(500, Number(process.env['FAST_CHECK_RUNS'] ?? 25)) },
    );
  });
});

describe('client.fetch and client.chat', () => {
  it('give the stored completion as it was', async () => {
    const seen = await scene(counted, { cache });
    const body = JSON.stringify({ model, messages: hello, temperature: 0 });
    const post = (): Promise<Response> =>
      seen.client.fetch(`${seen.upstream.baseURL}/chat/completions`, { method: 'POST', body });
    const [first, second] = [await post(), await post()];
    expect(second.headers.get('x-routell-call-id')).not.toBe(first.headers.get('x-routell-call-id'));
    expect([first.headers.get('x-request-id'), second.headers.get('x-request-id')]).toEqual(['req_1', null]);
    expect(await second.json()).toEqual(await first.json());
    expect(seen.upstream.received).toHaveLength(1);
    // The same request by another door.
    expect(await textOf(seen.client.chatCompletion(hello, asked))).toBe('answer 1');
    const official = await seen.client.chat.completions.create({ model, messages: hello, temperature: 0 });
    expect(official).toMatchObject({ ...completionOf('answer 1'), usage });
    expect(seen.upstream.received).toHaveLength(1);
  });

  it('are the official ones for an SDK on top', async () => {
    const seen = await scene(answers('{"city":"Rome"}'), { cache });
    const official = new OpenAI({
      apiKey: 'unused',
      baseURL: seen.upstream.baseURL,
      fetch: seen.client.fetch,
    });
    for (let call = 0; call < 2; call++) {
      const { choices } = await official.chat.completions.parse({
        model,
        temperature: 0,
        messages: hello,
        response_format: { type: 'json_schema', json_schema: { name: 'city', schema: {} } },
      });
      expect(choices[0]?.message.content).toBe('{"city":"Rome"}');
    }
    expect(seen.upstream.received).toHaveLength(1);
  });

  it('cannot name a scope: a body sets no option of ours', async () => {
    const seen = await scene(answers());
    const body = JSON.stringify({ model, messages: hello, temperature: 0, cache: { scope: 'a' } });
    for (let call = 0; call < 2; call++)
      await seen.client.fetch(`${seen.upstream.baseURL}/chat/completions`, { method: 'POST', body });
    expect(seen.upstream.received.map(({ body: sent }) => sent['cache'])).toEqual([
      { scope: 'a' },
      { scope: 'a' },
    ]);
  });
});

describe('a request that cannot be named', () => {
  it('goes on without the cache, and that is logged', async () => {
    const warned: string[] = [];
    const ignore = (): void => undefined;
    const logger = {
      debug: ignore,
      info: ignore,
      warn: (line: string) => warned.push(line),
      error: ignore,
    };
    const seen = await scene(answers(), { cache, logger });
    const circle: Record<string, unknown> = { type: 'text', text: 'x' };
    circle['self'] = circle;
    const messages = [{ role: 'user', content: [circle] }] as never;
    expect(await seen.client.chatCompletion(messages, asked)).toMatchObject({ success: false });
    expect(warned).toEqual([expect.stringMatching(/goes on without/)]);
    expectQuiet(seen);
  });
});
