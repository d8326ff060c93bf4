/** A batch: what it takes, in which order it gives, how far it pulls ahead, and every way in which it ends. */
import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  type BatchItem,
  type BatchOptions,
  type BatchProgress,
  type BatchRequest,
  type BatchRequests,
  type ChatMessage,
  InvalidRequestError,
  type Logger,
  RouteLLError,
} from 'routell';
import { type FakeClock, fakeClock } from '../fake-clock.js';
import { type Answer, completionOf, type ReceivedRequest, sendError, sendJson } from './loopback-upstream.js';
import { answers, dollarPerToken, expectQuiet, isTerminal, type Scene, scene, unlimited } from './scene.js';

const model = 'test-model';

const ask = (content: string): ChatMessage[] => [{ role: 'user', content }];
const asks = (count: number): ChatMessage[][] =>
  Array.from({ length: count }, (_, index) => ask(`ask ${index}`));
const asked = ({ body }: ReceivedRequest): string =>
  (body['messages'] as readonly { readonly content: string }[]).at(-1)?.content ?? '';

/** Answers with what was asked. */
const echo: Answer = (response, request) => sendJson(response, completionOf(asked(request)));

async function collect(batch: Batch): Promise<BatchItem[]> {
  const items: BatchItem[] = [];
  for await (const item of batch) items.push(item);
  return items;
}

const byIndex = (items: readonly BatchItem[]): BatchItem[] => [...items].sort((a, b) => a.index - b.index);
const outcomes = (items: readonly BatchItem[]): string[] =>
  byIndex(items).map(({ result }) => (result.success ? result.content : result.error.code));

/** Answers only when told to. */
function gate(): { readonly answer: Answer; open(content: string): void; openAll(): void } {
  const held = new Map<string, () => void>();
  let isOpen = false;
  return {
    answer: (response, request, count) => {
      const content = asked(request);
      if (isOpen) echo(response, request, count);
      else held.set(content, () => sendJson(response, completionOf(content)));
    },
    open: (content) => {
      held.get(content)?.();
      held.delete(content);
    },
    openAll: () => {
      isOpen = true;
      for (const send of held.values()) send();
    },
  };
}

/** Requests as a generator gives them, with what became of it. */
function pulled(count = Infinity): {
  readonly requests: AsyncGenerator<BatchRequest>;
  readonly state: { given: number; isClosed: boolean };
} {
  const state = { given: 0, isClosed: false };
  async function* generate(): AsyncGenerator<BatchRequest> {
    try {
      while (state.given < count) yield ask(`ask ${state.given++}`);
    } finally {
      state.isClosed = true;
    }
  }
  return { requests: generate(), state };
}

const reached = (held: Scene, count: number): Promise<void> =>
  expect.poll(() => held.upstream.received.length).toBe(count);

describe('reading', () => {
  it('gives the items in the order in which they end, each with its place', async () => {
    const doors = gate();
    const held = await scene(doors.answer);
    const batch = held.client.batch(asks(3), { model });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { index, result } of batch) {
        expect(result).toMatchObject({ success: true, content: `ask ${index}` });
        seen.push(index);
      }
    })();
    await reached(held, 3);
    for (const index of [2, 0, 1]) {
      doors.open(`ask ${index}`);
      await expect.poll(() => seen).toContain(index);
    }
    await reading;
    expect(seen).toEqual([2, 0, 1]);
    expectQuiet(held);
  });

  it('gives all results in the order of the requests', async () => {
    const doors = gate();
    const held = await scene(doors.answer);
    const results = held.client.batch(asks(3), { model }).results();
    await reached(held, 3);
    doors.open('ask 2');
    doors.openAll();
    expect((await results).map((result) => result.success && result.content)).toEqual([
      'ask 0',
      'ask 1',
      'ask 2',
    ]);
  });

  it('does not begin until somebody reads', async () => {
    const held = await scene(echo);
    const { requests, state } = pulled();
    held.client.batch(requests, { model })[Symbol.asyncIterator]();
    await wait(20);
    expect(state.given).toBe(0);
    expect(held.events).toEqual([]);
  });

  it('is for one consumer', async () => {
    const { client } = await scene(echo);
    const batch = client.batch(asks(2), { model });
    expect(await collect(batch)).toHaveLength(2);
    expect(() => batch[Symbol.asyncIterator]()).toThrow(InvalidRequestError);
    await expect(collect(batch)).rejects.toBeInstanceOf(InvalidRequestError);
    await expect(batch.results()).rejects.toMatchObject({ field: 'batch' });
  });

  const kinds: Readonly<Record<string, () => BatchRequests>> = {
    'a list': () => asks(5),
    'no requests': () => [],
    'a set': () => new Set(asks(5)),
    'a generator': () => asks(5).values(),
    'an async generator': () => pulled(5).requests,
    'an iterable of its own making': () => ({ [Symbol.iterator]: () => asks(5)[Symbol.iterator]() }),
  };

  it.each(Object.entries(kinds))('takes %s', async (name, requests) => {
    const held = await scene(echo);
    const items = await collect(held.client.batch(requests(), { model, concurrency: 2 }));
    expect(outcomes(items)).toEqual(name === 'no requests' ? [] : asks(5).map(([each]) => each?.content));
    expectQuiet(held);
  });
});

