import { describe, expect, it } from 'vitest';
import type { RouteLLClientOptions } from 'routell';
import { completionOf, sendError, sendJson, type Answer } from './loopback-upstream.js';
import { expectQuiet, hello, scene, type Scene } from './scene.js';

const models = { 'test-model': { prices: { input: 1, output: 2 }, maxOutput: 1000 } };

/** Refuses what `refusal` has words for. */
const picky =
  (refusal: (body: Record<string, unknown>) => string | null, status = 400): Answer =>
  (response, { body }) => {
    const message = refusal(body);
    if (message === null) sendJson(response, completionOf('fine'));
    else sendJson(response, { error: { message, type: 'invalid_request_error' } }, status);
  };

const noMaxTokens = (body: Record<string, unknown>): string | null =>
  'max_tokens' in body
    ? "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    : null;
const noTemperature = (body: Record<string, unknown>): string | null =>
  'temperature' in body
    ? "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported."
    : null;

const set = (answer: Answer, options: RouteLLClientOptions = {}): Promise<Scene> =>
  scene(answer, { models, retries: { maxRetries: 0, retryDelayMs: 1 }, ...options });

describe('a refused parameter of a routed call', () => {
  it.each<[string, Answer, object, object]>([
    ['is renamed', picky(noMaxTokens), { max_tokens: 50 }, { max_completion_tokens: 50 }],
    ['is dropped', picky(noTemperature), { temperature: 0.2 }, {}],
    [
      'is named otherwise where only the older name is known',
      picky(({ max_completion_tokens: newer, max_tokens: older }) =>
        newer === undefined && older === 50 ? null : 'Unknown parameter: max_completion_tokens',
      ),
      { max_completion_tokens: 50 },
      { max_tokens: 50 },
    ],
    [
      'is said to be refused by a 422, too',
      picky((body) => ('temperature' in body ? '`temperature` is deprecated for this model.' : null), 422),
      { temperature: 0.2 },
      {},
    ],
    [
      'of two, one after the other',
      picky((body) => noMaxTokens(body) ?? noTemperature(body)),
      { max_tokens: 50, temperature: 0.2 },
      { max_completion_tokens: 50 },
    ],
  ])('%s, once, and remembered', async (_, answer, given, sent) => {
    const policy = 'max_completion_tokens' in given ? { outputCap: 'max_completion_tokens' as const } : {};
    const held = await set(answer, {
      models: { 'test-model': { ...models['test-model'], parameters: policy } },
    });
    const result = await held.client.chatCompletion(hello, given);
    expect(result).toMatchObject({ success: true, content: 'fine' });
    const repairs = Object.keys(given).length;
    expect(held.upstream.received).toHaveLength(1 + repairs);
    const {
      messages: _messages,
      model: _model,
      stream: _stream,
      ...last
    } = held.upstream.received.at(-1)!.body;
    expect(last).toEqual(sent);
    expect(result.attempts.map(({ outcome, billed }) => [outcome, billed])).toEqual([
      ...Array.from({ length: repairs }, () => ['invalid-request', 'no']),
      ['success', 'yes'],
    ]);
    // The next call, streamed or not, is right at once; the model was never held to be at fault.
    expect(await held.client.chatCompletion(hello, given)).toMatchObject({ success: true });
    expect(held.upstream.received).toHaveLength(2 + repairs);
    expect(held.events.filter(({ type }) => type === 'model-degrade')).toEqual([]);
    expectQuiet(held);
  });

  it('is not repaired twice: what is refused all the same ends the call', async () => {
    const held = await set((response) =>
      sendError(response, 400, 'max_tokens and max_completion_tokens are not supported'),
    );
    for (const attempts of [2, 1]) {
      const result = await held.client.chatCompletion(hello, { max_tokens: 50 });
      expect(result).toMatchObject({ success: false, error: { code: 'invalid-request' } });
      expect(result.attempts).toHaveLength(attempts);
    }
    expectQuiet(held);
  });

  it.each([
    'max_tokens is too large: 100000. This model supports at most 16384 completion tokens.',
    'Invalid max_tokens value, the valid range of max_tokens is [1, 8192]',
    'temperature must be between 0 and 2',
    'Unsupported parameter: top_logprobs',
    'The tool is unknown',
  ])('is left where the refusal is about something else: %s', async (message) => {
    const held = await set(picky(() => message));
    const result = await held.client.chatCompletion(hello, { max_tokens: 900, temperature: 1.5 });
    expect(result).toMatchObject({ success: false, error: { code: 'invalid-request' } });
    expect(held.upstream.received).toHaveLength(1);
  });

  it('costs no retry: the budget is as it was', async () => {
    const held = await set((response, request, count) => {
      if ('max_tokens' in request.body) picky(noMaxTokens)(response, request, count);
      else sendError(response, 503, 'busy');
    });
    expect(await held.client.chatCompletion(hello, { max_tokens: 5 })).toMatchObject({
      error: { code: 'upstream' },
    });
    expect(held.upstream.received).toHaveLength(2);
  });
});

describe('a refused parameter of a call that names its model', () => {
  it('stays as the caller has set it', async () => {
    const held = await set(picky(noMaxTokens));
    const result = await held.client.chatCompletion(hello, { model: 'test-model', max_tokens: 50 });
    expect(result).toMatchObject({ success: false, error: { code: 'invalid-request' } });
    expect(held.upstream.received).toHaveLength(1);
  });

  it('is renamed where it is ours: the cap that a hard budget leaves room for', async () => {
    const held = await set(picky(noMaxTokens), {
      budgets: [{ limitUsd: 0.0008, per: 'day', mode: 'hard' }],
    });
    const result = await held.client.chatCompletion(hello, { model: 'test-model' });
    expect(result).toMatchObject({ success: true });
    expect(held.upstream.received[1]?.body).toHaveProperty('max_completion_tokens');
    expect(held.upstream.received[1]?.body).not.toHaveProperty('max_tokens');
  });
});
