/** What the client offers beside calls: feedback, credits, health, analytics, events, its end. */
import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import {
  type Alert,
  type EventOf,
  ModelRouter,
  type Router,
  RouteLLClient,
  type RouteLLEvent,
} from 'routell';
import { startSimulator } from '../src/testing/index.js';
import { completionOf, sendError, sendJson, usage } from './call/loopback-upstream.js';
import {
  answers,
  atEnd,
  expectQuiet,
  hello,
  isTerminal,
  type Scene,
  scene,
  streams,
  unlimited,
} from './call/scene.js';
import { fakeClock } from './fake-clock.js';
import { runProgram } from './run-program.js';

const model = 'test-model';
type Respond = Parameters<typeof sendJson>[0];

const charging =
  (points: number): Parameters<typeof scene>[0] =>
  (response) =>
    sendJson(response, { ...completionOf('x'), usage: { ...usage, compute_points_used: points } });

function routerOf({ client: { router } }: Scene): ModelRouter {
  if (router instanceof ModelRouter) return router;
  throw new TypeError('the client has a router of the test’s own');
}

describe('feedback', () => {
  it('is kept in the journal and told to the router, about the model that served', async () => {
    const held = await scene((response) => sendJson(response, completionOf('x', `${model}-2026-01-01`)));
    const { callId } = await held.client.chatCompletion(hello);
    await held.client.feedback(callId, { quality: 0.25 });
    expect(await held.journal()).toMatchObject([
      { kind: 'attempt', record: { callId, model } },
      { kind: 'decision', record: { callId, servedModel: model } },
      { kind: 'outcome', record: { callId, quality: 0.25, source: 'feedback' } },
    ]);
    const [tally] = routerOf(held).getRoutingAnalytics().outcomes;
    expect(tally).toMatchObject({ model, averageQuality: 0.25, count: 1, successRate: 100 });
  });

  it('of a call with an explicit model is kept, and no router is told', async () => {
    const held = await scene();
    const { callId } = await held.client.chatCompletion(hello, { model });
    await held.client.feedback(callId, { quality: 1 });
    expect((await held.journal()).map(({ kind }) => kind)).toEqual(['attempt', 'outcome']);
    expect(routerOf(held).getRoutingAnalytics().outcomes).toEqual([]);
  });

  it('is kept, and told to nobody, with learning off; the decisions stand in the journal all the same', async () => {
    const held = await scene(answers(), { routing: { learning: false } });
    const { callId } = await held.client.chatCompletion(hello);
    await held.client.feedback(callId, { quality: 1 });
    expect((await held.journal()).map(({ kind }) => kind)).toEqual(['attempt', 'decision', 'outcome']);
    expect(routerOf(held).getRoutingAnalytics()).toMatchObject({ totalRoutingDecisions: 1, outcomes: [] });
  });

  it('reaches a router of the caller’s by the method it has', async () => {
    const told: unknown[][] = [];
    const inner = new ModelRouter();
    const router: Router = {
      routeRequest: inner.routeRequest.bind(inner),
      recordRequestOutcome: (...outcome) => told.push(outcome),
    };
    const held = await scene(answers(), { router });
    const result = await held.client.chatCompletion(hello);
    await held.client.feedback(result.callId, { quality: 0.5 });
    const task = result.success ? result.routing?.taskType : '';
    expect(told).toEqual([
      [model, task, true, expect.any(Number)],
      [model, task, true, expect.any(Number), 0.5],
    ]);
  });

  it('of the caller’s own abort teaches nothing about the model', async () => {
    const held = await scene(() => undefined);
    await held.client.chatCompletion(hello, { signal: AbortSignal.timeout(20) });
    expect(routerOf(held).getRoutingAnalytics().outcomes).toEqual([]);
  });
});

