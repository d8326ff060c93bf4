import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors.js';
import { RoutingLog } from '../../src/router/routing-log.js';

const entry = (selectedModel: string, difficulty = 0.5) =>
  ({ at: 1, selectedModel, taskType: 'math', difficulty, confidence: 0.5, score: 0.1 }) as const;

describe('RoutingLog', () => {
  it('keeps the newest entries and counts all', () => {
    const log = new RoutingLog(3);
    for (let run = 0; run < 20; run++) log.add(entry(run % 2 === 0 ? 'even' : 'odd', run / 20));
    expect(log.entries().map(({ difficulty }) => difficulty)).toEqual([0.85, 0.9, 0.95]);
    expect(log.total).toBe(20);
    expect(log.modelCounts()).toEqual({ even: 10, odd: 10 });
    expect(log.taskCounts()).toEqual({ math: 20 });
    expect(log.averageDifficulty).toBeCloseTo(0.475, 10);
  });

  it('is empty at first, and stays so with a limit of 0', () => {
    const log = new RoutingLog(0);
    expect(log.averageDifficulty).toBeNull();
    log.add(entry('m'));
    log.add(entry('m'));
    expect(log.entries()).toEqual([]);
    expect(log.total).toBe(2);
  });

  it('counts under a bounded number of names', () => {
    const log = new RoutingLog(1);
    for (let model = 0; model < 1005; model++) log.add(entry(`m${model}`));
    expect(log.modelCounts()['other']).toBe(5);
  });

  it.each([Number.NaN, -1, 1.5])('refuses a limit of %s', (limit) => {
    expect(() => new RoutingLog(limit)).toThrow(ConfigurationError);
  });
});
