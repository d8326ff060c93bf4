import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../../src/errors.js';
import { checkEvidence } from '../../../src/router/learning/check-evidence.js';
import { ModelRouter } from '../../../src/router/model-router.js';
import type { QualityEvidence } from '../../../src/router/router.js';

const evidence: QualityEvidence = {
  model: 'm',
  segments: [
    { key: 'task:math', share: 1 },
    { key: 'tag:task', share: 1 },
  ],
  difficulty: 0.5,
  difficultyUncertainty: 0.2,
  quality: 0.5,
  weight: 1,
  source: 'feedback',
};

describe('checkEvidence', () => {
  it('lets evidence pass', () => {
    expect(() => {
      checkEvidence(evidence);
    }).not.toThrow();
  });

  it.each<[string, Partial<QualityEvidence>]>([
    ['quality', { quality: 1.1 }],
    ['quality', { quality: Number.NaN }],
    ['weight', { weight: -1 }],
    ['difficulty', { difficulty: 2 }],
    ['difficultyUncertainty', { difficultyUncertainty: -0.1 }],
    ['model', { model: '' }],
    ['segments', { segments: [{ key: 'task:math', share: 2 }] }],
    ['segments', { segments: [{ key: 'task:xyz', share: 1 }] }],
  ])('refuses evidence with a %s that makes no sense, of which then nothing is learned', (field, wrong) => {
    for (const learning of [true, false]) {
      const router = new ModelRouter({ learning });
      const tell = (): void => {
        router.recordEvidence({ ...evidence, ...wrong });
      };
      expect(tell).toThrow(InvalidRequestError);
      expect(tell).toThrow(field);
      const { learned, outcomes } = router.getRoutingAnalytics();
      expect({ learned, outcomes }).toEqual({ learned: [], outcomes: [] });
    }
  });
});
