/** What users of other libraries complained of about cost, each under the name of its report. */
import { describe, expect, it } from 'vitest';
import { type ChatResult, type RouteLLClientOptions, RouteLLError } from 'routell';
import { type Answer, chunkOf, completionOf, sendError, sendJson, startEvents } from './loopback-upstream.js';
import { answers, dollarPerToken, expectQuiet, hello, scene, streams } from './scene.js';

const model = 'test-model';
const priced: RouteLLClientOptions = {
  models: { [model]: { prices: { input: 10, output: 20, cached: 1 } } },
};
const dollars = (limitUsd: number): RouteLLClientOptions => ({
  models: { [model]: { prices: dollarPerToken, maxOutput: 1000 } },
  budgets: [{ limitUsd, per: 'day' }],
});

const whole =
  (usage: object | undefined): Answer =>
  (response) =>
    sendJson(response, { ...completionOf('fine'), usage });

const CACHED = {
  prompt_tokens: 1000,
  completion_tokens: 10,
  total_tokens: 1010,
  prompt_tokens_details: { cached_tokens: 900 },
};
const CACHED_USD = (100 * 10 + 900 * 1 + 10 * 20) / 1e6;

describe('cached tokens', () => {
  it('litellm#36168: are not dropped when streaming', async () => {
    const held = await scene(streams(['fine'], 'whole', { usage: CACHED }), priced);
    const result = await held.client.streamCompletion(hello, { model }).result;
    expect(result).toMatchObject({ success: true, usage: { cachedInputTokens: 900 } });
    expect(result.costUsd).toBeCloseTo(CACHED_USD, 12);
  });

  it('litellm#11789: are not charged in full, streamed or not', async () => {
    const anthropic = { input_tokens: 100, output_tokens: 10, cache_read_input_tokens: 900 };
    for (const usage of [CACHED, anthropic]) {
      const held = await scene(whole(usage), priced);
      const result = await held.client.chatCompletion(hello, { model });
      expect(result.costUsd).toBeCloseTo(CACHED_USD, 12);
      const other = await scene(streams(['fine'], 'whole', { usage }), priced);
      expect((await other.client.streamCompletion(hello, { model }).result).costUsd).toBe(result.costUsd);
    }
  });
});

describe('reasoning tokens', () => {
  it('langfuse#12531: are not billed twice', async () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      completion_tokens_details: { reasoning_tokens: 40 },
    };
    const held = await scene(whole(usage), priced);
    const result = await held.client.chatCompletion(hello, { model });
    expect(result).toMatchObject({ usage: { outputTokens: 50, reasoningTokens: 40 } });
    expect(result.costUsd).toBeCloseTo((100 * 10 + 50 * 20) / 1e6, 12);
  });

  it('latitude#4051: are not left out where the service leaves them out of its output', async () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 10,
      total_tokens: 150,
      completion_tokens_details: { reasoning_tokens: 40 },
    };
    const held = await scene(whole(usage), priced);
    const result = await held.client.chatCompletion(hello, { model });
    expect(result).toMatchObject({ usage: { outputTokens: 50, reasoningTokens: 40 } });
    expect(result.costUsd).toBeCloseTo((100 * 10 + 50 * 20) / 1e6, 12);
  });

  it('latitude#4051: count in an estimate where they are shown and no usage came', async () => {
    const thoughts = 'first this, then that, and then something else again. '.repeat(20);
    const message = { role: 'assistant', content: 'fine', reasoning_content: thoughts };
    const held = await scene((response) => {
      const choices = [{ index: 0, finish_reason: 'stop', message }];
      sendJson(response, { ...completionOf(''), choices, usage: undefined });
    }, priced);
    const result = await held.client.chatCompletion(hello, { model });
    expect(result.usage?.outputTokens).toBeGreaterThan(150);
  });
});

describe('a cost cap', () => {
  it.each(['max_tokens', 'max_completion_tokens'] as const)(
    'ClawRouter 0.12.232: reads %s',
    async (parameter) => {
      const held = await scene(answers(), dollars(100));
      const result = await held.client.chatCompletion(hello, { model, [parameter]: 101 });
      expect(result).toMatchObject({ success: false, error: { code: 'budget' } });
      expect(held.upstream.received).toHaveLength(0);
      expect(await held.client.chatCompletion(hello, { model, [parameter]: 99 })).toMatchObject({
        success: true,
        attempts: [{ reservedUsd: 99 }],
      });
      expectQuiet(held);
    },
  );
});

