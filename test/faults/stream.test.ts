/** F23–F32: streams that arrive in every way, break in every way, and claim what they do not keep. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { IncompleteStreamError } from 'routell';
import { chunkOf, completionOf, usage } from '../call/loopback-upstream.js';
import { faultScene } from './observe.js';
import { http, type RawAnswer, STREAM_HEAD } from './raw-server.js';

const DONE = 'data: [DONE]\n\n';
const TEXT = ['Grüße', ', 世界', ' 👩‍🚀', '!'];
const pieces = TEXT.map((content) => chunkOf({ content }));
const first = chunkOf({ content: 'Grüße' });
const end = chunkOf({}, 'stop', { usage });
const WHOLE = pieces.join('') + end + DONE;

const streams =
  (...parts: readonly (string | Buffer)[]): RawAnswer =>
  (socket) => {
    socket.write(STREAM_HEAD);
    for (const part of parts) socket.write(part);
    socket.end();
  };

/** Sends the parts one by one, so that each arrives alone. */
const apart =
  (parts: readonly Uint8Array[], waitMs = 0): RawAnswer =>
  (socket) => {
    void (async () => {
      socket.setNoDelay(true);
      socket.write(STREAM_HEAD);
      for (const part of parts) {
        if (socket.destroyed) return;
        socket.write(part);
        await sleep(waitMs);
      }
      socket.end();
    })();
  };

describe('bytes', { timeout: 30_000 }, () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('F23 split at every byte, lines ended by %s: the text is exact', async (_, lineEnd) => {
    const bytes = Buffer.from(WHOLE.replaceAll('\n', lineEnd));
    const scene = await faultScene(apart(Array.from(bytes, (byte) => Uint8Array.of(byte))));
    const { text, result } = await scene.stream();
    expect(text).toBe(TEXT.join(''));
    expect(text).not.toContain('\ufffd');
    expect(result).toMatchObject({ success: true, usage: { inputTokens: 10, estimated: false } });
    await scene.expectInvariants();
  });

  it('F23 bytes that are no UTF-8 are no text: what came before is told, nothing is made up', async () => {
    const scene = await faultScene(
      apart([Buffer.from(pieces[0]!), Buffer.of(0x64, 0xff, 0xfe, 0x0a, 0x0a), Buffer.from(end)], 20),
    );
    const { text, error } = await scene.stream();
    expect(text).toBe(TEXT[0]);
    expect(error).toMatchObject({ code: 'incomplete-stream', partial: TEXT[0] });
    await scene.expectInvariants();
  });

  it('F24 mixed line ends, a byte order mark, comments and empty events', async () => {
    const mixed = `\ufeff: OPENROUTER PROCESSING\r\n\r\n${pieces[0]}data:\n\ndata: \r\r${pieces[1]!.replaceAll('\n', '\r')}:\n\n${pieces[2]!.replaceAll('\n', '\r\n')}${pieces[3]}${end}${DONE}`;
    const scene = await faultScene(streams(mixed));
    expect(await scene.stream()).toMatchObject({ text: TEXT.join(''), error: null });
    await scene.expectInvariants();
  });

  it('F24 the mark of the end is seen at once where lines end by CR and the socket stays open', async () => {
    const scene = await faultScene((socket) => {
      socket.write(STREAM_HEAD + WHOLE.replaceAll('\n', '\r'));
    });
    const startedMs = performance.now();
    expect((await scene.stream()).error).toBeNull();
    expect(performance.now() - startedMs).toBeLessThan(2_500);
    await scene.expectInvariants();
  });

  it.each([': ping\n\n', 'data:\n\n', 'event: ping\ndata: {"type":"ping"}\n\n'])(
    'F24 %j keeps no stream alive: only tokens do',
    async (ping) => {
      const scene = await faultScene(
        (socket) => {
          socket.write(STREAM_HEAD + first);
          const timer = setInterval(() => {
            if (!socket.destroyed) socket.write(ping);
          }, 10);
          socket.on('close', () => clearInterval(timer));
        },
        { timeouts: { idleMs: 100, totalMs: 5_000 } },
      );
      const startedMs = performance.now();
      const { text, error } = await scene.stream();
      expect(performance.now() - startedMs).toBeLessThan(2_500);
      expect(text).toBe(TEXT[0]);
      expect(error).toMatchObject({ code: 'timeout', phase: 'idle' });
      await scene.expectInvariants();
    },
  );

  it('F25 data on several lines, names, ids, retry, NUL, unknown fields', async () => {
    const [one, second] = pieces.map((piece) => piece.slice('data: '.length).trim());
    const split = one!.replace('{"id"', '{\ndata: "id"');
    const text = `event: message\nid: 1\nretry: 10\nretry: soon\nid: \0\ncolour: blue\ndata:${split}\n\nnonsense\n\ndata: ${second}\n\n${end}${DONE}`;
    const scene = await faultScene(streams(text));
    expect(await scene.stream()).toMatchObject({ text: TEXT[0]! + TEXT[1]!, error: null });
    await scene.expectInvariants();
  });
});

