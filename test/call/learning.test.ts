/** What a client's router learns from calls, and what it does not. */
import { describe, expect, it } from 'vitest';
import {
  memoryStores,
  ModelRouter,
  type ChatMessage,
  type RouteLLClientOptions,
  type SnapshotsStore,
} from 'routell';
import type { LearnedQuality } from '../../src/router/learning/quality-learner.js';
import type { JournalRecord } from '../../src/stores.js';
import { seededRandom } from '../../src/evaluation/random.js';
import { type Answer, completionOf, sendError, sendJson } from './loopback-upstream.js';
import { answers, type Scene, scene } from './scene.js';

const ask: ChatMessage[] = [{ role: 'user', content: 'Compute 17 * 23 + 5 and explain each step.' }];
const list = {
  models: { object: 'list', data: ['one', 'two'].map((id) => ({ id, object: 'model', owned_by: 'test' })) },
};
const twoModels: RouteLLClientOptions = {
  models: {
    one: { prices: { input: 1, output: 2 }, qualityScore: 0.82 },
    two: { prices: { input: 1, output: 2 }, qualityScore: 0.8 },
  },
  preferences: { quality: 1 },
};
/** The answer, by the model that was asked for. */
const served =
  (change: (completion: Record<string, unknown>) => object = (completion) => completion): Answer =>
  (response, { body }) =>
    sendJson(response, change(completionOf('fine', String(body['model']))));
const start = (answer: Answer = served(), options: RouteLLClientOptions = {}): Promise<Scene> =>
  scene(answer, { ...twoModels, ...options }, list);

function routerOf({ client }: Scene): ModelRouter {
  if (client.router instanceof ModelRouter) return client.router;
  throw new TypeError('the default router is a ModelRouter');
}
const learnedOf = (held: Scene, model = 'one'): LearnedQuality | undefined =>
  routerOf(held)
    .getRoutingAnalytics()
    .learned.find((entry) => entry.model === model && entry.segment === 'all');
const selected = async ({ client }: Scene, tags: readonly string[] = []): Promise<string> =>
  (await client.route(ask, { tags })).routingDecision.selectedModel;
const outcomesOf = (records: readonly JournalRecord[]): unknown[] =>
  records.filter(({ kind }) => kind === 'outcome').map(({ record }) => record);

const one = { constraints: { models: ['one'] } };

async function rate(held: Scene, quality: number, options: object = {}): Promise<void> {
  const { callId } = await held.client.chatCompletion(ask, options);
  await held.client.feedback(callId, { quality });
}

describe('feedback', () => {
  it('changes a later decision, and the reasons say why', async () => {
    const held = await start();
    expect(await selected(held)).toBe('one');
    for (let time = 0; time < 3; time++) await rate(held, 0, one);
    const { routingDecision } = await held.client.route(ask);
    expect(routingDecision.selectedModel).toBe('two');
    expect(learnedOf(held)).toMatchObject({ outcomes: 3 });
    expect(routingDecision.reasons.join('\n')).toMatch(
      /one: \d outcomes of such asks: ability 0\.\d\d → 0\.\d\d/,
    );
  });

  it('teaches of the tag it came with', async () => {
    const held = await start();
    for (let time = 0; time < 10; time++) {
      await rate(held, 0, { tags: ['invoices'], ...one });
      await rate(held, 1, { tags: ['letters'], ...one });
    }
    const goodAt = async (tag: string): Promise<number> => {
      const { alternatives } = await held.client.route(ask, { tags: [tag] });
      return alternatives.find(({ model }) => model === 'one')?.pGood ?? Number.NaN;
    };
    expect(await selected(held, ['invoices'])).toBe('two');
    expect(await goodAt('letters')).toBeGreaterThan((await goodAt('invoices')) + 0.2);
  });

  it('changes nothing, and is saved nowhere, with learning off', async () => {
    const saved: unknown[] = [];
    const snapshots: SnapshotsStore = { load: () => null, save: (_, snapshot) => void saved.push(snapshot) };
    const held = await start(served(), { routing: { learning: false }, stores: { snapshots } });
    for (let time = 0; time < 5; time++) await rate(held, 0);
    expect(await selected(held)).toBe('one');
    await held.client.close();
    expect(saved).toEqual([]);
  });

  it.each(['attacker', 'session_aaaaaaaaaaaaaa'])(
    'of the session %s is bounded, whatever its name',
    async (session) => {
      const held = await start();
      for (let time = 0; time < 12; time++) await rate(held, 0, { session, ...one });
      expect(learnedOf(held)?.outcomes).toBeLessThan(3.1);
      const { client, journal } = held;
      expect((await journal()).find(({ kind }) => kind === 'decision')?.record).toMatchObject({
        session,
        sessionNamed: true,
      });
      for (let time = 0; time < 12; time++) await rate(held, 0, one);
      expect(learnedOf(held)?.outcomes).toBeGreaterThan(12);
      expect((await journal()).filter(({ kind }) => kind === 'decision').at(-1)?.record).toMatchObject({
        sessionNamed: false,
      });
      await client.close();
    },
  );

  it('of one session moves a model no more than three ratings do, whatever it says', async () => {
    const offsetAfter = async (ratings: number): Promise<number | undefined> => {
      const held = await start();
      for (let time = 0; time < ratings; time++) {
        await rate(held, 0, { session: 'attacker', ...one });
      }
      return learnedOf(held)?.offset;
    };
    const [three, twelve] = [await offsetAfter(3), await offsetAfter(12)];
    expect(three).toBeLessThan(0);
    // The signs of complete answers are part of what a session may say.
    expect(twelve).toBeGreaterThanOrEqual((three ?? 0) - 0.02);
  });
});

