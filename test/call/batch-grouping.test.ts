/** Requests that begin alike, next to one another: what is alike, in which order they run, what it saves. */
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type BatchCall, type BatchRequest, type ChatMessage, RouteLLClient } from 'routell';
import { startSimulator } from '../../src/testing/index.js';
import { type BatchEntry, entryOf, sharedPrefix } from '../../src/call/batch-entry.js';
import { BatchQueue } from '../../src/call/batch-queue.js';
import { fakeClock } from '../fake-clock.js';
import { type Answer, completionOf, sendError, sendJson } from './loopback-upstream.js';
import { expectQuiet, scene, unlimited } from './scene.js';

const model = 'test-model';
const tool = { type: 'function', function: { name: 'weather', parameters: {} } } as const;

const withSystem = (system: string, content: string): ChatMessage[] => [
  { role: 'system', content: system },
  { role: 'user', content },
];

const prefixOf = (request: BatchRequest): string | null =>
  sharedPrefix(entryOf(0, request, { model, priority: 9 }));

describe('alike are', () => {
  const document = 'The river rises in the hills. '.repeat(200);
  const user = (content: string): ChatMessage[] => [{ role: 'user', content }];

  it.each<[string, BatchRequest, BatchRequest]>([
    ['the same instructions', withSystem('Be brief.', 'a'), withSystem('Be brief.', 'b')],
    ['the same tools', { messages: user('a'), tools: [tool] }, { messages: user('b'), tools: [{ ...tool }] }],
    ['the same long text', user(`${document} How long?`), user(`${document} How wide?`)],
    ['the same model', { messages: withSystem('Be brief.', 'a'), model }, withSystem('Be brief.', 'b')],
  ])('%s', (_name, one, other) => {
    expect(prefixOf(one)).not.toBeNull();
    expect(prefixOf(one)).toBe(prefixOf(other));
  });

  it.each<[string, BatchCall, Partial<BatchCall>]>([
    ['instructions', { messages: withSystem('Be brief.', 'a') }, { messages: withSystem('Be long.', 'a') }],
    ['tools', { messages: withSystem('Be brief.', 'a') }, { tools: [tool] }],
    ['models', { messages: withSystem('Be brief.', 'a') }, { model: 'other' }],
    [
      'formats of the answer',
      { messages: withSystem('Be brief.', 'a') },
      { response_format: { type: 'json_object' } },
    ],
    ['long texts', { messages: user(document) }, { messages: user(`A preface. ${document}`) }],
  ])('not those of different %s', (_name, one, change) => {
    expect(prefixOf(one)).not.toBe(prefixOf({ ...one, ...change }));
  });

  it.each<[string, unknown]>([
    ['short', user('Hello?')],
    ['no list', { messages: 'Hello?' }],
    ['no messages', [null]],
    ['no JSON', { messages: user('Hello?'), tools: [{ big: 1n }] }],
    ['nothing', null],
  ])('none of those that are %s', (_name, request) => {
    expect(prefixOf(request as BatchRequest)).toBeNull();
  });
});

describe('the queue', () => {
  const entry = (index: number): BatchEntry => entryOf(index, [], { priority: 9 });

  /** Adds entries by their prefixes, `-` for none, and takes as many as may begin. */
  function queueOf(prefixes: string): { readonly queue: BatchQueue; taken(nowMs?: number): BatchEntry[] } {
    const queue = new BatchQueue();
    prefixes.split('').forEach((prefix, index) => queue.add(entry(index), prefix === '-' ? null : prefix));
    return {
      queue,
      taken: (nowMs = 0) => {
        const taken: BatchEntry[] = [];
        for (let next = queue.take(nowMs); next !== undefined; next = queue.take(nowMs)) taken.push(next);
        return taken;
      },
    };
  }
  const indices = (entries: readonly BatchEntry[]): number[] => entries.map(({ index }) => index);

  it('lets the first of each group begin, and those that are like no other', () => {
    const { queue, taken } = queueOf('aab-ba-');
    expect(indices(taken())).toEqual([3, 6, 0, 2]);
    expect(queue.size).toBe(3);
  });

  it('lets the others follow once the first was read, group by group', () => {
    const { queue, taken } = queueOf('abababab');
    const [a, b] = taken();
    queue.ended(b!, true, 10);
    expect(indices(taken(10))).toEqual([3, 5, 7]);
    queue.ended(a!, true, 20);
    expect(indices(taken(20))).toEqual([2, 4, 6]);
    expect(queue.size).toBe(0);
  });

  it('prefers a group that has begun to one that has not', () => {
    const { queue } = queueOf('aa');
    queue.ended(queue.take(0)!, true, 0);
    queue.add(entry(2), null);
    queue.add(entry(3), 'b');
    queue.add(entry(4), 'a');
    expect([queue.take(1), queue.take(1), queue.take(1), queue.take(1)].map((each) => each?.index)).toEqual([
      1, 4, 2, 3,
    ]);
  });

  it('lets another be the first where that one never reached the upstream', () => {
    const { queue, taken } = queueOf('aaa');
    const [first] = taken();
    queue.ended(first!, false, 0);
    expect(indices(taken())).toEqual([1]);
  });

  it('takes the upstream to have forgotten after five minutes', () => {
    const { queue, taken } = queueOf('aaaa');
    queue.ended(queue.take(0)!, true, 0);
    expect(queue.take(299_999)?.index).toBe(1);
    queue.ended(entry(9), true, 0);
    expect(taken(300_000)).toEqual([]);
  });

  it('gives up all that wait, in their order', () => {
    const { queue, taken } = queueOf('ab-ab-a');
    queue.take(0);
    expect(indices(queue.takeAll())).toEqual([0, 1, 3, 4, 5, 6]);
    expect(queue.size).toBe(0);
    expect(taken()).toEqual([]);
  });
});

