/** The behaviour under faults that facts ask for, against a server of our own making. */
import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import {
  BudgetExceededError,
  IncompleteStreamError,
  RateLimitExceededError,
  RouteLLClient,
  type RouteLLClientOptions,
  type RouteLLEvent,
} from 'routell';
import {
  type Answer,
  chunkOf,
  completionOf,
  type LoopbackUpstream,
  sendError,
  sendJson,
  startEvents,
  startUpstream,
} from './loopback-upstream.js';

const messages = [{ role: 'user' as const, content: 'Hello?' }];
const unlimited = { requestsPerMinute: null, requestsPerHour: null, burst: null };
const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of running.splice(0).reverse()) await end();
});

async function setUp(
  answer: Answer,
  options: RouteLLClientOptions = {},
): Promise<{ upstream: LoopbackUpstream; client: RouteLLClient; events: RouteLLEvent[] }> {
  const upstream = await startUpstream(answer);
  running.push(upstream.close);
  const client = new RouteLLClient({
    apiKey: 'test-key',
    baseURL: upstream.baseURL,
    rateLimits: unlimited,
    retries: { maxRetries: 2, retryDelayMs: 2 },
    models: { 'test-model': { prices: { input: 1, output: 2 }, maxOutput: 100 } },
    monitoring: { logLevel: 'silent' },
    ...options,
  });
  running.push(() => client.close({ graceMs: 100 }));
  const events: RouteLLEvent[] = [];
  client.events.subscribe((event) => events.push(event));
  return { upstream, client, events };
}

const terminals = (events: readonly RouteLLEvent[]): readonly RouteLLEvent[] =>
  events.filter(({ type }) => type === 'call-end' || type === 'call-error');

describe('total outage', () => {
  it('amplifies 100 calls by at most 10 attempts, and ends each once', async () => {
    const { upstream, client, events } = await setUp((response) => sendError(response, 503, 'overloaded'));
    for (let call = 0; call < 100; call++) {
      const result = await client.chatCompletion(messages, { model: 'test-model' });
      expect(result.success).toBe(false);
      if (!result.success) expect(result.error.code).toBe('upstream');
    }
    expect(upstream.received.length).toBeLessThanOrEqual(110);
    expect(terminals(events)).toHaveLength(100);
  });

  it('opens the breaker, so that further calls fail without a request', async () => {
    const { upstream, client, events } = await setUp((response) => sendError(response, 500, 'broken'), {
      retries: { maxRetries: 0 },
    });
    for (let call = 0; call < 20; call++) await client.chatCompletion(messages, { model: 'test-model' });
    expect(upstream.received).toHaveLength(10);
    expect(events.filter(({ type }) => type === 'model-degrade')).toHaveLength(1);
  });

  it('holds nothing afterwards', async () => {
    const { client } = await setUp((response) => sendError(response, 503, 'overloaded'), {
      budgets: [{ limitUsd: 1, per: 'day' }],
    });
    const results = await Promise.all(
      Array.from({ length: 20 }, () => client.chatCompletion(messages, { model: 'test-model' })),
    );
    expect(results.every((result) => !result.success && result.costUsd === 0)).toBe(true);
    expect(client.rateLimiter.getCurrentUsage().inFlight).toBe(0);
  });
});

