/** What a router is told of the models at the moment of the decision. */
import { describe, expect, it } from 'vitest';
import { ModelRouter, RouteLLClient, type RouteLLClientOptions, type RoutingSignals } from 'routell';
import { fakeClock } from '../fake-clock.js';
import { startUpstream } from './loopback-upstream.js';
import { answers, atEnd, hello, unlimited } from './scene.js';

const prices = { input: 1, output: 2 };
const models = {
  here: { provider: 'one', prices, qualityScore: 0.8 },
  there: { provider: 'two', prices, qualityScore: 0.8 },
};
const oneAMinute = { rateLimits: { requestsPerMinute: 1, requestsPerHour: null, burst: null } };

interface Told {
  readonly client: RouteLLClient;
  /** Of each decision, by model. */
  readonly signals: (ReadonlyMap<string, RoutingSignals> | undefined)[];
}

/** A client of two accounts, the first of which may be limited, with a router that notes what it is told. */
async function listening(limits: object, options: RouteLLClientOptions = {}): Promise<Told> {
  const upstream = await startUpstream(answers());
  atEnd(upstream.close);
  const router = new ModelRouter({ models });
  const signals: Told['signals'] = [];
  const baseURL = upstream.baseURL;
  const client = new RouteLLClient({
    providers: [
      { id: 'one', baseURL, apiKey: 'key-one', ...limits },
      { id: 'two', baseURL, apiKey: 'key-two' },
    ],
    models,
    rateLimits: unlimited,
    monitoring: { logLevel: 'silent' },
    clock: fakeClock(),
    router: {
      routeRequest: (messages, preferences, constraints, context) => {
        signals.push(context?.signals);
        return router.routeRequest(messages, preferences, constraints, context);
      },
    },
    ...options,
  });
  atEnd(() => client.close({ graceMs: 50 }));
  return { client, signals };
}

describe('the signal waitMs', () => {
  it('is what the limits of the account would make the request wait, and moves it elsewhere', async () => {
    const { client, signals } = await listening(oneAMinute, { preferences: { speed: 1 } });
    const first = await client.chatCompletion(hello);
    expect(first.success && first.routing?.selectedModel).toBe('here');
    expect(signals[0]?.get('here')).toBeUndefined();
    const { routingDecision } = await client.route(hello);
    expect(signals[1]?.get('here')?.waitMs).toBe(60_000);
    expect(signals[1]?.get('there')?.waitMs).toBe(0);
    expect(routingDecision.selectedModel).toBe('there');
  });

  it('takes nothing: a decision leaves the account as it was', async () => {
    const { client, signals } = await listening(oneAMinute);
    for (let time = 0; time < 3; time++) await client.route(hello);
    expect(signals.map((told) => told?.get('here'))).toEqual([undefined, undefined, undefined]);
    expect(client.rateLimiter.getCurrentUsage().windows[0]?.used).toBe(0);
  });

  it('counts the tokens of the prompt', async () => {
    const limits = { rateLimits: { ...unlimited, tokensPerMinute: 100 } };
    const { client, signals } = await listening(limits);
    client.rateLimiter.recordRequest(50);
    await client.route(hello);
    await client.route([{ role: 'user', content: 'word '.repeat(80) }]);
    expect(signals.map((told) => told?.get('here')?.waitMs)).toEqual([undefined, 60_000]);
  });
});
