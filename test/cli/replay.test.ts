import { describe, expect, it } from 'vitest';
import type { JournalRecord } from 'routell';
import type { ReplayReport } from '../../src/cli/replay/report.js';
import { LOGGED_WEIGHTS, simulatedJournal } from '../evaluation/simulated-journal.js';
import { containing } from './expected.js';
import { type CliRun, folderOf, runCli, runJson } from './run-cli.js';

const ARGUMENTS = ['replay', '--log', 'journal.jsonl', '--policy', 'policy.json'];
const QUALITY = { cost: 0.1, quality: 0.8, speed: 0.1 };

const replayed = (journal: string, policy: unknown): Promise<CliRun> =>
  runCli(ARGUMENTS, { cwd: folderOf({ 'journal.jsonl': journal, 'policy.json': policy }) });

async function reportOf(journal: string, policy: unknown): Promise<ReplayReport> {
  const cwd = folderOf({ 'journal.jsonl': journal, 'policy.json': policy });
  return (await runJson(ARGUMENTS, { cwd })).report as ReplayReport;
}

const linesOf = (records: readonly JournalRecord[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** Two calls: `a` was chosen, at the propensities given. */
function twoCalls(propensities: Readonly<Record<string, number>> = { a: 1 }): JournalRecord[] {
  return ['1', '2'].flatMap((callId): JournalRecord[] => {
    const [decision, attempt] = simulatedJournal({ calls: 1 }).records.toReversed().slice(-2);
    if (decision?.kind !== 'decision' || attempt?.kind !== 'attempt') throw new Error('expected both');
    const figures = { score: 0, latencyMs: 1000 };
    const candidates = [
      { model: 'a', pGood: 0.6, costUsd: 0.001, ...figures },
      { model: 'b', pGood: 0.9, costUsd: 0.03, ...figures },
    ];
    return [
      { kind: 'attempt', record: { ...attempt.record, callId, attemptId: `${callId}.1`, costUsd: 0.002 } },
      {
        kind: 'decision',
        record: { ...decision.record, callId, candidates, propensities, chosenModel: 'a' },
      },
    ];
  });
}

const outcome = (
  callId: string,
  quality: number,
  at = 1,
  source: 'feedback' | 'implicit' = 'feedback',
): JournalRecord => ({ kind: 'outcome', record: { callId, at, quality, source } });

describe('routell replay', () => {
  it('estimates quality and cost of other weights, and covers the truth', async () => {
    const journal = simulatedJournal({ calls: 4000, rated: 0.7, seed: 7 });
    const report = await reportOf(journal.text, { preferences: QUALITY });
    const truth = journal.truth(QUALITY);
    for (const [measure, value] of [
      [report.quality, truth.quality],
      [report.costUsd, truth.costUsd],
    ] as const) {
      expect(measure).toMatchObject({ support: 'full', withOverlap: null });
      const { doublyRobust, inversePropensity, selfNormalized } = measure.estimates!;
      for (const estimate of [doublyRobust, inversePropensity!, selfNormalized!]) {
        expect(estimate.interval!.low).toBeLessThan(value);
        expect(estimate.interval!.high).toBeGreaterThan(value);
      }
    }
    // The model thinks too well of what it has not seen; the outcomes correct it.
    expect(report.quality.estimates!.difference.interval!.low).toBeGreaterThan(0);
    expect(report.explored).toBe(4000);
    expect(report.policyVersions).toEqual([
      { policyVersion: 'simulated-1', decisions: 4000, reproduced: 4000 },
    ]);
  });

  it('finds the logged policy again under its own weights, less what exploration cost', async () => {
    const journal = simulatedJournal({ calls: 3000, seed: 3 });
    const report = await reportOf(journal.text, {});
    expect(report.agreementShare).toBeGreaterThan(0.75);
    expect(report.agreementShare).toBeLessThan(0.85);
    const { low, high } = report.costUsd.estimates!.doublyRobust.interval!;
    const { costUsd } = journal.truth(LOGGED_WEIGHTS);
    expect(low < costUsd && costUsd < high).toBe(true);
    expect(report.costUsd.estimates!.difference.mean).toBeLessThan(0);
  });

  it('gives no interval that quality cannot have, and none where nothing varied', async () => {
    const chance = { a: 0.5, b: 0.5 };
    const calls = (count: number, qualityOf: (index: number) => number): JournalRecord[] =>
      Array.from({ length: count }, (_, index) =>
        twoCalls(chance)
          .slice(0, 2)
          .map(({ kind, record }) => ({ kind, record: { ...record, callId: `${index}` } }) as JournalRecord)
          .concat(outcome(`${index}`, qualityOf(index))),
      ).flat();
    const policy = { models: ['a'] };
    const { quality } = await reportOf(linesOf(calls(30, (index) => (index === 0 ? 0.9 : 1))), policy);
    expect(quality.estimates!.logged.interval!.high).toBe(1);
    const { stdout } = await replayed(linesOf(calls(30, () => 1)), policy);
    expect(stdout).toMatch(/self-normalised \(SNIPS\) +1\.000 +none\n/);
    expect(stdout).not.toContain('1.000 to 1.000');
  });

  it('says plainly where there is no overlap', async () => {
    const { text } = simulatedJournal({ calls: 300, exploration: 0 });
    const { code, stdout } = await replayed(text, { preferences: QUALITY });
    expect(code).toBe(0);
    expect(stdout).toMatch(/; the log holds no exploration\n/);
    expect(stdout.match(/no overlap: model-based only, in the \d+ that the new policy/g)).toHaveLength(2);
    expect(stdout).not.toMatch(/IPS|doubly robust/);
    const { quality } = await reportOf(text, { preferences: QUALITY });
    expect(quality).toMatchObject({
      support: 'none',
      estimates: {
        inversePropensity: null,
        doublyRobust: { interval: null },
        difference: { interval: null },
      },
    });
  });

  it('without exploration is the logged figure where nothing changes', async () => {
    const { text } = simulatedJournal({ calls: 100, exploration: 0 });
    const { quality, agreementShare } = await reportOf(text, {});
    expect(agreementShare).toBe(1);
    expect(quality.support).toBe('full');
    expect(quality.estimates!.difference).toEqual({ mean: 0, interval: null });
  });

  it('shows those with overlap apart where some have none', async () => {
    const explored = simulatedJournal({ calls: 400, rated: 1 }).records;
    const greedy = simulatedJournal({ calls: 400, rated: 1, exploration: 0, seed: 2 }).records.map(
      ({ kind, record }) => ({ kind, record: { ...record, callId: `${record.callId}-greedy` } }),
    ) as JournalRecord[];
    const { stdout } = await replayed(linesOf([...explored, ...greedy]), { models: ['large'] });
    expect(stdout).toMatch(/Quality, 0 to 1, of 800 decisions\nno overlap in \d+: model-based only there\n/);
    expect(stdout).toMatch(
      /Quality, 0 to 1, of the 4\d\d with overlap\nas telling of the new policy as \d+ /,
    );
    expect(stdout).toMatch(/new policy, inverse propensity \(IPS\) +0\.\d{3} +0\.\d{3} to /);
  });

  it('takes feedback before signs, of several the last, and what is not told for missing', async () => {
    const told = [outcome('1', 0.2, 5), outcome('1', 0.4, 9), outcome('1', 1, 99, 'implicit')];
    const { quality, costUsd } = await reportOf(linesOf([...told, ...twoCalls()]), {});
    expect(quality).toMatchObject({ missing: 1, estimates: { decisions: 1, logged: { mean: 0.4 } } });
    expect(costUsd).toMatchObject({ missing: 0, estimates: { decisions: 2, logged: { mean: 0.002 } } });
  });

  it('adds up the attempts of a call; one of unknown price makes its cost unknown', async () => {
    const again = (callId: string, costUsd: number | null): JournalRecord => {
      const [first] = twoCalls();
      if (first?.kind !== 'attempt') throw new Error('expected an attempt');
      return { kind: 'attempt', record: { ...first.record, callId, attemptId: `${callId}.2`, costUsd } };
    };
    const { costUsd } = await reportOf(linesOf([...twoCalls(), again('1', 0.01), again('2', null)]), {});
    expect(costUsd).toMatchObject({ missing: 1, estimates: { logged: { mean: 0.012 } } });
  });

  it('counts what stands there twice once', async () => {
    const { read, costUsd } = await reportOf(linesOf([...twoCalls(), ...twoCalls()]), {});
    expect(read).toMatchObject({ decisions: 4, attempts: 4, repeated: 4 });
    expect(costUsd.estimates).toMatchObject({ decisions: 2, logged: { mean: 0.002 } });
  });

  it('leaves out decisions in which the policy allows nothing, and names models that are nowhere', async () => {
    const report = await reportOf(linesOf(twoCalls({ a: 0.5, b: 0.5 })), { models: ['b', 'typo'] });
    expect(report).toMatchObject({ decided: 2, undecided: 0, agreements: 0, unknownModels: ['typo'] });
    expect(report.changes).toEqual([{ from: 'a', to: 'b', decisions: 2 }]);
    const { stdout } = await replayed(linesOf(twoCalls()), { models: ['typo'] });
    expect(stdout).toMatch(/2 more left out: the policy allows none of their candidates/);
    expect(stdout).toMatch(/a candidate nowhere in the log: typo/);
    expect(stdout).toMatch(/Cost, USD a call: not known of any decision/);
  });

  it('does not choose what is excluded', async () => {
    const { changes } = await reportOf(linesOf(twoCalls()), {
      preferences: { cost: 1 },
      excludedModels: ['a'],
    });
    expect(changes).toEqual([{ from: 'a', to: 'b', decisions: 2 }]);
  });

  it('names malformed lines, and counts them', async () => {
    const decision = twoCalls()[1]!;
    const broken = (field: string, value: unknown): string =>
      JSON.stringify({ ...decision, record: { ...decision.record, [field]: value } });
    const journal = [
      '{"kind":',
      '[]',
      '{"kind":"other","record":{}}',
      '{"kind":"attempt","record":null}',
      '{"kind":"outcome","record":{"callId":"1","at":1,"quality":2,"source":"feedback"}}',
      broken('propensities', { a: 0.7, b: 0.7 }),
      broken('propensities', { b: 1 }),
      broken('chosenModel', 'c'),
      broken('candidates', []),
      '',
      linesOf(twoCalls()),
    ].join('\n');
    const { read } = await reportOf(journal, {});
    expect(read.decisions).toBe(2);
    expect(read.malformed.lines).toEqual([
      { line: 1, why: 'no JSON' },
      { line: 2, why: 'no JSON object' },
      { line: 3, why: 'kind must be attempt, decision or outcome' },
      { line: 4, why: 'the record of the attempt must be an object' },
      { line: 5, why: 'quality of the outcome must be a number from 0 to 1' },
      { line: 6, why: 'propensities of the decision must be probabilities by model that sum to 1 at most' },
      { line: 7, why: 'propensities of the decision must name the chosen model, above 0' },
      { line: 8, why: 'chosenModel of the decision must be among its candidates' },
      { line: 9, why: containing('candidates of the decision must be different models') },
    ]);
    const { stdout, code } = await replayed(`${'nonsense\n'.repeat(30)}${linesOf(twoCalls())}`, {});
    expect(code).toBe(0);
    expect(stdout).toMatch(/30 lines left out:\n +line 1: no JSON\n/);
    expect(stdout).not.toContain('line 11:');
  });

  it.each([
    [
      { preferences: { price: 1 } },
      /policy\.json: preferences\.price is not known\. Known here: cost, quality/,
    ],
    [{ preferences: { cost: -1 } }, /preferences\.cost is not valid/],
    [{ preferences: {} }, /preferences is not valid: expected a weight above 0/],
    [{ models: [] }, /models is not valid: expected at least one model/],
    [
      { models: ['a'], excludedModels: ['a'] },
      /excludedModels is not valid: expected it to leave one of models/,
    ],
    [{ exclude: ['a'] }, /exclude is not known\. Known here: preferences, models, excludedModels/],
    ['{', /no JSON: line 1/],
  ])('refuses the policy %j', async (policy, told) => {
    const { code, stderr } = await replayed(linesOf(twoCalls()), policy);
    expect(code).toBe(1);
    expect(stderr).toMatch(told);
  });

  it('refuses a log that is not there, or holds no decision', async () => {
    const absent = await runCli(ARGUMENTS, { cwd: folderOf({ 'policy.json': {} }) });
    expect(absent).toMatchObject({ code: 1, stderr: containing('--log: there is no file') });
    const empty = await replayed('{}\n', {});
    expect(empty.stderr).toMatch(/holds no decision\. Line 1: kind must be/);
  });

  it('does what the terminal must not, in no name', async () => {
    const journal = linesOf(twoCalls({ a: 0.5, b: 0.5 })).replaceAll('"b"', String.raw`"b\u001b[31m"`);
    const { stdout } = await replayed(journal, { excludedModels: ['a'] });
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain(String.raw`b\u001b[31m`);
  });
});
