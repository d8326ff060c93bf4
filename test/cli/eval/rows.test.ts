import { describe, expect, it } from 'vitest';
import { readRow } from '../../../src/cli/eval/rows.js';

import { matching } from '../expected.js';
const row = (value: unknown): unknown => readRow(JSON.stringify(value), 7);
const prompt = 'What is two plus two?';

describe('readRow', () => {
  it('tells the kind of a row by its fields', () => {
    expect(row({ id: 'a', prompt, scores: { m: 1, n: 0.5 }, label: 'math' })).toMatchObject({
      kind: 'routing',
      id: 'a',
    });
    expect(row({ id: 3, prompt, label: 'math', difficulty: 0.2 })).toEqual({
      kind: 'task',
      id: 3,
      prompt,
      label: 'math',
      accept: [],
      language: 'unknown',
      difficulty: 0.2,
    });
    expect(row({ prompt, difficulty: 4 })).toEqual({
      kind: 'difficulty',
      id: 'line-7',
      prompt,
      difficulty: 4,
    });
    expect(row({ text: 'a', tokens: { o200k_base: 1 } })).toMatchObject({
      kind: 'other',
      why: matching(/tokens/),
    });
    expect(row({ file: 'a', id: 1, score: 0.1, difficulty: 0.1, decisionUs: 3 })).toMatchObject({
      kind: 'other',
    });
    expect(row({ prompt })).toMatchObject({ kind: 'other' });
    expect(row({ prompt, label: 'positive' })).toEqual({
      kind: 'other',
      why: 'the label positive is no kind of task',
    });
  });

  it('takes right and wrong, and leaves out models without a score', () => {
    const read = row({ prompt, scores: { right: true, wrong: false, absent: null } });
    expect(read).toMatchObject({
      scores: [
        ['right', 1],
        ['wrong', 0],
      ],
    });
  });

  it('prefers real costs to estimates', () => {
    const read = readRow(
      JSON.stringify({ prompt, scores: { m: 1, n: 1 }, cost: { m: 0.1 }, cost_est: { m: 9, n: 0.2 } }),
      1,
    );
    expect(read).toMatchObject({
      costs: new Map([
        ['m', 0.1],
        ['n', 0.2],
      ]),
      hasEstimates: true,
    });
  });

  it('takes names as they are', () => {
    const read = readRow('{"prompt":"p","scores":{"__proto__":1,"constructor":0}}', 1);
    expect(read).toMatchObject({
      scores: [
        ['__proto__', 1],
        ['constructor', 0],
      ],
    });
  });

  it('reads past a byte order mark', () => {
    expect(readRow(`\ufeff{"prompt":"p","difficulty":1}\r`, 1)).toMatchObject({ kind: 'difficulty' });
  });

  it.each([
    ['{"prompt":', 'no JSON'],
    ['[1]', 'no JSON object'],
    ['null', 'no JSON object'],
    [{ scores: { m: 1 } }, 'prompt is no text'],
    [{ prompt, scores: [] }, 'scores is no object of figures by model'],
    [{ prompt, scores: {} }, 'scores names no model'],
    [{ prompt, scores: { m: null } }, 'scores names no model'],
    [{ prompt, scores: { ' ': 1, m: 1 } }, 'scores has a model without a name'],
    [{ prompt, scores: { m: 'good' } }, 'scores.m is no number from 0 to 1, or to 10'],
    [{ prompt, scores: { m: 11 } }, 'scores.m is no number from 0 to 1, or to 10'],
    [{ prompt, scores: { m: 1 }, cost: { m: -1 } }, 'the cost of m is no amount of USD'],
    [{ prompt, label: '' }, 'label is no text'],
    [{ prompt, label: 'math', accept: 'reasoning' }, 'accept is no list of labels'],
    [{ prompt, difficulty: 'hard' }, 'difficulty is no number from 0 to 1, or to 10'],
    [{ kind: 'attempt', record: 3 }, 'the record of the attempt must be an object'],
    [
      { kind: 'outcome', record: { callId: 'c', quality: 7 } },
      'at of the outcome must be epoch milliseconds',
    ],
    [
      { kind: 'outcome', record: { callId: 'c', at: 1, quality: 1, source: 'x' } },
      'source of the outcome must be feedback or implicit',
    ],
    [{ kind: 'news', record: {} }, 'kind must be attempt, decision or outcome'],
  ])('%j is malformed: %s', (value, why) => {
    expect(readRow(typeof value === 'string' ? value : JSON.stringify(value), 1)).toEqual({
      kind: 'malformed',
      why,
    });
  });

  it('has a bound on the models of a row', () => {
    const scores = Object.fromEntries(Array.from({ length: 1001 }, (_, model) => [`m${model}`, 1]));
    expect(row({ prompt, scores })).toMatchObject({ kind: 'malformed' });
  });
});
