import { describe, expect, it } from 'vitest';
import { readAsk } from '../../src/router/ask-reading.js';
import { decodeTaskModel, taskOdds } from '../../src/router/task-model.js';
import { TASK_MODEL } from '../../src/router/task-model-data.js';
import { SIGNALS, signalsOf } from '../../src/router/task-signals.js';
import { TaskType } from '../../src/types.js';

const TASKS = Object.values(TaskType);

const bucketsIn = (known: Uint32Array): readonly number[] =>
  [...known].flatMap((word, index) =>
    Array.from({ length: 32 }, (_, bit) => bit)
      .filter((bit) => ((word >>> bit) & 1) === 1)
      .map((bit) => 32 * index + bit),
  );

describe('the shipped model', () => {
  it('fits the signals and tasks there are', () => {
    expect(TASK_MODEL.bias).toHaveLength(TASKS.length);
    expect(TASK_MODEL.signals).toHaveLength(SIGNALS.length);
    for (const row of TASK_MODEL.signals) expect(row).toHaveLength(TASKS.length);
    expect(TASK_MODEL.gramWeights.length / TASKS.length).toBeGreaterThan(5000);
  });

  it('is read whole, and finite', () => {
    const { grams, known, places } = decodeTaskModel(TASK_MODEL);
    expect(grams.every(Number.isFinite)).toBe(true);
    const buckets = bucketsIn(known);
    expect(buckets.map((bucket) => places[bucket])).toEqual(
      Array.from({ length: grams.length / TASKS.length }, (_, gram) => gram),
    );
  });

  it('says the same twice', () => {
    const odds = (): readonly number[] => {
      const reading = readAsk('Fasse den Text zusammen');
      return taskOdds(signalsOf(reading), reading.grams);
    };
    expect(odds()).toEqual(odds());
  });
});

describe('decodeTaskModel', () => {
  const model = { bias: [], signals: [], gramStep: 0.5, gramBuckets: 'BC', gramWeights: 'g'.repeat(32) };

  it('reads gaps and digits', () => {
    const { grams, known, places } = decodeTaskModel(model);
    expect(grams).toHaveLength(32);
    expect([...grams]).toEqual(Array.from({ length: 32 }, () => 0));
    expect(bucketsIn(known)).toEqual([0, 2]);
    expect([places[0], places[2]]).toEqual([0, 1]);
  });

  it('refuses weights that do not match the grams', () => {
    expect(() => decodeTaskModel({ ...model, gramWeights: 'g' })).toThrow(RangeError);
  });
});
