/** A client on a server of the tests' own making, with everything observed that a call touches. */
import { afterEach, expect } from 'vitest';
import { memoryStores, RouteLLClient, type RouteLLClientOptions, type RouteLLEvent } from 'routell';
import type { BudgetsStore, JournalRecord } from '../../src/stores.js';
import {
  type Answer,
  chunkOf,
  completionOf,
  type LoopbackUpstream,
  sendJson,
  startEvents,
  startUpstream,
} from './loopback-upstream.js';
import { isTerminal } from '../harness/call-watch.js';

export { isTerminal };

export const hello = [{ role: 'user' as const, content: 'Hello?' }];
export const unlimited = { requestsPerMinute: null, requestsPerHour: null, burst: null };

/** Prices per 1M tokens that make one token of output a dollar, and the prompt free. */
export const dollarPerToken = { input: 0, output: 1e6 };

export interface Scene {
  readonly upstream: LoopbackUpstream;
  readonly client: RouteLLClient;
  readonly events: RouteLLEvent[];
  readonly budgets: ObservedBudgets;
  journal(): Promise<JournalRecord[]>;
}

export interface ObservedBudgets extends BudgetsStore {
  /** Of all accounts together. */
  totals(): { readonly reserved: number; readonly spent: number };
}

/** A budgets store in memory of which every account is known. */
export function observedBudgets(): ObservedBudgets {
  const store = memoryStores().budgets;
  const accounts = new Set<string>();
  return {
    reserve: (id, entries) => {
      for (const { account } of entries) accounts.add(account);
      return store.reserve(id, entries);
    },
    settle: (id, spent) => store.settle(id, spent),
    release: (id) => store.release(id),
    balance: (account) => store.balance(account),
    totals: () => {
      const balances = [...accounts].map(
        (account) => store.balance(account) as { readonly reserved: number; readonly spent: number },
      );
      return {
        reserved: balances.reduce((sum, { reserved }) => sum + reserved, 0),
        spent: balances.reduce((sum, { spent }) => sum + spent, 0),
      };
    },
  };
}

export const answers =
  (content = 'fine'): Answer =>
  (response) =>
    sendJson(response, completionOf(content));

/** Streams the given pieces; `end` says how it ends. */
export const streams =
  (
    pieces: readonly string[],
    end: 'whole' | 'open' | 'cut' | 'clean' = 'whole',
    extra: object = {},
  ): Answer =>
  (response) => {
    startEvents(response);
    for (const content of pieces) response.write(chunkOf({ content }));
    if (end === 'cut') setTimeout(() => response.destroy(), 5);
    if (end === 'clean') response.end();
    if (end === 'whole') response.end(`${chunkOf({}, 'stop', extra)}data: [DONE]\n\n`);
  };

const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of running.splice(0).reverse()) await end();
});

/** Ends something with the test. */
export function atEnd(end: () => Promise<void>): void {
  running.push(end);
}

export async function scene(
  answer: Answer = answers(),
  options: RouteLLClientOptions = {},
  pages: { readonly models?: object; readonly account?: object } = {},
): Promise<Scene> {
  const upstream = await startUpstream(answer, pages.models, pages.account);
  running.push(upstream.close);
  const stores = memoryStores();
  const budgets = observedBudgets();
  const client = new RouteLLClient({
    apiKey: 'test-key',
    baseURL: upstream.baseURL,
    rateLimits: unlimited,
    retries: { maxRetries: 1, retryDelayMs: 1 },
    models: { 'test-model': { prices: { input: 1, output: 2 }, maxOutput: 100 } },
    monitoring: { logLevel: 'silent' },
    ...options,
    stores: { ...stores, budgets, ...options.stores },
  });
  running.push(() => client.close({ graceMs: 50 }));
  const events: RouteLLEvent[] = [];
  client.events.subscribe((event) => events.push(event));
  const journal = async (): Promise<JournalRecord[]> => {
    const records: JournalRecord[] = [];
    for await (const entry of (options.stores?.journal ?? stores.journal).read()) records.push(entry);
    return records;
  };
  return { upstream, client, events, budgets, journal };
}

/** What holds once no call runs: every start has its one end, and nothing is held. */
export function expectQuiet({ client, events, budgets }: Pick<Scene, 'client' | 'events' | 'budgets'>): void {
  const callsOf = (wanted: readonly RouteLLEvent[]): readonly string[] =>
    wanted.map((event) => ('callId' in event ? event.callId : ''));
  const started = callsOf(events.filter(({ type }) => type === 'call-start'));
  const ended = callsOf(events.filter(isTerminal));
  expect(new Set(started).size).toBe(started.length);
  expect([...ended].sort()).toEqual([...started].sort());
  for (const callId of started) {
    const own = events.filter((event) => 'callId' in event && event.callId === callId);
    expect(own[0]?.type).toBe('call-start');
    expect(isTerminal(own.at(-1)!)).toBe(true);
  }
  const { inFlight, waiting } = client.rateLimiter.getCurrentUsage();
  expect({ inFlight, waiting }).toEqual({ inFlight: 0, waiting: 0 });
  expect(budgets.totals().reserved).toBeCloseTo(0, 9);
}