describe('options', () => {
  it('are shared, and those of a request come before them', async () => {
    const held = await scene(echo);
    const requests: BatchRequest[] = [
      ask('shared'),
      { messages: ask('own'), temperature: 1, max_tokens: 7, tags: ['own'] },
      { messages: ask('none'), temperature: undefined, model: undefined as never },
    ];
    const options = { model, temperature: 0, tags: ['batch'] };
    expect(outcomes(await collect(held.client.batch(requests, options)))).toEqual(['shared', 'own', 'none']);
    const bodyOf = (content: string): unknown =>
      held.upstream.received.find((each) => asked(each) === content)?.body;
    expect(bodyOf('shared')).toMatchObject({ model, temperature: 0 });
    expect(bodyOf('own')).toMatchObject({ model, temperature: 1, max_tokens: 7 });
    expect(bodyOf('none')).toMatchObject({ model, temperature: 0 });
    const tags = held.events.flatMap((event) => (event.type === 'call-start' ? event.tags : []));
    expect(tags.sort()).toEqual(['batch', 'batch', 'own']);
  });

  it('preferences route, as the guide has it', async () => {
    const { client } = await scene(echo, {
      models: {
        [model]: { prices: { input: 0.1, output: 0.1 }, qualityScore: 0.4 },
        dear: { prices: { input: 50, output: 50 }, qualityScore: 0.9 },
      },
    });
    const preferences = { cost: 0.8, speed: 0.2 };
    const [result] = await client.batch([ask('What is a river?')], { preferences }).results();
    expect(result).toMatchObject({ success: true, routing: { selectedModel: model } });
  });

  it.each([
    [1, { concurrency: 1 }],
    [3, { concurrency: 3 }],
    [8, {}],
  ])('runs %i at the same time with %o', async (most, options) => {
    const doors = gate();
    const held = await scene(doors.answer);
    const reading = collect(held.client.batch(asks(12), { model, ...options }));
    await reached(held, most);
    await wait(20);
    expect(held.upstream.received).toHaveLength(most);
    doors.openAll();
    expect(await reading).toHaveLength(12);
  });

  const bad: readonly (readonly [field: string, options: unknown, requests?: unknown])[] = [
    ['requests', {}, null],
    ['requests', {}, 5],
    ['requests', {}, 'Hello?'],
    ['requests', {}, { messages: ask('Hello?') }],
    ['requests', {}, { [Symbol.iterator]: 1 }],
    ['options', null],
    ['options', []],
    ['options', 'fast'],
    ['concurrency', { concurrency: 0 }],
    ['concurrency', { concurrency: 1.5 }],
    ['concurrency', { concurrency: Infinity }],
    ['concurrency', { concurrency: '4' }],
    ['concurrency', { concurrency: null }],
    ['onProgress', { onProgress: 'log' }],
    ['groupSimilar', { groupSimilar: 1 }],
    ['priority', { priority: 10 }],
    ['stream', { stream: true }],
    ['stream', { stream: 'no' }],
    ['signal', { signal: {} }],
    ['temprature', { temprature: 1 }],
    ['messages', { messages: ask('Hello?') }],
    ['preferences.cost', { preferences: { cost: -1 } }],
    ['__proto__', JSON.parse('{"__proto__":{"model":"x"}}')],
  ];

  const badOptions = bad.map(([field, options, requests = asks(1)]) => [field, options, requests] as const);

  it.each(badOptions)('a mistake in %s is thrown where it is written', async (field, options, requests) => {
    const { client, events } = await scene(echo);
    const error = await Promise.resolve()
      .then(() => client.batch(requests as BatchRequests, options as BatchOptions))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error).toMatchObject({ field, message: expect.stringContaining(field) as string });
    expect(events).toEqual([]);
  });

  it('an option that is misspelt is told the name it may mean', async () => {
    const { client } = await scene(echo);
    expect(() => client.batch([], { concurency: 2 } as BatchOptions)).toThrow("Did you mean 'concurrency'?");
  });
});

