/** `resume: true`: streams that break off after their first token, and go on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ChatOptions, IncompleteStreamError, type RouteLLClientOptions } from 'routell';
import { chunkOf, usage } from '../call/loopback-upstream.js';
import { type FaultScene, faultScene, type StreamEnd } from './observe.js';
import { error, type RawAnswer, STREAM_HEAD } from './raw-server.js';

const DONE = 'data: [DONE]\n\n';
const TEXT = 'The quick brown fox 🦊 jumps over the lazy dog, and the dog sleeps on.';
const FIRST = TEXT.slice(0, 31);
const REST = TEXT.slice(FIRST.length);
const end = chunkOf({}, 'stop', { usage });

const priced = { prices: { input: 1, output: 2 }, maxOutput: 100 };
const models: RouteLLClientOptions = {
  models: { 'test-model': priced, 'other-model': priced, 'third-model': priced },
};
const along: ChatOptions = { resume: true, fallbacks: ['other-model'] };

/** A text in pieces of five characters. */
function pieces(text: string): string {
  return (text.match(/[^]{1,5}/gu) ?? []).map((content) => chunkOf({ content })).join('');
}

/** Sends a part of a stream, then breaks the connection. */
const breaks =
  (...sent: readonly string[]): RawAnswer =>
  (socket) => {
    socket.write(STREAM_HEAD + sent.join(''));
    setTimeout(() => socket.resetAndDestroy(), 15);
  };

const sends =
  (...sent: readonly string[]): RawAnswer =>
  (socket) => {
    socket.end(STREAM_HEAD + sent.join(''));
  };

/** A stream that is whole, by the model that was asked. */
const goesOn =
  (text: string): RawAnswer =>
  (socket, { body }) => {
    const sent = chunkOf({ role: 'assistant', content: '' }) + pieces(text) + end + DONE;
    socket.end(STREAM_HEAD + sent.replaceAll('test-model', String(body['model'])));
  };

/** Answers one after the other; the last again. */
const inTurn =
  (...answers: readonly RawAnswer[]): RawAnswer =>
  (socket, request) =>
    (answers[request.count - 1] ?? answers.at(-1)!)(socket, request);

const cut = breaks(pieces(FIRST));

interface Resumed extends StreamEnd {
  readonly scene: FaultScene;
}

async function resumed(
  answer: RawAnswer,
  options: ChatOptions = along,
  clientOptions: RouteLLClientOptions = {},
): Promise<Resumed> {
  const scene = await faultScene(answer, { ...models, ...clientOptions });
  return { ...(await scene.stream(options)), scene };
}

