import { describe, expect, it } from 'vitest';
import { builtInLineUp } from '../../src/testing/index.js';
import { costOf, lineUpOf } from '../../src/testing/line-up.js';
import { fakeClock } from '../fake-clock.js';
import { user, withSimulator } from './with-simulator.js';

describe('ledger', () => {
  it('agrees with what the responses say, and sums up', async () => {
    const { simulator, openai } = await withSimulator();
    const { ledger } = simulator;
    let points = 0;
    let output = 0;
    for (const model of Object.keys(builtInLineUp)) {
      const answer = await openai.chat.completions.create({
        model,
        messages: [user(`Tell ${model} a story`)],
      });
      const usage = answer.usage as typeof answer.usage & { compute_points_used: number };
      points += usage.compute_points_used;
      output += usage.completion_tokens;
      expect(ledger.entries.at(-1)).toMatchObject({
        modelRequested: model,
        modelServed: answer.model,
        points: usage.compute_points_used,
        tokens: { input: usage.prompt_tokens, output: usage.completion_tokens },
        outcome: 'completed',
        status: 200,
        stream: false,
      });
    }
    await expect(openai.chat.completions.create({ model: 'none', messages: [user('Hi')] })).rejects.toThrow();
    expect(ledger).toMatchObject({ received: 17, answered: 16, charged: 16 });
    expect(ledger.totals).toMatchObject({ points, credits: points / 100, tokens: { output } });
    expect(ledger.totals.costUsd * 1000 * 100).toBeLessThanOrEqual(points);
    ledger.reset();
    expect(ledger).toMatchObject({ received: 0, totals: { points: 0 } });
  });

  it('holds content only on demand', async () => {
    const bare = await withSimulator();
    await bare.openai.chat.completions.create({ model: 'gpt-6-luna', messages: [user('CANARY in a mine')] });
    expect(JSON.stringify(bare.simulator.ledger.entries)).not.toContain('CANARY');
    const full = await withSimulator({ captureContent: true });
    await full.openai.chat.completions.create({ model: 'gpt-6-luna', messages: [user('CANARY in a mine')] });
    expect(full.simulator.ledger.entries[0]?.content).toMatchObject({
      request: { model: 'gpt-6-luna' },
      answer: expect.stringContaining('[simulated gpt-6-luna]') as string,
    });
  });

  it('holds the request on demand where a fault strikes in place of the answer', async () => {
    const { simulator, openai } = await withSimulator({
      captureContent: true,
      faults: [{ fault: 'status', status: 400 }],
    });
    const asking = openai.chat.completions.create({ model: 'gpt-6-luna', messages: [user('hello')] });
    await expect(asking).rejects.toMatchObject({ status: 400 });
    expect(simulator.ledger.entries[0]?.content).toMatchObject({
      request: { model: 'gpt-6-luna' },
      answer: '',
    });
  });

  it('charges a request that the client leaves for what was made until then', async () => {
    const clock = fakeClock();
    const { simulator, openai } = await withSimulator({
      clock,
      latency: 1,
      only: true,
      models: { steady: { prices: { input: 1, output: 1 }, firstTokenMs: 100, tokensPerSecond: 10 } },
    });
    const leave = new AbortController();
    const asking = openai.chat.completions.create(
      { model: 'steady', messages: [user('Tell me a story')] },
      { signal: leave.signal },
    );
    while (clock.pending === 0) await new Promise(setImmediate);
    await clock.advance(100 + 1050);
    leave.abort();
    await expect(asking).rejects.toThrow('aborted');
    await simulator.settled();
    expect(simulator.ledger.entries).toMatchObject([
      { outcome: 'aborted', status: null, tokens: { output: 10 }, latencyMs: 1150 },
    ]);
    expect(simulator.ledger.totals.tokens.input).toBeGreaterThan(0);
  });

  it('lets the better model do well more often, by a judge of your own', async () => {
    const share = async (skill: number) => {
      const { simulator, openai } = await withSimulator({
        only: true,
        models: { mine: { prices: { input: 1, output: 1 }, skill: 1000, skillByTask: { riddle: skill } } },
        judge: () => ({ task: 'riddle', difficulty: 0.6 }),
      });
      await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          openai.chat.completions.create({
            model: 'mine',
            messages: [user(`Riddle ${index}`)],
            max_completion_tokens: 1,
          }),
        ),
      );
      const { entries } = simulator.ledger;
      expect(entries[0]).toMatchObject({ task: 'riddle', difficulty: 0.6 });
      return entries.filter((entry) => entry.good).length / entries.length;
    };
    const [weak, strong] = [await share(1200), await share(1600)];
    expect(weak).toBeLessThan(0.45);
    expect(strong).toBeGreaterThan(0.85);
  });
});

describe('costOf', () => {
  const model = (name: string) => lineUpOf().get(name)!;

  it('prices cached input apart, and the whole request by the tier it reaches', () => {
    const tokens = { input: 200_000, cached: 100_000, output: 1000 };
    expect(costOf(model('gpt-6-sol'), tokens)).toBeCloseTo(0.2 + 0.02 + 0.01, 12);
    const long = { input: 300_000, cached: 0, output: 1000 };
    expect(costOf(model('gpt-6-sol'), long)).toBeCloseTo(1.2 + 0.015, 12);
    expect(costOf(model('gemini-2.5-flash-lite'), tokens)).toBeCloseTo(0.02 + 0.0004, 12);
  });

  it('is nothing for a free model', () => {
    const free = lineUpOf({ mine: { prices: { input: 1, output: 1 }, free: true } }, true).get('mine')!;
    expect(costOf(free, { input: 1e6, cached: 0, output: 1e6 })).toBe(0);
  });
});
