/** The three leases of an attempt: in which order they are taken, and that each is given back. */
import { describe, expect, it } from 'vitest';
import { memoryStores } from 'routell';
import type { BudgetsStore, LimitsStore } from '../../src/stores.js';
import { fakeClock } from '../fake-clock.js';
import { chunkOf, completionOf, sendError, sendJson } from './loopback-upstream.js';
import { answers, expectQuiet, hello, observedBudgets, scene, streams, unlimited } from './scene.js';

const model = 'test-model';
const budgets = [{ limitUsd: 1, per: 'day' }] as const;

/** Stores that note what is asked of them, in order. */
function notedStores(notes: string[]): { limits: LimitsStore; budgets: BudgetsStore } {
  const { limits } = memoryStores();
  const money = observedBudgets();
  const note =
    <Args extends unknown[], Result>(name: string, act: (...args: Args) => Result) =>
    (...args: Args): Result => {
      notes.push(name);
      return act(...args);
    };
  return {
    limits: {
      take: note('permit taken', limits.take.bind(limits)),
      record: note('permit settled', limits.record.bind(limits)),
      refund: note('permit refunded', limits.refund.bind(limits)),
      peek: limits.peek.bind(limits),
    },
    budgets: {
      reserve: note('money reserved', money.reserve),
      settle: note('money settled', money.settle),
      release: note('money released', money.release),
      balance: money.balance,
    },
  };
}

const rateLimits = { ...unlimited, tokensPerMinute: 1000 };

describe('the order of the leases', () => {
  it('is permit, money, request, and back in reverse', async () => {
    const notes: string[] = [];
    const { client, events } = await scene(
      (response) => {
        notes.push('request');
        sendJson(response, completionOf('fine'));
      },
      { budgets, rateLimits, stores: notedStores(notes) },
    );
    await client.chatCompletion(hello, { model });
    expect(notes).toEqual([
      'permit taken',
      'money reserved',
      'request',
      'money settled',
      // 15 tokens were used where 8 were expected.
      'permit settled',
    ]);
    expect(events.map(({ type }) => type)).toEqual([
      'call-start',
      'credit-reserve',
      'attempt-start',
      'credit-settle',
      'attempt-end',
      'call-end',
    ]);
  });

  it('gives the permit back whole where the money is refused, and asks no upstream', async () => {
    const notes: string[] = [];
    const { client, upstream, events } = await scene(answers(), {
      budgets: [{ limitUsd: 0.000_001, per: 'day' }],
      rateLimits: { ...unlimited, requestsPerMinute: 5 },
      stores: notedStores(notes),
    });
    const result = await client.chatCompletion(hello, { model });
    expect(result).toMatchObject({ success: false, error: { code: 'budget', scope: 'day' }, costUsd: 0 });
    expect(notes).toEqual(['permit taken', 'money reserved', 'permit refunded']);
    expect(upstream.received).toHaveLength(0);
    expect(client.rateLimiter.getCurrentUsage().windows.map(({ used }) => used)).toEqual([0]);
    expect(events.map(({ type }) => type)).toEqual(['call-start', 'credit-deny', 'call-error']);
  });

  it('locks no money while it waits for a permit', async () => {
    const held = await scene(answers(), { budgets, rateLimits: { ...unlimited, maxConcurrent: 1 } });
    const first = await held.client.rateLimiter.acquire();
    const call = held.client.chatCompletion(hello, { model });
    await expect.poll(() => held.client.rateLimiter.getCurrentUsage().waiting).toBe(1);
    expect(held.budgets.totals().reserved).toBe(0);
    expect(held.events.some(({ type }) => type === 'credit-reserve')).toBe(false);
    await first.release();
    expect((await call).success).toBe(true);
    expectQuiet(held);
  });

  it('reserves nothing for a call that is aborted while it waits', async () => {
    const held = await scene(answers(), { budgets, rateLimits: { ...unlimited, maxConcurrent: 1 } });
    const first = await held.client.rateLimiter.acquire();
    const controller = new AbortController();
    const call = held.client.chatCompletion(hello, { model, signal: controller.signal });
    await expect.poll(() => held.client.rateLimiter.getCurrentUsage().waiting).toBe(1);
    controller.abort();
    expect(await call).toMatchObject({ success: false, error: { code: 'aborted' }, attempts: [] });
    await first.release();
    expect(held.upstream.received).toHaveLength(0);
    expectQuiet(held);
  });

  it('sends nothing where the call is aborted while its money is reserved', async () => {
    const controller = new AbortController();
    const money = observedBudgets();
    const slow: BudgetsStore = {
      ...money,
      reserve: async (id, entries) => {
        const decision = await money.reserve(id, entries);
        controller.abort();
        return decision;
      },
    };
    const held = await scene(answers(), { budgets, stores: { budgets: slow } });
    const result = await held.client.chatCompletion(hello, { model, signal: controller.signal });
    expect(result).toMatchObject({ success: false, error: { code: 'aborted' }, attempts: [] });
    expect(held.upstream.received).toHaveLength(0);
    expect(money.totals()).toEqual({ reserved: 0, spent: 0 });
    expectQuiet(held);
  });
});

describe('the tokens of the limits', () => {
  const used = async (answer: Parameters<typeof scene>[0], timeoutMs = 10_000) => {
    const held = await scene(answer, { rateLimits, retries: { maxRetries: 0 } });
    await held.client.chatCompletion(hello, { model, timeoutMs });
    expectQuiet(held);
    return held.client.rateLimiter.getCurrentUsage().windows[0]?.used;
  };

  it('are corrected to what was used', async () => {
    expect(await used(answers())).toBe(15);
  });

  it('are given back where nothing was used', async () => {
    expect(await used((response) => sendError(response, 500, 'broken'))).toBe(0);
  });

  it('stand as estimated where something was sent and nobody says what it used', async () => {
    expect(await used(() => undefined, 100)).toBe(9);
  });
});