describe('goes on', { timeout: 30_000 }, () => {
  it('at the next model, and names both and what both cost', async () => {
    const { scene, text, result } = await resumed(inTurn(cut, goesOn(REST)));
    expect(text).toBe(TEXT);
    expect(result).toMatchObject({ success: true, model: 'other-model', finishReason: 'stop' });
    if (!result.success) throw result.error;
    const [first, second] = result.attempts;
    expect(first).toMatchObject({ model: 'test-model', outcome: 'incomplete-stream', billed: 'unknown' });
    expect(second).toMatchObject({ model: 'other-model', outcome: 'success', billed: 'yes' });
    expect(result.parts).toEqual([
      {
        attemptId: first?.attemptId,
        model: 'test-model',
        provider: first?.provider,
        start: 0,
        costUsd: first?.costUsd,
      },
      {
        attemptId: second?.attemptId,
        model: 'other-model',
        provider: first?.provider,
        start: FIRST.length,
        costUsd: second?.costUsd,
      },
    ]);
    expect(first?.costUsd).toBeGreaterThan(0);
    expect(result.costUsd).toBeCloseTo(first!.costUsd! + second!.costUsd!, 12);
    expect(result.usage).toMatchObject({
      outputTokens: first!.usage!.outputTokens + 5,
      inputTokens: first!.usage!.inputTokens + 10,
      estimated: true,
    });
    expect(result.message.content).toBe(TEXT);
    await scene.expectInvariants();
  });

  it('and tells so: one first token each, the fallback, the resumption, one end', async () => {
    const { scene } = await resumed(inTurn(cut, goesOn(REST)));
    const told = scene.events.filter(({ type }) => !type.startsWith('credit') && type !== 'budget-threshold');
    expect(told.map(({ type }) => type)).toEqual([
      'call-start',
      'attempt-start',
      'stream-first-token',
      'attempt-error',
      'route-fallback',
      'attempt-start',
      'stream-first-token',
      'stream-resume',
      'attempt-end',
      'call-end',
    ]);
    expect(told.find(({ type }) => type === 'stream-resume')).toMatchObject({
      model: 'other-model',
      characters: FIRST.length,
      reason: expect.any(String) as string,
    });
    await scene.expectInvariants();
  });

  it.each<[string, string]>([
    ['only the rest', REST],
    ['the last words again', TEXT.slice(8)],
    ['all of it again', TEXT],
    ['all of it again, after an empty line', `\n\n${TEXT}`],
  ])('where the next says %s', async (_, said) => {
    const { scene, text } = await resumed(inTurn(cut, goesOn(said)));
    expect(text).toBe(TEXT);
    await scene.expectInvariants();
  });

  it.each([
    'T',
    'I',
    'No',
    'OK',
    'The',
    '你好',
    '🦊',
    'aaa',
    '1. ',
    '\n\nThe',
    `| a |\n${'|---'.repeat(20)}`,
  ])(
    'where the next begins with its last words, as it was asked to, and these are little: %j',
    async (said) => {
      const begins: RawAnswer = (socket, request) => {
        const { content } = (request.body['messages'] as readonly { content: string }[]).at(-1)!;
        const lastWords = content.slice(content.indexOf(':\n\n') + 3);
        goesOn(`${lastWords} and more`)(socket, request);
      };
      const { scene, text } = await resumed(inTurn(breaks(pieces(said)), begins));
      expect(text).toBe(`${said.trimEnd()} and more`);
      await scene.expectInvariants();
    },
  );

  it('with the messages, what was said, and how to go on', async () => {
    const { scene } = await resumed(inTurn(cut, goesOn(REST)), { ...along, max_tokens: 50, temperature: 0 });
    const [first, second] = scene.server.received.map(({ body }) => body);
    const asked = second?.['messages'] as readonly { role: string; content: string }[];
    expect(asked.slice(0, -2)).toEqual(first?.['messages']);
    expect(asked.at(-2)).toEqual({ role: 'assistant', content: FIRST });
    expect(asked.at(-1)?.role).toBe('user');
    expect(asked.at(-1)?.content.endsWith(FIRST)).toBe(true);
    expect(second).toMatchObject({ model: 'other-model', temperature: 0, stream: true });
    // The cap is one of the whole answer.
    expect(second?.['max_tokens']).toBeLessThan(50);
    expect(second?.['max_tokens']).toBeGreaterThan(30);
    await scene.expectInvariants();
  });

  it.each<[string, RawAnswer]>([
    ['an end without a finish reason', sends(pieces(FIRST))],
    ['[DONE] without a finish reason', sends(pieces(FIRST), DONE)],
    [
      'an error in the stream',
      sends(pieces(FIRST), 'data: {"error":{"message":"no capacity","code":502}}\n\n'),
    ],
    [
      'a rate limit in the stream',
      sends(pieces(FIRST), 'data: {"error":{"message":"slow down","code":429}}\n\n'),
    ],
    ['an event that is no JSON', sends(pieces(FIRST), 'data: oops\n\n')],
    [
      'silence',
      (socket) => {
        socket.write(STREAM_HEAD + pieces(FIRST));
      },
    ],
  ])('after %s', async (what, dies) => {
    const options: RouteLLClientOptions = { timeouts: { idleMs: 120, totalMs: 5_000 } };
    const isLimit = what.startsWith('a rate limit');
    const { scene, text, result } = await resumed(inTurn(dies, goesOn(REST)), along, {
      ...options,
      ...(isLimit ? { retries: { maxRetries: 1, retryDelayMs: 1 }, rateLimits: { adaptive: false } } : {}),
    });
    expect(result.attempts[0]?.outcome).not.toBe('success');
    expect(text).toBe(TEXT);
    await scene.expectInvariants();
  });

  it('at the same model where the caller names no other, as often as it is retried', async () => {
    const again = { retries: { maxRetries: 2, retryDelayMs: 1 } };
    const second = breaks(pieces(TEXT.slice(12, 45)));
    const { scene, text, result } = await resumed(
      inTurn(cut, second, goesOn(TEXT.slice(30))),
      { resume: true },
      again,
    );
    expect(text).toBe(TEXT);
    expect(scene.server.received.map(({ body }) => body['model'])).toEqual([
      'test-model',
      'test-model',
      'test-model',
    ]);
    expect(result.success && result.parts.map(({ start }) => start)).toEqual([0, FIRST.length, 45]);
    expect(scene.events.filter(({ type }) => type === 'stream-resume')).toHaveLength(2);
    await scene.expectInvariants();
  });

  it('past an attempt that fails before it says anything', async () => {
    const refused: RawAnswer = (socket) => socket.end(error(503, 'overloaded'));
    const { scene, text, result } = await resumed(inTurn(cut, refused, goesOn(REST)), {
      resume: true,
      fallbacks: ['other-model', 'third-model'],
    });
    expect(text).toBe(TEXT);
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual([
      'incomplete-stream',
      'upstream',
      'success',
    ]);
    expect(result.success && result.parts).toHaveLength(2);
    await scene.expectInvariants();
  });

  it('with time anew for its first token, however long the stream had taken', async () => {
    const slow: RawAnswer = (socket) => {
      socket.write(STREAM_HEAD + pieces(FIRST));
      setTimeout(() => socket.resetAndDestroy(), 250);
    };
    const { scene, text } = await resumed(inTurn(slow, goesOn(REST)), { ...along, timeoutMs: 200 });
    expect(text).toBe(TEXT);
    await scene.expectInvariants();
  });

  it('in chunks of one id, without a second role, the usage as it was asked for', async () => {
    const other = chunkOf({ role: 'assistant', content: REST }).replace('chatcmpl-1', 'chatcmpl-2');
    const scene = await faultScene(inTurn(cut, sends(other, end, DONE)), models);
    const stream = scene.client.streamCompletion([{ role: 'user', content: 'x' }], {
      ...along,
      model: 'test-model',
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream.chunks()) chunks.push(chunk);
    expect(new Set(chunks.map(({ id }) => id))).toEqual(new Set(['chatcmpl-1']));
    expect(chunks.filter(({ choices }) => choices[0]?.delta.role !== undefined)).toHaveLength(0);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(TEXT);
    expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }], usage });
    await scene.expectInvariants();
  });

  it('into a tool call', async () => {
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'wait', arguments: '{}' } };
    const calls = sends(
      pieces(FIRST.slice(10)),
      chunkOf({ tool_calls: [call] }),
      chunkOf({}, 'tool_calls'),
      DONE,
    );
    const { scene, text, result } = await resumed(inTurn(cut, calls));
    expect(text).toBe(FIRST);
    expect(result).toMatchObject({
      success: true,
      finishReason: 'tool_calls',
      toolCalls: [{ id: 'call_1' }],
    });
    await scene.expectInvariants();
  });

  it('from the start where only reasoning had come', async () => {
    const thinks = breaks(chunkOf({ reasoning_content: 'Foxes …' }));
    const { scene, text, result } = await resumed(inTurn(thinks, goesOn(TEXT)));
    expect(text).toBe(TEXT);
    expect(scene.server.received[1]?.body['messages']).toEqual(scene.server.received[0]?.body['messages']);
    expect(result.success && result.parts).toEqual([]);
    await scene.expectInvariants();
  });
});