describe('a batch', () => {
  it('runs one of each kind, then the rest of them', async () => {
    const held: (() => void)[] = [];
    const holding: Answer = (response) => held.push(() => sendJson(response, completionOf('fine')));
    const { upstream, client, ...rest } = await scene(holding);
    const requests = [0, 1, 2, 3].flatMap((index) => [
      withSystem('Be brief.', `a${index}`),
      withSystem('Be long.', `b${index}`),
    ]);
    const results = client.batch(requests, { model, concurrency: 4, groupSimilar: true }).results();
    const arrived = (): unknown[] =>
      upstream.received.map(({ body }) => (body['messages'] as ChatMessage[]).at(-1)?.content);
    await expect.poll(arrived).toEqual(['a0', 'b0']);
    held.shift()?.();
    await expect.poll(arrived).toEqual(['a0', 'b0', 'a1', 'a2', 'a3']);
    held.splice(0).forEach((answer) => answer());
    await expect.poll(() => arrived().slice(5)).toEqual(['b1', 'b2', 'b3']);
    held.splice(0).forEach((answer) => answer());
    expect((await results).every(({ success }) => success)).toBe(true);
    expectQuiet({ client, ...rest });
  });

  it('does not stop at a first that fails', async () => {
    const { client } = await scene((response, _request, count) => {
      if (count === 1) sendError(response, 400, 'bad');
      else sendJson(response, completionOf('fine'));
    });
    const requests: BatchRequest[] = [
      { messages: withSystem('Be brief.', 'x'), temperature: NaN },
      withSystem('Be brief.', 'a'),
      withSystem('Be brief.', 'b'),
      withSystem('Be brief.', 'c'),
    ];
    const results = await client.batch(requests, { model, groupSimilar: true }).results();
    expect(results.map(({ success }) => success)).toEqual([false, false, true, true]);
  });

  it('pulls a thousand ahead to look for them, and no more', async () => {
    const { client, upstream } = await scene(() => undefined);
    let given = 0;
    function* endless(): Generator<BatchRequest> {
      for (;;) yield withSystem('Be brief.', `ask ${given++}`);
    }
    const items = client
      .batch(endless(), { model, concurrency: 2, groupSimilar: true })
      [Symbol.asyncIterator]();
    const first = items.next();
    await expect.poll(() => given).toBe(1004);
    await expect.poll(() => upstream.received).toHaveLength(1);
    await client.close({ graceMs: 0 });
    expect((await first).value?.result.success).toBe(false);
    await items.return();
  });

  it('finds more of its input in the prompt cache of the upstream', async () => {
    const instructions = ['law', 'art', 'sea'].map(
      (topic) => `You know all about the ${topic}. ` + `Mind what the ${topic} asks of you. `.repeat(200),
    );
    const requests = Array.from({ length: 18 }, (_, index) =>
      withSystem(instructions[index % 3]!, `What is number ${index}?`),
    );
    /** @param arrivals How many have arrived each time before the simulator's time passes. */
    const run = async (groupSimilar: boolean, arrivals: readonly number[]): Promise<[number, number]> => {
      const clock = fakeClock();
      await using simulator = await startSimulator({ clock });
      const { baseURL, apiKey, ledger } = simulator;
      const client = new RouteLLClient({ baseURL, apiKey, rateLimits: unlimited });
      const options = { model: 'claude-haiku-4-5', concurrency: 18, groupSimilar };
      const answered = client.batch(requests, options).results();
      for (const arrived of arrivals) {
        await expect.poll(() => ledger.received).toBe(arrived);
        while (ledger.answered < arrived) {
          await clock.advance(100);
          await wait(1);
        }
      }
      const cached = (await answered).map((result) => result.usage?.cachedInputTokens ?? NaN);
      await client.close();
      return [cached.reduce((sum, tokens) => sum + tokens, 0), ledger.totals.costUsd];
    };
    const [cachedApart, costApart] = await run(false, [18]);
    const [cachedGrouped, costGrouped] = await run(true, [3, 18]);
    expect(cachedApart).toBe(0);
    // All but the first of each kind.
    expect(cachedGrouped).toBeGreaterThanOrEqual(15 * 1024);
    expect(costGrouped).toBeLessThan(costApart / 2);
  });
});
