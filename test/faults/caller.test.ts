/** F33–F35: what the caller does in the middle of it. */
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type ChatOptions, memoryStores, type RouteLLClientOptions, type TimeoutOptions } from 'routell';
import type { Fetch } from '../../src/upstream/openai-client.js';
import { chunkOf } from '../call/loopback-upstream.js';
import { observedBudgets, unlimited } from '../call/scene.js';
import { completionBody } from '../loopback.js';
import { faultScene } from './observe.js';
import { error, http, type RawAnswer, STREAM_HEAD } from './raw-server.js';

const fine: RawAnswer = (socket) => socket.end(http(200, completionBody('fine')));
const silent: RawAnswer = () => undefined;
const never = new Promise<never>(() => undefined);

/** A fetch that hangs for one method, heeding its signal or not. */
const hangingFetch =
  (method: string): Fetch =>
  (input, init) =>
    (init?.method ?? 'GET') === method ? never : globalThis.fetch(input, init);

interface Phase {
  readonly name: string;
  readonly answer: RawAnswer;
  readonly options?: RouteLLClientOptions;
  readonly call?: ChatOptions;
  /** A call that is under way before. */
  readonly isSecond?: boolean;
}

const PHASES: readonly Phase[] = [
  {
    name: 'planning, while the models are listed',
    answer: fine,
    options: { fetch: hangingFetch('GET') },
    call: { model: 'auto' },
  },
  {
    name: 'queued behind a rate',
    answer: fine,
    options: { rateLimits: { ...unlimited, requestsPerHour: 1 } },
    call: { timeoutMs: 4_000_000 },
    isSecond: true,
  },
  {
    name: 'waiting for a permit',
    answer: silent,
    options: { rateLimits: { ...unlimited, maxConcurrent: 1 } },
    isSecond: true,
  },
  {
    name: 'reserving money in a store that hangs',
    answer: fine,
    options: { stores: { budgets: { ...observedBudgets(), reserve: () => never } } },
  },
  { name: 'connecting', answer: fine, options: { fetch: hangingFetch('POST') } },
  { name: 'waiting for headers', answer: silent },
  {
    name: 'reading the body',
    answer: (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{"choices":'),
  },
  {
    name: 'backing off',
    answer: (socket) => socket.end(error(503, 'busy', ['retry-after: 4'])),
    options: { retries: { maxRetries: 3, retryDelayMs: 4_000 } },
  },
  {
    name: 'recording in a journal that hangs',
    answer: (socket) => socket.end(error(400, 'bad')),
    options: { stores: { journal: { ...memoryStores().journal, append: () => never } } },
  },
  {
    name: 'recording the decision of a success in a journal that hangs',
    answer: fine,
    options: { stores: { journal: { ...memoryStores().journal, append: () => never } } },
    call: { model: 'auto' },
  },
];

describe('F33 an abort', { timeout: 30_000 }, () => {
  it.each(PHASES)('F33 while $name: it settles at once, and nothing is left', async (phase) => {
    const scene = await faultScene(phase.answer, {
      ...phase.options,
      timeouts: { totalMs: 20_000 },
    });
    const first = phase.isSecond === true ? scene.ask() : null;
    if (first !== null) await expect.poll(() => scene.server.received.length).toBe(1);
    const controller = new AbortController();
    const asked = scene.ask({ ...phase.call, signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 60));
    const abortedMs = performance.now();
    controller.abort();
    controller.abort();
    const result = await asked;
    // 20 ms is what holds on a machine of its own; here it is told apart from the 20 s of the call.
    expect(performance.now() - abortedMs).toBeLessThan(1_000);
    if (!phase.name.includes('success')) expect(result).toMatchObject({ error: { code: 'aborted' } });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    await scene.client.close({ graceMs: 0 });
    await first;
    await expect.poll(() => scene.server.held, { timeout: 2_000, interval: 5 }).toBe(0);
    const terminals = scene.events.filter(({ type }) => type === 'call-end' || type === 'call-error');
    expect(terminals).toHaveLength(phase.isSecond === true ? 2 : 1);
  });

  it('F33 while it streams: the socket is closed, the iteration throws', async () => {
    const scene = await faultScene((socket) => void socket.write(STREAM_HEAD + chunkOf({ content: 'a' })));
    const controller = new AbortController();
    const stream = scene.client.streamCompletion([{ role: 'user', content: 'x' }], {
      model: 'test-model',
      signal: controller.signal,
    });
    let text = '';
    const reading = (async () => {
      for await (const piece of stream) {
        text += piece;
        controller.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
    expect(text).toBe('a');
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    await scene.expectInvariants();
  });

  it('F33 that came before, or comes after the end, changes nothing', async () => {
    const scene = await faultScene(fine);
    const before = await scene.ask({ signal: AbortSignal.abort() });
    expect(before).toMatchObject({ success: false, error: { code: 'aborted' }, attempts: [] });
    expect(scene.server.received).toHaveLength(0);
    const controller = new AbortController();
    const served = await scene.ask({ signal: controller.signal });
    controller.abort();
    expect(served.success).toBe(true);
    await scene.expectInvariants();
  });

  it('F33 of one signal for hundreds of calls ends them all, and leaves no listener', async () => {
    const scene = await faultScene(silent, {
      rateLimits: { ...unlimited, maxConcurrent: 20 },
      timeouts: { totalMs: 25_000 },
    });
    const controller = new AbortController();
    const { signal } = controller;
    const messages = [{ role: 'user' as const, content: 'x' }];
    const calls = Array.from({ length: 300 }, () =>
      scene.client.chatCompletion(messages, { model: 'test-model', signal }),
    );
    await expect.poll(() => scene.server.received.length, { timeout: 20_000 }).toBe(20);
    // Node warns of a leak where a signal has more than ten.
    expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(2);
    controller.abort();
    const results = await Promise.all(calls);
    expect(results.every((result) => !result.success && result.error.code === 'aborted')).toBe(true);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await scene.expectInvariants();
  });
});

describe('F33 a store that hangs', { timeout: 30_000 }, () => {
  it('F33 holds no call beyond its deadline; what it still writes is waited for at the close', async () => {
    const journal = memoryStores().journal;
    const writes: (() => void)[] = [];
    const slow = {
      ...journal,
      append: (entry: Parameters<typeof journal.append>[0]): Promise<void> =>
        new Promise((resolve) => {
          writes.push(() => {
            void journal.append(entry);
            resolve();
          });
        }),
    };
    const scene = await faultScene(fine, { stores: { journal: slow }, timeouts: { totalMs: 300 } });
    const result = await scene.ask();
    // The answer was there, and paid: it is given although its row is not written yet.
    expect(result).toMatchObject({ success: true });
    expect(result.tookMs).toBeLessThan(2_500);
    const closing = scene.client.close();
    for (const write of writes) write();
    await closing;
    expect(await scene.rows()).toHaveLength(1);
  });

  it.each(['journal', 'budgets'] as const)(
    'F33 holds no stream beyond idleMs after its last token: %s',
    async (port) => {
      const budgets = { ...observedBudgets(), settle: () => never };
      const journal = { ...memoryStores().journal, append: () => never };
      const scene = await faultScene(
        (socket) =>
          socket.end(STREAM_HEAD + chunkOf({ content: 'a' }) + chunkOf({}, 'stop') + 'data: [DONE]\n\n'),
        { stores: port === 'journal' ? { journal } : { budgets }, timeouts: { idleMs: 200 } },
      );
      const messages = [{ role: 'user' as const, content: 'x' }];
      const stream = scene.client.streamCompletion(messages, { model: 'test-model' });
      // The answer was there, and paid: it is given although the store knows nothing of it.
      expect(await stream.result).toMatchObject({ success: true, content: 'a' });
    },
  );

  it.each<[port: 'journal' | 'budgets', timeouts: TimeoutOptions]>([
    ['journal', { idleMs: 200, totalMs: 5_000 }],
    ['budgets', { idleMs: 200, totalMs: 5_000 }],
    ['journal', { idleMs: 5_000, totalMs: 200 }],
  ])('F33 holds no stream that is resumed beyond idleMs or totalMs: %s, %o', async (port, timeouts) => {
    const budgets = { ...observedBudgets(), settle: () => never };
    const journal = { ...memoryStores().journal, append: () => never };
    const rest = chunkOf({ content: 'quick brown fox' }) + chunkOf({}, 'stop') + 'data: [DONE]\n\n';
    const scene = await faultScene(
      (socket, { count }) => socket.end(STREAM_HEAD + (count === 1 ? chunkOf({ content: 'The ' }) : rest)),
      {
        stores: port === 'journal' ? { journal } : { budgets },
        retries: { maxRetries: 1, retryDelayMs: 1 },
        timeouts,
      },
    );
    const messages = [{ role: 'user' as const, content: 'x' }];
    const stream = scene.client.streamCompletion(messages, { model: 'test-model', resume: true });
    expect(await stream.result).toMatchObject(
      timeouts.totalMs === 200
        ? { error: { code: 'incomplete-stream', partial: 'The ' } }
        : { success: true, content: 'The quick brown fox' },
    );
  });

  it('F33 gives back late money for a call that has ended', async () => {
    const money = observedBudgets();
    const grants: (() => void)[] = [];
    const slow: typeof money = {
      ...money,
      reserve: (id, entries) =>
        new Promise((resolve) => {
          grants.push(() => resolve(money.reserve(id, entries)));
        }),
    };
    const scene = await faultScene(fine, { stores: { budgets: slow }, timeouts: { totalMs: 100 } });
    expect(await scene.ask()).toMatchObject({ error: { code: 'timeout', phase: 'total' }, attempts: [] });
    for (const grant of grants) grant();
    await expect.poll(() => money.totals()).toEqual({ reserved: 0, spent: 0 });
    expect(scene.server.received).toHaveLength(0);
  });
});

describe('listeners and the end', { timeout: 30_000 }, () => {
  it('F34 listeners that throw, reject, remove themselves or listen once break no call', async () => {
    const told: string[] = [];
    const scene = await faultScene(fine, {
      logger: {
        debug: () => undefined,
        info: () => undefined,
        warn: () => undefined,
        error: (text) => told.push(text),
      },
    });
    const { client } = scene;
    client.on('attempt-start', () => {
      throw new TypeError('listener');
    });
    client.on('attempt-end', () => Promise.reject(new Error('async listener')));
    let [removed, once] = [0, 0];
    const remove = client.on('call-start', () => {
      removed += 1;
      remove();
    });
    client.once('call-start', () => (once += 1));
    for (let call = 0; call < 3; call++) expect(await scene.ask()).toMatchObject({ success: true });
    expect([removed, once]).toEqual([1, 1]);
    expect(told.length).toBeGreaterThan(0);
    await scene.expectInvariants();
  });

  it('F35 close() during everything: each call ends once, within a bound', async () => {
    const scene = await faultScene(
      (socket, { count }) => {
        if (count % 4 === 0) fine(socket, {} as never);
        else if (count % 4 === 1) socket.write(STREAM_HEAD + chunkOf({ content: 'a' }));
        else if (count % 4 === 2) socket.end(error(503, 'busy', ['retry-after: 3']));
      },
      { rateLimits: { ...unlimited, maxConcurrent: 12 }, retries: { maxRetries: 3, retryDelayMs: 3_000 } },
    );
    const asked = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? scene.ask() : scene.stream().then(({ result }) => result),
    );
    await expect.poll(() => scene.server.received.length).toBeGreaterThan(8);
    const startedMs = performance.now();
    await scene.client.close({ graceMs: 50 });
    expect(performance.now() - startedMs).toBeLessThan(2_500);
    const results = await Promise.all(asked);
    expect(results).toHaveLength(40);
    expect(await scene.ask()).toMatchObject({ success: false, error: { code: 'closed' } });
    await scene.expectInvariants();
  });
});