describe('does not go on', { timeout: 30_000 }, () => {
  const json = { type: 'json_object' } as const;
  const toolPiece = chunkOf({
    tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{"x' } }],
  });

  it.each<[string, RawAnswer, ChatOptions]>([
    ['unless asked to', cut, { fallbacks: ['other-model'] }],
    ['where the option says no', cut, { ...along, resume: false }],
    ['after a tool call has begun', breaks(pieces(FIRST), toolPiece), along],
    ['after a refusal has begun', breaks(chunkOf({ refusal: 'I can’t' })), along],
    ['with several choices', cut, { ...along, n: 2 }],
    ['with JSON', cut, { ...along, response_format: json }],
    ['with sound', cut, { ...along, modalities: ['text', 'audio'] }],
  ])('%s', async (_, dies, options) => {
    const { scene, text, error: thrown } = await resumed(inTurn(dies, goesOn(REST)), options);
    expect(thrown).toMatchObject({ code: 'incomplete-stream', partial: text });
    expect(scene.server.received).toHaveLength(1);
    await scene.expectInvariants();
  });

  it('after the last finish reason: the answer is whole', async () => {
    const { scene, result } = await resumed(inTurn(breaks(pieces(TEXT), end), goesOn(REST)));
    expect(result).toMatchObject({ success: true, content: TEXT, parts: [] });
    expect(scene.server.received).toHaveLength(1);
    await scene.expectInvariants();
  });

  it('where the caller aborts, before, while and after it would', async () => {
    for (const waitMs of [0, 20, 60]) {
      const controller = new AbortController();
      const silent: RawAnswer = (socket) => void socket.setNoDelay(true);
      const scene = await faultScene(inTurn(breaks(pieces(FIRST)), silent), models);
      setTimeout(() => controller.abort(), waitMs);
      const { error: thrown, result } = await scene.stream({ ...along, signal: controller.signal });
      expect(thrown?.code).toBe('aborted');
      expect(result.attempts.length).toBe(scene.events.filter(({ type }) => type === 'attempt-start').length);
      await scene.expectInvariants();
    }
  });

  it('where the reader leaves while the next is being opened', async () => {
    const scene = await faultScene(
      inTurn(cut, (socket) => void socket.setNoDelay(true)),
      models,
    );
    const stream = scene.client.streamCompletion([{ role: 'user', content: 'x' }], {
      ...along,
      model: 'test-model',
    });
    void (async () => {
      for await (const _ of stream);
    })().catch(() => undefined);
    await expect.poll(() => scene.server.received.length, { timeout: 3_000, interval: 5 }).toBe(2);
    await stream[Symbol.asyncDispose]();
    const result = await stream.result;
    expect(result).toMatchObject({ success: false, error: { code: 'aborted' } });
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['incomplete-stream', 'aborted']);
    await scene.expectInvariants();
  });
});

