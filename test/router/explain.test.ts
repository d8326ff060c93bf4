import { describe, expect, it } from 'vitest';
import { type DecisionGrounds, explainDecision } from '../../src/router/explain.js';
import { hardnessOf } from '../../src/router/difficulty.js';
import { readAsk } from '../../src/router/ask-reading.js';

const GROUNDS: DecisionGrounds = {
  classification: { taskType: 'math', confidence: 0.82, distribution: { math: 0.82 } },
  estimate: { difficulty: 0.61, uncertainty: 0.12, evidence: hardnessOf(readAsk('')) },
  weights: { cost: 0.4, quality: 0.4, speed: 0.2 },
  selected: { model: 'first', score: 0.31, pGood: 0.78, costUsd: 0.00412, latencyMs: 6200 },
  second: { model: 'second', score: 0.2, pGood: 0.66, costUsd: null, latencyMs: 900 },
  signals: undefined,
};

describe('explainDecision', () => {
  it('tells the numbers that decided', () => {
    expect(explainDecision(GROUNDS)).toEqual([
      'math (confidence 0.82), difficulty 0.61 ± 0.12',
      'first: P(good) 0.78 for $0.0041 in 6.2 s, at weights cost 0.40, quality 0.40, speed 0.20',
      'utility 0.310 against 0.200 of second: P(good) 0.66 at an unknown price in 0.9 s',
    ]);
  });

  it('says so where there was no choice', () => {
    expect(explainDecision({ ...GROUNDS, second: undefined })[2]).toBe(
      'first is the only model that can take the request',
    );
  });

  it('tells the circumstances of the selected model, and only those there are', () => {
    const signals = {
      health: 0.5,
      waitMs: 1500,
      creditsMode: 'low',
      costMultiplier: 2,
      warmPrefixTokens: 800,
      outputTokens: null,
      latencyMs: null,
    } as const;
    expect(explainDecision({ ...GROUNDS, signals })[3]).toBe(
      'first: health 0.50, a wait of 1.5 s, credits low, cost counted 2.00 times, 800 tokens in its cache',
    );
    const quiet = { ...signals, health: 1, waitMs: 0, creditsMode: 'normal', costMultiplier: 1 } as const;
    expect(explainDecision({ ...GROUNDS, signals: { ...quiet, warmPrefixTokens: 0 } })).toHaveLength(3);
  });

  it.each([
    [0, '$0 '],
    [12.3456, '$12.35 '],
    [0.00001234, '$0.000012 '],
  ])('writes %s USD readably', (costUsd, written) => {
    const selected = { ...GROUNDS.selected, costUsd };
    expect(explainDecision({ ...GROUNDS, selected })[1]).toContain(written);
  });
});