describe('the breaker’s lease', () => {
  it('is given back where the money is refused, so that another probe may follow', async () => {
    const clock = fakeClock();
    let isDown = true;
    const held = await scene(
      (response) => (isDown ? sendError(response, 500, 'x') : sendJson(response, completionOf('up'))),
      { clock, budgets: [{ limitUsd: 0.001, per: 'call' }], retries: { maxRetries: 0 } },
    );
    const call = (options: object = {}): Promise<unknown> =>
      held.client.chatCompletion(hello, { model, ...options });
    const degraded = () => held.events.find((event) => event.type === 'model-degrade');
    while (degraded() === undefined) await call();
    const sent = held.upstream.received.length;
    expect(await call()).toMatchObject({
      error: { message: expect.stringContaining('left alone') as string },
    });
    expect(held.upstream.received).toHaveLength(sent);

    isDown = false;
    await clock.advance(degraded()!.retryAfterMs);
    expect(await call({ max_tokens: 1e6 })).toMatchObject({ error: { code: 'budget' } });
    expect(await call()).toMatchObject({ success: true });
    expect(held.events.some(({ type }) => type === 'model-recover')).toBe(true);
    expectQuiet(held);
  });

  it('counts no failure that is the caller’s own', async () => {
    const held = await scene((response) => sendError(response, 400, 'bad_parameter'));
    for (let call = 0; call < 20; call++) await held.client.chatCompletion(hello, { model });
    expect(held.upstream.received).toHaveLength(20);
    expect(held.events.some(({ type }) => type === 'model-degrade')).toBe(false);
  });
});

describe('a store that fails', () => {
  const failing = {
    'while it settles': (): BudgetsStore => ({
      ...observedBudgets(),
      settle: () => Promise.reject(new Error('the disk is full')),
    }),
    'at once while it settles': (): BudgetsStore => ({
      ...observedBudgets(),
      settle: () => {
        throw new Error('the disk is full');
      },
    }),
  };

  it.each(Object.entries(failing))(
    '%s loses neither the answer nor the other leases',
    async (_name, make) => {
      const told: string[] = [];
      const note = (message: string): void => void told.push(message);
      const held = await scene(answers('paid for'), {
        budgets,
        rateLimits: { ...unlimited, maxConcurrent: 1 },
        stores: { budgets: make() },
        logger: { debug: note, info: note, warn: note, error: note },
      });
      for (let call = 0; call < 2; call++) {
        const result = await held.client.chatCompletion(hello, { model });
        expect(result).toMatchObject({ success: true, content: 'paid for' });
      }
      expect(held.upstream.received).toHaveLength(2);
      expect(told).toHaveLength(2);
      expect(held.client.rateLimiter.getCurrentUsage().inFlight).toBe(0);
    },
  );

  it('while it reserves refuses the call, with the permit given back', async () => {
    const money = { ...observedBudgets(), reserve: () => Promise.reject(new Error('no connection')) };
    const held = await scene(answers(), { budgets, stores: { budgets: money } });
    expect(await held.client.chatCompletion(hello, { model })).toMatchObject({
      success: false,
      error: { message: expect.stringContaining('no connection') as string },
    });
    expect(held.upstream.received).toHaveLength(0);
    expectQuiet(held);
  });

  it('of limits refuses the call', async () => {
    const { limits } = memoryStores();
    const held = await scene(answers(), {
      stores: {
        limits: { ...limits, peek: limits.peek.bind(limits), take: () => Promise.reject(new Error('gone')) },
      },
    });
    expect(await held.client.chatCompletion(hello, { model })).toMatchObject({ success: false });
    expect(held.upstream.received).toHaveLength(0);
    expectQuiet(held);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('read-only'))],
    [
      'throws',
      () => {
        throw new Error('read-only');
      },
    ],
  ])('of records loses no answer where it %s', async (_name, append) => {
    const { journal } = memoryStores();
    const held = await scene(streams(['a', 'b']), {
      stores: { journal: { read: journal.read.bind(journal), append } },
    });
    expect(await held.client.streamCompletion(hello, { model }).result).toMatchObject({ content: 'ab' });
    expect(await held.client.streamCompletion(hello).result).toMatchObject({ content: 'ab' });
    expectQuiet(held);
  });
});

describe('a Retry-After beyond all numbers', () => {
  it('leaks no lease', async () => {
    const held = await scene(
      (response) => sendError(response, 429, 'rate_limit_exceeded', { 'retry-after': '9e307' }),
      { budgets },
    );
    expect(await held.client.chatCompletion(hello, { model })).toMatchObject({
      success: false,
      error: { code: 'rate-limit' },
    });
    expectQuiet(held);
  });
});

describe('a fetch that does not heed its signal', () => {
  const encoder = new TextEncoder();
  const stands = (text: string) => (): Promise<Response> => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue(encoder.encode(text)) });
    return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
  };

  it.each([
    ['never answers', () => new Promise<Response>(() => undefined)],
    ['never ends', stands('')],
    ['never gets to a token', stands(chunkOf({ role: 'assistant', content: '' }))],
    ['never gets on', stands(chunkOf({ content: 'a' }))],
  ])('and %s holds no call for longer than it may take', async (_name, fetch) => {
    const held = await scene(answers(), { fetch, budgets, timeouts: { totalMs: 40, idleMs: 40 } });
    for (const result of [
      await held.client.chatCompletion(hello, { model }),
      await held.client.streamCompletion(hello, { model }).result,
    ]) {
      expect(result).toMatchObject({ success: false, error: { code: 'timeout' } });
    }
    expectQuiet(held);
  });
});