describe('pulling', () => {
  it('takes no more requests than it can run, and a few', async () => {
    const held = await scene(() => undefined);
    const { requests, state } = pulled();
    const items = held.client.batch(requests, { model, concurrency: 4 })[Symbol.asyncIterator]();
    const abandoned = items.next();
    await reached(held, 4);
    await wait(20);
    expect(state.given).toBe(6);
    await held.client.close({ graceMs: 0 });
    expect((await abandoned).value).toMatchObject({ result: { error: { code: 'closed' } } });
    await items.return();
    expect(state.isClosed).toBe(true);
    expectQuiet(held);
  });

  it('waits for who reads slowly', async () => {
    const held = await scene(echo);
    const { requests, state } = pulled();
    let read = 0;
    for await (const _item of held.client.batch(requests, { model, concurrency: 2 })) {
      read += 1;
      await wait(10);
      expect(state.given).toBeLessThanOrEqual(read + 2 + 2);
      if (read === 10) break;
    }
    expect(state.isClosed).toBe(true);
    expectQuiet(held);
  });

  it('begins with the first request, however late the next', async () => {
    const held = await scene(echo);
    let release = (): void => undefined;
    async function* slow(): AsyncGenerator<BatchRequest> {
      yield ask('first');
      await new Promise<void>((resolve) => (release = resolve));
      yield ask('second');
    }
    const seen: string[] = [];
    for await (const { result } of held.client.batch(slow(), { model, groupSimilar: true })) {
      seen.push(result.success ? result.content : result.error.code);
      release();
    }
    expect(seen).toEqual(['first', 'second']);
  });
});

describe('a request that fails', () => {
  it('is an item, whatever is wrong with it', async () => {
    const held = await scene((response, request, count) => {
      if (asked(request) === 'refused') sendError(response, 400, 'bad');
      else echo(response, request, count);
    });
    const requests = [
      ask('fine'),
      ask('refused'),
      [],
      null,
      'Hello?',
      { role: 'user', content: 'Hello?' },
      { messages: ask('x'), temprature: 1 },
      { messages: ask('x'), priority: 'high' },
      { messages: ask('x'), stream: true },
      {
        get messages(): ChatMessage[] {
          throw new Error('no messages');
        },
      },
      ask('fine too'),
    ] as BatchRequest[];
    const items = byIndex(await collect(held.client.batch(requests, { model })));
    expect(items.map(({ index }) => index)).toEqual(requests.map((_, index) => index));
    const fields = items.map(({ result }) =>
      result.success ? result.content : (result.error as Partial<InvalidRequestError>).field,
    );
    const failed = ['messages', 'messages', 'messages', 'messages', 'temprature', 'priority', 'stream'];
    expect(fields).toEqual(['fine', undefined, ...failed, 'requests[9]', 'fine too']);
    expect(items[1]?.result).toMatchObject({ success: false, error: { code: 'invalid-request' } });
    expect(held.upstream.received).toHaveLength(3);
    expectQuiet(held);
  });

  it('for a hard budget that is used up says so', async () => {
    const held = await scene(echo, {
      budgets: [{ limitUsd: 12, per: 'day', mode: 'hard' }],
      models: { [model]: { prices: dollarPerToken, maxOutput: 100 } },
    });
    const items = await collect(held.client.batch(asks(5), { model, max_tokens: 5, concurrency: 1 }));
    expect(outcomes(items)).toEqual(['ask 0', 'ask 1', 'budget', 'budget', 'budget']);
    expect(held.budgets.totals().spent).toBeLessThanOrEqual(12);
    expectQuiet(held);
  });

  it('by its own signal ends alone', async () => {
    const held = await scene((response, request, count) => {
      if (asked(request) !== 'held') echo(response, request, count);
    });
    const requests: BatchRequest[] = [
      { messages: ask('held'), signal: AbortSignal.timeout(20) },
      ask('other'),
    ];
    expect(outcomes(await collect(held.client.batch(requests, { model })))).toEqual(['aborted', 'other']);
    expectQuiet(held);
  });
});