describe('a stream that is cut', () => {
  it('is no success: the error carries the text that came, and its cost is estimated', async () => {
    const { client, events } = await setUp((response) => {
      startEvents(response);
      response.write(chunkOf({ role: 'assistant', content: '' }) + chunkOf({ content: 'Once upon' }));
      setTimeout(() => response.destroy(), 20);
    });
    const stream = client.streamCompletion(messages, { model: 'test-model' });
    let text = '';
    const reading = (async () => {
      for await (const piece of stream) text += piece;
    })();
    await expect(reading).rejects.toBeInstanceOf(IncompleteStreamError);
    expect(text).toBe('Once upon');
    const result = await stream.result;
    expect(result.success).toBe(false);
    if (result.success) return;
    expect(result.error).toHaveProperty('partial', 'Once upon');
    expect(result.attempts).toHaveLength(1);
    expect(result.attempts[0]).toMatchObject({ billed: 'unknown', outcome: 'incomplete-stream' });
    expect(result.attempts[0]?.usage?.estimated).toBe(true);
    expect(result.costUsd).toBeGreaterThan(0);
    expect(terminals(events).map(({ type }) => type)).toEqual(['call-error']);
  });

  it('is no success where it ends cleanly but without a finish reason', async () => {
    const { client } = await setUp((response) => {
      startEvents(response);
      response.end(chunkOf({ content: 'half a' }) + 'data: [DONE]\n\n');
    });
    const result = await client.streamCompletion(messages, { model: 'test-model' }).result;
    expect(result).toMatchObject({ success: false, error: { code: 'incomplete-stream' } });
  });

  it.each([
    ['null', null],
    ['none', undefined],
  ])('nor is an answer that came whole with %s for its finish reason', async (_, finish_reason) => {
    const message = { role: 'assistant', content: 'half a' };
    const choices = [{ index: 0, message, finish_reason }];
    const { upstream, client } = await setUp((response) =>
      sendJson(response, { ...completionOf('half a'), choices }),
    );
    const result = await client.chatCompletion(messages, { model: 'test-model' });
    expect(result).toMatchObject({
      success: false,
      error: { code: 'incomplete-stream', retryable: false, partial: 'half a' },
      usage: { outputTokens: 5, estimated: false },
      attempts: [{ outcome: 'incomplete-stream', billed: 'yes' }],
    });
    // It was paid for; who never sends a reason would be paid again.
    expect(upstream.received).toHaveLength(1);
    const { result: streamed } = client.streamCompletion(messages, { model: 'test-model' });
    expect(await streamed).toMatchObject({ success: false, error: { code: 'incomplete-stream' } });
  });

  it('before its first token is tried again', async () => {
    const { upstream, client } = await setUp((response, _request, count) => {
      startEvents(response);
      response.write(chunkOf({ role: 'assistant', content: '' }));
      if (count === 1) setTimeout(() => response.destroy(), 5);
      else response.end(chunkOf({ content: 'whole' }) + chunkOf({}, 'stop') + 'data: [DONE]\n\n');
    });
    const stream = client.streamCompletion(messages, { model: 'test-model' });
    let text = '';
    for await (const piece of stream) text += piece;
    expect(text).toBe('whole');
    expect(upstream.received).toHaveLength(2);
    expect((await stream.result).attempts.map(({ outcome }) => outcome)).toEqual(['upstream', 'success']);
  });

  it('that stands still is ended after idleMs', async () => {
    const { upstream, client } = await setUp(
      (response) => {
        startEvents(response);
        response.write(chunkOf({ content: 'and then' }));
      },
      { timeouts: { idleMs: 60 } },
    );
    const stream = client.streamCompletion(messages, { model: 'test-model' });
    const result = await stream.result;
    expect(result).toMatchObject({ success: false, error: { code: 'timeout', phase: 'idle' } });
    await expect.poll(() => upstream.openResponses).toBe(0);
  });
});

describe('Retry-After', () => {
  it('of one model is obeyed, whatever was tried meanwhile', async () => {
    const answer: Answer = (response, { body }, count) => {
      if (count > 2) sendJson(response, completionOf('at last'));
      else if (body['model'] === 'test-model') sendError(response, 503, 'busy', { 'retry-after': '0.4' });
      else sendError(response, 500, 'broken');
    };
    const { upstream, client } = await setUp(answer);
    const result = await client.chatCompletion(messages, { model: 'test-model', fallbacks: ['other-model'] });
    expect(result.success).toBe(true);
    const [first, , third] = upstream.received;
    expect(third?.body['model']).toBe('test-model');
    expect(third!.atMs - first!.atMs).toBeGreaterThanOrEqual(399);
  });

  it('of 3 seconds is obeyed', { timeout: 10_000 }, async () => {
    const { upstream, client } = await setUp((response, _request, count) =>
      count === 1
        ? sendError(response, 429, 'rate_limit_exceeded', { 'retry-after': '3' })
        : sendJson(response, completionOf('later')),
    );
    const result = await client.chatCompletion(messages, { model: 'test-model' });
    expect(result.success).toBe(true);
    const [first, second] = upstream.received;
    expect(second!.atMs - first!.atMs).toBeGreaterThanOrEqual(2_999);
  });

  it('beyond the time of the call fails at once, with the wait in the error', async () => {
    const { upstream, client } = await setUp((response) =>
      sendError(response, 429, 'rate_limit_exceeded', { 'retry-after': '120' }),
    );
    const startedMs = performance.now();
    const result = await client.chatCompletion(messages, { model: 'test-model' });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(upstream.received).toHaveLength(1);
    expect(result.success).toBe(false);
    if (result.success) return;
    expect(result.error).toBeInstanceOf(RateLimitExceededError);
    expect(result.error).toHaveProperty('retryAfterMs', 120_000);
    // The next call is held back, too: never earlier than told.
    const next = await client.chatCompletion(messages, { model: 'test-model', timeoutMs: 50 });
    expect(next).toMatchObject({ success: false, error: { code: 'rate-limit' } });
    expect(upstream.received).toHaveLength(1);
  });
});

