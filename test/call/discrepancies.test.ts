import { describe, expect, it } from 'vitest';
import type { RouteLLClientOptions } from 'routell';
import { completionOf, sendJson, startEvents, chunkOf } from './loopback-upstream.js';
import { expectQuiet, hello, type Scene, scene } from './scene.js';

const usd = (amount: number): { amount: number; unit: 'usd' } => ({ amount, unit: 'usd' });
const credits = (amount: number): { amount: number; unit: 'credits' } => ({ amount, unit: 'credits' });

const model = 'test-model';
const prices = { input: 10, output: 20 };
const usage = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 };
const USD = 0.002;

const charges = (more: object, headers: Readonly<Record<string, string>> = {}, given = {}): Promise<Scene> =>
  scene((response) => sendJson(response, { ...completionOf('fine'), ...more }, 200, headers), {
    models: { [model]: { prices } },
    ...given,
  });

const deviationsOf = ({ events }: Scene): readonly object[] =>
  events.filter(({ type }) => type === 'charge-deviation');

describe('a charge', () => {
  it.each([
    ['usage.cost', { usage: { ...usage, cost: USD } }, {}, usd(USD), 0],
    ['usage.cost', { usage: { ...usage, cost: '0.003' } }, {}, usd(0.003), 1],
    ['x-litellm-response-cost', { usage }, { 'x-litellm-response-cost': '0.002' }, usd(USD), 0],
    ['x-litellm-response-cost', { usage }, { 'x-litellm-response-cost': '0.0025' }, usd(0.0025), 1],
    ['x-litellm-response-cost', { usage }, { 'x-litellm-response-cost': 'None' }, null, 0],
    ['x-litellm-response-cost', { usage }, { 'x-litellm-response-cost': '-1' }, null, 0],
    [
      'usage.cost before the header',
      { usage: { ...usage, cost: USD } },
      { 'x-litellm-response-cost': '9' },
      usd(USD),
      0,
    ],
    ['compute points', { usage: { ...usage, compute_points_used: 5000 } }, {}, credits(50), 0],
  ])('by %s stands beside what we computed', async (_name, more, headers, charged, deviations) => {
    const held = await charges(more, headers);
    const result = await held.client.chatCompletion(hello, { model });
    expect(result).toMatchObject({ success: true, costUsd: USD, attempts: [{ costUsd: USD, charged }] });
    expect(deviationsOf(held)).toHaveLength(deviations);
    expectQuiet(held);
  });

  it('of more than 2 % off is told, before the end of its attempt, and warned of', async () => {
    const warnings: string[] = [];
    const nothing = (): void => undefined;
    const logger = {
      debug: nothing,
      info: nothing,
      warn: (text: string) => warnings.push(text),
      error: nothing,
    };
    const held = await charges({ usage: { ...usage, cost: 0.004 } }, {}, { logger });
    const result = await held.client.chatCompletion(hello, { model });
    await held.client.chatCompletion(hello, { model });
    expect(deviationsOf(held)).toHaveLength(2);
    expect(deviationsOf(held)[0]).toMatchObject({
      callId: result.callId,
      model,
      computedUsd: USD,
      chargedUsd: 0.004,
      share: 0.5,
      charged: usd(0.004),
    });
    const types = held.events.map(({ type }) => type);
    expect(types.indexOf('charge-deviation')).toBeLessThan(types.indexOf('attempt-end'));
    expect(warnings.filter((text) => text.includes('charged 0.004 USD'))).toHaveLength(1);
  });

  it('in credits is compared at the rate of the plan', async () => {
    const options: RouteLLClientOptions = { credits: { creditsPerUsd: 1000 } };
    const right = await charges({ usage: { ...usage, compute_points_used: 200 } }, {}, options);
    await right.client.chatCompletion(hello, { model });
    expect(deviationsOf(right)).toEqual([]);
    const wrong = await charges({ usage: { ...usage, compute_points_used: 400 } }, {}, options);
    await wrong.client.chatCompletion(hello, { model });
    expect(deviationsOf(wrong)).toMatchObject([{ chargedUsd: 0.004, share: 0.5, charged: credits(4) }]);
  });

  it('without a usage is kept, and not held against our own count', async () => {
    const held = await charges({ usage: { cost: 7 } });
    expect(await held.client.chatCompletion(hello, { model })).toMatchObject({
      usage: { estimated: true },
      attempts: [{ charged: usd(7) }],
    });
    expect(deviationsOf(held)).toEqual([]);
  });

  it('in the headers of a stream is not final, and left alone', async () => {
    const held = await scene(
      (response) => {
        response.setHeader('x-litellm-response-cost', '0.00001');
        startEvents(response);
        response.end(`${chunkOf({ content: 'fine' })}${chunkOf({}, 'stop', { usage })}data: [DONE]\n\n`);
      },
      { models: { [model]: { prices } } },
    );
    expect(await held.client.streamCompletion(hello, { model }).result).toMatchObject({
      success: true,
      costUsd: USD,
      attempts: [{ charged: null }],
    });
    expect(deviationsOf(held)).toEqual([]);
  });
});

describe('a service tier', () => {
  const tiers = [{ input: 5, output: 10, serviceTier: 'flex' }];
  const models = { [model]: { prices: { ...prices, tiers } } };

  it.each([
    ['default', USD],
    [null, USD],
    ['flex', USD / 2],
    ['priority', null],
  ])('%s is what the answer says, and priced so: %s', async (tier, costUsd) => {
    const whole = await charges({ usage, service_tier: tier }, {}, { models });
    expect(await whole.client.chatCompletion(hello, { model, service_tier: 'auto' })).toMatchObject({
      success: true,
      costUsd,
    });
    const streamed = await scene(
      (response) => {
        startEvents(response);
        const said = { service_tier: tier };
        response.end(
          `${chunkOf({ content: 'fine' }, null, said)}${chunkOf({}, 'stop', { usage })}data: [DONE]\n\n`,
        );
      },
      { models },
    );
    expect(await streamed.client.streamCompletion(hello, { model }).result).toMatchObject({
      success: true,
      costUsd,
    });
  });

  it('that is asked for is reserved at its own price or the standard one, whichever is dearer', async () => {
    const dear = { input: 20, output: 40, serviceTier: 'scale' };
    // Nothing says that it was served in the tier that was asked for.
    const held = await charges(
      { usage },
      {},
      {
        models: { [model]: { prices: { ...prices, tiers: [...tiers, dear] } } },
        budgets: [{ limitUsd: 1, per: 'day' }],
      },
    );
    const reservedBy = async (tier: 'default' | 'flex' | 'scale'): Promise<number> => {
      const result = await held.client.chatCompletion(hello, { model, max_tokens: 100, service_tier: tier });
      return result.attempts[0]?.reservedUsd ?? NaN;
    };
    const standard = await reservedBy('default');
    expect(await reservedBy('flex')).toBeCloseTo(standard, 12);
    expect(await reservedBy('scale')).toBeCloseTo(2 * standard, 12);
    expect(
      await held.client.chatCompletion(hello, { model, max_tokens: 100, service_tier: 'priority' }),
    ).toMatchObject({ success: false, error: { code: 'budget' } });
    expectQuiet(held);
  });
});
