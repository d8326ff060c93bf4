import { describe, expect, it } from 'vitest';
import { loadReplayPolicy, type ReplayPolicy } from 'routell';
import { configurationErrorOf, writeFile } from './files.js';

const load = (policy: unknown): ReplayPolicy => loadReplayPolicy(writeFile(policy));

describe('loadReplayPolicy', () => {
  it('leaves everything open that is not said', () => {
    expect(load({})).toEqual({ preferences: null, models: null, excludedModels: [] });
  });

  it('takes weights as shares of their sum', () => {
    expect(load({ preferences: { cost: 1, quality: 3 } }).preferences).toEqual({
      cost: 0.25,
      quality: 0.75,
      speed: 0,
    });
  });

  it('reads models, those that are excluded too', () => {
    expect(load({ models: ['a', 'b'], excludedModels: ['b'] })).toMatchObject({
      models: ['a', 'b'],
      excludedModels: ['b'],
    });
  });

  it.each<[string, unknown]>([
    ['preferences', { preferences: { cost: 0 } }],
    ['preferences.speed', { preferences: { speed: -1 } }],
    ['models', { models: 'a' }],
    ['models[0]', { models: [''] }],
    ['excludedModels', { models: ['a'], excludedModels: ['a', 'b'] }],
    ['temperature', { temperature: 1 }],
  ])('names %s in %j', (field, policy) => {
    expect(configurationErrorOf(() => load(policy)).field).toBe(field);
  });
});
