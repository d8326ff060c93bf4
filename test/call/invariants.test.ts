/** What holds whatever the upstream and the callers do: I1, I2 and I3 of the facts about faults. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AttemptRow, type ChatOptions, memoryStores, RouteLLClient, type RouteLLEvent } from 'routell';
import type { FaultRule, LedgerEntry } from '../../src/testing/index.js';
import { startSimulator } from '../../src/testing/index.js';
import { expectQuiet, observedBudgets } from './scene.js';

interface CallPlan {
  readonly read: 'whole' | 'stream' | 'some of a stream' | 'fetch';
  readonly model: string | undefined;
  readonly cap: number | undefined;
  readonly abortAfterMs: number | undefined;
}

const callPlan: fc.Arbitrary<CallPlan> = fc.record({
  read: fc.constantFrom('whole', 'stream', 'some of a stream', 'fetch'),
  model: fc.constantFrom(undefined, 'auto', 'claude-haiku-4-5', 'no-such-model'),
  cap: fc.constantFrom(undefined, 8, 80),
  abortAfterMs: fc.option(fc.integer({ min: 0, max: 25 }), { nil: undefined, freq: 2 }),
});

const fault: fc.Arbitrary<FaultRule> = fc.record(
  {
    fault: fc.constantFrom('status', 'hang', 'slow', 'cut-stream', 'end-early', 'stall'),
    rate: fc.constantFrom(0.2, 0.5, 1),
    times: fc.integer({ min: 1, max: 6 }),
    status: fc.constantFrom(400, 401, 402, 404, 429, 500, 503),
    tokens: fc.integer({ min: 0, max: 6 }),
    delayMs: fc.constant(15),
  },
  { requiredKeys: ['fault'] },
);

/** Makes a call and gives its id, as far as it can be known from outside. */
async function run(
  client: RouteLLClient,
  baseURL: string,
  content: string,
  plan: CallPlan,
): Promise<string | null> {
  const messages = [{ role: 'user' as const, content }];
  const options = optionsOf(plan);
  if (plan.read === 'whole') return (await client.chatCompletion(messages, options)).callId;
  if (plan.read === 'fetch') {
    const { signal = null, ...body } = options;
    const init = { method: 'POST', body: JSON.stringify({ ...body, messages, stream: true }), signal };
    const response = await client.fetch(`${baseURL}/chat/completions`, init).catch(() => null);
    await response?.text().catch(() => undefined);
    return response?.headers.get('x-routell-call-id') ?? null;
  }
  const stream = client.streamCompletion(messages, options);
  try {
    let pieces = 0;
    for await (const _piece of stream) if (plan.read !== 'stream' && ++pieces === 2) break;
  } catch {
    // The events tell.
  }
  return (await stream.result).callId;
}

function optionsOf({ model, cap, abortAfterMs }: CallPlan): ChatOptions {
  return {
    ...(model === undefined ? {} : { model }),
    ...(cap === undefined ? {} : { max_tokens: cap }),
    ...(abortAfterMs === undefined ? {} : { signal: AbortSignal.timeout(abortAfterMs) }),
  };
}

function contentOf({ content }: LedgerEntry): string {
  const request = content?.request as
    { readonly messages?: readonly { readonly content: string }[] } | undefined;
  return request?.messages?.at(-1)?.content ?? '';
}

/** I3 for one attempt that may have been billed: what we say of it, against the upstream's own book. */
function checkRow(row: AttemptRow, entry: LedgerEntry): void {
  expect(row.usage).not.toBeNull();
  if (row.usage?.estimated === true) return;
  expect(row.billed).toBe('yes');
  expect(row.charged).toEqual({ amount: entry.points / 100, unit: 'credits' });
  expect(row.usage).toMatchObject({ inputTokens: entry.tokens.input, outputTokens: entry.tokens.output });
  if (row.costUsd !== null) expect(row.costUsd).toBeCloseTo(entry.costUsd, 9);
}

describe('whatever happens', () => {
  const seen = { outcomes: new Set<string>(), billed: new Set<string>(), compared: 0 };

  async function property(
    plans: readonly CallPlan[],
    faults: readonly FaultRule[],
    seed: number,
  ): Promise<void> {
    await using simulator = await startSimulator({ latency: 0, seed, faults, captureContent: true });
    const stores = memoryStores();
    const budgets = observedBudgets();
    const client = new RouteLLClient({
      apiKey: simulator.apiKey,
      baseURL: simulator.baseURL,
      rateLimits: { requestsPerMinute: 1000, requestsPerHour: null, burst: null, maxConcurrent: 4 },
      retries: { maxRetries: 1, retryDelayMs: 1 },
      timeouts: { totalMs: 900, idleMs: 300 },
      budgets: [{ limitUsd: 1000, per: 'day' }],
      monitoring: { logLevel: 'silent' },
      stores: { ...stores, budgets },
    });
    const events: RouteLLEvent[] = [];
    client.events.subscribe((event) => events.push(event));
    const asked = (index: number): string => `Say ${index} words.`;
    const callIds = await Promise.all(
      plans.map((plan, index) => run(client, simulator.baseURL, asked(index), plan)),
    );
    await client.close({ graceMs: 0 });
    await simulator.settled();

    // I1, and nothing held.
    expectQuiet({ client, events, budgets });
    expect(events.filter(({ type }) => type === 'call-start')).toHaveLength(plans.length);

    const rows: AttemptRow[] = [];
    for await (const { kind, record } of stores.journal.read()) if (kind === 'attempt') rows.push(record);
    expect(new Set(rows.map(({ attemptId }) => attemptId)).size).toBe(rows.length);
    expect(events.filter(({ type }) => type === 'attempt-start')).toHaveLength(rows.length);
    for (const { outcome, billed } of rows) {
      seen.outcomes.add(outcome);
      seen.billed.add(billed);
    }

    // I2: one request was counted for each attempt, and for nothing else.
    expect(client.rateLimiter.getCurrentUsage().windows[0]?.used).toBe(rows.length);

    // I3: a row for each request that arrived; what is booked is never under what the upstream billed.
    const { entries, totals } = simulator.ledger;
    expect(entries.length).toBeLessThanOrEqual(rows.length);
    expect(budgets.totals().spent).toBeGreaterThanOrEqual(totals.costUsd - 1e-9);
    for (const [index, callId] of callIds.entries()) {
      if (callId === null) continue;
      const billed = entries.filter((entry) => contentOf(entry) === asked(index) && entry.points > 0);
      const attempts = rows.filter((row) => row.callId === callId && row.billed !== 'no');
      expect(billed.length).toBeLessThanOrEqual(attempts.length);
      const [entry, row] = [billed[0], attempts[0]];
      if (billed.length !== 1 || attempts.length !== 1 || entry === undefined || row === undefined) continue;
      seen.compared += 1;
      checkRow(row, entry);
    }
  }

  it('each call ends once, nothing is held, no bill is missed', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(callPlan, { minLength: 3, maxLength: 12 }),
        fc.array(fault, { maxLength: 3 }),
        fc.integer({ min: 1, max: 1e6 }),
        property,
      ),
      { numRuns: Math.min(1000, Number(process.env['FAST_CHECK_RUNS'] ?? 20)), seed: 20_261_015 },
    );
    // The mixture was one: otherwise all of the above would say little.
    expect([...seen.billed].sort()).toEqual(['no', 'unknown', 'yes']);
    expect(seen.outcomes.size).toBeGreaterThanOrEqual(5);
    expect(seen.compared).toBeGreaterThan(20);
  });
});