describe('requests that throw', () => {
  const sources: Readonly<Record<string, () => BatchRequests>> = {
    'a generator': function* generate() {
      yield* asks(3);
      throw new Error('the file broke off');
    },
    'an async generator': async function* generate() {
      yield* asks(3);
      throw new Error('the file broke off');
    },
  };

  it.each(Object.entries(sources))('%s: what was pulled ends, then comes the error', async (_name, make) => {
    const held = await scene(echo);
    const items: BatchItem[] = [];
    const reading = (async () => {
      for await (const item of held.client.batch(make(), { model })) items.push(item);
    })();
    const error: unknown = await reading.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error).toMatchObject({ field: 'requests', cause: { message: 'the file broke off' } });
    expect((error as Error).message).toContain('after 3');
    expect(outcomes(items)).toEqual(['ask 0', 'ask 1', 'ask 2']);
    await expect(held.client.batch(make(), { model }).results()).rejects.toMatchObject({
      field: 'requests',
    });
    expectQuiet(held);
  });

  it('an error of ours is passed on as it is', async () => {
    const { client } = await scene(echo);
    const own = new RouteLLError('configuration', 'The list is not there.');
    const requests: BatchRequests = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(own) }),
    };
    await expect(collect(client.batch(requests, { model }))).rejects.toBe(own);
  });

  it.each([
    [
      'when they are opened',
      {
        [Symbol.iterator]: (): never => {
          throw new Error('locked');
        },
      },
    ],
    ['by giving no step', { [Symbol.iterator]: () => ({ next: () => 5 }) }],
    ['by giving no iterator', { [Symbol.iterator]: () => undefined }],
  ])('%s', async (_how, requests) => {
    const { client } = await scene(echo);
    const reading = collect(client.batch(requests as never, { model }));
    await expect(reading).rejects.toMatchObject({ code: 'invalid-request', field: 'requests' });
  });
});

describe('an abort by the signal', () => {
  it('of a list: every request has its item', async () => {
    const held = await scene((response, request, count) => {
      if (count <= 2) echo(response, request, count);
    });
    const controller = new AbortController();
    const items: BatchItem[] = [];
    const options = { model, concurrency: 2, signal: controller.signal };
    for await (const item of held.client.batch(asks(500), options)) {
      items.push(item);
      if (items.length === 2) {
        await reached(held, 4);
        controller.abort(new Error('enough'));
      }
    }
    expect(byIndex(items).map(({ index }) => index)).toEqual(asks(500).map((_, index) => index));
    expect(outcomes(items)).toEqual(['ask 0', 'ask 1', ...Array<string>(498).fill('aborted')]);
    const aborted = items.at(-1)?.result;
    expect(aborted).toMatchObject({ success: false, callId: '', attempts: [], costUsd: 0 });
    expect(aborted?.success === false && aborted.error.cause).toMatchObject({ message: 'enough' });
    expect(held.events.filter(isTerminal)).toHaveLength(4);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    expectQuiet(held);
  });

  it('of a generator: every request that was pulled has its item, and no more are pulled', async () => {
    const held = await scene(() => undefined);
    const controller = new AbortController();
    const { requests, state } = pulled();
    const reading = collect(
      held.client.batch(requests, { model, concurrency: 3, signal: controller.signal }),
    );
    await reached(held, 3);
    await expect.poll(() => state.given).toBe(5);
    controller.abort();
    const items = await reading;
    expect(outcomes(items)).toEqual(Array<string>(5).fill('aborted'));
    expect(state).toEqual({ given: 5, isClosed: true });
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    expectQuiet(held);
  });

  it('before it is read: nothing is sent', async () => {
    const held = await scene(echo);
    const signal = AbortSignal.abort();
    expect(outcomes(await collect(held.client.batch(asks(2), { model, signal })))).toEqual([
      'aborted',
      'aborted',
    ]);
    const { requests, state } = pulled();
    expect(await collect(held.client.batch(requests, { model, signal }))).toEqual([]);
    expect(state.given).toBe(0);
    expect(held.events).toEqual([]);
  });

  it('ends the wait for a request that never comes', async () => {
    const held = await scene(echo);
    const controller = new AbortController();
    async function* hanging(): AsyncGenerator<BatchRequest> {
      yield ask('first');
      await new Promise(() => undefined);
    }
    const items: BatchItem[] = [];
    const options = { model, signal: controller.signal };
    for await (const item of held.client.batch(hanging(), options)) {
      items.push(item);
      setTimeout(() => controller.abort(), 5);
    }
    expect(outcomes(items)).toEqual(['first']);
  });
});

