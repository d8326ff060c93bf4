import { describe, expect, it } from 'vitest';
import { readAsk } from '../../src/router/ask-reading.js';
import { GRAM_BUCKETS, GramCollector, GramKind } from '../../src/router/grams.js';

const bucketsOf = (ask: string): readonly number[] => {
  const { count, buckets } = readAsk(ask).grams;
  return [...buckets.subarray(0, count)];
};

describe('GramCollector', () => {
  it('gives a gram once, however often it was added', () => {
    const grams = new GramCollector();
    for (const hash of [7, 8, 7, 9, 8, 7]) grams.add(GramKind.WORD, hash, 0.5);
    const { count, buckets, weights } = grams.distinct();
    expect(count).toBe(3);
    expect(new Set(buckets.subarray(0, count)).size).toBe(3);
    expect([...weights.subarray(0, count)]).toEqual([0.5, 0.5, 0.5]);
    expect(Math.max(...buckets.subarray(0, count))).toBeLessThan(GRAM_BUCKETS);
  });

  it('keeps kinds apart', () => {
    const grams = new GramCollector();
    for (const kind of Object.values(GramKind)) grams.add(kind, 7, 1);
    expect(grams.distinct().count).toBe(Object.values(GramKind).length);
  });

  it('forgets what it is told to, and can take it again', () => {
    const grams = new GramCollector();
    grams.add(GramKind.WORD, 1, 1);
    grams.add(GramKind.WORD, 2, 1);
    grams.rewind(1);
    grams.add(GramKind.WORD, 2, 1);
    expect(grams.distinct().count).toBe(2);
  });

  it('is bounded', () => {
    const grams = new GramCollector();
    for (let hash = 0; hash < 10_000; hash++) grams.add(GramKind.WORD, hash, 1);
    const { count, buckets } = grams.distinct();
    expect(count).toBeGreaterThan(1000);
    expect(count).toBeLessThanOrEqual(buckets.length);
  });
});

describe('the grams of an ask', () => {
  it('tell words, their order, and what opens the text', () => {
    expect(bucketsOf('fix the bug')).not.toEqual(bucketsOf('the bug fix'));
    expect(bucketsOf('fix the bug')).toEqual(bucketsOf('Fix the bug'));
  });

  it('take all numbers for one', () => {
    expect(bucketsOf('add 2 and 3')).toEqual(bucketsOf('add 17 and 40'));
  });

  it('do not hold lines of a program', () => {
    const ask = 'Say what this does to a list of names';
    const withCode = bucketsOf(`${ask}\nzeta = quux;\n`);
    expect(withCode).toEqual(bucketsOf(ask));
  });

  it('hold parts of words where a script sets none apart', () => {
    expect(bucketsOf('翻译这句话').length).toBeGreaterThan(4);
  });

  it('come from where an ask is said, first and last', () => {
    const middle = 'lorem ipsum dolor sit amet '.repeat(200);
    expect(bucketsOf(`Summarize this. ${middle}`)).toEqual(
      expect.arrayContaining([...bucketsOf('Summarize this.')].slice(0, 2)),
    );
    expect(bucketsOf(`${middle}xylophone ${middle}`)).not.toContain(bucketsOf('xylophone')[0]);
  });
});