describe('availability', () => {
  it('says nothing of quality', async () => {
    const held = await start((response) => {
      sendError(response, 503, 'down');
    });
    for (let time = 0; time < 4; time++) await held.client.chatCompletion(ask);
    expect(routerOf(held).getRoutingAnalytics().learned).toEqual([]);
  });
});

describe('signs of a bad answer', () => {
  const finished =
    (finish_reason: string, message: object = {}) =>
    (completion: Record<string, unknown>): object => ({
      ...completion,
      choices: [
        {
          index: 0,
          finish_reason,
          logprobs: null,
          message: { role: 'assistant', content: 'cu', ...message },
        },
      ],
    });
  const call = (text: string): object => ({
    content: null,
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: text } }],
  });

  it.each<[string, ReturnType<typeof finished>, object]>([
    ['truncated', finished('length'), {}],
    ['refusal', finished('content_filter'), {}],
    ['refusal', finished('stop', { content: null, refusal: 'No.' }), {}],
    ['invalid-arguments', finished('tool_calls', call('{"a": ')), {}],
    ['invalid-object', finished('stop'), { response_format: { type: 'json_object' } }],
  ])('%s is recorded and learned from', async (sign, change, options) => {
    const held = await start(served(change));
    await held.client.chatCompletion(ask, options);
    expect(outcomesOf(await held.journal())).toMatchObject([{ quality: 0, source: 'implicit', sign }]);
    expect(learnedOf(held)?.offset).toBeLessThan(0);
  });

  it.each<[string, ReturnType<typeof finished>, object]>([
    ['an answer cut by the caller’s own cap', finished('length'), { max_completion_tokens: 5 }],
    ['valid arguments', finished('tool_calls', call('{"a": 1}')), {}],
    [
      'JSON where it was asked for',
      finished('stop', { content: '[1]' }),
      { response_format: { type: 'json_object' } },
    ],
    ['a whole answer', finished('stop'), {}],
  ])('%s is none', async (_, change, options) => {
    const held = await start(served(change));
    await held.client.chatCompletion(ask, options);
    expect(outcomesOf(await held.journal())).toEqual([]);
    expect(learnedOf(held)?.offset ?? 0).toBeGreaterThanOrEqual(0);
  });

  it('is that a named session asks the same again at once, told of the first answer', async () => {
    const held = await start();
    const first = await held.client.chatCompletion(ask, { session: 'anna' });
    await held.client.chatCompletion([...ask, { role: 'assistant', content: 'fine' }, ...ask], {
      session: 'anna',
    });
    expect(outcomesOf(await held.journal())).toMatchObject([
      { callId: first.callId, quality: 0, source: 'implicit', sign: 'asked-again' },
    ]);
    expect(JSON.stringify(await held.journal())).not.toContain('17 * 23');
  });

  it('is not that many people ask the same through one client, nor an agent’s next step', async () => {
    const held = await start();
    await held.client.chatCompletion(ask);
    await held.client.chatCompletion(ask);
    await held.client.chatCompletion(ask, { session: 'agent' });
    const step: ChatMessage[] = [
      ...ask,
      {
        role: 'assistant',
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: '396' },
    ];
    await held.client.chatCompletion(step, { session: 'agent' });
    expect(outcomesOf(await held.journal())).toEqual([]);
  });

  it('gives way to a rating', async () => {
    const held = await start(served(finished('length')));
    const { callId } = await held.client.chatCompletion(ask);
    await held.client.feedback(callId, { quality: 1 });
    expect(learnedOf(held)?.offset).toBeGreaterThan(0);
  });
});