describe('leaving the loop', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

  it.each(['break', 'throw'])('by a %s ends what runs and leaves nothing behind', async (how) => {
    const clock = fakeClock();
    const held = await scene(
      (response, request, count) => {
        if (asked(request) === 'ask 0') echo(response, request, count);
      },
      { clock },
    );
    const before = timers();
    const controller = new AbortController();
    const { requests, state } = pulled();
    const read = async (): Promise<void> => {
      const options = { model, concurrency: 3, signal: controller.signal };
      for await (const _item of held.client.batch(requests, options)) {
        await reached(held, 4);
        if (how === 'throw') throw new Error('disk full');
        break;
      }
    };
    if (how === 'throw') await expect(read()).rejects.toThrow('disk full');
    else await read();
    expect(state.isClosed).toBe(true);
    expectQuiet(held);
    expect(held.events.filter(({ type }) => type === 'call-error')).toHaveLength(3);
    await expect.poll(() => held.upstream.openResponses).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    await expect.poll(() => clock.pending).toBe(0);
    await expect.poll(timers).toBeLessThanOrEqual(before);
    const { given } = state;
    await nextTurn();
    expect(state.given).toBe(given);
  });

  it('does not wait for a request that never comes', async () => {
    const held = await scene(echo);
    let isClosed = false;
    const requests: BatchRequests = {
      [Symbol.asyncIterator]: () => {
        const steps = [Promise.resolve({ value: ask('first') }), new Promise<never>(() => undefined)];
        return {
          next: () => steps.shift()!,
          return: () => {
            isClosed = true;
            return new Promise(() => undefined);
          },
        };
      },
    };
    for await (const _item of held.client.batch(requests, { model })) break;
    expect(isClosed).toBe(true);
  });

  it('logs requests that cannot be closed', async () => {
    const warned: string[] = [];
    const nothing = (): void => undefined;
    const logger: Logger = {
      debug: nothing,
      info: nothing,
      error: nothing,
      warn: (text) => warned.push(text),
    };
    const held = await scene(echo, { logger });
    const requests: BatchRequests = {
      [Symbol.iterator]: () => ({
        next: () => ({ value: ask('again') }),
        return: () => {
          throw new Error('stuck');
        },
      }),
    };
    for await (const _item of held.client.batch(requests, { model })) break;
    expect(warned).toEqual([expect.stringContaining('could not be closed')]);
  });
});

