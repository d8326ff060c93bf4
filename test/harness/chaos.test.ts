/** The chaos run, tiny: so that it cannot rot, and finds what it is there to find. */
import { describe, expect, it } from 'vitest';
import type { AttemptRow } from 'routell';
import type { LedgerEntry } from '../../src/testing/index.js';
import { faultNames } from '../../src/testing/faults/table.js';
import { type AttemptTruth, compareAttempts, truthOf } from './attempt-truth.js';
import { chaosMix, chaosRules } from './chaos-mix.js';
import { runChaos } from './chaos-run.js';
import { Findings } from './findings.js';

describe('chaos', () => {
  it('finds every invariant to hold over 150 calls', { timeout: 120_000 }, async () => {
    const report = await runChaos({ calls: 150, seed: 7, faults: 0.2, concurrency: 16, batchCalls: 75 });
    expect(report.findings.filter(({ broken }) => broken > 0)).toEqual([]);
    expect(report.calls).toBe(150);
    expect(report.exact).toBeGreaterThan(15);
    expect(report.estimated).toBeGreaterThan(5);
    const checked = new Set(report.findings.map(({ invariant }) => invariant.slice(0, 2)));
    expect([...checked].sort()).toEqual(expect.arrayContaining(['I1', 'I2', 'I3', 'I4', 'I5']));
  });

  it('goes on where a run was broken off', { timeout: 60_000 }, async () => {
    const options = { calls: 40, seed: 3, faults: 0, concurrency: 8, batchCalls: 20 };
    const made: number[] = [];
    const first = await runChaos({ ...options, calls: 20, onBatch: ({ calls }) => made.push(calls) });
    const whole = await runChaos({ ...options, progress: first, onBatch: ({ calls }) => made.push(calls) });
    expect(made).toEqual([20, 40]);
    expect(whole.findings.find(({ invariant }) => invariant === 'I1 a call starts once')?.checked).toBe(40);
  });
});

describe('the mix of faults', () => {
  it('strikes the given share of the requests in all', () => {
    const rules = chaosMix(0.2, [{ fault: 'hang' }, { fault: 'stall', weight: 3 }]);
    const [hang = 0, stall = 0] = rules.map(({ rate }) => rate);
    expect(hang).toBeCloseTo(0.05, 12);
    expect((1 - hang) * stall).toBeCloseTo(0.15, 12);
  });

  it('has every fault of the simulator', () => {
    const mixed = new Set(chaosRules(0.2).map(({ fault }) => fault));
    expect(faultNames.filter((name) => !mixed.has(name))).toEqual([]);
    expect(chaosRules(0)).toEqual([]);
  });
});

describe('the comparison with the upstream’s book', () => {
  const row = {
    attemptId: 'call.1',
    outcome: 'success',
    billed: 'yes',
    usage: { inputTokens: 3, outputTokens: 5, estimated: false },
    costUsd: 0.5,
    charged: { amount: 2, unit: 'credits' },
  } as AttemptRow;
  const truth: AttemptTruth = {
    attemptId: 'call.1',
    inputTokens: 3,
    outputTokens: 5,
    costUsd: 0.5,
    credits: 2,
    isAnswered: true,
    mayTellZero: false,
  };
  const brokenBy = (
    rows: readonly AttemptRow[],
    truths: readonly AttemptTruth[],
    booked: ReadonlyMap<string, number | null> = new Map(),
  ): readonly string[] => {
    const findings = new Findings();
    compareAttempts(findings, rows, truths, booked);
    return findings.broken.map(({ invariant }) => invariant);
  };
  const estimated = { ...row, billed: 'unknown', usage: { ...row.usage!, estimated: true } } as AttemptRow;

  it('passes what agrees', () => {
    expect(brokenBy([row], [truth])).toEqual([]);
    expect(brokenBy([estimated], [truth], new Map([['call.1', 0.5]]))).toEqual([]);
  });

  it('passes a request that was sent again because its connection was gone', () => {
    const lost = { ...truth, inputTokens: 0, outputTokens: 0, costUsd: 0, credits: 0, isAnswered: false };
    expect(brokenBy([row], [lost, truth])).toEqual([]);
    expect(brokenBy([row], [truth, lost])).toEqual([]);
  });

  it.each([
    ['a request without a row', [], [truth]],
    ['two rows of one attempt', [row, row], [truth]],
    ['two requests of one attempt', [row], [truth, truth]],
    ['a token too few', [row], [{ ...truth, outputTokens: 6 }]],
    ['a charge that is not told', [{ ...row, billed: 'no', usage: null }], [truth]],
    ['another cost', [{ ...row, costUsd: 0.4 }], [truth]],
    ['a bill for nothing', [row], []],
    ['a charge for what was not read', [row], [truth, { ...truth, attemptId: null }]],
    [
      'a usage of 0 that was not told',
      [{ ...row, usage: { ...row.usage!, inputTokens: 0, outputTokens: 0 } }],
      [truth],
    ],
    ['an estimate below the charge', [{ ...estimated, costUsd: 0.4 }], [truth]],
    ['an estimate of too few tokens', [estimated], [{ ...truth, outputTokens: 6 }]],
  ] satisfies readonly (readonly [string, AttemptRow[], AttemptTruth[]])[])(
    'finds %s',
    (_name, rows, truths) => {
      expect(brokenBy(rows, truths)).not.toEqual([]);
    },
  );

  it('knows an attempt by what its request says', () => {
    const entry = { tokens: { input: 1, output: 2 }, costUsd: 3, points: 400, status: null } as LedgerEntry;
    expect(truthOf(entry)).toMatchObject({ attemptId: null, credits: 4, isAnswered: false });
    expect(truthOf({ ...entry, content: { request: { user: 'call.2' }, answer: '' } }).attemptId).toBe(
      'call.2',
    );
  });
});