describe('getCreditStatus', () => {
  const account = { credits_used: 100, credits_granted: 1000, email: 'somebody@example.com' };

  it('is the account’s, and with local charges once there are some', async () => {
    const held = await scene(charging(500), {}, { account });
    expect(await held.client.getCreditStatus()).toMatchObject({
      remainingCredits: 900,
      usedCredits: 100,
      grantedCredits: 1000,
      source: 'account',
    });
    await held.client.chatCompletion(hello, { model });
    const status = await held.client.getCreditStatus();
    expect(status).toMatchObject({ remainingCredits: 895, source: 'account+local' });
    expect(JSON.stringify(status)).not.toContain('somebody');
  });

  it('is counted from an allotment where the upstream has no account', async () => {
    const held = await scene(charging(500), { credits: { allotment: 50 } });
    await held.client.chatCompletion(hello, { model });
    expect(await held.client.getCreditStatus()).toMatchObject({ remainingCredits: 45, source: 'estimate' });
  });

  it('is unknown where nobody says, never 0', async () => {
    const held = await scene();
    await held.client.chatCompletion(hello, { model });
    expect(await held.client.getCreditStatus()).toMatchObject({
      remainingCredits: null,
      usedCredits: null,
      source: 'unknown',
    });
  });

  it('is refreshed by settled calls once a minute, and no call waits for it', async () => {
    const clock = fakeClock();
    let readings = 0;
    const held = await scene(
      charging(0),
      { clock },
      // The page never answers.
      { account: () => (readings += 1) },
    );
    for (let call = 0; call < 3; call++) {
      expect(await held.client.chatCompletion(hello, { model })).toMatchObject({ success: true });
    }
    await expect.poll(() => readings).toBe(1);
    await clock.advance(60_000);
    await held.client.streamCompletion(hello, { model }).result;
    await expect.poll(() => readings).toBe(2);
    expectQuiet(held);
  });

  it('is not read for calls that sent nothing', async () => {
    let readings = 0;
    const held = await scene(answers(), {}, { account: () => (readings += 1) });
    await held.client.chatCompletion([], { model });
    await held.client.chatCompletion(hello, { model, signal: AbortSignal.abort() });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(readings).toBe(0);
  });
});

describe('low credits', () => {
  it('are told once per crossing, driven by calls', async () => {
    const told: RouteLLEvent['type'][] = [];
    const held = await scene(charging(2000), {
      credits: { allotment: 100, lowThreshold: 50, criticalThreshold: 15 },
    });
    held.client.on(
      'credits-low',
      ({ type, remainingCredits }) => told.push(type) && expect(remainingCredits).toBe(40),
    );
    held.client.on('credits-critical', ({ type }) => told.push(type));
    held.client.monitor.addAlertHandler('critical-credits', ({ type }) => told.push(type as never));
    const steps: number[] = [];
    for (let call = 0; call < 6; call++) {
      await held.client.chatCompletion(hello, { model });
      steps.push(told.length);
    }
    expect(told.filter((type) => type.startsWith('credits-'))).toEqual(['credits-low', 'credits-critical']);
    expect(told).toHaveLength(3);
    expect(steps).toEqual([0, 0, 1, 1, 3, 3]);
  });

  it('are told to the router', async () => {
    const models = {
      cheap: { prices: { input: 0.1, output: 0.1 }, qualityScore: 0.55 },
      able: { prices: { input: 12, output: 36 }, qualityScore: 0.6 },
    };
    const held = await scene(charging(9900), { models, credits: { allotment: 105 } });
    const signals: unknown[] = [];
    const route = held.client.router.routeRequest.bind(held.client.router);
    vi.spyOn(held.client.router, 'routeRequest').mockImplementation((...given) => {
      signals.push(given[3]?.signals?.get('able'));
      return route(...given);
    });
    await held.client.chatCompletion(hello);
    await held.client.chatCompletion(hello);
    expect(signals).toEqual([
      undefined,
      expect.objectContaining({ creditsMode: 'critical', costMultiplier: 4 }),
    ]);
  });
});