describe('ends', { timeout: 30_000 }, () => {
  it.each<[string, readonly string[], string | null]>([
    ['at the end of the connection, without any mark', [...pieces], 'incomplete-stream'],
    ['with [DONE] and no finish reason', [...pieces, DONE], 'incomplete-stream'],
    ['with a finish reason and no [DONE]', [...pieces, end], null],
    ['in the middle of JSON', [...pieces, end.slice(0, 40)], 'incomplete-stream'],
    ['in the middle of a field', [...pieces, 'dat'], 'incomplete-stream'],
    ['after an empty finish reason', [...pieces, chunkOf({}, ''), DONE], 'incomplete-stream'],
    ['with a finish reason of null', [...pieces, chunkOf({}, null), DONE], 'incomplete-stream'],
    ['with data after [DONE]', [...pieces, end, DONE, chunkOf({ content: 'more' })], null],
    ['with two [DONE]', [...pieces, end, DONE, DONE], null],
    ['with spaces around [DONE]', [...pieces, end, 'data:   [DONE]  \n\n'], null],
    ['with [DONE] in place of everything', [DONE], 'incomplete-stream'],
    ['without a byte', [], 'incomplete-stream'],
  ])('F26 %s', async (_, parts, code) => {
    const scene = await faultScene(streams(...parts));
    const { text, error, result } = await scene.stream();
    expect(error?.code ?? null).toBe(code);
    if (parts.length > 1) expect(text).toBe(TEXT.join(''));
    if (error !== null && parts.length > 1) {
      expect(error).toBeInstanceOf(IncompleteStreamError);
      expect(error).toHaveProperty('partial', text);
      expect(JSON.stringify(error)).not.toContain(TEXT[0]);
      expect(result.attempts[0]).toMatchObject({ usage: { inputTokens: expect.any(Number) as number } });
    }
    await scene.expectInvariants();
  });

  it('F26 [DONE] and a socket that stays open: the stream is over at once, and the socket is closed', async () => {
    const scene = await faultScene((socket) => {
      socket.write(STREAM_HEAD + WHOLE);
    });
    const startedMs = performance.now();
    expect((await scene.stream()).error).toBeNull();
    expect(performance.now() - startedMs).toBeLessThan(2_500);
    await expect.poll(() => scene.server.held, { timeout: 2_000, interval: 5 }).toBe(0);
    await scene.expectInvariants();
  });

  it('F26 a finish reason that is empty in every chunk does not make a cut stream whole', async () => {
    const scene = await faultScene(streams(chunkOf({ content: 'half ' }, ''), chunkOf({ content: 'a' }, '')));
    expect(await scene.stream()).toMatchObject({ text: 'half a', error: { code: 'incomplete-stream' } });
    await scene.expectInvariants();
  });

  it.each<[string, string]>([
    ['an error object', 'data: {"error":{"message":"no capacity","code":502}}\n\n'],
    ['an error event', 'event: error\ndata: {"message":"no capacity"}\n\n'],
    ['an error beside choices', 'data: {"error":{"message":"gone"},"choices":[]}\n\n'],
    ['the finish reason error', chunkOf({}, 'error')],
    ['the finish reason insufficient_system_resource', chunkOf({}, 'insufficient_system_resource')],
    ['text that is no JSON', 'data: oops\n\n'],
    ['choices that are none', 'data: {"choices":[7]}\n\n'],
    ['a choice of null', 'data: {"choices":[null]}\n\n'],
    ['a delta that is text', 'data: {"choices":[{"index":0,"delta":"x"}]}\n\n'],
    ['tools that are no list', 'data: {"choices":[{"index":0,"delta":{"tool_calls":{}}}]}\n\n'],
    ['a tool that is null', 'data: {"choices":[{"index":0,"delta":{"tool_calls":[null]}}]}\n\n'],
    ['content that is a number', 'data: {"choices":[{"index":0,"delta":{"content":7}}]}\n\n'],
  ])('F27 %s in a stream: typed, what came is kept, told as failed', async (_, event) => {
    const scene = await faultScene(streams(pieces[0]!, event, end, DONE));
    const { text, error, result } = await scene.stream();
    expect(text).toBe(TEXT[0]);
    expect(error).toMatchObject({ code: 'incomplete-stream', partial: TEXT[0] });
    expect(error?.cause).toMatchObject({
      code: expect.stringMatching(/upstream|malformed-response/) as string,
    });
    expect(result.attempts).toHaveLength(1);
    await scene.expectInvariants();

    // Before the first token it is tried again like any failure.
    const early = await faultScene(streams(event, end, DONE));
    expect((await early.stream()).error).toMatchObject({
      code: expect.stringMatching(/upstream|malformed-response/) as string,
    });
    await early.expectInvariants();
  });

  it('F27 a content filter is an end of its own, not hidden', async () => {
    const scene = await faultScene(streams(pieces[0]!, chunkOf({}, 'content_filter'), DONE));
    expect((await scene.stream()).result).toMatchObject({ success: true, finishReason: 'content_filter' });
  });
});

