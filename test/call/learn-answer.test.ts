/** How long answers were, and took: what routed calls teach, and what becomes of it. */
import { describe, expect, it } from 'vitest';
import { type ChatMessage, memoryStores, ModelRouter, type RouteLLClientOptions } from 'routell';
import { type Answer, completionOf, sendJson } from './loopback-upstream.js';
import { scene, type Scene } from './scene.js';

const essay: ChatMessage[] = [{ role: 'user', content: 'Write an essay on the tides of the North Sea.' }];
const plain = { prices: { input: 1, output: 10 }, maxOutput: 100_000, abilities: { reasoning: false } };
const options: RouteLLClientOptions = { models: { plain } };

const long =
  (outputTokens: number, finishReason = 'stop'): Answer =>
  (response) => {
    const completion = completionOf('fine', 'plain') as unknown as {
      usage: object;
      choices: { finish_reason: string }[];
    };
    const usage = { prompt_tokens: 12, completion_tokens: outputTokens, total_tokens: 12 + outputTokens };
    completion.choices[0]!.finish_reason = finishReason;
    sendJson(response, { ...completion, usage });
  };
const estimate = ({ client }: Scene) => client.optimizer.estimateCost(essay, { model: 'plain' });
const call = async ({ client }: Scene, count: number, more: object = {}): Promise<void> => {
  for (let time = 0; time < count; time++) await client.chatCompletion(essay, more);
};

describe('what answers teach', () => {
  it('moves the cost that is expected, of estimates and of decisions', async () => {
    const held = await scene(long(7000), options);
    const before = estimate(held);
    const decided = await held.client.route(essay);
    await call(held, 40);
    expect(estimate(held).seenAnswers).toBe(38);
    expect(estimate(held).costUsd).toBeGreaterThan(4 * (before.costUsd ?? NaN));
    const after = await held.client.route(essay);
    expect(after.alternatives[0]?.costUsd).toBeGreaterThan(4 * (decided.alternatives[0]?.costUsd ?? NaN));
    expect(after.alternatives[0]?.costUsd).toBeCloseTo(estimate(held).costUsd ?? NaN, 4);
  });

  it('gives estimates their coverage, and caps their room, from 100 answers on', async () => {
    const { snapshots } = memoryStores();
    const held = await scene(long(1500), { ...options, stores: { snapshots } });
    await call(held, 115);
    const { coverage, lowUsd, highUsd } = estimate(held);
    expect(coverage).toBe(0.9);
    expect(lowUsd).toBeGreaterThan(0.0135);
    expect(highUsd).toBeLessThan(0.0166);
    const { max_tokens, changes } = held.client.optimizer.optimizeRequest(
      essay,
      { cost: 1 },
      { model: 'plain' },
    );
    expect(max_tokens).toBeGreaterThan(3000);
    expect(max_tokens).toBeLessThan(3400);
    expect(changes[0]?.reason).toContain('answers to writing were seen of this model');
    await held.client.close();
    // A later process goes on with it.
    const later = await scene(long(1500), { ...options, stores: { snapshots } });
    expect(estimate(later).coverage).toBeNull();
    await later.client.route(essay);
    expect(estimate(later)).toMatchObject({ coverage: 0.9, highUsd });
  });

  it('makes caps wider once one has cut an answer', async () => {
    const held = await scene(long(2000, 'length'), { ...options, credits: { optimize: true } });
    const capOf = (): number =>
      held.client.optimizer.optimizeRequest(essay, undefined, { model: 'plain' }).max_tokens ?? NaN;
    const before = capOf();
    await call(held, 1);
    expect(capOf()).toBeGreaterThan(1.9 * before);
  });

  it('takes an answer that was cut for a long one', async () => {
    const held = await scene(long(100, 'length'), options);
    await call(held, 20, { max_tokens: 100 });
    expect(estimate(held).seenAnswers).toBe(20);
    const whole = await scene(long(100), options);
    await call(whole, 20);
    expect(estimate(held).costUsd).toBeGreaterThanOrEqual(estimate(whole).costUsd ?? NaN);
    expect(held.client.optimizer.estimateCost(essay, { model: 'plain' }).coverage).toBeNull();
  });

  it('is nothing where the caller names the model, asks for several, or learning is off', async () => {
    const held = await scene(long(5000), options);
    await call(held, 3, { model: 'plain' });
    await call(held, 3, { n: 2 });
    expect(estimate(held).seenAnswers).toBe(0);
    const off = await scene(long(5000), { ...options, routing: { learning: false } });
    await call(off, 3);
    expect(estimate(off).seenAnswers).toBe(0);
  });

  it('is given to a router of one’s own', async () => {
    const own = new ModelRouter(options);
    const asked: (number | null)[] = [];
    const held = await scene(long(3000), {
      ...options,
      router: {
        routeRequest: (messages, preferences, constraints, context) => {
          asked.push(context?.observed?.outputTokens('plain', 'writing', 700) ?? null);
          return own.routeRequest(messages, preferences, constraints, context);
        },
      },
    });
    await call(held, 4);
    expect(asked[0]).toBeNull();
    expect(asked[3]).toBeGreaterThan(asked[1] ?? NaN);
    expect(asked[1]).toBeGreaterThan(700);
  });
});