describe('80 % and 95 % of the credits', () => {
  const lagMs = 3_600_000;

  /** An account whose page tells a charge an hour late, and a model of which a token costs ten credits. */
  async function onSimulator(creditsUsed: number) {
    const clock = fakeClock();
    const simulator = await startSimulator({
      clock,
      latency: 0,
      accountLagMs: lagMs,
      creditsGranted: 4000,
      creditsUsed,
      models: { dear: { prices: { input: 0, output: 10_000 } } },
    });
    atEnd(() => simulator.close());
    const client = new RouteLLClient({
      baseURL: simulator.baseURL,
      apiKey: simulator.apiKey,
      clock,
      rateLimits: unlimited,
      monitoring: { logLevel: 'silent' },
    });
    atEnd(() => client.close());
    const told: EventOf<'budget-threshold'>[] = [];
    const alerts: Alert[] = [];
    client.on('budget-threshold', (event) => told.push(event));
    client.monitor.addAlertHandler('budget_threshold', (alert) => alerts.push(alert));
    return { client, clock, simulator, told, alerts };
  }

  it('are told once each while calls use them up, however late the page tells', async () => {
    const { client, clock, simulator, told, alerts } = await onSimulator(0);
    for (let minutes = 0; minutes < 180; minutes += 2) {
      if (simulator.ledger.totals.credits < 3900)
        await client.chatCompletion(hello, { model: 'dear', max_tokens: 50 });
      await clock.advance(120_000);
      await client.getCreditStatus();
    }
    const credits = { scope: 'credits', unit: 'credits', limit: 4000 };
    expect(told).toMatchObject([
      { ...credits, share: 0.8 },
      { ...credits, share: 0.95 },
    ]);
    expect(alerts.map(({ value }) => value)).toEqual(told.map(({ spent }) => spent));
  });

  it('are told at the start where they are used already, and after a top-up anew', async () => {
    const { client, clock, simulator, told } = await onSimulator(3600);
    await client.getCreditStatus();
    expect(told).toMatchObject([{ share: 0.8, spent: 3600, limit: 4000 }]);
    simulator.setAccount({ creditsGranted: 40_000 });
    await clock.advance(60_000);
    await client.getCreditStatus();
    simulator.setAccount({ creditsUsed: 39_000 });
    await clock.advance(60_000);
    await client.getCreditStatus();
    expect(told.slice(1)).toMatchObject([
      { share: 0.8, spent: 39_000, limit: 40_000 },
      { share: 0.95, spent: 39_000, limit: 40_000 },
    ]);
  });
});

describe('healthCheck', () => {
  it('of a good upstream and key', async () => {
    const { client } = await scene(answers(), {}, { account: { credits_used: 1, credits_granted: 2 } });
    const health = await client.healthCheck();
    expect(health).toMatchObject({ success: true, keyValid: true, models: 1 });
    expect(health.latencyMs).toBeGreaterThan(0);
  });

  it('of a refused key', async () => {
    const refuse = (response: Respond): void => sendError(response, 403, 'invalid_api_key');
    const { client } = await scene(answers(), {}, { account: refuse });
    expect(await client.healthCheck()).toMatchObject({
      success: false,
      keyValid: false,
      error: { code: 'authentication' },
    });
  });

  it('of an upstream that tells nothing of the key', async () => {
    const { client } = await scene();
    expect(await client.healthCheck()).toMatchObject({ success: true, keyValid: null });
  });

  it('of an upstream that is not there', async () => {
    const { client, upstream } = await scene();
    await upstream.close();
    expect(await client.healthCheck()).toMatchObject({
      success: false,
      keyValid: null,
      models: 0,
      error: { code: 'upstream' },
    });
  });
});

describe('listModels', () => {
  it('gives what the upstream lists, and rejects where it cannot be asked', async () => {
    const { client, upstream } = await scene();
    expect(await client.listModels()).toMatchObject([{ id: model, prices: null, vision: null }]);
    await upstream.close();
    await expect(client.listModels()).rejects.toMatchObject({ code: 'upstream' });
  });
});

