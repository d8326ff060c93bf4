/** A second router beside a call, and what it must not do to it. */
import { describe, expect, it, vi } from 'vitest';
import {
  type EventOf,
  type Logger,
  ModelRouter,
  RouteLLClient,
  type RouteLLClientOptions,
  type RouteLLEvent,
  type Router,
  type RoutingResult,
  TaskType,
} from 'routell';
import { aNumber, matching } from '../cli/expected.js';
import { fakeClock } from '../fake-clock.js';
import { withSimulator } from '../testing/with-simulator.js';
import { completionOf, sendError, sendJson } from './loopback-upstream.js';
import { answers, atEnd, expectQuiet, hello, type Scene, scene, streams } from './scene.js';

/** The first router takes the cheap one, since that is as good. */
const models = {
  dear: { prices: { input: 10, output: 50 }, qualityScore: 0.8 },
  cheap: { prices: { input: 0.1, output: 0.5 }, qualityScore: 0.8 },
};

const result = (selectedModel: string): RoutingResult => ({
  routingDecision: {
    selectedModel,
    taskType: TaskType.ANALYSIS,
    difficulty: 0.5,
    confidence: 1,
    score: 1,
    reasons: [],
    fallbacks: [],
  },
  modelInfo: { name: selectedModel, tier: null, costPerToken: null, contextWindow: null },
  alternatives: [],
  basis: {
    policyVersion: 'test-1',
    distribution: { [TaskType.ANALYSIS]: 1 },
    difficultyUncertainty: 0,
    features: {},
    preferences: { cost: 0.4, quality: 0.4, speed: 0.2 },
  },
});

const always = (model: string): Router & { readonly routeRequest: ReturnType<typeof vi.fn> } => ({
  routeRequest: vi.fn(() => result(model)),
});

const shadowsOf = (events: readonly RouteLLEvent[]): readonly EventOf<'route-shadow'>[] =>
  events.filter((event) => event.type === 'route-shadow');

const modelsSent = ({ upstream }: Scene): unknown[] => upstream.received.map(({ body }) => body['model']);

function recordingLogger(): { readonly logger: Logger; readonly warnings: unknown[][] } {
  const warnings: unknown[][] = [];
  const ignore = (): void => undefined;
  const warn = (...told: unknown[]): void => void warnings.push(told);
  return { logger: { debug: ignore, info: ignore, warn, error: ignore }, warnings };
}