describe('usage', { timeout: 30_000 }, () => {
  const counted = (prompt: number, completion: number): object => ({
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  });
  const alone = (extra: object): string => `data: ${JSON.stringify({ choices: [], ...extra })}\n\n`;

  it.each<[string, readonly string[], object]>([
    ['is missing: estimated, and said so', [chunkOf({}, 'stop')], { estimated: true }],
    ['is null', [chunkOf({}, 'stop', { usage: null })], { estimated: true }],
    [
      'is zero: that is a figure',
      [chunkOf({}, 'stop', counted(0, 0))],
      { inputTokens: 0, outputTokens: 0, estimated: false },
    ],
    [
      'comes twice: the last holds',
      [chunkOf({}, 'stop', counted(9, 9)), alone(counted(7, 3))],
      { inputTokens: 7, outputTokens: 3 },
    ],
    [
      'goes down: the last holds',
      [chunkOf({ content: 'x' }, null, counted(9, 9)), chunkOf({}, 'stop', counted(9, 2))],
      { outputTokens: 2 },
    ],
    [
      'is null after a figure: the figure holds',
      [chunkOf({}, 'stop', counted(7, 3)), alone({ usage: null })],
      { outputTokens: 3, estimated: false },
    ],
    [
      'comes alone after the finish',
      [chunkOf({}, 'stop'), alone(counted(7, 3))],
      { outputTokens: 3, estimated: false },
    ],
    ['is nonsense', [chunkOf({}, 'stop', { usage: 'many' })], { estimated: true }],
    ['is negative', [chunkOf({}, 'stop', counted(-1, -1))], { estimated: true }],
  ])('F28 usage that %s', async (_, ends, expected) => {
    const scene = await faultScene(streams(pieces[0]!, ...ends, DONE));
    const { result } = await scene.stream();
    expect(result.usage).toMatchObject(expected);
    const [row] = await scene.rows();
    expect(row?.usage).toEqual(result.usage);
    await scene.expectInvariants();
  });
});

