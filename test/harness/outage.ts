import { RouteLLClient } from 'routell';
import { seededRandom } from '../../src/evaluation/random.js';
import { fakeClock } from '../fake-clock.js';
import { codedFaults } from './coded-faults.js';
import { CODED_MODELS } from './coded-exchange.js';
import { codedUpstream } from './coded-upstream.js';
import { inVirtualTime, macroTurns } from './simulation.js';

export interface OutageOptions {
  readonly seed: number;
  readonly calls: number;
  readonly concurrency: number;
  /** Providers that serve the same model, each with faults of its own. */
  readonly targets: number;
  /** Share of the requests that are answered 503. */
  readonly faultShare: number;
}

export interface OutageFigures {
  /** Over all providers, fallbacks included. */
  readonly attemptsPerCall: number;
  readonly successShare: number;
}

const PAUSE_MS = 100;

/** Calls in virtual time while an upstream fails. */
export async function outage(options: OutageOptions): Promise<OutageFigures> {
  const { seed, calls, concurrency, targets, faultShare } = options;
  const clock = fakeClock(undefined, macroTurns);
  const random = seededRandom(seed);
  const faults = codedFaults.filter(({ name }) => name === '503');
  const upstream = codedUpstream({ clock, random, faultShare, faults });
  const client = new RouteLLClient({
    providers: Array.from({ length: targets }, (_, index) => ({
      id: `target-${index}`,
      baseURL: `https://target-${index}.test/v1`,
      apiKey: 'coded',
    })),
    clock,
    random,
    fetch: upstream.fetch,
    rateLimits: { requestsPerMinute: null, requestsPerHour: null, burst: null },
    monitoring: { logLevel: 'silent' },
  });
  let left = calls;
  let succeeded = 0;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const messages = [{ role: 'user' as const, content: 'Hello?' }];
      const { success } = await client.chatCompletion(messages, { model: CODED_MODELS[0]! });
      if (success) succeeded += 1;
      // What fails at once takes no time, and a breaker would never be asked again.
      await clock.sleep(PAUSE_MS);
    }
  };
  await inVirtualTime(clock, Promise.all(Array.from({ length: concurrency }, worker)));
  await inVirtualTime(clock, client.close());
  return { attemptsPerCall: upstream.exchanges.length / calls, successShare: succeeded / calls };
}

/** The figures of issue and documentation, a line each. */
export async function* outageLines(seed: number): AsyncGenerator<string, void> {
  yield 'total outage: attempts per call, over all targets';
  for (const targets of [1, 2]) {
    for (const calls of [100, 10_000]) {
      for (const concurrency of [1, 64]) {
        const { attemptsPerCall } = await outage({ seed, calls, concurrency, targets, faultShare: 1 });
        yield `  ${targets} target(s), ${calls} calls, concurrency ${concurrency}: ${attemptsPerCall.toFixed(4)}`;
      }
    }
  }
  yield 'independent faults, 20 % of the requests: success, and attempts per call';
  for (const targets of [1, 2]) {
    for (const concurrency of [1, 64]) {
      const figures = await outage({ seed, calls: 10_000, concurrency, targets, faultShare: 0.2 });
      const share = `${(100 * figures.successShare).toFixed(2)} %`;
      yield `  ${targets} target(s), 10000 calls, concurrency ${concurrency}: ${share}, ${figures.attemptsPerCall.toFixed(3)}`;
    }
  }
}