describe('a shadow router', () => {
  it('is told of before the end of the call, with what both would cost, and changes nothing', async () => {
    const shadow = always('dear');
    const held = await scene(answers(), { models, shadow });
    expect(await held.client.chatCompletion(hello)).toMatchObject({ success: true, model: 'test-model' });
    expect(modelsSent(held)).toEqual(['cheap']);
    const [told] = shadowsOf(held.events);
    expect(told).toMatchObject({
      kind: 'router',
      callId: matching(/^call_/),
      chosenModel: 'cheap',
      shadowModel: 'dear',
      agrees: false,
    });
    const { estimatedCostUsd, shadowCostUsd, costDifferenceUsd } = told!;
    expect(shadowCostUsd).toBeCloseTo(100 * estimatedCostUsd!, 9);
    expect(costDifferenceUsd).toBeCloseTo(99 * estimatedCostUsd!, 9);
    expect(held.client.getShadowReport()).toEqual({
      kind: 'router',
      decisions: 1,
      agreements: 0,
      agreementShare: 0,
      missed: 0,
      estimatedCostUsd,
      shadowCostUsd,
      costDifferenceUsd,
      unknownCostDecisions: 0,
      byPair: [{ chosenModel: 'cheap', shadowModel: 'dear', decisions: 1, costDifferenceUsd }],
    });
    expect(held.events.at(-2)?.type).toBe('route-shadow');
    expectQuiet(held);
  });

  it('agrees where it chooses the same', async () => {
    const held = await scene(answers(), { models, shadow: always('cheap') });
    await held.client.chatCompletion(hello);
    await held.client.streamCompletion(hello).result;
    expect(held.client.getShadowReport()).toMatchObject({
      decisions: 2,
      agreements: 2,
      agreementShare: 1,
      costDifferenceUsd: 0,
      byPair: [],
    });
  });

  it('is asked once a routed call, what the first was asked, and for no other', async () => {
    const router = { routeRequest: vi.fn(() => result('cheap')) };
    const shadow = always('dear');
    const held = await scene(streams(['a']), { models, router, shadow });
    const asking = { preferences: { cost: 1 }, constraints: { models: ['cheap', 'dear'] }, session: 's' };
    await held.client.streamCompletion(hello, { ...asking, max_tokens: 5 }).result;
    expect(shadow.routeRequest).toHaveBeenCalledTimes(1);
    expect(shadow.routeRequest.mock.calls[0]).toEqual(router.routeRequest.mock.calls[0]);
    await held.client.streamCompletion(hello, { model: 'cheap' }).result;
    await held.client.route(hello);
    expect(shadow.routeRequest).toHaveBeenCalledTimes(1);
    expect(shadowsOf(held.events)).toHaveLength(1);
  });

  it('is told of where the call fails, too', async () => {
    const held = await scene((response) => sendError(response, 400, 'x'), {
      models,
      shadow: always('dear'),
    });
    expect(await held.client.chatCompletion(hello)).toMatchObject({ success: false });
    expect(shadowsOf(held.events)).toHaveLength(1);
    expectQuiet(held);
  });

  it.each<[string, Router['routeRequest'], RegExp]>([
    [
      'throws',
      () => {
        throw new Error('no luck');
      },
      /no luck/,
    ],
    ['rejects', () => Promise.reject(new Error('no luck')), /no luck/],
    ['answers nonsense', () => ({}) as RoutingResult, /./],
    ['chooses what it was not given', () => result('gone'), /'gone', which is not among the eligible/],
    ['never answers', () => new Promise<never>(() => undefined), /later than the call/],
  ])('that %s reaches the log only, and is counted', async (_, routeRequest, told) => {
    const { logger, warnings } = recordingLogger();
    const held = await scene(answers(), { models, shadow: { routeRequest }, logger });
    expect(await held.client.chatCompletion(hello)).toMatchObject({ success: true });
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(warnings[0])).toMatch(told);
    expect(held.client.getShadowReport()).toMatchObject({ decisions: 0, missed: 1, agreementShare: null });
    expect(shadowsOf(held.events)).toEqual([]);
    expectQuiet(held);
  });

  it('that takes time is not waited for, and has maxRoutingTimeMs', async () => {
    const clock = fakeClock();
    const { logger, warnings } = recordingLogger();
    let answer: () => void = () => undefined;
    const asked = vi.fn(
      () =>
        new Promise<RoutingResult>((resolve) => {
          setTimeout(() => resolve(result('dear')), 5);
        }),
    );
    const held = await scene((response) => void (answer = () => sendJson(response, completionOf('fine'))), {
      models,
      shadow: { routeRequest: asked },
      clock,
      logger,
    });
    const arrived = (count: number): Promise<void> =>
      expect.poll(() => held.upstream.received).toHaveLength(count);
    const inTime = held.client.chatCompletion(hello);
    await arrived(1);
    // The request is sent before the shadow is asked.
    expect(asked).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(asked).toHaveBeenCalledTimes(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    answer();
    await inTime;
    expect(held.client.getShadowReport()).toMatchObject({ decisions: 1, missed: 0 });

    const tooLate = held.client.chatCompletion(hello);
    await arrived(2);
    asked.mockImplementationOnce(() => new Promise<never>(() => undefined));
    await clock.advance(1);
    await clock.advance(100);
    expect(JSON.stringify(warnings)).toContain('no answer within 100 ms');
    answer();
    expect(await tooLate).toMatchObject({ success: true });
    expect(held.client.getShadowReport()).toMatchObject({ decisions: 1, missed: 1 });
    expect(warnings).toHaveLength(1);
  });

  it('is asked only once the attempt has begun', async () => {
    const order: string[] = [];
    const shadow: Router = {
      routeRequest: () => {
        order.push('shadow');
        return result('dear');
      },
    };
    const held = await scene(answers(), { models, shadow });
    held.client.on('attempt-start', () => void order.push('attempt'));
    await held.client.chatCompletion(hello);
    expect(order).toEqual(['attempt', 'shadow']);
  });

  it('compares an unknown price as unknown', async () => {
    const router = always('cheap');
    const failing: Router = {
      routeRequest: () => {
        throw new Error('down');
      },
    };
    const held = await scene(answers(), {
      models: { ...models, unpriced: {} },
      fallbackModel: 'unpriced',
      router: failing,
      shadow: router,
      monitoring: { logLevel: 'silent' },
    });
    await held.client.chatCompletion(hello);
    expect(shadowsOf(held.events)[0]).toMatchObject({
      chosenModel: 'unpriced',
      shadowModel: 'cheap',
      estimatedCostUsd: null,
      shadowCostUsd: aNumber,
      costDifferenceUsd: null,
    });
    expect(held.client.getShadowReport()).toMatchObject({ unknownCostDecisions: 1, estimatedCostUsd: 0 });
  });

  it('is told every outcome that the router is told, whoever chose, and nothing with learning off', async () => {
    const tell = (): Router & { told: unknown[][] } => {
      const told: unknown[][] = [];
      return {
        told,
        routeRequest: () => result('cheap'),
        recordRequestOutcome: (...outcome) => void told.push(outcome),
        recordQuality: (...outcome) => void told.push(outcome),
      };
    };
    for (const learning of [true, false]) {
      const [router, shadow] = [tell(), { ...tell(), routeRequest: () => result('dear') }];
      const held = await scene(answers(), { models, router, shadow, routing: { learning } });
      const { callId } = await held.client.chatCompletion(hello);
      await held.client.feedback(callId, { quality: 0.25 });
      expect(shadow.told).toEqual(router.told);
      const ofCheap = ['cheap', 'analysis', true, aNumber];
      expect(router.told).toEqual(learning ? [ofCheap, ['cheap', 'analysis', 0.25]] : []);
    }
  });

  it('throws at an outcome without harm to the first', async () => {
    const told: string[] = [];
    const router: Router = { ...always('cheap'), recordRequestOutcome: (model) => void told.push(model) };
    const shadow: Router = {
      ...always('dear'),
      recordRequestOutcome: () => {
        throw new Error('no luck');
      },
    };
    const held = await scene(answers(), { models, router, shadow });
    expect(await held.client.chatCompletion(hello)).toMatchObject({ success: true });
    expect(told).toEqual(['cheap']);
  });

  it('leaves records that are plain JSON', async () => {
    const held = await scene(answers(), { models, shadow: new ModelRouter() });
    const { callId } = await held.client.chatCompletion(hello);
    await held.client.feedback(callId, { quality: 1 });
    const records = await held.journal();
    expect(records.map(({ kind }) => kind)).toEqual(['attempt', 'decision', 'outcome']);
    expect(JSON.parse(JSON.stringify(records))).toStrictEqual(records);
  });
});

