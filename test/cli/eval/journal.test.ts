import { describe, expect, it } from 'vitest';
import type { EvalReport } from '../../../src/cli/eval/report.js';
import type { JournalRecord } from '../../../src/index.js';
import { folderOf, runCli, runJson } from '../run-cli.js';

const decision = (callId: string, chosen: string, served: string | null, pGood = 0.8): JournalRecord => ({
  kind: 'decision',
  record: {
    callId,
    at: 1,
    policyVersion: 'test',
    taskType: callId < 'c' ? 'math' : 'writing',
    taskConfidence: 0.9,
    distribution: {},
    difficulty: 0.4,
    difficultyUncertainty: 0.1,
    features: {},
    preferences: { cost: 0.4, quality: 0.4, speed: 0.2 },
    candidates: [{ model: chosen, score: 1, pGood, costUsd: 0.002, latencyMs: 1 }],
    propensities: { [chosen]: 1 },
    chosenModel: chosen,
    servedModel: served,
    session: 's',
    tags: [],
  },
});

const outcome = (
  callId: string,
  quality: number,
  source: 'feedback' | 'implicit' = 'feedback',
  at = 2,
): JournalRecord => ({
  kind: 'outcome',
  record: { callId, at, quality, source },
});

const attempt = (callId: string, costUsd: number | null, number = 1): JournalRecord => ({
  kind: 'attempt',
  record: {
    callId,
    attemptId: `${callId}.${number}`,
    at: 1,
    model: 'x',
    provider: 'p',
    group: 'g',
    outcome: 'success',
    billed: 'yes',
    usage: null,
    costUsd,
    charged: null,
    reservedUsd: null,
    latencyMs: 1,
    firstTokenMs: null,
  },
});

const lines = (records: readonly unknown[]): string =>
  records.map((record) => JSON.stringify(record)).join('\n');

const records = [
  ...[
    decision('a', 'x', 'x'),
    decision('b', 'x', 'y'),
    decision('c', 'x', 'x', 0.6),
    decision('d', 'x', null),
  ],
  ...[
    attempt('a', 0.001),
    attempt('b', 0.001),
    attempt('b', 0.003, 2),
    attempt('c', null),
    attempt('c', 0.1, 2),
  ],
];
// Outcomes may stand in the log of another day. What the user says goes before what was seen.
const later = [
  outcome('a', 1),
  outcome('a', 0, 'implicit'),
  outcome('b', 0.5),
  outcome('c', 0),
  outcome('elsewhere', 1),
];

const files = {
  'data/1.jsonl': lines(later),
  'data/2.jsonl': `${lines(records)}\n{"kind":"decision","record":{}}`,
};

describe('routell eval, of a journal', () => {
  it('joins what was predicted with what became of it', async () => {
    const { report } = await runJson(['eval', '--data', 'data'], { cwd: folderOf(files) });
    const { journal, decisionTime, files: read } = report as EvalReport;
    expect(journal).toEqual({
      decisions: 4,
      repeated: 0,
      rated: 3,
      quality: 0.5,
      byTask: [
        { name: 'math', n: 2, quality: 0.75 },
        { name: 'writing', n: 1, quality: 0 },
      ],
      byModel: [
        { name: 'x', n: 2, quality: 0.5 },
        { name: 'y', n: 1, quality: 0.5 },
      ],
      calibration: {
        n: 2,
        predicted: 0.7,
        observed: 0.5,
        ece: expect.closeTo(0.4, 9) as number,
        brier: expect.closeTo(0.2, 9) as number,
      },
      cost: {
        calls: 3,
        attempts: 5,
        unpricedAttempts: 1,
        billedUsd: 0.005,
        compared: { calls: 1, billedUsd: 0.001, predictedUsd: 0.002 },
      },
    });
    expect(decisionTime).toBeNull();
    expect(read[1]).toMatchObject({ prompts: 0, journalRows: 9, malformed: { count: 1 } });
  });

  it('is told in words', async () => {
    const { stdout } = await runCli(['eval', '--data', 'data'], { cwd: folderOf(files) });
    expect(stdout).toContain('2 files, 14 records of a journal.\n');
    expect(stdout).toContain('Journal: 4 decisions, 3 with an outcome, quality 0.500\n');
    expect(stdout).toContain('over 2 calls: predicted 0.700, observed 0.500, ECE 0.400, Brier 0.200\n');
    expect(stdout).toContain(
      'Cost: $0.0050 for 3 calls in 5 attempts, 1 of them of unknown cost; 1 call predicted at $0.0020 cost $0.0010\n',
    );
    expect(stdout).toMatch(/^writing +1 +0\.000$/m);
    expect(stdout).toContain('2.jsonl: 1 malformed row left out (line 10: callId of the decision');
  });

  it('counts what stands in two exports once, and goes by the time of outcomes, as replay does', async () => {
    const [first, again] = [
      [
        decision('a', 'x', 'x'),
        attempt('a', 0.001),
        attempt('a', 0.003, 2),
        outcome('a', 0.25, 'feedback', 9),
      ],
      [
        attempt('a', 0.001),
        decision('a', 'x', 'x'),
        outcome('a', 1, 'feedback', 5),
        outcome('a', 0, 'implicit', 99),
      ],
    ];
    const cwd = folderOf({ 'data/x.jsonl': lines([...first, ...again]), 'policy.json': {} });
    const { report } = await runJson(['eval', '--data', 'data'], { cwd });
    expect(report).toMatchObject({
      journal: {
        decisions: 1,
        repeated: 2,
        quality: 0.25,
        cost: { calls: 1, attempts: 2, billedUsd: 0.004 },
      },
    });
    const { report: replayed } = await runJson(
      ['replay', '--log', 'data/x.jsonl', '--policy', 'policy.json'],
      { cwd },
    );
    expect(replayed).toMatchObject({
      read: { repeated: 2 },
      quality: { estimates: { logged: { mean: 0.25 } } },
      costUsd: { estimates: { logged: { mean: 0.004 } } },
    });
    const { stdout } = await runCli(['eval', '--data', 'data'], { cwd });
    expect(stdout).toContain('2 records stood there twice, the last counts\n');
  });

  it('needs no outcomes', async () => {
    const cwd = folderOf({ 'data/x.jsonl': lines([decision('a', 'x', 'x')]) });
    const { code, stdout } = await runCli(['eval', '--data', 'data'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('Journal: 1 decision, 0 with an outcome, quality -\n');
  });
});
