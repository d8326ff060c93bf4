import { describe, expect, it } from 'vitest';
import { labelAccuracies, taskAccuracy } from '../../src/evaluation/task-accuracy.js';

const task = (label: string, predicted: string, ...accept: readonly string[]) => ({
  label,
  predicted,
  accept,
});

const tasks = [
  task('math', 'math'),
  task('math', 'reasoning', 'reasoning'),
  task('math', 'writing', 'reasoning'),
  task('writing', 'writing'),
];

describe('taskAccuracy', () => {
  it('counts strictly, leniently, and by label', () => {
    const { n, strict, lenient, macroF1 } = taskAccuracy(tasks);
    expect({ n, strict, lenient }).toEqual({ n: 4, strict: 0.5, lenient: 0.75 });
    // math: precision 1, recall 1/3; writing: 1/2 and 1. What is predicted only is no label.
    expect(macroF1).toBeCloseTo((0.5 + 2 / 3) / 2, 12);
  });

  it('has no figure of nothing', () => {
    expect(taskAccuracy([])).toEqual({ n: 0, strict: NaN, lenient: NaN, macroF1: NaN });
  });
});

describe('labelAccuracies', () => {
  it('has a row for each label that occurs', () => {
    expect(labelAccuracies(tasks)).toEqual([
      { label: 'math', n: 3, strict: 1 / 3, lenient: 2 / 3, precision: 1, f1: 0.5 },
      { label: 'writing', n: 1, strict: 1, lenient: 1, precision: 0.5, f1: 2 / 3 },
    ]);
  });

  it('has no precision of what is never predicted', () => {
    expect(labelAccuracies([task('a', 'b')])).toEqual([
      { label: 'a', n: 1, strict: 0, lenient: 0, precision: NaN, f1: 0 },
    ]);
  });
});