describe('getSessionAnalytics', () => {
  it('counts what was done', async () => {
    const clock = fakeClock();
    const held = await scene(
      (response, _request, count) =>
        count === 3 ? sendError(response, 400, 'x') : sendJson(response, completionOf('x')),
      { clock, monitoring: { enabled: false, logLevel: 'silent' } },
    );
    const routed = await held.client.chatCompletion(hello);
    await held.client.chatCompletion(hello, { model });
    await held.client.chatCompletion(hello, { model });
    await clock.advance(90_000);
    const task = routed.success ? routed.routing!.taskType : '';
    expect(held.client.getSessionAnalytics()).toEqual({
      sessionDurationMinutes: 1.5,
      totalRequests: 3,
      successRate: (100 * 2) / 3,
      estimatedTotalCost: expect.closeTo(40e-6, 12) as number,
      avgCostPerRequest: expect.closeTo(40e-6 / 3, 12) as number,
      unknownCostRequests: 0,
      routing: {
        modelUsageDistribution: { [model]: 1 },
        taskTypeDistribution: { [task]: 1 },
        totalRoutingDecisions: 1,
      },
    });
    expect(held.client.monitor.running).toBe(false);
  });
});

describe('events', () => {
  it('on, once and subscribe listen until they are told not to', async () => {
    const { client } = await scene();
    const counts = { on: 0, once: 0, all: 0 };
    const off = client.on('call-end', () => (counts.on += 1));
    client.once('call-end', () => (counts.once += 1));
    const offAll = client.events.subscribe(() => (counts.all += 1));
    await client.chatCompletion(hello, { model });
    await client.chatCompletion(hello, { model });
    off();
    offAll();
    const { all } = counts;
    await client.chatCompletion(hello, { model });
    expect(counts).toEqual({ on: 2, once: 1, all });
    expect(client.events).not.toHaveProperty('emitter');
  });

  it('are plain JSON without content and without the key', async () => {
    const held = await scene(streams(['canary answer ', 'x']), { apiKey: 'canary-key' });
    const asking = [{ role: 'user' as const, content: 'canary question' }];
    await held.client.streamCompletion(asking, { tags: ['t'] }).result;
    await held.client.chatCompletion(asking, { max_tokens: -1 });
    expect(held.events.length).toBeGreaterThan(5);
    for (const event of held.events) expect(JSON.parse(JSON.stringify(event))).toEqual(event);
    expect(JSON.stringify([held.events, await held.journal()])).not.toContain('canary');
  });
});

