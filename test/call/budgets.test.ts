/** Hard budgets hold under everything a call can do; soft ones only tell. */
import { describe, expect, it } from 'vitest';
import { BudgetExceededError, type ChatResult, type RouteLLClientOptions } from 'routell';
import { chunkOf, completionOf, sendError, sendJson, startEvents } from './loopback-upstream.js';
import {
  answers,
  dollarPerToken,
  expectQuiet,
  hello,
  type Scene,
  scene,
  streams,
  unlimited,
} from './scene.js';

const model = 'test-model';
/** One token of output is a dollar; the prompt is free. */
const dollars = (limitUsd: number, more: object = {}): RouteLLClientOptions => ({
  models: { [model]: { prices: dollarPerToken, maxOutput: 100_000 } },
  budgets: [{ limitUsd, per: 'day', ...more }],
});
const using = (tokens: number): object => ({
  prompt_tokens: 10,
  completion_tokens: tokens,
  total_tokens: 10 + tokens,
});
const answersWith =
  (tokens: number): Parameters<typeof scene>[0] =>
  (response) =>
    sendJson(response, { ...completionOf('x'), usage: using(tokens) });
const capOf = (body: Record<string, unknown> | undefined): unknown =>
  body?.['max_completion_tokens'] ?? body?.['max_tokens'];

describe('the output cap under a hard budget', () => {
  it('is what the budget leaves room for, where the caller set none', async () => {
    const held = await scene(answersWith(40), dollars(500));
    const first = await held.client.chatCompletion(hello, { model });
    expect(held.upstream.received.map(({ body }) => capOf(body))).toEqual([500]);
    expect(first).toMatchObject({ success: true, costUsd: 40, attempts: [{ reservedUsd: 500 }] });
    await held.client.chatCompletion(hello, { model });
    expect(capOf(held.upstream.received[1]?.body)).toBe(460);
    expect(held.budgets.totals()).toEqual({ reserved: 0, spent: 80 });
  });

  it('is left out where the model’s own is smaller', async () => {
    const held = await scene(answers(), {
      models: { [model]: { prices: dollarPerToken, maxOutput: 80 } },
      budgets: [{ limitUsd: 500, per: 'day' }],
    });
    const result = await held.client.chatCompletion(hello, { model });
    expect(capOf(held.upstream.received[0]?.body)).toBeUndefined();
    expect(result.attempts[0]?.reservedUsd).toBe(80);
  });

  it('is shared among the choices', async () => {
    const held = await scene(answersWith(9), dollars(500));
    const result = await held.client.chatCompletion(hello, { model, n: 2 });
    expect(capOf(held.upstream.received[0]?.body)).toBe(250);
    expect(result.attempts[0]?.reservedUsd).toBe(500);
  });

  it('bears the name that the model takes', async () => {
    const held = await scene(answersWith(9), {
      models: {
        [model]: { prices: dollarPerToken, parameters: { outputCap: 'max_completion_tokens' } },
      },
      budgets: [{ limitUsd: 500, per: 'day' }],
    });
    await held.client.chatCompletion(hello, { model });
    expect(held.upstream.received[0]?.body).toMatchObject({ max_completion_tokens: 500 });
  });

  it('of the caller’s own is kept, or the call refused', async () => {
    const held = await scene(answersWith(9), dollars(500));
    expect(await held.client.chatCompletion(hello, { model, max_tokens: 300 })).toMatchObject({
      attempts: [{ reservedUsd: 300 }],
    });
    expect(held.upstream.received[0]?.body).toMatchObject({ max_tokens: 300 });
    const refused = await held.client.chatCompletion(hello, { model, max_tokens: 501 });
    expect(!refused.success && refused.error).toBeInstanceOf(BudgetExceededError);
    expect(refused).toMatchObject({ error: { scope: 'day', remainingUsd: 491 } });
    expect(held.upstream.received).toHaveLength(1);
    expectQuiet(held);
  });

  it('of two names is reserved for at the larger', async () => {
    const held = await scene(answersWith(9), dollars(500));
    const result = await held.client.chatCompletion(hello, {
      model,
      max_tokens: 90,
      max_completion_tokens: 5,
    });
    expect(result.attempts[0]?.reservedUsd).toBe(90);
  });

  it('is never too small to be of use: the call is refused instead', async () => {
    const held = await scene(answersWith(9), dollars(63));
    expect(await held.client.chatCompletion(hello, { model })).toMatchObject({
      success: false,
      error: { code: 'budget' },
    });
    expect(held.upstream.received).toHaveLength(0);
  });

  it('is not set where output costs nothing', async () => {
    const held = await scene(answers(), {
      models: { [model]: { prices: { input: 1, output: 0 } } },
      budgets: [{ limitUsd: 1, per: 'day' }],
    });
    expect(await held.client.chatCompletion(hello, { model })).toMatchObject({ success: true });
    expect(capOf(held.upstream.received[0]?.body)).toBeUndefined();
    expectQuiet(held);
  });

  it('leads to a model that can be afforded, where the router chose', async () => {
    const held = await scene(answers(), {
      models: {
        dear: { prices: dollarPerToken, maxOutput: 1000, qualityScore: 1 },
        cheap: { prices: { input: 0.1, output: 0.1 }, maxOutput: 1000, qualityScore: 0.1 },
      },
      budgets: [{ limitUsd: 20, per: 'day' }],
    });
    const result = await held.client.chatCompletion(hello, { preferences: { quality: 1 } });
    expect(result).toMatchObject({ success: true, routing: { selectedModel: 'dear' } });
    expect(held.upstream.received.map(({ body }) => body['model'])).toEqual(['cheap']);
    expect(held.events.filter(({ type }) => type === 'credit-deny')).toHaveLength(1);
    expectQuiet(held);
  });
});