describe('rateLimits.adaptive', () => {
  const limited: Answer = (response, _request, count) =>
    count === 1
      ? sendError(response, 429, 'rate_limit_exceeded', { 'retry-after': '120' })
      : sendJson(response, completionOf('fine'));

  it.each([
    [true, 'holds back every call of the account', 'rate-limit', 1],
    [false, 'holds back the refused call only', undefined, 2],
  ] as const)('%s %s', async (adaptive, _what, code, sent) => {
    const { upstream, client } = await setUp(limited, { rateLimits: { ...unlimited, adaptive } });
    const refused = await client.chatCompletion(messages, { model: 'test-model' });
    expect(refused).toMatchObject({ success: false, error: { code: 'rate-limit', retryAfterMs: 120_000 } });
    const next = await client.chatCompletion(messages, { model: 'test-model', timeoutMs: 1000 });
    expect(next.success ? undefined : next.error.code).toBe(code);
    expect(upstream.received).toHaveLength(sent);
  });
});

describe('insufficient_quota', () => {
  it('is a hard error: one attempt, nothing billed', async () => {
    const { upstream, client } = await setUp((response) => sendError(response, 429, 'insufficient_quota'));
    const result = await client.chatCompletion(messages, { model: 'test-model', fallbacks: ['other-model'] });
    expect(result).toMatchObject({ success: false, error: { code: 'credits-exhausted', retryable: false } });
    expect(result.costUsd).toBe(0);
    expect(upstream.received).toHaveLength(1);
  });
});

describe('credits that are used up', () => {
  const models = {
    'test-model': { prices: { input: 1, output: 2 } },
    'other-model': { prices: { input: 1, output: 2 } },
    'free-model': { unlimited: true },
  };
  const answer: Answer = (response, { body }) => {
    if (body['model'] === 'free-model') sendJson(response, completionOf('still here', 'free-model'));
    else sendError(response, 402, 'insufficient_credits');
  };

  it('leave the models that bill nothing: the call goes on with one', async () => {
    const { upstream, client } = await setUp(answer, { models });
    const result = await client.chatCompletion(messages, {
      model: 'test-model',
      fallbacks: ['other-model', 'free-model'],
    });
    expect(result).toMatchObject({ success: true, model: 'free-model', costUsd: 0 });
    expect(upstream.received.map(({ body }) => body['model'])).toEqual(['test-model', 'free-model']);
  });

  it('leave routed calls the same way out', async () => {
    const { client } = await setUp(answer, { models, router: undefined });
    const result = await client.chatCompletion(messages, { preferences: { quality: 1 } });
    expect(result).toMatchObject({ success: true, model: 'free-model' });
  });
});

describe('the caller’s own short deadline', () => {
  it('does not open the breaker', async () => {
    let answers = false;
    const { client, upstream } = await setUp((response) => {
      if (answers) sendJson(response, completionOf('in time'));
    });
    for (let call = 0; call < 12; call++) {
      const result = await client.chatCompletion(messages, { model: 'test-model', timeoutMs: 40 });
      expect(result).toMatchObject({ success: false, error: { code: 'timeout', phase: 'total' } });
    }
    // On a busy machine one or the other ends before it is sent; more than open a breaker are.
    await expect.poll(() => upstream.received.length).toBeGreaterThan(8);
    answers = true;
    expect(await client.chatCompletion(messages, { model: 'test-model' })).toMatchObject({ success: true });
  });
});

describe('a retry under a budget per call', () => {
  it('fits what the first attempt has left', async () => {
    const answer: Answer = (response, _request, count) => {
      if (count === 1) response.writeHead(200, { 'content-type': 'application/json' }).end('');
      else sendJson(response, completionOf('second'));
    };
    const { client } = await setUp(answer, {
      models: { 'test-model': { prices: { input: 1, output: 2 }, contextWindow: 8_000 } },
      budgets: [{ limitUsd: 0.05, per: 'call', mode: 'hard' }],
    });
    expect(await client.chatCompletion(messages, { model: 'test-model' })).toMatchObject({ success: true });
  });

  it('sets no cap beyond the context window where the model has no other', async () => {
    const { client, upstream } = await setUp((response) => sendJson(response, completionOf('x')), {
      models: { 'test-model': { prices: { input: 1, output: 2 }, contextWindow: 8_000 } },
      budgets: [{ limitUsd: 5, per: 'day', mode: 'hard' }],
    });
    await client.chatCompletion(messages, { model: 'test-model' });
    expect(upstream.received[0]?.body).not.toHaveProperty('max_tokens');
  });
});