describe('gives up', { timeout: 30_000 }, () => {
  it('once the plan and the rounds are used up, with all that was delivered', async () => {
    const {
      scene,
      text,
      error: thrown,
      result,
    } = await resumed(
      inTurn(cut, breaks(pieces(TEXT.slice(12, 45))), (socket) => socket.end(error(500, 'broken'))),
      along,
      { retries: { maxRetries: 1, retryDelayMs: 1 } },
    );
    expect(text).toBe(TEXT.slice(0, 45));
    expect(thrown).toBeInstanceOf(IncompleteStreamError);
    expect(thrown).toMatchObject({ partial: text, cause: { code: 'upstream' } });
    expect(result.attempts).toHaveLength(3);
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual([
      'incomplete-stream',
      'incomplete-stream',
      'upstream',
    ]);
    await scene.expectInvariants();
  });

  it('where no retry is left, at once', async () => {
    const { scene, error: thrown } = await resumed(cut, { resume: true });
    expect(thrown).toMatchObject({ code: 'incomplete-stream', partial: FIRST });
    expect(scene.server.received).toHaveLength(1);
    await scene.expectInvariants();
  });

  it('where the next says nothing in the time of a call, with what was delivered', async () => {
    const silent: RawAnswer = (socket) => void socket.setNoDelay(true);
    const {
      scene,
      text,
      error: thrown,
      result,
    } = await resumed(inTurn(cut, silent), { ...along, timeoutMs: 250 });
    expect(text).toBe(FIRST);
    expect(thrown).toBeInstanceOf(IncompleteStreamError);
    expect(thrown).toMatchObject({ partial: FIRST, cause: { code: 'timeout', phase: 'total' } });
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['incomplete-stream', 'timeout']);
    await scene.expectInvariants();
  });

  it('where what is held back never shows to be new: it is not delivered', async () => {
    const { scene, text, error: thrown } = await resumed(inTurn(cut, breaks(pieces(FIRST.slice(4, 20)))));
    expect(text).toBe(FIRST);
    expect(thrown).toMatchObject({ partial: FIRST });
    await scene.expectInvariants();
  });

  it('where the retries of the client are spent', async () => {
    const scene = await faultScene(breaks(pieces('abcdefg')), {
      ...models,
      retries: { maxRetries: 9, retryDelayMs: 1 },
    });
    for (let calls = 0; calls < 3; calls++) await scene.stream({ resume: true });
    // Ten retries, and the three calls: a stream that breaks off gives none of them back.
    expect(scene.server.received.length).toBeLessThanOrEqual(14);
    await scene.expectInvariants();
  });

  it('holds an injected fetch that never ends no longer than the time between two tokens', async () => {
    const encoder = new TextEncoder();
    let asked = 0;
    const fetch = (): Promise<Response> => {
      asked += 1;
      const body = new ReadableStream({
        start: (controller) => {
          controller.enqueue(encoder.encode(pieces(asked === 1 ? FIRST : REST)));
          if (asked === 1) return;
          controller.enqueue(encoder.encode(end + DONE));
          controller.close();
        },
      });
      return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
    };
    const scene = await faultScene(cut, { ...models, fetch, timeouts: { idleMs: 60, totalMs: 5_000 } });
    expect((await scene.stream(along)).text).toBe(TEXT);
    await sleep(10);
    await scene.expectInvariants();
  });
});

describe('beside other options', { timeout: 30_000 }, () => {
  it('an answer in parts is not kept in the cache', async () => {
    const scene = await faultScene(inTurn(cut, goesOn(REST), goesOn(TEXT)), {
      ...models,
      cache: { scope: 'test' },
    });
    const options = { ...along, temperature: 0 };
    expect((await scene.stream(options)).text).toBe(TEXT);
    expect((await scene.stream(options)).result).toMatchObject({ cached: false, content: TEXT });
    expect((await scene.stream(options)).result).toMatchObject({ cached: true, content: TEXT, parts: [] });
    await scene.expectInvariants();
  });

  it('it is true or false', async () => {
    const { result } = await resumed(cut, { resume: 'yes' } as unknown as ChatOptions);
    expect(result).toMatchObject({ error: { code: 'invalid-request', field: 'resume' } });
  });

  it('it says nothing to a call that does not stream', async () => {
    const body = JSON.stringify({
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'x' } }],
    });
    const scene = await faultScene((socket) => {
      socket.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n${body}`);
    });
    expect(await scene.ask({ resume: true })).toMatchObject({ success: true, content: 'x', parts: [] });
    expect(scene.server.received[0]?.body).not.toHaveProperty('resume');
    await scene.expectInvariants();
  });
});