describe('a routed call whose model a budget refuses', () => {
  /** More dear models than a plan has, in the order of the ranking. */
  const dear = Object.fromEntries(
    [9, 8, 7, 6, 5].map((quality) => [
      `dear-${quality}`,
      { prices: dollarPerToken, maxOutput: 1000, qualityScore: quality / 10 },
    ]),
  );
  const cheap = { prices: { input: 0.1, output: 0.1 }, maxOutput: 1000, qualityScore: 0.1 };
  const cheaper = { ...cheap, prices: { input: 0.05, output: 0.05 }, qualityScore: 0.05 };
  const byQuality = { preferences: { quality: 1 }, max_tokens: 100 };
  const modelsAsked = (held: Scene): readonly unknown[] =>
    held.upstream.received.map(({ body }) => body['model']);
  const denials = (held: Scene): number => held.events.filter(({ type }) => type === 'credit-deny').length;

  it('goes to the next cheaper eligible one, be it beyond the plan, and past those that cost no less', async () => {
    const held = await scene(answers(), {
      models: { ...dear, cheap, cheaper },
      budgets: [{ limitUsd: 20, per: 'day' }],
    });
    const result = await held.client.chatCompletion(hello, byQuality);
    expect(result).toMatchObject({ success: true, routing: { selectedModel: 'dear-9' } });
    expect(result.success && result.routing?.fallbacks).not.toContain('cheap');
    expect(modelsAsked(held)).toEqual(['cheap']);
    expect(denials(held)).toBe(1);
    expectQuiet(held);
  });

  it('goes on by the plan where the cheaper one fails, without a word to the refused', async () => {
    const held = await scene(
      (response, { body }) =>
        body['model'] === 'cheap' ? sendError(response, 503, 'x') : sendJson(response, completionOf('fine')),
      {
        models: { ...dear, cheap, cheaper },
        budgets: [{ limitUsd: 20, per: 'day' }],
        retries: { maxRetries: 1, retryDelayMs: 1 },
      },
    );
    await held.client.chatCompletion(hello, byQuality);
    expect(new Set(modelsAsked(held))).toEqual(new Set(['cheap']));
    expectQuiet(held);
  });

  it('is refused where nothing is cheaper, with what is left and when it resets', async () => {
    const held = await scene(answers(), { models: dear, budgets: [{ limitUsd: 20, per: 'day' }] });
    const result = await held.client.chatCompletion(hello, byQuality);
    expect(!result.success && result.error).toBeInstanceOf(BudgetExceededError);
    expect(result).toMatchObject({
      error: { scope: 'day', remainingUsd: 20, resetsAt: expect.any(Number) as number },
    });
    expect(held.upstream.received).toEqual([]);
  });

  it.each([
    ['a named model', { model: 'dear-9' }],
    ['fallbacks of the caller’s own', { fallbacks: ['dear-5'] }],
  ])('never goes there from %s', async (_name, options) => {
    const held = await scene(answers(), {
      models: { ...dear, cheap },
      budgets: [{ limitUsd: 20, per: 'day' }],
    });
    const result = await held.client.chatCompletion(hello, { ...byQuality, ...options });
    expect(result).toMatchObject({ success: false, error: { code: 'budget' } });
    expect(held.upstream.received).toEqual([]);
  });
});