describe('the key', () => {
  const key = 'canary-key-4711';

  it('shows nowhere', async () => {
    const held = await scene((response) => sendError(response, 401, `bad key ${key}`), {
      apiKey: key,
      defaultHeaders: { 'x-api-key': `${key}-too` },
    });
    const { client } = held;
    const result = await client.chatCompletion(hello, { model });
    if (result.success) throw new Error('it was refused');
    const shown = [
      inspect(client, { depth: 20, showHidden: true }),
      inspect(client.config, { depth: 20 }),
      JSON.stringify(client),
      JSON.stringify(client.config),
      inspect(result, { depth: 20, showHidden: true }),
      JSON.stringify(result),
      result.error.stack,
      JSON.stringify(held.events),
      inspect(client.chat, { depth: 20, showHidden: true }),
    ];
    for (const text of shown) expect(text).not.toContain('canary');
    expect(held.upstream.received[0]?.headers.authorization).toBe(`Bearer ${key}`);
    expect(client.config).toMatchObject({ apiKey: '***', providers: [{ apiKey: '***' }] });
    expect(JSON.parse(JSON.stringify(client))).toMatchObject({
      fallbackModel: 'route-llm',
      providers: [{ apiKey: '***' }],
    });
  });

  it('comes from ROUTELLM_API_KEY, for the address of ROUTELLM_BASE_URL', async () => {
    const held = await scene();
    vi.stubEnv('ROUTELLM_API_KEY', key);
    vi.stubEnv('ROUTELLM_BASE_URL', held.upstream.baseURL);
    try {
      await using client = new RouteLLClient();
      expect(await client.chatCompletion(hello, { model })).toMatchObject({ success: true });
      expect(held.upstream.received[0]?.headers.authorization).toBe(`Bearer ${key}`);
      expect(client.config.baseURL).toBe(held.upstream.baseURL);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('config', () => {
  it('shows what is in force, and changing it changes nothing', async () => {
    const preferences = { cost: 1 };
    const held = await scene(() => undefined, {
      preferences,
      timeouts: { totalMs: 400 },
      budgets: [{ limitUsd: 1, per: 'day' }],
    });
    const { config } = held.client;
    expect(config).toMatchObject({
      fallbackModel: 'route-llm',
      preferences: { cost: 1 },
      timeouts: { totalMs: 400, idleMs: 30_000 },
      rateLimits: { requestsPerMinute: null },
      budgets: [{ limitUsd: 1, per: 'day' }],
    });
    (config.timeouts as { totalMs: number }).totalMs = 1e9;
    preferences.cost = NaN;
    const result = await held.client.chatCompletion(hello);
    expect(result).toMatchObject({ success: false, error: { code: 'timeout' } });
    const [decision] = (await held.journal()).filter(({ kind }) => kind === 'decision');
    expect(decision?.record).toMatchObject({ preferences: { cost: 1, quality: 0, speed: 0 } });
  });
});

describe('two clients', () => {
  it('share no state', async () => {
    const one = await scene((response) => sendError(response, 500, 'x'), {
      budgets: [{ limitUsd: 1, per: 'session' }],
      rateLimits: { requestsPerMinute: 60 },
      retries: { maxRetries: 0 },
    });
    const other = await scene(answers(), { rateLimits: { requestsPerMinute: 60 } });
    for (let call = 0; call < 12; call++) await one.client.chatCompletion(hello, { model });
    expect(await other.client.chatCompletion(hello, { model })).toMatchObject({ success: true });
    expect(other.client.rateLimiter.getCurrentUsage().windows.map(({ used }) => Math.round(used))).toContain(
      1,
    );
    expect(other.client.getSessionAnalytics()).toMatchObject({ totalRequests: 1, successRate: 100 });
    expect(await other.journal()).toHaveLength(1);
    const sessionOf = (events: readonly RouteLLEvent[]): unknown =>
      events.flatMap((event) => (event.type === 'call-start' ? [event.session] : []))[0];
    expect(sessionOf(one.events)).not.toBe(sessionOf(other.events));
  });
});

describe('close', () => {
  it('lets running calls end, then refuses', async () => {
    const held = await scene((response) => {
      setTimeout(() => sendJson(response, completionOf('in time')), 40);
    });
    const running = held.client.chatCompletion(hello, { model });
    await expect.poll(() => held.upstream.received.length).toBe(1);
    const closing = held.client.close();
    expect(await held.client.chatCompletion(hello, { model })).toMatchObject({
      success: false,
      error: { code: 'closed' },
    });
    await closing;
    expect(await running).toMatchObject({ success: true, content: 'in time' });
    expect(await held.client.streamCompletion(hello, { model }).result).toMatchObject({
      error: { code: 'closed' },
    });
    await expect(held.client.route(hello)).rejects.toMatchObject({ code: 'closed' });
    await expect(held.client.chat.completions.create({ model, messages: hello })).rejects.toMatchObject({
      status: 503,
    });
    await held.client.close();
    expect(held.upstream.received).toHaveLength(1);
    expectQuiet(held);
  });

  it('ends after its grace what does not end by itself, in every phase', async () => {
    const held = await scene(
      (response, _request, count) =>
        count === 1 ? undefined : streams(['a'], 'open')(response, undefined as never, count),
      { rateLimits: { requestsPerMinute: null, requestsPerHour: null, burst: null, maxConcurrent: 2 } },
    );
    const waiting = held.client.chatCompletion(hello, { model });
    await expect.poll(() => held.upstream.received.length).toBe(1);
    // Held by a consumer who never reads on.
    const abandoned = held.client.streamCompletion(hello, { model });
    await abandoned[Symbol.asyncIterator]().next();
    const queued = held.client.chatCompletion(hello, { model });
    await expect.poll(() => held.client.rateLimiter.getCurrentUsage().waiting).toBe(1);
    const startedMs = performance.now();
    await held.client.close({ graceMs: 30 });
    expect(performance.now() - startedMs).toBeLessThan(900);
    for (const result of [await waiting, await abandoned.result, await queued]) {
      expect(result).toMatchObject({ success: false, error: { code: 'closed' } });
    }
    await expect.poll(() => held.upstream.openResponses).toBe(0);
    expectQuiet(held);
  });

  it('does not wait for ever for what heeds no abort', async () => {
    const clock = fakeClock();
    let written: () => void = () => undefined;
    const journal = {
      append: () => new Promise<void>((resolve) => (written = resolve)),
      read: async function* () {},
    };
    const held = await scene(answers(), { clock, stores: { journal } });
    const call = held.client.chatCompletion(hello, { model });
    await expect.poll(() => held.events.some(({ type }) => type === 'credit-settle')).toBe(true);
    let isClosed = false;
    void held.client.close({ graceMs: 100 }).then(() => (isClosed = true));
    await clock.advance(1000);
    expect(isClosed).toBe(false);
    await clock.advance(200);
    expect(isClosed).toBe(true);
    written();
    expect(await call).toMatchObject({ success: true });
    expectQuiet(held);
  });

  it('comes with `await using`', async () => {
    const held = await scene();
    {
      await using client = held.client;
      await client.chatCompletion(hello, { model });
    }
    expect(await held.client.chatCompletion(hello, { model })).toMatchObject({ error: { code: 'closed' } });
    expect(held.events.filter(isTerminal)).toHaveLength(2);
  });

  const program = (end: string): string => `
    import { RouteLLClient } from './src/index.ts';
    const client = new RouteLLClient({ monitoring: { logLevel: 'silent' } });
    const ask = [{ role: 'user', content: 'Hello?' }];
    await client.getCreditStatus();
    const results = await Promise.all([client.chatCompletion(ask), client.streamCompletion(ask).result]);
    for await (const piece of client.streamCompletion(ask)) break;
    ${end}
    console.log(results.map((result) => result.success).join());
  `;

  it.each([
    ['with close', 'await client.close();'],
    [
      'with close while a stream is left standing',
      'await client.streamCompletion(ask)[Symbol.asyncIterator]().next(); await client.close({ graceMs: 50 });',
    ],
    ['without close', ''],
    ['after a batch that was left', 'for await (const item of client.batch([ask, ask, ask])) break;'],
  ])('lets the process end by itself, %s', { timeout: 60_000 }, async (_name, end) => {
    const simulator = await startSimulator({ latency: 0 });
    atEnd(() => simulator.close());
    const ended = await runProgram(['--import', 'tsx', '--input-type=module', '--eval', program(end)], {
      env: { ROUTELLM_API_KEY: simulator.apiKey, ROUTELLM_BASE_URL: simulator.baseURL },
      timeoutMs: 50_000,
    });
    expect(ended).toMatchObject({ code: 0, output: 'true,true\n' });
  });
});

describe('monitoring.dailyCostThresholdUsd', () => {
  it('alerts once the day has cost so much', async () => {
    const held = await scene(answers(), { monitoring: { logLevel: 'silent', dailyCostThresholdUsd: 3e-5 } });
    const told: number[] = [];
    held.client.monitor.addAlertHandler('cost_threshold', ({ value }) => told.push(value));
    for (let call = 0; call < 3; call++) await held.client.chatCompletion(hello, { model });
    expect(told).toHaveLength(1);
    expect(told[0]).toBeCloseTo(4e-5, 9);
  });
});
