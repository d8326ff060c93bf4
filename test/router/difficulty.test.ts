import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAsk } from '../../src/router/ask-reading.js';
import {
  type HardnessEvidence,
  TASK_DIFFICULTY,
  estimateDifficulty,
  hardnessOf,
} from '../../src/router/difficulty.js';
import { TaskType } from '../../src/types.js';

const NONE: HardnessEvidence = {
  length: 0,
  constraints: 0,
  logic: 0,
  quantities: 0,
  steps: 0,
  terms: 0,
  statements: 0,
  questions: 0,
  program: 0,
  formulas: 0,
};
const KINDS = Object.keys(NONE) as (keyof HardnessEvidence)[];
const share = fc.double({ min: 0, max: 1, noNaN: true });
const evidence = fc.record(
  Object.fromEntries(KINDS.map((kind) => [kind, share])),
) as fc.Arbitrary<HardnessEvidence>;
const distribution = fc
  .uniqueArray(fc.constantFrom(...Object.values(TaskType)), { minLength: 1, maxLength: 5 })
  .map((tasks) => Object.fromEntries(tasks.map((task) => [task, 1 / tasks.length])));

describe('estimateDifficulty', () => {
  it('never falls when a piece of evidence grows', () => {
    fc.assert(
      fc.property(evidence, distribution, fc.constantFrom(...KINDS), share, (base, tasks, kind, more) => {
        const grown = { ...base, [kind]: base[kind] + (1 - base[kind]) * more };
        const before = estimateDifficulty(base, tasks).difficulty;
        expect(estimateDifficulty(grown, tasks).difficulty).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  it('counts every kind of evidence', () => {
    const before = estimateDifficulty(NONE, { math: 1 }).difficulty;
    for (const kind of KINDS) {
      const after = estimateDifficulty({ ...NONE, [kind]: 1 }, { math: 1 }).difficulty;
      expect(after - before, kind).toBeGreaterThan(0.02);
    }
  });

  it('stays within 0..1, with an uncertainty above 0', () => {
    fc.assert(
      fc.property(evidence, distribution, (base, tasks) => {
        const { difficulty, uncertainty } = estimateDifficulty(base, tasks);
        expect(difficulty).toBeGreaterThan(0);
        expect(difficulty).toBeLessThan(1);
        expect(uncertainty).toBeGreaterThanOrEqual(0.1 - 1e-9);
        expect(uncertainty).toBeLessThan(0.5);
      }),
    );
  });

  it('without evidence is the prior of the task, and less certain', () => {
    const silent = estimateDifficulty(NONE, { reasoning: 1 });
    const spoken = estimateDifficulty({ ...NONE, terms: 1, logic: 1 }, { reasoning: 1 });
    expect(silent.difficulty).toBeCloseTo(TASK_DIFFICULTY.reasoning, 10);
    expect(silent.uncertainty).toBeGreaterThan(spoken.uncertainty);
  });

  it('is less certain where the task is', () => {
    const sure = estimateDifficulty(NONE, { creative_writing: 1 });
    const torn = estimateDifficulty(NONE, { code_generation: 0.5, conversation: 0.5 });
    expect(torn.uncertainty).toBeGreaterThan(sure.uncertainty);
    expect(torn.difficulty).toBeLessThan(sure.difficulty);
  });

  it('makes do with a distribution that says nothing', () => {
    expect(estimateDifficulty(NONE, {}).difficulty).toBeCloseTo(TASK_DIFFICULTY.question_answering, 10);
  });
});

describe('hardnessOf', () => {
  const difficultyOf = (ask: string): number =>
    estimateDifficulty(hardnessOf(readAsk(ask)), { question_answering: 1 }).difficulty;
  const ASK = 'Explain the result.';

  it.each([
    ['terms', 'Prove the lemma for the stochastic manifold with asymptotic complexity.'],
    ['logic', 'Assume that if none holds then neither follows, unless every one does.'],
    ['constraints', 'It must have exactly 3 parts, at least one without figures.'],
    ['quantities', 'Half of the 24 people left, twice as many as the remaining 5 percent.'],
    ['questions', 'Why is it so? Who found it? What follows?'],
    ['formulas', 'x^2 + 3*y = 4 / z'],
    ['program', '\nfor (;;) {\n  run();\n}\n'],
  ])('more %s, added to an ask, is harder', (_, addition) => {
    expect(difficultyOf(`${ASK} ${addition}`)).toBeGreaterThan(difficultyOf(ASK));
  });

  it('takes each piece between 0 and 1 for any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), (ask) => {
        for (const piece of Object.values(hardnessOf(readAsk(ask)))) {
          expect(piece).toBeGreaterThanOrEqual(0);
          expect(piece).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('finds none in a short plain ask', () => {
    expect(hardnessOf(readAsk('Name a lake'))).toEqual(NONE);
  });
});
