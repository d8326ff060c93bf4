import { describe, expect, it } from 'vitest';
import { choosePair } from '../../../src/cli/eval/choose-pair.js';
import { ScoreTable } from '../../../src/cli/eval/score-table.js';

function tableOf(...rows: readonly Readonly<Record<string, number>>[]): ScoreTable {
  const table = new ScoreTable();
  for (const scores of rows) {
    table.add({
      kind: 'routing',
      id: '',
      prompt: '',
      scores: Object.entries(scores),
      costs: new Map(),
      hasEstimates: false,
    });
  }
  return table;
}

const table = tableOf(
  { good: 1, middling: 1, bad: 0 },
  { good: 1, middling: 0, bad: 0 },
  { good: 1, middling: 1, bad: 1 },
);

describe('choosePair', () => {
  it.each([
    [{}, { strong: 'good', weak: 'bad' }],
    [{ strong: 'middling' }, { strong: 'middling', weak: 'bad' }],
    [{ weak: 'good' }, { strong: 'middling', weak: 'good' }],
    [{ strong: 'bad' }, { strong: 'bad', weak: 'middling' }],
    [
      { strong: 'bad', weak: 'good' },
      { strong: 'bad', weak: 'good' },
    ],
    [{ strong: 'absent' }, { strong: 'good', weak: 'bad' }],
    [{ strong: 'good', weak: 'good' }, null],
  ])('of those named %j: %j', (named, pair) => {
    expect(choosePair(table, named)).toEqual(pair);
  });

  it('does not choose a model that was hardly tried', () => {
    const rows = Array.from({ length: 9 }, () => ({ a: 0.6, b: 0.4 }));
    expect(choosePair(tableOf(...rows, { a: 0.6, b: 0.4, once: 1 }), {})).toEqual({ strong: 'a', weak: 'b' });
  });

  it('has no pair of one model', () => {
    expect(choosePair(tableOf({ only: 1 }), {})).toBeNull();
  });
});

describe('ScoreTable', () => {
  it('divides ratings by ten, and leaves gaps where a model is missing', () => {
    const ratings = tableOf({ a: 8, b: 2 }, { b: 6 }, { a: 4 });
    expect(ratings.scale).toBe(10);
    expect(ratings.meanOf('a')).toEqual({ n: 2, quality: 0.6, costUsd: NaN });
    expect(ratings.rowsWith(['a', 'b'])).toEqual([0]);
    expect([ratings.score('a', 1), ratings.score('a', 2), ratings.score('c', 0)]).toEqual([NaN, 0.4, NaN]);
  });
});
