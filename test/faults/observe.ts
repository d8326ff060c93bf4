/** What holds whatever the upstream does: the invariants of the faults, seen from outside of the client. */
import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { expect } from 'vitest';
import {
  type AttemptRow,
  type ChatOptions,
  type ChatResult,
  memoryStores,
  RouteLLClient,
  RouteLLError,
  type RouteLLClientOptions,
  type RouteLLEvent,
} from 'routell';
import { atEnd, expectQuiet, observedBudgets, unlimited } from '../call/scene.js';
import { type RawAnswer, type RawServer, serveRaw } from './raw-server.js';

export const CANARY_KEY = 'sk-canary-0123456789abcdef';
const CANARY_PROMPT = 'canary-prompt-of-the-caller';

const CODES: ReadonlySet<string> = new Set([
  'configuration',
  'invalid-request',
  'authentication',
  'no-model',
  'rate-limit',
  'queue-full',
  'budget',
  'credits-exhausted',
  'upstream',
  'malformed-response',
  'incomplete-stream',
  'timeout',
  'aborted',
  'all-models-failed',
  'store',
  'closed',
]);

/** I10 and I11 of one error. */
function expectTyped(error: unknown): RouteLLError {
  expect(RouteLLError.isInstance(error), `an untyped error: ${inspect(error)}`).toBe(true);
  const typed = error as RouteLLError;
  expect(CODES.has(typed.code)).toBe(true);
  expect(typeof typed.retryable).toBe('boolean');
  const shown = `${inspect(typed, { depth: 8, showHidden: false })} ${JSON.stringify(typed)} ${typed.stack}`;
  expect(shown).not.toContain(CANARY_KEY);
  expect(shown).not.toContain(CANARY_PROMPT);
  return typed;
}

export interface StreamEnd {
  readonly text: string;
  readonly pieces: number;
  /** What the iteration threw. */
  readonly error: RouteLLError | null;
  readonly result: ChatResult;
}

export interface FaultScene {
  readonly server: RawServer;
  readonly client: RouteLLClient;
  readonly events: RouteLLEvent[];
  ask(options?: ChatOptions): Promise<ChatResult & { readonly tookMs: number }>;
  stream(options?: ChatOptions): Promise<StreamEnd>;
  rows(): Promise<AttemptRow[]>;
  /** Closes the client and holds everything against the invariants. */
  expectInvariants(): Promise<void>;
}

const MESSAGES = [{ role: 'user' as const, content: CANARY_PROMPT }];

/** A client on a server of bytes. */
export async function faultScene(answer: RawAnswer, options: RouteLLClientOptions = {}): Promise<FaultScene> {
  const server = await serveRaw(answer);
  const stores = memoryStores();
  const budgets = observedBudgets();
  const client = new RouteLLClient({
    ...(options.providers === undefined ? { apiKey: CANARY_KEY, baseURL: server.baseURL } : {}),
    rateLimits: unlimited,
    retries: { maxRetries: 0, retryDelayMs: 1 },
    timeouts: { totalMs: 5_000, idleMs: 4_000 },
    models: { 'test-model': { prices: { input: 1, output: 2 }, maxOutput: 100 } },
    monitoring: { logLevel: 'silent' },
    budgets: [{ limitUsd: 1000, per: 'day' }],
    ...options,
    stores: { ...stores, budgets, ...options.stores },
  });
  atEnd(() => client.close({ graceMs: 0 }));
  const events: RouteLLEvent[] = [];
  client.events.subscribe((event) => events.push(event));
  const signals: AbortSignal[] = [];
  const withDefaults = (given: ChatOptions): ChatOptions => {
    if (given.signal !== undefined) signals.push(given.signal);
    return { model: 'test-model', ...given };
  };
  const rows = async (): Promise<AttemptRow[]> => {
    const all: AttemptRow[] = [];
    for await (const { kind, record } of (options.stores?.journal ?? stores.journal).read())
      if (kind === 'attempt') all.push(record);
    return all;
  };
  return {
    server,
    client,
    events,
    rows,
    ask: async (given = {}) => {
      const startedMs = performance.now();
      const result = await client.chatCompletion(MESSAGES, { ...withDefaults(given), stream: false });
      const tookMs = performance.now() - startedMs;
      if (!result.success) expectTyped(result.error);
      return { ...result, tookMs };
    },
    stream: async (given = {}) => {
      const stream = client.streamCompletion(MESSAGES, withDefaults(given));
      let [text, pieces] = ['', 0];
      let error: RouteLLError | null = null;
      try {
        for await (const piece of stream) {
          text += piece;
          pieces += 1;
        }
      } catch (thrown) {
        error = expectTyped(thrown);
      }
      const result = await stream.result;
      // I1: what the iteration and the result say agree.
      expect(result.success).toBe(error === null);
      if (result.success) expect(result.content).toBe(text);
      else expect(result.error).toBe(error);
      return { text, pieces, error, result };
    },
    expectInvariants: async () => {
      await client.close({ graceMs: 0 });
      // I1 and I2.
      expectQuiet({ client, events, budgets });
      // I3: one row for each attempt, each with an id of its own, and none is missing that the server has seen.
      const attempts = await rows();
      expect(new Set(attempts.map(({ attemptId }) => attemptId)).size).toBe(attempts.length);
      expect(events.filter(({ type }) => type === 'attempt-start')).toHaveLength(attempts.length);
      expect(server.received.length).toBeLessThanOrEqual(attempts.length);
      for (const { billed, usage } of attempts) if (billed !== 'no') expect(usage).not.toBeNull();
      // I5: nothing is left on the signals, and no connection is held.
      for (const signal of signals) expect(getEventListeners(signal, 'abort')).toHaveLength(0);
      await expect.poll(() => server.held, { timeout: 1_000, interval: 5 }).toBe(0);
      // I11.
      const told = JSON.stringify(events);
      expect(told).not.toContain(CANARY_KEY);
      expect(told).not.toContain(CANARY_PROMPT);
    },
  };
}
