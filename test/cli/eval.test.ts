import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/workspace.mjs';
import type { EvalReport } from '../../src/cli/eval/report.js';
import { ModelRouter } from '../../src/index.js';
import { containing, matching } from './expected.js';
import { folderOf, runCli, runJson } from './run-cli.js';

const lines = (...rows: readonly unknown[]): string =>
  rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');

const PROMPTS = [
  'Say hello.',
  'Prove that the square root of two is irrational, and generalise the proof to every prime.',
  'Name a river.',
  'Derive the variance of an AR(1) process with coefficient 0.5, step by step, for n = 100.',
];
const judged = (scale = 1, more: object = {}): readonly object[] =>
  PROMPTS.map((prompt, row) => ({
    id: `r${row}`,
    prompt,
    scores: { big: scale, small: row % 2 === 0 ? scale : 0 },
    ...more,
  }));

async function evaluated(
  files: Readonly<Record<string, string>>,
  ...more: readonly string[]
): Promise<{ report: EvalReport; cwd: string }> {
  const cwd = folderOf(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`data/${name}`, text])),
  );
  const { code, report } = await runJson(['eval', '--data', 'data', ...more], { cwd });
  expect(code).toBe(0);
  return { report: report as EvalReport, cwd };
}

describe('routell eval', () => {
  it('knows files by their rows, wherever they lie and whatever they are called', async () => {
    const { report } = await evaluated({
      'a/b/notes.txt': lines(...judged()),
      'tasks-perhaps': lines({
        prompt: 'Translate into French: good morning',
        label: 'translation',
        lang: 'en',
      }),
      'routing.jsonl': lines(
        { prompt: 'Name a river.', difficulty: 0.1 },
        { prompt: 'Prove it.', difficulty: 0.8 },
      ),
      'tokens.jsonl': lines({ text: 'a', tokens: { cl100k_base: 1 } }),
      'README.md': '# Data\n\nprose',
      'empty.jsonl': '\n\n',
    });
    expect(report.routing.map(({ file, n }) => [file, n])).toEqual([['a/b/notes.txt', 4]]);
    expect(report.tasks?.all).toMatchObject({ n: 1, strict: 1, lenient: 1, macroF1: 1 });
    expect(report.difficulty).toMatchObject([{ file: 'routing.jsonl', n: 2 }]);
    expect(report.skipped).toEqual([
      { file: 'README.md', why: 'not one usable line; line 1: no JSON' },
      { file: 'empty.jsonl', why: 'empty' },
      { file: 'tokens.jsonl', why: matching(/tokens/) },
    ]);
    expect(report.decisionTime).toMatchObject({ n: 7 });
  });

  it('puts the router beside what does not look, looks at the length, or knows', async () => {
    const { report } = await evaluated({ 'x.jsonl': lines(...judged()) });
    const [routing] = report.routing;
    expect(routing).toMatchObject({
      strong: { model: 'big', quality: 1, isNamed: false, isStandIn: true, costUsd: null },
      weak: { model: 'small', quality: 0.5 },
      scale: 1,
      bestOfBoth: 1,
      models: null,
    });
    expect(routing?.oracle.apgr.value).toBeGreaterThanOrEqual(routing?.length.apgr.value ?? NaN);
    expect(routing?.length.curve).toHaveLength(11);
    for (const { low, value, high } of [routing?.router.apgr, routing?.length.cpt50].filter(
      (item) => item !== undefined,
    )) {
      expect(low).toBeLessThanOrEqual(value ?? NaN);
      expect(high).toBeGreaterThanOrEqual(value ?? NaN);
    }
  });

  it('takes ratings to ten as it takes shares', async () => {
    const { report } = await evaluated({
      'ones.jsonl': lines(...judged()),
      'tens.jsonl': lines(...judged(10)),
    });
    const [ones, tens] = report.routing;
    expect(tens).toEqual({ ...ones, file: 'tens.jsonl', scale: 10 });
  });

  it('compares the models that are named, where a file has them', async () => {
    const rows = judged().map((row) => ({ ...row, scores: { big: 1, middle: 0.5, small: 0 } }));
    const { report } = await evaluated(
      { 'three.jsonl': lines(...rows), 'two.jsonl': lines(...judged()) },
      ...['--strong', 'middle', '--weak', 'nobody'],
    );
    expect(report.routing).toMatchObject([
      { strong: { model: 'middle', isNamed: true }, weak: { model: 'small', isNamed: false } },
      { strong: { model: 'big' }, weak: { model: 'small' } },
    ]);
    expect(report.notes).toEqual(['--weak: no file has scores of nobody.']);
  });

  it('uses rows that have both of the pair, and says what is wrong with others', async () => {
    const { report } = await evaluated({
      'x.jsonl': lines(
        ...judged(),
        { prompt: 'No small one.', scores: { big: 0 } },
        '{"prompt": "torn',
        '',
        { id: 'r0', prompt: 'The same id.', scores: { big: 1, small: 1 } },
        { prompt: 'Bad score.', scores: { big: 'good', small: 1 } },
        { note: 'neither' },
      ),
    });
    expect(report.routing[0]).toMatchObject({ n: 5, strong: { quality: 1 } });
    expect(report.files).toEqual([
      {
        file: 'x.jsonl',
        prompts: 6,
        journalRows: 0,
        malformed: {
          count: 2,
          first: [
            { line: 6, why: 'no JSON' },
            { line: 9, why: 'scores.big is no number from 0 to 1, or to 10' },
          ],
        },
        duplicateIds: 1,
        others: { count: 1, why: ['rows without scores, label or difficulty, and no journal'] },
      },
    ]);
  });

  it('has the hull, the oracle and its own points where there are many models', async () => {
    const rows = PROMPTS.map((prompt, row) => ({
      prompt,
      scores: { dear: 1, cheap: row % 2, worse: 0 },
      cost: { dear: 0.01, cheap: 0.001, worse: 0.005 },
    }));
    const { report } = await evaluated({ 'x.jsonl': lines(...rows) });
    const { models } = report.routing[0] ?? {};
    expect(models).toMatchObject({
      costs: 'real',
      models: [
        { model: 'dear', n: 4, quality: 1, costUsd: 0.01, isOnHull: true },
        { model: 'cheap', quality: 0.5, isOnHull: true },
        { model: 'worse', quality: 0, isOnHull: false },
      ],
      oracle: { n: 4, quality: 1, priced: 4, costUsd: 0.0055 },
    });
    expect(models?.hullAiq).toBeCloseTo(0.75, 12);
    expect(models?.sweep.map(({ costWeight }) => costWeight)).toEqual(
      [...(models?.sweep ?? [])].map((point) => point.costWeight).sort((a, b) => a - b),
    );
    // Cost alone takes the cheapest.
    expect(models?.sweep.at(-1)).toMatchObject({ costWeight: 1, quality: 0.5 });
  });

  it('has an oracle that no model is better than, where one alone has a cost', async () => {
    const rows = PROMPTS.map((prompt, row) => ({
      prompt,
      scores: { good: 1, cheap: row % 2, other: 0 },
      cost: { cheap: 0.001 },
    }));
    const { report, cwd } = await evaluated({ 'x.jsonl': lines(...rows) });
    expect(report.routing[0]?.models).toMatchObject({
      oracle: { n: 4, quality: 1, priced: 2, costUsd: 0.001 },
      sweep: [],
    });
    const { stdout } = await runCli(['eval', '--data', 'data'], { cwd });
    expect(stdout).toContain('oracle: quality 1.000 at $0.0010 (the cost is known of 2 of 4)\n');
    expect(stdout).toContain('No prompt has two models of known cost, so routell has no points of its own.');
    expect(stdout).not.toContain('by weight of cost');
  });

  it('has no figure of a gap where there is none', async () => {
    const rows = PROMPTS.map((prompt, row) => ({ prompt, scores: { one: row % 2, other: 1 - (row % 2) } }));
    const { report, cwd } = await evaluated({ 'x.jsonl': lines(...rows) });
    const none = { value: null, low: null, high: null };
    expect(report.routing[0]).toMatchObject({
      router: { apgr: none, cpt50: none, cpt80: none },
      length: { cpt50: none },
      random: { apgr: null, cpt50: null, cpt80: null },
      overLength: none,
    });
    const { stdout } = await runCli(['eval', '--data', 'data'], { cwd });
    expect(stdout).toMatch(/^routell +- +- +-$/m);
  });

  it('does not score labels that are no kind of task, and says so', async () => {
    const sentiments = ['positive', 'negative'].map((label) => ({ prompt: 'What a day!', label }));
    const { report, cwd } = await evaluated({
      'mixed.jsonl': lines({ prompt: 'Sum 1 and 2.', label: 'math' }, ...sentiments),
      'sentiments.jsonl': lines(...sentiments),
    });
    expect(report.tasks?.all).toMatchObject({ n: 1 });
    expect(report.tasks?.files).toHaveLength(1);
    const why = 'the label positive is no kind of task; the label negative is no kind of task';
    expect(report.skipped).toEqual([{ file: 'sentiments.jsonl', why }]);
    const { stdout } = await runCli(['eval', '--data', 'data'], { cwd });
    expect(stdout).toContain(`mixed.jsonl: 2 rows of other kinds left out (${why}).\n`);
  });

  it('writes the score of every prompt, in the order of files and rows', async () => {
    const { cwd, report } = await evaluated(
      {
        'b.jsonl': lines(...judged(), { prompt: 'Alone.', scores: { big: 1 } }),
        'a/t.jsonl': lines({ id: 9, prompt: 'Sum 1 and 2.', label: 'math' }),
      },
      ...['--scores', 'scores.jsonl', '--strong', 'claude-opus-5-5', '--weak', 'gpt-6-luna'],
    );
    const rows = readFileSync(join(cwd, 'scores.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((row) => JSON.parse(row) as Record<string, unknown>);
    expect(rows.map(({ file, id }) => [file, id])).toEqual([
      ['a/t.jsonl', 9],
      ...['r0', 'r1', 'r2', 'r3', 'line-5'].map((id) => ['b.jsonl', id]),
    ]);
    expect(Object.keys(rows[0] ?? {})).toEqual([
      'file',
      'id',
      'score',
      'taskType',
      'confidence',
      'difficulty',
      'decisionUs',
    ]);
    // The prompt without scores of models is decided between the models that are named.
    const router = new ModelRouter();
    const { alternatives, routingDecision } = router.previewRequest(
      [{ role: 'user', content: 'Sum 1 and 2.' }],
      { quality: 1 },
      { models: ['claude-opus-5-5', 'gpt-6-luna'] },
    );
    const pGood = (name: string): number => alternatives.find(({ model }) => model === name)?.pGood ?? NaN;
    expect(rows[0]).toMatchObject({
      score: pGood('claude-opus-5-5') - pGood('gpt-6-luna'),
      taskType: routingDecision.taskType,
      difficulty: routingDecision.difficulty,
    });
    expect(report.tasks?.all.n).toBe(1);
  });

  it('does not take for data what it wrote itself', async () => {
    const cwd = folderOf({ 'data/x.jsonl': lines(...judged()) });
    const argv = ['eval', '--data', 'data', '--scores', 'data/scores.jsonl', '--plot', 'data/curves.svg'];
    await runCli(argv, { cwd });
    expect(readFileSync(join(cwd, 'data/curves.svg'), 'utf8')).toMatch(/^<svg [^]*x\.jsonl/);
    expect((await runJson(argv, { cwd })).report).toMatchObject({
      files: [{ file: 'x.jsonl' }],
      skipped: [],
    });
    expect((await runJson(argv.slice(0, 3), { cwd })).report).toMatchObject({
      skipped: [{ file: 'curves.svg' }, { file: 'scores.jsonl', why: 'scores that routell eval wrote' }],
    });
  });

  it.each([
    ['--scores', lines(...judged())],
    ['--scores', 'notes'],
    ['--plot', lines(...judged())],
    ['--plot', '{"file":"x","decisionUs":1}'],
  ])('does not overwrite with %s what it did not write: %j', async (option, text) => {
    const cwd = folderOf({ 'data/x.jsonl': lines(...judged()), 'data/mine': text });
    const { code, stderr } = await runCli(['eval', '--data', 'data', option, 'data/mine'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`${option}: the file is there, and no earlier run wrote it\\.`));
    expect(readFileSync(join(cwd, 'data/mine'), 'utf8')).toBe(text);
  });

  it.each([
    ['--scores', ''],
    ['--scores', '{"file":"x","id":1,"decisionUs":3}\n'],
    ['--plot', '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"></svg>'],
  ])('overwrites with %s what is empty, or of an earlier run: %j', async (option, text) => {
    const cwd = folderOf({ 'x.jsonl': lines(...judged()), written: text });
    const { code } = await runCli(['eval', '--data', 'x.jsonl', option, 'written'], { cwd });
    expect(code).toBe(0);
    expect(readFileSync(join(cwd, 'written'), 'utf8')).not.toBe(text);
  });

  it('does not write both into one file', async () => {
    const cwd = folderOf({ 'x.jsonl': lines(...judged()) });
    const argv = ['eval', '--data', 'x.jsonl', '--scores', 'out', '--plot', './out'];
    const { code, stderr } = await runCli(argv, { cwd });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: containing('--plot: it names the file') });
  });

  it.each([
    ['knows both models of the catalogue', 'gpt-6-luna', false],
    ['goes by stand-ins for both where it knows one', 'other', true],
  ])('reads one file where that is named, and %s', async (_name, weak, isStandIn) => {
    const cwd = folderOf({
      'x.jsonl': lines(...PROMPTS.map((prompt) => ({ prompt, scores: { 'gpt-6-sol': 1, [weak]: 0 } }))),
    });
    const { report } = await runJson(['eval', '--data', 'x.jsonl'], { cwd });
    expect(report).toMatchObject({
      routing: [{ file: 'x.jsonl', n: 4, strong: { isStandIn }, weak: { isStandIn } }],
    });
  });

  it.skipIf(process.platform === 'win32')('does not follow links out of the directory', async () => {
    const cwd = folderOf({ 'data/x.jsonl': lines(...judged()), 'out/y.jsonl': lines(...judged()) });
    symlinkSync(join(cwd, 'out'), join(cwd, 'data/link'));
    symlinkSync(join(cwd, 'data'), join(cwd, 'data/loop'));
    writeFileSync(join(cwd, 'data/.hidden'), lines(...judged()));
    const { report } = await runJson(['eval', '--data', 'data'], { cwd });
    expect(report).toMatchObject({
      files: [{ file: 'x.jsonl' }],
      skipped: [
        { file: '.hidden', why: 'hidden' },
        { file: 'link', why: containing('symbolic link') },
        { file: 'loop', why: containing('symbolic link') },
      ],
    });
  });

  it('gives up on files that are no text', async () => {
    const noise = Array.from({ length: 5000 }, (_, index) => String.fromCharCode(index % 65_536)).join('\n');
    const { report } = await evaluated({ 'picture.png': noise, 'x.jsonl': lines(...judged()) });
    expect(report.skipped).toMatchObject([{ file: 'picture.png' }]);
  });

  it.each([
    [{}, [], /^configuration: --data: there is no data\./],
    [{ 'data/README.md': 'prose' }, [], /nothing in data can be evaluated \(README\.md: not one usable line/],
    [{ 'data/x/.keep': '' }, [], /nothing in data can be evaluated \(x\/\.keep: hidden\)/],
    [
      { 'data/x.jsonl': lines(...judged()) },
      ['--scores', 'no/such/file'],
      /--scores: the file cannot be written \(ENOENT\)/,
    ],
    [
      { 'data/x.jsonl': lines(...judged()) },
      ['--plot', 'no/such/file'],
      /--plot: the file cannot be written \(ENOENT\)/,
    ],
  ])('fails with exit code 1 where it cannot: %j %j', async (files, argv, told) => {
    const { code, stdout, stderr } = await runCli(['eval', '--data', 'data', ...argv], {
      cwd: folderOf(files),
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(told);
  });

  it('wants to know where the data is', async () => {
    const { code, stderr } = await runCli(['eval']);
    expect(code).toBe(2);
    expect(stderr).toContain("required option '--data <path>' not specified");
  });

  it.each([
    [{ prompt: 'a', scores: { only: 1 } }],
    [
      { prompt: 'a', scores: { one: 1 } },
      { prompt: 'b', scores: { other: 1 } },
    ],
  ])('says that there is nothing to choose between: %j', async (...rows) => {
    const { report } = await evaluated({ 'x.jsonl': lines(...rows) });
    expect(report.routing).toEqual([]);
    expect(report.notes).toEqual([containing('nothing to choose between')]);
  });

  it('ends where it is interrupted', async () => {
    const cwd = folderOf({ 'data/x.jsonl': lines(...judged()) });
    const { code } = await runCli(['eval', '--data', 'data'], { cwd, interrupt: AbortSignal.abort() });
    expect(code).toBe(130);
  });

  it('prints what the document holds', async () => {
    const data = join(root, 'test/fixtures/eval');
    const { stdout } = await runCli(['eval', '--data', data]);
    const { report } = await runJson(['eval', '--data', data]);
    const { routing, tasks, difficulty } = report as EvalReport;
    expect(readdirSync(data)).toHaveLength(3);
    expect(stdout).toContain(`routell        ${routing[0]?.router.apgr.value?.toFixed(3)} [`);
    expect(stdout).toMatch(/^Time of a decision: p50 [\d.]+ µs, p99 [\d.]+ µs\.$/m);
    expect(stdout).toMatch(/^AIQ: hull of the models 0\.\d{3}, routell 0\.\d{3}$/m);
    expect(stdout).toMatch(new RegExp(`^all +8 +${((tasks?.all.strict ?? NaN) * 100).toFixed(1)} %`, 'm'));
    expect(stdout).toMatch(new RegExp(`^difficulty\\.jsonl +6 +${difficulty[0]?.spearman?.toFixed(3)}`, 'm'));
  });
});
