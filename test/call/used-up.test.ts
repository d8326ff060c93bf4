/** What is tried where the credits are known to be used up. */
import { describe, expect, it } from 'vitest';
import { answers, hello, type Scene, scene } from './scene.js';

const models = {
  billed: { prices: { input: 1, output: 2 }, qualityScore: 0.95 },
  free: { prices: { input: 1, output: 2 }, qualityScore: 0.3 },
};
const withCredits = (used: number, unlimitedModels: readonly string[] = ['free']): Promise<Scene> =>
  scene(
    answers(),
    { models, credits: { unlimitedModels, whenCritical: 'advise' }, preferences: { quality: 1 } },
    {
      account: { credits_used: used, credits_granted: 100 },
    },
  );
const tried = async (held: Scene): Promise<readonly string[]> => {
  await held.client.getCreditStatus();
  const result = await held.client.chatCompletion(hello);
  return result.attempts.map(({ model }) => model);
};

describe('used-up credits', () => {
  it('leave the models that bill nothing, at the first attempt, and the decision says why', async () => {
    const held = await withCredits(100);
    expect(await tried(held)).toEqual(['free']);
    const { excluded } = await held.client.route(hello);
    expect(excluded).toContainEqual({
      model: 'billed',
      reason: 'the credits of its account are used up, and it bills',
    });
  });

  it('that are only nearly so change nothing', async () => {
    expect(await tried(await withCredits(99))).toEqual(['billed']);
  });

  it('do not keep a call from trying where no model is free: the account may be richer by now', async () => {
    expect(await tried(await withCredits(100, []))).toEqual(['billed']);
  });
});
