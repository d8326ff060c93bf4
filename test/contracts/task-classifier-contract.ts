import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TaskClassifier } from '../../src/router/router.js';
import { TaskType } from '../../src/types.js';

const TASKS: readonly string[] = Object.values(TaskType);

/** What holds for every task classifier, whatever it is made of. */
export function taskClassifierContract(name: string, make: () => TaskClassifier): void {
  describe(`task classifier contract: ${name}`, () => {
    const checkShape = (ask: string): void => {
      const { taskType, confidence, distribution } = make().classify(ask);
      const shares = Object.entries(distribution);
      expect(TASKS).toContain(taskType);
      for (const [task, share] of shares) {
        expect(TASKS).toContain(task);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1 + 1e-9);
      }
      expect(shares.reduce((sum, [, share]) => sum + share, 0)).toBeCloseTo(1, 6);
      expect(distribution[taskType]).toBeCloseTo(confidence, 6);
      expect(confidence).toBe(Math.max(...shares.map(([, share]) => share)));
    };

    it('gives a distribution whose largest share is the task and its confidence', () => {
      fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), checkShape), { numRuns: 50 });
    });

    it.each([
      ['nothing', ''],
      ['only whitespace', ' \n\t '],
      ['only emoji', '🎉🎉🎉'],
      ['a lone surrogate', 'a \ud800 b'],
      ['NULs', '\0\0\0'],
      ['base64', 'QUJD'.repeat(500)],
      ['one very long word', 'x'.repeat(20_000)],
    ])('takes %s', (_, ask) => {
      checkShape(ask);
    });

    it('says the same each time, and does not remember what it was asked before', () => {
      const classifier = make();
      const before = classifier.classify('Translate this into French.');
      classifier.classify('Write a poem about the sea.');
      expect(classifier.classify('Translate this into French.')).toEqual(before);
    });
  });
}
