import type OpenAI from 'openai';
import type { APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { faultNames } from '../../../src/testing/index.js';
import { user, withSimulator } from '../with-simulator.js';

describe('rules', () => {
  const statuses = async (openai: OpenAI, questions: readonly string[], model = 'gpt-6-luna') => {
    const seen: number[] = [];
    for (const question of questions) {
      const answer = openai.chat.completions.create({ model, messages: [user(question)] });
      seen.push(
        await answer.then(
          () => 200,
          (error: unknown) => (error as APIError).status ?? 0,
        ),
      );
    }
    return seen;
  };
  const questions = Array.from({ length: 60 }, (_, index) => `Question ${index}`);

  it('strike at their rate, the same for the same seed', async () => {
    const run = async (seed: number) => {
      const { openai } = await withSimulator({ seed, faults: [{ fault: 'status', status: 503, rate: 0.3 }] });
      return statuses(openai, questions);
    };
    const first = await run(5);
    const struck = first.filter((status) => status === 503).length;
    expect(struck).toBeGreaterThan(6);
    expect(struck).toBeLessThan(30);
    expect(await run(5)).toEqual(first);
    expect(await run(6)).not.toEqual(first);
  });

  it('draw anew for a retry of the same request', async () => {
    const { openai } = await withSimulator({ faults: [{ fault: 'status', rate: 0.5 }] });
    const seen = await statuses(
      openai,
      Array.from({ length: 20 }, () => 'Again'),
    );
    expect(new Set(seen)).toEqual(new Set([200, 500]));
  });

  it('are limited by model, after and times; the first that strikes wins', async () => {
    const { simulator, openai } = await withSimulator({
      faults: [
        { fault: 'status', status: 429, model: 'gpt-6-luna', after: 1, times: 2 },
        { fault: 'status', status: 503, model: 'gpt-6-luna', after: 4 },
      ],
    });
    expect(await statuses(openai, questions.slice(0, 6))).toEqual([200, 429, 429, 200, 503, 503]);
    expect(await statuses(openai, ['Other'], 'gpt-6-sol')).toEqual([200]);
    simulator.setFaults([]);
    expect(await statuses(openai, ['Then'])).toEqual([200]);
    expect(() => {
      simulator.setFaults([{ fault: 'status', status: 42 }]);
    }).toThrow('faults[0].status');
  });

  it('strike the other endpoints on demand', async () => {
    const { simulator, openai } = await withSimulator({
      faults: [
        { fault: 'status', status: 502, on: 'models' },
        { fault: 'cut-stream', on: 'account' },
      ],
    });
    await expect(openai.models.list()).rejects.toMatchObject({ status: 502 });
    const response = await fetch(`${simulator.baseURL}/account`, {
      headers: { authorization: `Bearer ${simulator.apiKey}` },
    });
    await expect(response.text()).rejects.toThrow();
    expect(await statuses(openai, ['Hi'])).toEqual([200]);
  });

  it('know many faults, each by one name', () => {
    expect(faultNames.length).toBeGreaterThan(40);
    expect(new Set(faultNames).size).toBe(faultNames.length);
  });
});
