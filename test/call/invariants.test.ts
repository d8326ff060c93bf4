/** What holds whatever the upstream and the callers do: I1, I2 and I3 of the facts about faults. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AttemptRow, memoryStores, RouteLLClient } from 'routell';
import type { FaultRule } from '../../src/testing/index.js';
import { startSimulator } from '../../src/testing/index.js';
import { AttemptStamp } from '../harness/attempt-stamp.js';
import { compareAttempts, truthOf } from '../harness/attempt-truth.js';
import { CallWatch } from '../harness/call-watch.js';
import { type CallPlan, CALL_READS, makeCall } from '../harness/chaos-calls.js';
import { Findings } from '../harness/findings.js';
import { observedBudgets } from './scene.js';

const callPlan: fc.Arbitrary<CallPlan> = fc.record({
  read: fc.constantFrom(...CALL_READS),
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

describe('whatever happens', () => {
  const seen = { outcomes: new Set<string>(), billed: new Set<string>(), compared: 0 };

  async function property(
    plans: readonly CallPlan[],
    faults: readonly FaultRule[],
    seed: number,
  ): Promise<void> {
    await using simulator = await startSimulator({ latency: 0, seed, faults, captureContent: true });
    const stamp = new AttemptStamp();
    const stores = memoryStores();
    const budgets = observedBudgets();
    const client = new RouteLLClient({
      apiKey: simulator.apiKey,
      baseURL: simulator.baseURL,
      fetch: stamp.stamped((input, init) => globalThis.fetch(input, init)),
      rateLimits: { requestsPerMinute: 1000, requestsPerHour: null, burst: null, maxConcurrent: 4 },
      retries: { maxRetries: 1, retryDelayMs: 1 },
      timeouts: { totalMs: 900, idleMs: 300 },
      budgets: [{ limitUsd: 1000, per: 'day' }],
      monitoring: { logLevel: 'silent' },
      stores: { ...stores, budgets },
    });
    const findings = new Findings();
    const watch = new CallWatch(client.events, findings);
    stamp.listen(client.events);
    const { signal: sharedSignal } = new AbortController();
    await Promise.all(
      plans.map((plan, index) =>
        stamp.run(() => makeCall({ client, sharedSignal, findings }, `Say ${index} words.`, plan)),
      ),
    );
    await client.close({ graceMs: 0 });
    await simulator.settled();

    // I1, and nothing held.
    watch.checkEnded(plans.length);
    const { inFlight, waiting, windows } = client.rateLimiter.getCurrentUsage();
    expect({ inFlight, waiting }).toEqual({ inFlight: 0, waiting: 0 });
    expect(budgets.totals().reserved).toBeCloseTo(0, 9);

    const rows: AttemptRow[] = [];
    for await (const { kind, record } of stores.journal.read()) if (kind === 'attempt') rows.push(record);
    expect(watch.attempts).toBe(rows.length);
    for (const { outcome, billed } of rows) {
      seen.outcomes.add(outcome);
      seen.billed.add(billed);
    }

    // I2: one request was counted for each attempt, and for nothing else.
    expect(windows[0]?.used).toBe(rows.length);

    // I3: attempt by attempt; and what is booked is never under what the upstream billed.
    const { entries, totals } = simulator.ledger;
    const compared = compareAttempts(findings, rows, entries.map(truthOf), watch.takeBooked());
    seen.compared += compared.exact + compared.estimated;
    expect(budgets.totals().spent).toBeGreaterThanOrEqual(totals.costUsd - 1e-9);
    expect(findings.broken).toEqual([]);
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