describe('snapshots', () => {
  it('outlive the client', async () => {
    const { snapshots } = memoryStores();
    const before = await start(served(), { stores: { snapshots } });
    for (let time = 0; time < 4; time++) await rate(before, 0, one);
    await before.client.close();
    const after = await start(served(), { stores: { snapshots } });
    expect(await selected(after)).toBe('two');
    expect(learnedOf(after)).toEqual(learnedOf(before));
  });

  it('are saved on the way, not only at the end', async () => {
    const { snapshots } = memoryStores();
    const held = await start(served(), { stores: { snapshots } });
    for (let time = 0; time < 13; time++) await rate(held, 0.5);
    expect(await snapshots.load('router')).not.toBeNull();
  });

  it('are waited for before the first decision, beyond the time of routing', async () => {
    const { snapshots } = memoryStores();
    const before = await start(served(), { stores: { snapshots } });
    for (let time = 0; time < 4; time++) await rate(before, 0, one);
    await before.client.close();
    const slow: SnapshotsStore = {
      load: async (key) => {
        await new Promise((resolve) => setTimeout(resolve, 40));
        return snapshots.load(key);
      },
      save: () => undefined,
    };
    const after = await start(served(), { stores: { snapshots: slow }, routing: { maxRoutingTimeMs: 5 } });
    expect(await selected(after)).toBe('two');
  });

  it.each<[string, SnapshotsStore['load']]>([
    ['corrupt', () => JSON.parse('{"format":"routell-abilities","version":1,"data":[[1]]}') as never],
    ['of another version', () => ({ format: 'routell-abilities', version: 99, data: [] })],
    [
      'a store that throws',
      () => {
        throw new Error('disk');
      },
    ],
    ['a store that rejects', () => Promise.reject(new Error('disk'))],
  ])('%s: a line in the log, and the call goes on', async (_, load) => {
    const warnings: string[] = [];
    const logger = { debug: () => undefined, info: () => undefined, error: () => undefined };
    const held = await start(served(), {
      stores: { snapshots: { load, save: () => undefined } },
      logger: { ...logger, warn: (text: string) => void warnings.push(text) },
    });
    expect((await held.client.chatCompletion(ask)).success).toBe(true);
    expect(warnings.filter((text) => text.includes('the router learned before'))).toHaveLength(1);
    expect(warnings.filter((text) => text.includes('the history of answers learned before'))).toHaveLength(1);
  });

  it('of the router in the shadow are its own, and outlive the client, too', async () => {
    const { snapshots } = memoryStores();
    const shadowOn = async (): Promise<{ readonly held: Scene; readonly shadow: ModelRouter }> => {
      const shadow = new ModelRouter({ models: twoModels.models ?? {} });
      return { held: await start(served(), { stores: { snapshots }, shadow }), shadow };
    };
    const before = await shadowOn();
    await rate(before.held, 0, one);
    await before.held.client.close();
    const after = await shadowOn();
    await after.held.client.chatCompletion(ask, { model: 'one' });
    expect(after.shadow.getRoutingAnalytics().learned).toEqual([]);
    await after.held.client.chatCompletion(ask, one);
    expect(after.shadow.getRoutingAnalytics().learned).not.toEqual([]);
    expect(after.shadow.getRoutingAnalytics().learned[0]?.outcomes).toBeGreaterThanOrEqual(1);
    expect(await snapshots.load('shadow')).toEqual(before.shadow.snapshot());
  });

  it('that cannot be saved are a line in the log', async () => {
    const warnings: string[] = [];
    const logger = { debug: () => undefined, info: () => undefined, error: () => undefined };
    const save = (): Promise<void> => Promise.reject(new Error('disk'));
    const held = await start(served(), {
      stores: { snapshots: { load: () => null, save } },
      logger: { ...logger, warn: (text: string) => void warnings.push(text) },
    });
    await rate(held, 0);
    await held.client.close();
    expect(warnings).toContain('what the router learned could not be saved');
  });
});

describe('routing.exploration', () => {
  it('records the propensity of each model, and stays within the constraints', async () => {
    const held = await start(served(), { routing: { exploration: 0.5 }, random: seededRandom(1) });
    for (let time = 0; time < 30; time++) await held.client.chatCompletion(ask);
    const decisions = (await held.journal()).flatMap(({ kind, record }) =>
      kind === 'decision' ? [record] : [],
    );
    for (const { propensities, chosenModel } of decisions) {
      expect(Object.values(propensities).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
      expect(propensities[chosenModel]).toBeGreaterThan(0);
    }
    expect(new Set(decisions.map(({ chosenModel }) => chosenModel)).size).toBe(2);
    for (let time = 0; time < 20; time++) {
      const only = await held.client.route(ask, { constraints: { models: ['two'] } });
      expect(only.routingDecision.selectedModel).toBe('two');
    }
  });

  it('is off by default: the one choice has the propensity 1', async () => {
    const held = await start(answers());
    await held.client.chatCompletion(ask);
    const [decision] = (await held.journal()).flatMap(({ kind, record }) =>
      kind === 'decision' ? [record] : [],
    );
    expect(decision?.propensities).toEqual({ one: 1 });
  });
});