describe('closing the client', () => {
  it('ends a list: what runs has its grace, the rest is told', async () => {
    const doors = gate();
    const held = await scene(doors.answer);
    const reading = collect(held.client.batch(asks(50), { model, concurrency: 2 }));
    await reached(held, 2);
    const closing = held.client.close();
    doors.openAll();
    await closing;
    expect(outcomes(await reading)).toEqual(['ask 0', 'ask 1', ...Array<string>(48).fill('closed')]);
    expect(held.upstream.received).toHaveLength(2);
    expectQuiet(held);
  });

  it('ends a generator with an error: it must not look complete', async () => {
    const held = await scene(echo);
    const { requests, state } = pulled();
    const items: BatchItem[] = [];
    const reading = (async () => {
      for await (const item of held.client.batch(requests, { model, concurrency: 1 })) {
        items.push(item);
        if (items.length === 1) await held.client.close();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'closed' });
    expect(items).toHaveLength(state.given);
    expect(state.isClosed).toBe(true);
    expectQuiet(held);
  });

  it('before: a list fails item by item, a generator at once', async () => {
    const { client, events } = await scene(echo);
    await client.close();
    expect(outcomes(await collect(client.batch(asks(3))))).toEqual(['closed', 'closed', 'closed']);
    await expect(collect(client.batch(pulled().requests))).rejects.toMatchObject({ code: 'closed' });
    expect(events.filter(({ type }) => type === 'call-start')).toEqual([]);
  });
});

describe('progress', () => {
  it('counts, and tells the rate, the time that is left and the cost so far', async () => {
    const clock = fakeClock();
    const told: BatchProgress[] = [];
    const doors = gate();
    const held = await scene(
      (response, request, count) => {
        if (asked(request) === 'ask 1') sendError(response, 400, 'bad');
        else doors.answer(response, request, count);
      },
      { clock, models: { [model]: { prices: dollarPerToken } } },
    );
    const reading = collect(
      held.client.batch(asks(4), { model, concurrency: 1, onProgress: (each) => told.push(each) }),
    );
    for (const index of [0, 2, 3]) {
      await expect.poll(() => held.upstream.received.length).toBe(index + 1);
      await clock.advance(1000);
      doors.open(`ask ${index}`);
      await expect.poll(() => told.length).toBeGreaterThan(index);
    }
    await reading;
    expect(told).toEqual([
      {
        total: 4,
        completed: 1,
        succeeded: 1,
        failed: 0,
        ratePerSecond: 1,
        remainingMs: 3000,
        costUsd: 5,
        unknownCosts: 0,
      },
      expect.objectContaining({ completed: 2, succeeded: 1, failed: 1, remainingMs: 1000, costUsd: 5 }),
      expect.objectContaining({ completed: 3, succeeded: 2, failed: 1, costUsd: 10 }),
      expect.objectContaining({ completed: 4, succeeded: 3, failed: 1, remainingMs: 0, costUsd: 15 }),
    ]);
  });

  it('says which costs are unknown, and knows no total of a generator', async () => {
    const { client } = await scene(echo);
    const told: BatchProgress[] = [];
    const requests = (): BatchRequests => new Set<BatchRequest>([ask('a'), { messages: ask('b'), model }]);
    const options = {
      model: 'nobody-knows',
      concurrency: 1,
      onProgress: (each: BatchProgress) => told.push(each),
    };
    await collect(client.batch(requests(), options));
    expect(told[0]).toMatchObject({ total: null, remainingMs: null, costUsd: null, unknownCosts: 1 });
    expect(told[1]).toMatchObject({ total: null, remainingMs: null, unknownCosts: 1 });
    expect(told[1]?.costUsd).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(told))).toEqual(told);
  });

  it.each([
    [
      'throws',
      (): never => {
        throw new Error('no screen');
      },
    ],
    ['rejects', (): Promise<never> => Promise.reject(new Error('no screen'))],
  ])('that %s reaches the logger only', async (_how, onProgress) => {
    const told: unknown[] = [];
    const nothing = (): void => undefined;
    const logger: Logger = {
      debug: nothing,
      info: nothing,
      warn: nothing,
      error: (text, fields) => told.push([text, fields]),
    };
    const held = await scene(echo, { logger });
    const items = await collect(held.client.batch(asks(2), { model, onProgress }));
    expect(outcomes(items)).toEqual(['ask 0', 'ask 1']);
    await expect.poll(() => told).toHaveLength(2);
    expect(told[0]).toEqual(['onProgress of a batch failed', { error: 'Error: no screen' }]);
  });
});

