/** `client.fetch` is a fetch, and speaks as the OpenAI API does. */
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { sendJson } from './loopback-upstream.js';
import { chunkOf, completionOf, sendError, startEvents, usage } from './loopback-upstream.js';
import { answers, expectQuiet, hello, isTerminal, type Scene, scene, streams } from './scene.js';

const model = 'test-model';

const post = (held: Scene, body: object, init: RequestInit = {}): Promise<Response> =>
  held.client.fetch(`${held.upstream.baseURL}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model, messages: hello, ...body }),
    ...init,
  });

const official = (held: Scene): OpenAI =>
  new OpenAI({ apiKey: 'unused', baseURL: held.upstream.baseURL, fetch: held.client.fetch, maxRetries: 0 });

describe('a chat completion', () => {
  it('is the upstream’s own object, with the ids of both sides', async () => {
    const held = await scene();
    const response = await post(held, {});
    expect(await response.json()).toEqual(completionOf('fine'));
    expect(response.headers.get('x-request-id')).toBe('req_1');
    expect(response.headers.get('x-routell-call-id')).toBe(
      'callId' in held.events[0]! ? held.events[0].callId : '',
    );
    expectQuiet(held);
  });

  it('takes a Request, a URL and any body a fetch takes', async () => {
    const held = await scene();
    const url = `${held.upstream.baseURL}/chat/completions`;
    const body = JSON.stringify({ model, messages: hello });
    for (const [input, init] of [
      [new Request(url, { method: 'POST', body }), undefined],
      [new URL(url), { method: 'post', body }],
      [url, { method: 'POST', body: new Blob([body]) }],
      [url, { method: 'POST', body: new TextEncoder().encode(body) }],
    ] as const) {
      expect((await held.client.fetch(input, init)).status).toBe(200);
    }
    expect(held.upstream.received).toHaveLength(4);
  });

  it('passes on what only the upstream knows', async () => {
    const held = await scene();
    await post(held, { min_p: 0.1, metadata: { a: 'b' } });
    expect(held.upstream.received[0]?.body).toEqual({
      model,
      messages: hello,
      min_p: 0.1,
      metadata: { a: 'b' },
      stream: false,
    });
  });

  it('never sends the headers of the caller, nor the key the caller gave', async () => {
    const held = await scene();
    await post(held, {}, { headers: { authorization: 'Bearer canary', 'x-canary': '1' } });
    expect(held.upstream.received[0]?.headers).toMatchObject({ authorization: 'Bearer test-key' });
    expect(JSON.stringify(held.upstream.received)).not.toContain('canary');
  });
});

describe('a failure', () => {
  it.each([400, 401, 403, 404, 422, 429, 500, 503])('of status %i is the upstream’s own', async (status) => {
    const held = await scene((response) => sendError(response, status, 'the_code', { 'retry-after': '0' }), {
      retries: { maxRetries: 0 },
    });
    const response = await post(held, {});
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: { message: 'told the_code', type: 'test', param: null, code: 'the_code' },
    });
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('x-request-id')).toBe('req_1');
    expect(response.headers.get('retry-after')).toBe('0');
  });

  it('of our own is an OpenAI error with our code', async () => {
    const held = await scene(answers(), { budgets: [{ limitUsd: 1e-9, per: 'day' }] });
    const response = await post(held, {});
    expect(response.status).toBe(402);
    expect(await response.json()).toMatchObject({
      error: { type: 'routell_budget', code: 'budget', param: null, call_id: expect.any(String) as string },
    });
    await expect(official(held).chat.completions.create({ model, messages: hello })).rejects.toMatchObject({
      status: 402,
      code: 'budget',
    });
    expectQuiet(held);
  });

  it('of our own rate limit is a 429 that says how long', async () => {
    const held = await scene(answers(), {
      rateLimits: { requestsPerMinute: 1 },
      timeouts: { totalMs: 5000 },
    });
    await post(held, {});
    const response = await post(held, {});
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after-ms'))).toBeGreaterThan(1000);
  });

  it('of the last model is told where all failed', async () => {
    const held = await scene((response) => sendError(response, 500, 'x'), {
      retries: { maxRetries: 0 },
      models: { [model]: { prices: { input: 1, output: 1 } }, other: { prices: { input: 2, output: 2 } } },
    });
    const response = await post(held, { model: 'auto' });
    expect(held.upstream.received).toHaveLength(2);
    expect(response.status).toBe(500);
  });

  it('by a text that is no JSON is passed on as it is', async () => {
    const held = await scene(
      (response) => {
        response.writeHead(503, { 'content-type': 'text/plain' });
        response.end('busy');
      },
      { retries: { maxRetries: 0 } },
    );
    const response = await post(held, {});
    expect([response.status, await response.text()]).toEqual([503, 'busy']);
  });

  it('to connect, or in time, rejects as a fetch does', async () => {
    const held = await scene(() => undefined, { timeouts: { totalMs: 30 } });
    await expect(post(held, {})).rejects.toBeInstanceOf(TypeError);
    await expect(official(held).chat.completions.create({ model, messages: hello })).rejects.toBeInstanceOf(
      OpenAI.APIConnectionTimeoutError,
    );
    await held.upstream.close();
    await expect(post(held, {})).rejects.toBeInstanceOf(TypeError);
  });

  it('by an abort rejects with AbortError', async () => {
    const held = await scene(() => undefined);
    const rejection = post(held, {}, { signal: AbortSignal.timeout(20) });
    await expect(rejection).rejects.toMatchObject({ name: 'AbortError' });
    await expect(post(held, { stream: true }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expectQuiet(held);
  });

  it('after close is a 503', async () => {
    const held = await scene();
    await held.client.close();
    expect((await post(held, {})).status).toBe(503);
    expect((await post(held, { stream: true })).status).toBe(503);
  });
});

describe('a stream', () => {
  it('is events with `[DONE]` at the end', async () => {
    const held = await scene(streams(['a', 'b'], 'whole', { usage }));
    const response = await post(held, { stream: true });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('x-request-id')).toBe('req_1');
    expect(response.headers.get('x-routell-call-id')).toMatch(/^call_/);
    const text = await response.text();
    expect(text.match(/^data: /gm)).toHaveLength(4);
    expect(text).toMatch(/\ndata: \[DONE\]\n\n$/);
    expectQuiet(held);
  });

  it('that fails before its first token is an error response', async () => {
    const held = await scene((response) => sendError(response, 503, 'x'), { retries: { maxRetries: 0 } });
    expect((await post(held, { stream: true })).status).toBe(503);
  });

  it('that fails in mid-stream is the official client’s APIError, with no `[DONE]`', async () => {
    const held = await scene((response) => {
      startEvents(response);
      response.write(chunkOf({ content: 'half' }));
      setTimeout(() => response.destroy(), 5);
    });
    const text = await (await post(held, { stream: true })).text();
    expect(text).toContain('routell_incomplete_stream');
    expect(text).not.toContain('[DONE]');
    let seen = '';
    const reading = (async () => {
      const stream = await official(held).chat.completions.create({ model, messages: hello, stream: true });
      for await (const { choices } of stream) seen += choices[0]?.delta.content ?? '';
    })();
    await expect(reading).rejects.toBeInstanceOf(OpenAI.APIError);
    await expect(reading).rejects.toMatchObject({ code: 'incomplete-stream' });
    expect(seen).toBe('half');
    expectQuiet(held);
  });

  it('whose body is left closes the socket at once', async () => {
    const held = await scene(streams(['a'], 'open'));
    const response = await post(held, { stream: true });
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    await expect.poll(() => held.upstream.openResponses).toBe(0);
    expect(held.events.filter(isTerminal)).toMatchObject([
      { type: 'call-error', error: { code: 'aborted' } },
    ]);
    expectQuiet(held);
  });

  it('that is aborted breaks its body off with AbortError', async () => {
    const held = await scene(streams(['a'], 'open'));
    const controller = new AbortController();
    const response = await post(held, { stream: true }, { signal: controller.signal });
    const reader = response.body!.getReader();
    await reader.read();
    controller.abort();
    await expect(reader.read()).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => held.upstream.openResponses).toBe(0);
    expectQuiet(held);
  });
});

describe('/models', () => {
  it('lists what the upstream lists', async () => {
    const held = await scene();
    const page = await official(held).models.list();
    expect(page.data).toMatchObject([{ id: model, object: 'model', owned_by: 'test' }]);
  });

  it('is an error response where there is no list', async () => {
    const down = { models: (response: Parameters<typeof sendJson>[0]) => sendError(response, 500, 'down') };
    const held = await scene(answers(), {}, down);
    await expect(official(held).models.list()).rejects.toMatchObject({ status: 500 });
  });
});