describe('breaks', { timeout: 30_000 }, () => {
  it.each([0, 1, 2, 3, 4])('F29 a reset after %i tokens', async (tokens) => {
    const scene = await faultScene((socket) => {
      socket.write(STREAM_HEAD + pieces.slice(0, tokens).join(''));
      setTimeout(() => socket.resetAndDestroy(), 15);
    });
    const { text, error, result } = await scene.stream();
    expect(text).toBe(TEXT.slice(0, tokens).join(''));
    expect(error).toMatchObject({ code: 'incomplete-stream', partial: text });
    expect(result.attempts[0]).toMatchObject({ billed: 'unknown', usage: { estimated: true } });
    expect(result.costUsd).toBeGreaterThan(0);
    await scene.expectInvariants();
  });

  it('F29 a reset after the first token is never tried again in silence', async () => {
    const scene = await faultScene(
      (socket) => {
        socket.write(STREAM_HEAD + first);
        setTimeout(() => socket.resetAndDestroy(), 15);
      },
      { retries: { maxRetries: 3, retryDelayMs: 1 } },
    );
    expect((await scene.stream({ fallbacks: ['other-model'] })).error?.code).toBe('incomplete-stream');
    expect(scene.server.received).toHaveLength(1);
    await scene.expectInvariants();
  });

  it.each([0, 1, 3])('F29 a stall after %i tokens ends by the time of its phase', async (tokens) => {
    const scene = await faultScene(
      (socket) => {
        socket.write(STREAM_HEAD + pieces.slice(0, tokens).join(''));
      },
      { timeouts: { idleMs: 80, firstTokenMs: 80, totalMs: 5_000 } },
    );
    const startedMs = performance.now();
    const { text, error } = await scene.stream();
    expect(performance.now() - startedMs).toBeLessThan(2_500);
    expect(text).toBe(TEXT.slice(0, tokens).join(''));
    expect(error).toMatchObject({ code: 'timeout', phase: tokens === 0 ? 'first-token' : 'idle' });
    await scene.expectInvariants();
  });

  it('F29 timeouts.firstTokenMs leaves time for another model', async () => {
    const scene = await faultScene(
      (socket, { body }) => {
        socket.write(STREAM_HEAD + chunkOf({ role: 'assistant' }));
        if (body['model'] === 'other-model') socket.end(WHOLE);
      },
      {
        timeouts: { firstTokenMs: 80, totalMs: 5_000 },
        models: {
          'test-model': { prices: { input: 1, output: 2 }, maxOutput: 100 },
          'other-model': { prices: { input: 1, output: 2 }, maxOutput: 100 },
        },
      },
    );
    const { text, result } = await scene.stream({ fallbacks: ['other-model'] });
    expect(text).toBe(TEXT.join(''));
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['timeout', 'success']);
    await scene.expectInvariants();
  });
});

describe('masses', { timeout: 30_000 }, () => {
  it.each<[string, string]>([
    ['a line without an end', `data: ${'a'.repeat(2 ** 16)}`],
    ['lines of one event without an end', `data: ${'a'.repeat(1000)}\n`],
  ])('F30 %s is refused at 1 MiB', async (_, part) => {
    let sent = 0;
    const scene = await faultScene((socket) => {
      socket.write(STREAM_HEAD + first);
      if (!part.endsWith('\n')) socket.write('data: ');
      const rest = part.endsWith('\n') ? part : part.slice(6);
      const push = (): void => {
        while (!socket.destroyed && sent < 2 ** 28) {
          sent += rest.length;
          if (!socket.write(rest)) {
            socket.once('drain', push);
            return;
          }
        }
      };
      push();
    });
    const { error } = await scene.stream();
    expect(error).toMatchObject({ code: 'incomplete-stream', partial: TEXT[0] });
    expect(error?.message).toContain('1048576');
    await scene.expectInvariants();
    expect(sent).toBeLessThan(2 ** 25);
  });

  it('F30 a hundred thousand empty events, small events and line ends cost no more than their bytes', async () => {
    const empty = 'data:\n\n:\r\n\r\n'.repeat(100_000);
    const returns = '\n'.repeat(200_000) + '\r';
    const small = chunkOf({ content: 'a' }).repeat(20_000);
    const scene = await faultScene(streams(empty, returns, small, end, DONE), {
      timeouts: { totalMs: 30_000 },
    });
    const { text } = await scene.stream();
    expect(text).toBe('a'.repeat(20_000));
    await scene.expectInvariants();
  });

  it('F30 a stream that never ends is refused beyond four times maxResponseBytes', async () => {
    const scene = await faultScene(
      (socket) => {
        socket.write(STREAM_HEAD);
        const part = chunkOf({ content: 'and on ' }).repeat(50);
        const push = (): void => {
          while (!socket.destroyed) {
            if (!socket.write(part)) {
              socket.once('drain', push);
              return;
            }
          }
        };
        push();
      },
      { maxResponseBytes: 2 ** 16 },
    );
    const { error } = await scene.stream();
    expect(error).toMatchObject({ code: 'incomplete-stream' });
    expect(error?.message).toContain(String(2 ** 18));
    await scene.expectInvariants();
  });

  it('F30 arguments of tools in pieces of one byte, with gaps and huge numbers between the calls', async () => {
    const argumentsText = JSON.stringify({
      city: 'Zürich',
      days: Array.from({ length: 300 }, (_, day) => day),
    });
    const piece = (index: number, args: string, name?: string): string =>
      chunkOf({
        tool_calls: [
          {
            index,
            function: { arguments: args, ...(name === undefined ? {} : { name }) },
            ...(name === undefined ? {} : { id: name, type: 'function' }),
          },
        ],
      });
    const sent = [3, 2 ** 31].flatMap((index) => [
      piece(index, '', `tool-${index}`),
      ...Array.from(argumentsText, (byte) => piece(index, byte)),
    ]);
    const scene = await faultScene(streams(sent.join(''), chunkOf({}, 'tool_calls'), DONE));
    const { result } = await scene.stream();
    expect(result.success).toBe(true);
    if (!result.success) return;
    expect(result.toolCalls.map((call) => (call.type === 'function' ? call.function.arguments : ''))).toEqual(
      [argumentsText, argumentsText],
    );
    await scene.expectInvariants();
  });
});

