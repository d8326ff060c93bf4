/** What a call that does not stream gives, and what its attempts cost together. */
import { describe, expect, it } from 'vitest';
import { completionOf, sendError, sendJson, usage } from './loopback-upstream.js';
import { expectQuiet, hello, scene } from './scene.js';

const model = 'test-model';
const answerOf = (message: object, more: object = {}): Record<string, unknown> => ({
  ...completionOf(''),
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: null, ...message } }],
  ...more,
});

describe('an answer', () => {
  it('of tool calls has no text', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } };
    const { client } = await scene((response) => sendJson(response, answerOf({ tool_calls: [call] })));
    expect(await client.chatCompletion(hello, { model })).toMatchObject({
      success: true,
      content: '',
      toolCalls: [call],
      message: { content: null, tool_calls: [call] },
    });
  });

  it.each([
    ['text', { content: 'some words to count' }],
    ['a refusal', { refusal: 'I would rather not do that' }],
    [
      'tool calls',
      { tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }] },
    ],
  ])('of %s without usage is counted by ourselves, and says so', async (_name, message) => {
    const { client } = await scene((response) => sendJson(response, answerOf(message, { usage: undefined })));
    const result = await client.chatCompletion(hello, { model });
    expect(result).toMatchObject({
      success: true,
      usage: { estimated: true },
      attempts: [{ billed: 'yes' }],
    });
    expect(result.usage?.outputTokens).toBeGreaterThan(3);
    expect(result.costUsd).toBeGreaterThan(0);
  });

  it('in which a stated 0 stands is free', async () => {
    const none = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, compute_points_used: 0 };
    const { client } = await scene((response) =>
      sendJson(response, answerOf({ content: 'x' }, { usage: none })),
    );
    expect(await client.chatCompletion(hello, { model })).toMatchObject({
      costUsd: 0,
      credits: 0,
      usage: { estimated: false, totalTokens: 0 },
    });
  });

  it('costs what all its attempts cost, in USD and in credits', async () => {
    const held = await scene(
      (response, _request, count) => {
        if (count === 1) {
          response.destroy();
          return;
        }
        if (count === 2) {
          sendError(response, 503, 'x');
          return;
        }
        sendJson(response, { ...completionOf('x'), usage: { ...usage, compute_points_used: 150 } });
      },
      { retries: { maxRetries: 2, retryDelayMs: 1 } },
    );
    const result = await held.client.chatCompletion(hello, { model });
    const [broken, refused, answered] = result.attempts;
    expect(broken).toMatchObject({
      outcome: 'upstream',
      billed: 'unknown',
      // The longest answer of the model: nobody says how much of it was made.
      usage: { estimated: true, outputTokens: 100 },
    });
    expect(refused).toMatchObject({ outcome: 'upstream', billed: 'no', costUsd: 0, usage: null });
    expect(answered).toMatchObject({
      outcome: 'success',
      billed: 'yes',
      charged: { amount: 1.5, unit: 'credits' },
    });
    expect(answered?.costUsd).toBeCloseTo(20e-6, 12);
    expect(result.costUsd).toBeCloseTo(20e-6 + (broken?.costUsd ?? NaN), 12);
    // The usage is that of the answer; a failed call tells the sum.
    expect(result).toMatchObject({ credits: 1.5, usage: { inputTokens: 10, outputTokens: 5 } });
    expect(new Set(result.attempts.map(({ attemptId }) => attemptId)).size).toBe(3);
    expect(held.events.at(-1)).toMatchObject({ type: 'call-end', attempts: 3, credits: 1.5 });
    expectQuiet(held);
  });

  it('that failed tells what it used all the same', async () => {
    const { client } = await scene((response) => response.destroy(), {
      retries: { maxRetries: 1, retryDelayMs: 1 },
    });
    const result = await client.chatCompletion(hello, { model });
    const [first, second] = result.attempts;
    expect(result).toMatchObject({ success: false, error: { code: 'upstream', attempts: [first, second] } });
    expect(result.usage?.inputTokens).toBe(2 * (first?.usage?.inputTokens ?? NaN));
    expect(result.costUsd).toBeCloseTo(2 * (first?.costUsd ?? NaN), 12);
  });
});