describe("shadow: 'server'", () => {
  async function besideServer(
    options: RouteLLClientOptions = {},
  ): Promise<{ client: RouteLLClient; events: RouteLLEvent[] }> {
    const { simulator } = await withSimulator();
    const client = new RouteLLClient({
      baseURL: simulator.baseURL,
      apiKey: simulator.apiKey,
      monitoring: { logLevel: 'silent' },
      shadow: 'server',
      ...options,
    });
    atEnd(() => client.close({ graceMs: 50 }));
    const events: RouteLLEvent[] = [];
    client.events.subscribe((event) => events.push(event));
    // What can be chosen is known once the list was read.
    await client.listModels();
    return { client, events };
  }

  it('compares what route-llm chose with what the client would have', async () => {
    const { client, events } = await besideServer();
    const answer = await client.chatCompletion(hello, { model: 'route-llm' });
    expect(answer).toMatchObject({ success: true, routing: null });
    const { routingDecision } = await client.route(hello);
    const [told, ...more] = shadowsOf(events);
    expect(more).toEqual([]);
    expect(told).toMatchObject({
      kind: 'server',
      chosenModel: answer.success && answer.model,
      shadowModel: routingDecision.selectedModel,
      estimatedCostUsd: aNumber,
      shadowCostUsd: aNumber,
    });
    expect(client.getShadowReport()).toMatchObject({ kind: 'server', decisions: 1, missed: 0 });
  });

  it('counts none of it among the decisions of the router', async () => {
    const router = new ModelRouter();
    const { client } = await besideServer({ router });
    await client.chatCompletion(hello, { model: 'route-llm' });
    expect(router.getRoutingAnalytics().totalRoutingDecisions).toBe(0);
    expect(client.getShadowReport()?.decisions).toBe(1);
  });

  it('does so where route-llm is the fallback, before routing is switched on', async () => {
    const { client, events } = await besideServer({ routing: { enabled: false } });
    await client.streamCompletion(hello).result;
    expect(shadowsOf(events)).toMatchObject([{ kind: 'server' }]);
  });

  it('asks a router of your own', async () => {
    const router = always('gpt-5.5');
    const { client, events } = await besideServer({ router });
    await client.chatCompletion(hello, { model: 'route-llm' });
    expect(router.routeRequest).toHaveBeenCalledTimes(1);
    expect(shadowsOf(events)).toMatchObject([{ shadowModel: 'gpt-5.5' }]);
  });

  it('has nothing to say of other calls', async () => {
    const { client, events } = await besideServer();
    await client.chatCompletion(hello, { model: 'gpt-5.5' });
    await client.chatCompletion(hello);
    await client.chatCompletion(hello, { model: 'gpt-5.5', fallbacks: ['route-llm'] });
    expect(shadowsOf(events)).toEqual([]);
    expect(client.getShadowReport()).toMatchObject({ decisions: 0, missed: 0 });
  });

  it('has nothing to say where the server does not tell which model it was, or fails', async () => {
    for (const answer of [
      (response: Parameters<typeof sendJson>[0]) => sendJson(response, completionOf('x', 'route-llm')),
      (response: Parameters<typeof sendJson>[0]) => sendError(response, 400, 'x'),
    ]) {
      const held = await scene(answer, { models, shadow: 'server' });
      await held.client.chatCompletion(hello, { model: 'route-llm' });
      expect(shadowsOf(held.events)).toEqual([]);
      expect(held.client.getShadowReport()).toMatchObject({ decisions: 0, missed: 0 });
      expectQuiet(held);
    }
  });
});

describe('without a shadow', () => {
  it('there is no report', async () => {
    const { client } = await scene();
    expect(client.getShadowReport()).toBeNull();
  });
});
