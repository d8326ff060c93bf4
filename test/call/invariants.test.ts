/** What holds whatever the upstream and the callers do: I1, I2 and I3 of the facts about faults. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type AttemptRow, memoryStores, RouteLLClient, type RouteLLEvent } from 'routell';
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

async function run(client: RouteLLClient, baseURL: string, content: string, plan: CallPlan): Promise<void> {
  const messages = [{ role: 'user' as const, content }];
  const options = {
    ...(plan.model === undefined ? {} : { model: plan.model }),
    ...(plan.cap === undefined ? {} : { max_tokens: plan.cap }),
    ...(plan.abortAfterMs === undefined ? {} : { signal: AbortSignal.timeout(plan.abortAfterMs) }),
  };
  if (plan.read === 'whole') return void (await client.chatCompletion(messages, options));
  if (plan.read === 'fetch') {
    const { signal, ...body } = options;
    const init = {
      method: 'POST',
      body: JSON.stringify({ ...body, messages, stream: true }),
      signal: signal ?? null,
    };
    const response = await client.fetch(`${baseURL}/chat/completions`, init).catch(() => null);
    return void (await response?.text().catch(() => undefined));
  }
  const stream = client.streamCompletion(messages, options);
  try {
    let pieces = 0;
    for await (const _piece of stream) if (plan.read !== 'stream' && ++pieces === 2) break;
  } catch {
    // The events tell.
  }
  await stream.result;
}

const contentOf = (entry: LedgerEntry): string =>
  (
    entry.content?.request as { readonly messages?: readonly { readonly content: string }[] } | undefined
  )?.messages?.at(-1)?.content ?? '';

/** I3 for one attempt: what we say was billed, against the upstream's own book. */
function checkRow(row: AttemptRow, entry: LedgerEntry | undefined): void {
  if (row.billed === 'no') expect(entry?.points ?? 0).toBe(0);
  if (row.billed === 'yes') {
    expect(row.charged).toEqual({ amount: (entry?.points ?? NaN) / 100, unit: 'credits' });
    expect(row.usage).toMatchObject({
      inputTokens: entry?.tokens.input,
      outputTokens: entry?.tokens.output,
      estimated: false,
    });
    expect(row.costUsd).toBeCloseTo(entry?.costUsd ?? NaN, 9);
  }
  if (row.billed === 'unknown') expect(row.usage?.estimated).toBe(true);
}

describe('whatever happens', () => {
  const seen = { outcomes: new Set<string>(), billed: new Set<string>() };

  it(
    'each call ends once, nothing is held, and the book is never under the upstream’s',
    { timeout: 60_000 },
    async () => {
      const property = async (
        plans: readonly CallPlan[],
        faults: readonly FaultRule[],
        seed: number,
      ): Promise<void> => {
        await using simulator = await startSimulator({ latency: 0, seed, faults, captureContent: true });
        const stores = memoryStores();
        const budgets = observedBudgets();
        const client = new RouteLLClient({
          apiKey: simulator.apiKey,
          baseURL: simulator.baseURL,
          rateLimits: { requestsPerMinute: 1000, requestsPerHour: null, burst: null, maxConcurrent: 4 },
          retries: { maxRetries: 1, retryDelayMs: 1 },
          timeouts: { totalMs: 120, idleMs: 40 },
          budgets: [{ limitUsd: 1000, per: 'day' }],
          monitoring: { logLevel: 'silent' },
          stores: { ...stores, budgets },
        });
        const events: RouteLLEvent[] = [];
        client.events.subscribe((event) => events.push(event));
        await Promise.all(
          plans.map((plan, index) => run(client, simulator.baseURL, `Say ${index} words.`, plan)),
        );
        await client.close({ graceMs: 0 });
        await simulator.settled();

        expectQuiet({ client, events, budgets });
        expect(events.filter(({ type }) => type === 'call-start')).toHaveLength(plans.length);
        const rows: AttemptRow[] = [];
        for await (const { kind, record } of stores.journal.read()) if (kind === 'attempt') rows.push(record);
        expect(new Set(rows.map(({ attemptId }) => attemptId)).size).toBe(rows.length);
        for (const { outcome, billed } of rows) seen.outcomes.add(outcome) && seen.billed.add(billed);

        // I2: one request was counted for each attempt, and for nothing else.
        const [minute] = client.rateLimiter.getCurrentUsage().windows;
        expect(minute?.used).toBe(rows.length);

        // I3. The attempts of one model arrive one after another where nothing aborts them.
        const { entries, totals } = simulator.ledger;
        expect(entries.length).toBeLessThanOrEqual(rows.length);
        expect(rows.length).toBe(events.filter(({ type }) => type === 'attempt-start').length);
        const answered = rows
          .filter(({ billed }) => billed === 'yes')
          .map(({ charged }) => charged?.amount ?? NaN);
        const charged = entries.map(({ points }) => points / 100);
        for (const amount of answered) expect(charged).toContain(amount);
        if (rows.every(({ billed }) => billed !== 'unknown')) {
          const sum = answered.reduce((total, amount) => total + amount, 0);
          expect(sum).toBeCloseTo(totals.credits, 6);
        }
        expect(budgets.totals().spent).toBeGreaterThanOrEqual(totals.costUsd - 1e-9);
        for (const entry of entries.filter(
          (each) => each.outcome === 'completed' && contentOf(each) !== '',
        )) {
          const matching = rows.filter((row) => row.charged?.amount === entry.points / 100);
          if (matching.length === 1) checkRow(matching[0]!, entry);
        }
      };
      await fc.assert(
        fc.asyncProperty(
          fc.array(callPlan, { minLength: 3, maxLength: 12 }),
          fc.array(fault, { maxLength: 3 }),
          fc.integer({ min: 1, max: 1e6 }),
          property,
        ),
        { numRuns: 20, seed: 20261015 },
      );
    },
  );

  afterAll(() => {
    // The mixture was one: otherwise all of the above would say little.
    expect([...seen.billed].sort()).toEqual(['no', 'unknown', 'yes']);
    expect(seen.outcomes.size).toBeGreaterThanOrEqual(5);
  });
});