describe('abort', () => {
  it('while waiting for headers settles at once and closes the socket', async () => {
    const { upstream, client, events } = await setUp(() => undefined);
    const controller = new AbortController();
    const call = client.chatCompletion(messages, { model: 'test-model', signal: controller.signal });
    await expect.poll(() => upstream.received.length).toBe(1);
    const abortedMs = performance.now();
    controller.abort();
    const result = await call;
    expect(performance.now() - abortedMs).toBeLessThan(200);
    expect(result).toMatchObject({ success: false, error: { code: 'aborted' } });
    await expect.poll(() => upstream.openResponses).toBe(0);
    expect(terminals(events)).toHaveLength(1);
  });

  it('while backing off settles at once', async () => {
    const { upstream, client } = await setUp((response) =>
      sendError(response, 503, 'x', { 'retry-after': '5' }),
    );
    const controller = new AbortController();
    const call = client.chatCompletion(messages, { model: 'test-model', signal: controller.signal });
    await expect.poll(() => upstream.received.length).toBe(1);
    setTimeout(() => controller.abort(), 30);
    const startedMs = performance.now();
    expect(await call).toMatchObject({ success: false, error: { code: 'aborted' } });
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  it('of a stream ends the iteration with an error', async () => {
    const { client } = await setUp((response) => {
      startEvents(response);
      response.write(chunkOf({ content: 'one ' }));
    });
    const controller = new AbortController();
    const stream = client.streamCompletion(messages, { model: 'test-model', signal: controller.signal });
    const reading = (async () => {
      for await (const _piece of stream) controller.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
    expect(await stream.result).toMatchObject({ success: false, error: { code: 'aborted' } });
  });

  it('that came before the call sends nothing', async () => {
    const { upstream, client } = await setUp((response) => sendJson(response, completionOf('never')));
    const result = await client.chatCompletion(messages, {
      model: 'test-model',
      signal: AbortSignal.abort(),
    });
    expect(result).toMatchObject({ success: false, error: { code: 'aborted' }, attempts: [] });
    expect(upstream.received).toHaveLength(0);
  });

  it('leaves no listener on a signal shared by many calls', async () => {
    const { client } = await setUp((response) => sendJson(response, completionOf('fine')));
    const controller = new AbortController();
    for (let call = 0; call < 20; call++) {
      await client.chatCompletion(messages, { model: 'test-model', signal: controller.signal });
    }
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });
});

describe('a hard budget', () => {
  it('is never passed by 200 parallel calls at its edge, and is used well', async () => {
    // 100 output tokens at $2 per 1M and a short prompt: what fits is known from the upstream's own book.
    const answer: Answer = (response) =>
      setTimeout(
        () =>
          sendJson(response, {
            ...completionOf('x'),
            usage: { prompt_tokens: 40, completion_tokens: 100, total_tokens: 140 },
          }),
        Math.random() * 5,
      );
    const limitUsd = 0.012;
    const { upstream, client } = await setUp(answer, { budgets: [{ limitUsd, per: 'day', mode: 'hard' }] });
    const results = await Promise.all(
      Array.from({ length: 200 }, () =>
        client.chatCompletion(messages, { model: 'test-model', max_tokens: 100 }),
      ),
    );
    const truthUsd = upstream.received.length * ((40 * 1 + 100 * 2) / 1e6);
    expect(truthUsd).toBeLessThanOrEqual(limitUsd);
    expect(results.filter((result) => result.success)).toHaveLength(upstream.received.length);
    const refused = results.filter((result) => !result.success);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every((result) => result.error instanceof BudgetExceededError)).toBe(true);
    // Afterwards nothing is left reserved: what was not spent can be spent.
    const left = limitUsd - truthUsd;
    if (left > 0.0005) {
      const next = await client.chatCompletion(messages, { model: 'test-model', max_tokens: 64 });
      expect(next.success).toBe(true);
    }
  });
});