describe('rate limits', () => {
  /** Lets time pass only where nothing but time is waited for. */
  async function passTime<T>(clock: FakeClock, { client }: Scene, work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => (isDone = true));
    while (!(isDone as boolean)) {
      const { waiting, inFlight } = client.rateLimiter.getCurrentUsage();
      if (inFlight === 0 && (waiting > 0 || clock.pending > 0)) await clock.advance(1000);
      await wait(1);
    }
    return done;
  }

  it('make a batch wait as long as it takes: its calls do not run out of time', async () => {
    const clock = fakeClock();
    const held = await scene(echo, {
      clock,
      rateLimits: { ...{ requestsPerHour: null, burst: null }, requestsPerMinute: 2 },
      timeouts: { totalMs: 5000 },
    });
    const startedMs = clock.monotonic();
    const items = await passTime(clock, held, collect(held.client.batch(asks(9), { model })));
    expect(outcomes(items)).toEqual(asks(9).map(([each]) => each?.content));
    expect(clock.monotonic() - startedMs).toBeGreaterThanOrEqual(4 * 60_000);
    expect(held.events.filter(({ type }) => type === 'limit-deny')).toEqual([]);
    // A call that somebody waits for is told at once, whenever in its minute the last of the batch was made.
    await clock.advance(60_000);
    for (let taken = 0; taken < 2; taken++) await held.client.rateLimiter.acquire();
    await expect(held.client.chatCompletion(ask('now'), { model })).resolves.toMatchObject({
      success: false,
      error: { code: 'rate-limit' },
    });
    await expect.poll(() => clock.pending).toBe(0);
  });

  it('of the upstream are waited for, beyond the time of a call', async () => {
    const clock = fakeClock();
    const held = await scene(
      (response, request, count) => {
        if (count <= 2) sendError(response, 429, 'slow_down', { 'retry-after': '60' });
        else echo(response, request, count);
      },
      { clock, timeouts: { totalMs: 5000 } },
    );
    const items = await passTime(clock, held, collect(held.client.batch(asks(4), { model, concurrency: 2 })));
    expect(outcomes(items)).toEqual(['ask 0', 'ask 1', 'ask 2', 'ask 3']);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(60_000);
    await expect.poll(() => clock.pending).toBe(0);
    expectQuiet(held);
  });

  /** Answers the first times that something is asked as told, then with what was asked. */
  function firstTimes(...first: readonly Answer[]): Answer {
    const times = new Map<string, number>();
    return (response, request, count) => {
      const time = times.get(asked(request)) ?? 0;
      times.set(asked(request), time + 1);
      (first[time] ?? echo)(response, request, count);
    };
  }
  const limited =
    (headers: Readonly<Record<string, string>> = {}): Answer =>
    (response) =>
      sendError(response, 429, 'slow_down', headers);

  it.each([0, 3])('of the upstream are no retry: none is lost with maxRetries %i', async (maxRetries) => {
    const clock = fakeClock();
    const slow = limited({ 'retry-after': '1' });
    const held = await scene(firstTimes(slow, slow, slow, slow, slow), { clock, retries: { maxRetries } });
    const items = await passTime(clock, held, collect(held.client.batch(asks(8), { model })));
    expect(outcomes(items)).toEqual(asks(8).map(([each]) => each?.content));
    for (const { result } of items) {
      expect(result.attempts.map(({ outcome }) => outcome)).toEqual([
        ...Array.from({ length: 5 }, () => 'rate-limit'),
        'success',
      ]);
    }
    expect(held.events.filter(({ type }) => type === 'attempt-error')).toHaveLength(40);
    await expect.poll(() => clock.pending).toBe(0);
    expectQuiet(held);
  });

  it('of an upstream that does not say how long are waited for all the same, longer each time', async () => {
    const clock = fakeClock();
    const answer = firstTimes(...Array.from({ length: 6 }, () => limited()));
    const held = await scene(answer, {
      clock,
      random: () => 0.99,
      retries: { maxRetries: 0, retryDelayMs: 0 },
    });
    expect(outcomes(await passTime(clock, held, collect(held.client.batch(asks(1), { model }))))).toEqual([
      'ask 0',
    ]);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(0.99 * (1 + 2 + 4 + 8 + 16 + 30) * 1000);
  });

  it.each([
    ['says that trying again is not worth it', limited({ 'x-should-retry': 'false' }), 'rate-limit'],
    ['asks for more than a day', limited({ 'retry-after': '90000' }), 'rate-limit'],
    ['means its quota', (response) => sendError(response, 429, 'insufficient_quota'), 'credits-exhausted'],
  ])('of an upstream that %s are not waited for', async (_what, answer, code) => {
    const clock = fakeClock();
    const held = await scene(answer, { clock, rateLimits: { ...unlimited, adaptive: false } });
    expect(outcomes(await collect(held.client.batch(asks(1), { model })))).toEqual([code]);
    expect(held.upstream.received).toHaveLength(1);
    expect(clock.monotonic()).toBe(0);
  });

  it('leave retries as they are: a failure after the wait is paid for', async () => {
    const clock = fakeClock();
    const answer = firstTimes(limited({ 'retry-after': '1' }), (response) =>
      sendError(response, 503, 'down'),
    );
    const held = await scene(answer, { clock, retries: { maxRetries: 0 } });
    const items = await passTime(clock, held, collect(held.client.batch(asks(1), { model })));
    expect(outcomes(items)).toEqual(['upstream']);
    expect(held.upstream.received).toHaveLength(2);
  });

  it('end with the batch: an abort ends the wait', async () => {
    const clock = fakeClock();
    const rateLimits = { ...unlimited, adaptive: false };
    const held = await scene(limited({ 'retry-after': '3600' }), { clock, rateLimits });
    const controller = new AbortController();
    const reading = collect(held.client.batch(asks(3), { model, signal: controller.signal }));
    await expect.poll(() => held.events.filter(({ type }) => type === 'attempt-error')).toHaveLength(3);
    await nextTurn();
    controller.abort();
    expect(outcomes(await reading)).toEqual(['aborted', 'aborted', 'aborted']);
    await expect.poll(() => clock.pending).toBe(0);
    expectQuiet(held);
  });

  it('let every other call pass in front', async () => {
    const clock = fakeClock();
    const held = await scene(echo, {
      clock,
      rateLimits: { requestsPerMinute: 1, burst: null, requestsPerHour: null },
    });
    const reading = collect(held.client.batch(asks(3), { model }));
    await reached(held, 1);
    await expect.poll(() => held.client.rateLimiter.getCurrentUsage().waiting).toBe(2);
    const urgent = held.client.chatCompletion(ask('urgent'), { model, timeoutMs: 10 * 60_000 });
    await expect.poll(() => held.client.rateLimiter.getCurrentUsage().waiting).toBe(3);
    await passTime(clock, held, Promise.all([reading, urgent]));
    expect(held.upstream.received.map(asked)).toEqual(['ask 0', 'urgent', 'ask 1', 'ask 2']);
  });

  it('still bound the time that a call itself takes', async () => {
    const clock = fakeClock();
    const held = await scene(() => undefined, { clock, retries: { maxRetries: 0 } });
    const reading = collect(held.client.batch(asks(1), { model, timeoutMs: 5000 }));
    await reached(held, 1);
    await clock.advance(5000);
    expect(outcomes(await reading)).toEqual(['timeout']);
    expectQuiet(held);
  });
});