describe('consumers', { timeout: 30_000 }, () => {
  it('F31 a slow one holds the upstream back: what it has not read is not in memory', async () => {
    let sent = 0;
    const scene = await faultScene((socket) => {
      socket.write(STREAM_HEAD);
      const part = chunkOf({ content: 'x'.repeat(1000) }).repeat(20);
      const push = (): void => {
        while (!socket.destroyed && sent < 200e6) {
          sent += part.length;
          if (!socket.write(part)) {
            socket.once('drain', push);
            return;
          }
        }
      };
      push();
    });
    const stream = scene.client.streamCompletion([{ role: 'user', content: 'x' }], { model: 'test-model' });
    let read = 0;
    for await (const piece of stream) {
      read += piece.length;
      if (read === 1000) await sleep(150);
      if (read >= 5000) break;
    }
    // Whatever is between the two ends holds some of it; not all of it.
    expect(sent).toBeLessThan(50e6);
    expect((await stream.result).success).toBe(false);
    await scene.expectInvariants();
  });

  it('F31 one that breaks, throws, never iterates, iterates twice', async () => {
    const scene = await faultScene((socket) => {
      socket.write(STREAM_HEAD + pieces.join(''));
    });
    const open = (): ReturnType<typeof scene.client.streamCompletion> =>
      scene.client.streamCompletion([{ role: 'user', content: 'x' }], { model: 'test-model' });
    const left = open();
    for await (const _ of left) break;
    expect((await left.result).success).toBe(false);

    const thrown = open();
    const reading = (async () => {
      for await (const _ of thrown) throw new RangeError('the consumer’s own');
    })();
    await expect(reading).rejects.toThrow('the consumer’s own');
    expect(await thrown.result).toMatchObject({ error: { code: 'aborted' } });

    open();
    const twice = open();
    const begun = twice.chunks();
    await begun.next();
    const second = (async () => {
      for await (const _ of twice) break;
    })();
    await expect(second).rejects.toMatchObject({ code: 'invalid-request', field: 'stream' });
    await begun.return();
    expect(scene.server.received).toHaveLength(3);
    await scene.expectInvariants();
  });

  it.each<[string, readonly [number, string | null][], string | null]>([
    [
      'interleaved',
      [
        [0, null],
        [1, null],
        [0, 'stop'],
        [1, 'stop'],
      ],
      null,
    ],
    [
      'of which one never ends',
      [
        [0, null],
        [1, null],
        [0, 'stop'],
      ],
      'incomplete-stream',
    ],
    [
      'of which one never begins',
      [
        [0, null],
        [0, 'stop'],
      ],
      null,
    ],
    [
      'with an index nobody asked for',
      [
        [0, null],
        [7, null],
        [0, 'stop'],
      ],
      'incomplete-stream',
    ],
  ])('F32 several choices, %s', async (_, events, code) => {
    const sent = events.map(
      ([index, finish]) =>
        `data: ${JSON.stringify({ id: 'x', model: 'm', created: 1, object: 'chat.completion.chunk', choices: [{ index, finish_reason: finish, delta: { content: `t${index}` } }] })}\n\n`,
    );
    const scene = await faultScene(streams(...sent, DONE));
    const { error } = await scene.stream({ n: 2 });
    expect(error?.code ?? null).toBe(code);
    await scene.expectInvariants();
  });

  it('a whole answer in place of a stream is read as one, and a cut one is none', async () => {
    const body = JSON.stringify(completionOf('all at once'));
    const scene = await faultScene((socket, { count }) => {
      socket.end(http(200, count === 1 ? body : body.slice(0, 90)));
    });
    expect(await scene.stream()).toMatchObject({ text: 'all at once', error: null });
    expect((await scene.stream()).error).toMatchObject({ code: 'malformed-response' });
    await scene.expectInvariants();
  });
});
