import { describe, expect, it } from 'vitest';
import { temperatureFor } from '../../../src/call/optimizer/temperature.js';
import type { OutputForecast } from '../../../src/router/expected-output.js';
import { TaskType } from '../../../src/types.js';

const sure = (taskType: TaskType, confidence = 1): OutputForecast => ({
  taskType,
  confidence,
  distribution: { [taskType]: confidence },
  tasks: [[taskType, 1]],
  expectedTokens: 100,
  longestTokens: 100,
  statedTokens: 0,
});

describe('temperatureFor', () => {
  it.each([TaskType.EXTRACTION, TaskType.CLASSIFICATION, TaskType.CODE_GENERATION, TaskType.MATH])(
    'is 0 for %s',
    (task) => {
      expect(temperatureFor(sure(task))).toBe(0);
    },
  );

  it('is high for what is creative, and never above 1', () => {
    const all = Object.values(TaskType).map((task) => temperatureFor(sure(task)));
    expect(Math.max(...all)).toBe(temperatureFor(sure(TaskType.CREATIVE_WRITING)));
    expect(Math.max(...all)).toBe(1);
    expect(Math.min(...all)).toBe(0);
  });

  it('lies between where the task is unsure', () => {
    const tasks = [
      [TaskType.EXTRACTION, 0.5],
      [TaskType.BRAINSTORMING, 0.5],
    ] as const;
    expect(temperatureFor({ ...sure(TaskType.EXTRACTION, 0.4), tasks })).toBe(0.5);
  });
});