describe('an unknown price under a hard budget', () => {
  it('is refused, with what to do', async () => {
    const held = await scene(answers(), dollars(5));
    const result = await held.client.chatCompletion(hello, { model: 'brand-new' });
    expect(result).toMatchObject({
      success: false,
      error: { code: 'budget', message: expect.stringContaining('allowUnpriced') as string },
    });
    expect(held.upstream.received).toHaveLength(0);
    expectQuiet(held);
  });

  it('passes with allowUnpriced, at an unknown cost', async () => {
    const held = await scene(answers(), { ...dollars(5), credits: { allowUnpriced: true } });
    expect(await held.client.chatCompletion(hello, { model: 'brand-new' })).toMatchObject({
      success: true,
      costUsd: null,
    });
    expectQuiet(held);
  });

  it('of route-llm is the dearest of the catalogue', async () => {
    const held = await scene(answers(), { ...dollars(1e9), budgets: [{ limitUsd: 1e9, per: 'day' }] });
    const result = await held.client.chatCompletion(hello, { model: 'route-llm', max_tokens: 10 });
    expect(result.attempts[0]?.reservedUsd).toBeGreaterThanOrEqual(10);
  });
});

describe('a soft budget', () => {
  it('refuses nothing, tells at 80 and 95 and 100 percent, and sets no cap', async () => {
    const held = await scene(answersWith(50), dollars(100, { mode: 'soft' }));
    for (let call = 0; call < 4; call++) {
      expect(await held.client.chatCompletion(hello, { model })).toMatchObject({ success: true });
    }
    expect(capOf(held.upstream.received[0]?.body)).toBeUndefined();
    const shares = held.events.flatMap((event) => (event.type === 'budget-threshold' ? [event.share] : []));
    expect(shares).toEqual([0.8, 0.95, 1]);
    expectQuiet(held);
  });
});

describe('what a budget holds for', () => {
  const cap = { model, max_tokens: 60 };
  const isRefused = (result: ChatResult): boolean => !result.success && result.error.code === 'budget';

  it.each([
    ['call', { per: 'call' }, [{}, {}], [false, false]],
    ['session', { per: 'session' }, [{}, {}, { session: 'another' }], [false, true, false]],
    ['day', { per: 'day' }, [{}, { session: 'another' }], [false, true]],
    [
      'tag',
      { per: 'day', tag: 'research' },
      [{ tags: ['research'] }, {}, { tags: ['research', 'x'] }],
      [false, false, true],
    ],
  ])('%s', async (_name, budget, calls, refused) => {
    const held = await scene(answersWith(60), dollars(100, budget));
    const results: boolean[] = [];
    for (const options of calls)
      results.push(isRefused(await held.client.chatCompletion(hello, { ...cap, ...options })));
    expect(results).toEqual(refused);
    expectQuiet(held);
  });

  it('call: with all its retries', async () => {
    const held = await scene(
      (response, _request, count) =>
        count === 1 ? response.destroy() : sendJson(response, { ...completionOf('x'), usage: using(60) }),
      dollars(100, { per: 'call' }),
    );
    // The first attempt may have been billed: both together might pass the limit.
    expect(isRefused(await held.client.chatCompletion(hello, cap))).toBe(true);
    expect(held.upstream.received).toHaveLength(1);
    expectQuiet(held);
  });

  it('credits: what the upstream charged', async () => {
    const held = await scene(
      (response) =>
        sendJson(response, { ...completionOf('x'), usage: { ...using(5), compute_points_used: 6000 } }),
      { budgets: [{ limitCredits: 100, per: 'day' }] },
    );
    const results = [];
    for (let call = 0; call < 3; call++) results.push(await held.client.chatCompletion(hello, { model }));
    expect(results.map(isRefused)).toEqual([false, false, true]);
    expect(results[0]).toMatchObject({ credits: 60 });
    expect(results[2]).toMatchObject({ error: { remainingCredits: 0, remainingUsd: null } });
  });
});