describe('usage', () => {
  it('openai-agents-js#995: is not zero after an abort', async () => {
    const held = await scene(streams(['Once ', 'upon ', 'a time '], 'open'), priced);
    const controller = new AbortController();
    const stream = held.client.streamCompletion(hello, { model, signal: controller.signal });
    const reading = (async () => {
      for await (const text of stream) if (text === 'a time ') controller.abort();
    })();
    await expect(reading).rejects.toThrow(RouteLLError);
    const result = await stream.result;
    expect(result).toMatchObject({
      success: false,
      usage: { estimated: true },
      attempts: [{ billed: 'unknown' }],
    });
    expect(result.usage?.inputTokens).toBeGreaterThan(0);
    expect(result.usage?.outputTokens).toBeGreaterThan(2);
    expect(result.costUsd).toBeGreaterThan(0);
    expectQuiet(held);
  });

  it('vercel/ai#12477: may be missing', async () => {
    for (const usage of [undefined, null]) {
      const held = await scene((response, { body }) => {
        if (body['stream'] !== true) {
          sendJson(response, { ...completionOf('fine'), usage });
          return;
        }
        startEvents(response);
        response.end(`${chunkOf({ content: 'fine' })}${chunkOf({}, 'stop', { usage })}data: [DONE]\n\n`);
      }, priced);
      const results: ChatResult[] = [
        await held.client.chatCompletion(hello, { model }),
        await held.client.streamCompletion(hello, { model }).result,
      ];
      for (const result of results)
        expect(result).toMatchObject({ success: true, content: 'fine', usage: { estimated: true } });
    }
  });
});

describe('a hard budget', () => {
  it('gbrain#4365: is not passed by calls that check it at once', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 60, total_tokens: 70 };
    const held = await scene(whole(usage), dollars(5 * 60));
    const calls = Array.from({ length: 50 }, () =>
      held.client.chatCompletion(hello, { model, max_tokens: 60 }),
    );
    const results = await Promise.all(calls);
    expect(results.filter(({ success }) => success)).toHaveLength(5);
    expect(held.upstream.received).toHaveLength(5);
    expect(held.budgets.totals().spent).toBe(5 * 60);
    expectQuiet(held);
  });

  it('litellm#41379: holds for the paid fallback of a free model', async () => {
    const held = await scene((response) => sendError(response, 500, 'down'), {
      models: {
        free: { prices: { input: 0, output: 0 }, maxOutput: 1000 },
        paid: { prices: dollarPerToken, maxOutput: 1000 },
      },
      budgets: [{ limitUsd: 50, per: 'day' }],
      retries: { maxRetries: 0 },
    });
    const result = await held.client.chatCompletion(hello, {
      model: 'free',
      fallbacks: ['paid'],
      max_tokens: 100,
    });
    expect(result.success).toBe(false);
    expect(held.upstream.received.map(({ body }) => body['model'])).toEqual(['free']);
    expect(held.events.filter(({ type }) => type === 'credit-deny')).toHaveLength(1);
    expectQuiet(held);
  });

  it('litellm#35524: refuses what has no price instead of reserving nothing', async () => {
    const held = await scene(answers(), dollars(5));
    const results = [
      await held.client.chatCompletion(hello, { model: 'nobody-prices-it', max_tokens: 1 }),
      // A tier of which nobody states a price has none either.
      await held.client.chatCompletion(hello, { model, max_tokens: 1, service_tier: 'priority' }),
    ];
    for (const result of results)
      expect(result).toMatchObject({ success: false, error: { code: 'budget', retryable: false } });
    expect(held.upstream.received).toHaveLength(0);
    expectQuiet(held);
  });

  it('cognee#4321: is no passing trouble: its error is not retried', async () => {
    const held = await scene(answers(), { ...dollars(5), retries: { maxRetries: 10, retryDelayMs: 1 } });
    const result = await held.client.chatCompletion(hello, { model, max_tokens: 100 });
    expect(result).toMatchObject({
      success: false,
      error: { code: 'budget', retryable: false },
      attempts: [],
    });
    expect(held.events.filter(({ type }) => type === 'credit-deny')).toHaveLength(1);
    expect(held.upstream.received).toHaveLength(0);
    expectQuiet(held);
  });
});