describe('whatever the requests are', () => {
  const kind = fc.constantFrom('fine', 'refused', 'malformed', 'aborted', 'unknown option');

  function requestOf(what: string, index: number): BatchRequest {
    if (what === 'malformed') return [null] as never;
    if (what === 'unknown option') return { messages: ask('x'), colour: 'red' } as never;
    if (what === 'aborted') return { messages: ask(`${index}`), signal: AbortSignal.abort() };
    return ask(`${what} ${index}`);
  }

  it('each has exactly one item, and none runs beyond the concurrency', async () => {
    let most = 0;
    let now = 0;
    const held = await scene((response, request, count) => {
      most = Math.max(most, ++now);
      response.on('close', () => (now -= 1));
      if (asked(request).startsWith('refused')) sendError(response, 400, 'bad');
      else echo(response, request, count);
    });
    const plan = fc.record({
      kinds: fc.array(kind, { maxLength: 12 }),
      concurrency: fc.integer({ min: 1, max: 5 }),
      groupSimilar: fc.boolean(),
      isList: fc.boolean(),
      stopAfter: fc.option(fc.integer({ min: 1, max: 12 }), { nil: Infinity }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ kinds, concurrency, groupSimilar, isList, stopAfter }) => {
        [most, now] = [0, 0];
        const requests = kinds.map((each, index) => requestOf(each, index));
        const controller = new AbortController();
        const items: BatchItem[] = [];
        const options = { model, concurrency, groupSimilar, signal: controller.signal };
        for await (const item of held.client.batch(isList ? requests : requests.values(), options)) {
          items.push(item);
          if (items.length === stopAfter) controller.abort();
        }
        const indices = byIndex(items).map(({ index }) => index);
        expect(indices).toEqual(indices.map((_, index) => index));
        if (isList || stopAfter > kinds.length) expect(items).toHaveLength(kinds.length);
        for (const { index, result } of items) if (result.success) expect(kinds[index]).toBe('fine');
        expect(most).toBeLessThanOrEqual(concurrency);
        expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
        expectQuiet(held);
      }),
      { numRuns: 25 },
    );
  }, 30_000);
});

it('answers as any other call does', async () => {
  const held = await scene(answers('fine'));
  const [result] = await held.client.batch([ask('Hello?')], { model }).results();
  expect(result).toMatchObject({ success: true, content: 'fine', model, usage: { inputTokens: 10 } });
  expect(result?.attempts).toHaveLength(1);
  expect(held.client.getSessionAnalytics().totalRequests).toBe(1);
});