describe('an attempt of which nobody says what was billed', () => {
  const booked = async (
    answer: Parameters<typeof scene>[0],
    options: object,
    read: 'chat' | 'stream' = 'chat',
  ): Promise<{ spent: number; result: ChatResult }> => {
    const held = await scene(answer, { ...dollars(10_000), retries: { maxRetries: 0 } });
    const result =
      read === 'chat'
        ? await held.client.chatCompletion(hello, { model, timeoutMs: 60, ...options })
        : await held.client.streamCompletion(hello, { model, ...options }).result;
    expectQuiet(held);
    return { spent: held.budgets.totals().spent, result };
  };

  it('is booked at the caller’s cap', async () => {
    const { spent, result } = await booked(() => undefined, { max_tokens: 900 });
    expect(spent).toBe(900);
    // The row says what may have been made in the time it took, marked as an estimate.
    const { billed, costUsd, usage } = result.attempts[0]!;
    expect({ billed, estimated: usage?.estimated }).toEqual({ billed: 'unknown', estimated: true });
    expect(usage?.outputTokens).toBeGreaterThanOrEqual(256 + 12);
    expect(costUsd).toBe(usage?.outputTokens);
    expect(costUsd).toBeLessThanOrEqual(spent);
  });

  it('is told as no more than the caller’s cap', async () => {
    const { result } = await booked(() => undefined, { max_tokens: 90 });
    expect(result.attempts[0]).toMatchObject({ costUsd: 90, usage: { outputTokens: 90 } });
  });

  it('is booked at all that was reserved where nothing had arrived: never under what was spent', async () => {
    const { spent, result } = await booked(() => undefined, {});
    expect(result.attempts[0]?.reservedUsd).toBe(10_000);
    expect(spent).toBe(10_000);
  });

  it('is booked at what arrived and what may have been under way, in a stream', async () => {
    const { spent, result } = await booked(streams(['one ', 'two ', 'three'], 'cut'), {}, 'stream');
    const told = result.attempts[0]?.usage?.outputTokens ?? NaN;
    expect(told).toBeGreaterThan(256);
    expect(spent).toBe(told);
    expect(result.attempts[0]?.costUsd).toBe(told);
  });

  it('is booked at no more than was reserved', async () => {
    const { spent } = await booked(streams(['one ', 'two ', 'three'], 'cut'), { max_tokens: 70 }, 'stream');
    expect(spent).toBe(70);
  });

  it.each([
    ['an error status', (status: number) => status],
    ['a rate limit', () => 429],
  ])('is not one that ended with %s: nothing is booked', async (_name, statusOf) => {
    const { spent, result } = await booked((response) => sendError(response, statusOf(500), 'x'), {
      timeoutMs: 10_000,
    });
    expect(spent).toBe(0);
    expect(result.attempts[0]).toMatchObject({ billed: 'no', costUsd: 0, usage: null });
  });
});

describe('200 parallel calls at the edge of a hard budget', () => {
  it('with streams, aborts, faults and breaks never pass it by the upstream’s own count', async () => {
    const limitUsd = 1000;
    let billed = 0;
    const held = await scene(
      (response, { body }, count) => {
        const tokens = Math.min(10 + (count % 30), (capOf(body) as number | undefined) ?? Infinity);
        if (count % 11 === 0) {
          sendError(response, 503, 'x');
          return;
        }
        // From here on it is the upstream's money, whether or not anybody hears the answer.
        billed += tokens;
        if (count % 13 === 0) {
          response.destroy();
          return;
        }
        if (body['stream'] !== true) {
          setTimeout(() => sendJson(response, { ...completionOf('x'), usage: using(tokens) }), count % 7);
          return;
        }
        startEvents(response);
        response.write(chunkOf({ content: 'a' }));
        setTimeout(() => {
          if (count % 5 === 0) response.destroy();
          else
            response.end(
              `${chunkOf({ content: 'b' })}${chunkOf({}, 'stop', { usage: using(tokens) })}data: [DONE]\n\n`,
            );
        }, count % 5);
      },
      {
        ...dollars(limitUsd),
        rateLimits: { ...unlimited, maxConcurrent: 40 },
        retries: { maxRetries: 2, retryDelayMs: 1 },
      },
    );
    const calls = Array.from({ length: 200 }, async (_, index): Promise<ChatResult> => {
      const options = {
        model: model,
        max_tokens: 40,
        ...(index % 6 === 0 ? { signal: AbortSignal.timeout(index % 9) } : {}),
      };
      if (index % 2 === 0) return held.client.chatCompletion(hello, options);
      const stream = held.client.streamCompletion(hello, options);
      try {
        for await (const _text of stream) if (index % 3 === 0) break;
      } catch {
        // The result tells.
      }
      return stream.result;
    });
    const results = await Promise.all(calls);
    const codes = results.map((result) => (result.success ? 'success' : result.error.code));
    expect(billed).toBeLessThanOrEqual(limitUsd);
    // It was at the edge indeed.
    expect(codes).toContain('budget');
    expect(codes).toContain('success');
    expect(codes).toContain('aborted');
    expect(held.budgets.totals().spent).toBeGreaterThanOrEqual(billed);
    expect(held.budgets.totals().spent).toBeLessThanOrEqual(limitUsd);
    expectQuiet(held);
  });
});
