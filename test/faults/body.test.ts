/** F18–F22: answers that are not what they claim to be, and what their bodies do. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { completionBody } from '../loopback.js';
import { faultScene } from './observe.js';
import { http, type RawAnswer, STREAM_HEAD } from './raw-server.js';

const whole =
  (body: string | Buffer, headers: readonly string[] = []): RawAnswer =>
  (socket) =>
    socket.end(http(200, body, headers));

const HTML = '<!doctype html><html><body>Sign in, please</body></html>';

describe('F18 a success that is none', { timeout: 30_000 }, () => {
  it.each<[string, string]>([
    ['an HTML page', HTML],
    ['an error object', '{"error":{"message":"no capacity","code":"overloaded"}}'],
    ['an error as text', '{"error":"no capacity"}'],
    ['an error as its status', '{"error":{"message":"no capacity","code":503}}'],
    ['an empty body', ''],
    ['no choices', '{"id":"x","choices":[]}'],
    ['null', 'null'],
    ['a string', '"fine"'],
    ['a list', '[1,2]'],
    ['a choice that is text', '{"choices":["fine"]}'],
    ['a message without an object', '{"choices":[{"message":"fine","finish_reason":"stop"}]}'],
    ['content that is a number', '{"choices":[{"message":{"content":7},"finish_reason":"stop"}]}'],
    ['content that is an object', '{"choices":[{"message":{"content":{}},"finish_reason":"stop"}]}'],
    ['tools that are none', '{"choices":[{"message":{"tool_calls":"x"},"finish_reason":"stop"}]}'],
    ['a tool that is null', '{"choices":[{"message":{"tool_calls":[null]},"finish_reason":"stop"}]}'],
    ['a bare detail', '{"detail":"not found"}'],
  ])('F18 %s: a typed error, and a failure to the breaker', async (_, body) => {
    const scene = await faultScene(whole(body));
    const asked = await scene.ask();
    expect(asked.success).toBe(false);
    if (!asked.success) expect(['malformed-response', 'upstream']).toContain(asked.error.code);
    const { error } = await scene.stream();
    expect(['malformed-response', 'upstream']).toContain(error?.code);
    for (let call = 0; call < 10; call++) await scene.ask();
    // Ten in a row open the breaker, whatever kind of no answer they were.
    expect(scene.events.filter(({ type }) => type === 'model-degrade')).toHaveLength(1);
    expect(scene.server.received).toHaveLength(10);
    await scene.expectInvariants();
  });

  it('F18 an HTML page is not asked for again: another address is what helps', async () => {
    const scene = await faultScene(whole(HTML), { retries: { maxRetries: 3, retryDelayMs: 0 } });
    expect(await scene.ask()).toMatchObject({
      error: { code: 'malformed-response', retryable: false },
      attempts: { length: 1 },
    });
    expect(scene.server.received).toHaveLength(1);
  });

  it.each([
    ['text/html', completionBody('fine')],
    ['application/octet-stream', completionBody('fine')],
  ])('F18 a type that is wrong (%s) harms no answer that is one', async (type, body) => {
    const scene = await faultScene((socket) =>
      socket.end(http(200, body).toString().replace('application/json', type)),
    );
    expect(await scene.ask()).toMatchObject({ success: true, content: 'fine' });
  });

  it('F18 content in parts, as some services send it, is its text', async () => {
    const parts = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
    ];
    const scene = await faultScene(whole(completionBody(parts as never)));
    expect(await scene.ask()).toMatchObject({ success: true, content: 'Hello' });
    expect(await scene.stream()).toMatchObject({ text: 'Hello' });
  });
});

describe('F19 a body that is cut', { timeout: 30_000 }, () => {
  const complete = completionBody('A long answer that is cut somewhere.');

  it('F19 truncated JSON is never a success, at whatever byte', async () => {
    let at = 0;
    const scene = await faultScene((socket) => socket.end(http(200, complete.slice(0, at))), {
      credits: { allowUnpriced: true },
    });
    for (at = 1; at < complete.length; at += 7) {
      const result = await scene.client.chatCompletion([{ role: 'user', content: 'x' }], {
        model: `model-${at}`,
      });
      expect(result).toMatchObject({ success: false, error: { code: 'malformed-response' } });
    }
    const rows = await scene.rows();
    expect(rows.every(({ billed, usage }) => billed === 'unknown' && usage?.estimated === true)).toBe(true);
  });

  it.each<[string, RawAnswer]>([
    [
      'a connection that ends before the length',
      (socket) => {
        const bytes = http(200, complete);
        socket.end(bytes.subarray(0, bytes.length - 20));
      },
    ],
    [
      'a reset in the middle',
      (socket) => {
        socket.write(http(200, complete).subarray(0, 250));
        setTimeout(() => socket.resetAndDestroy(), 10);
      },
    ],
    [
      'chunks that end without the last',
      (socket) => {
        const half = complete.slice(0, 60);
        const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
        socket.end(`${head}${half.length.toString(16)}\r\n${half}\r\n`);
      },
    ],
    ['bytes that are no UTF-8', whole(Buffer.concat([Buffer.from(complete.slice(0, -1)), Buffer.of(0xff)]))],
  ])('F19 %s: typed, not tried again at the same target, booked', async (_, answer) => {
    const scene = await faultScene(answer, { retries: { maxRetries: 2, retryDelayMs: 1 } });
    const result = await scene.ask();
    expect(result).toMatchObject({ success: false, error: { code: 'malformed-response', retryable: false } });
    expect(scene.server.received).toHaveLength(1);
    expect(result.attempts[0]).toMatchObject({ billed: 'unknown', usage: { estimated: true } });
    await scene.expectInvariants();
  });
});

describe('F20 bodies that are too much', { timeout: 30_000 }, () => {
  it('F20 a body beyond maxResponseBytes is refused before it is in memory, and its connection closed', async () => {
    let sent = 0;
    const scene = await faultScene(
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${2 ** 30}\r\n\r\n{"choices":"`);
        const part = Buffer.alloc(2 ** 16, 'a');
        const push = (): void => {
          while (!socket.destroyed && sent < 2 ** 30) {
            sent += part.length;
            if (!socket.write(part)) {
              socket.once('drain', push);
              return;
            }
          }
        };
        push();
      },
      { maxResponseBytes: 2 ** 20 },
    );
    const result = await scene.ask();
    expect(result).toMatchObject({ success: false, error: { code: 'malformed-response' } });
    if (!result.success) expect(result.error.message).toContain('1048576 bytes');
    await scene.expectInvariants();
    expect(sent).toBeLessThan(2 ** 26);
  });

  it('F20 without an option 64 MiB are the most', { timeout: 60_000 }, async () => {
    const part = Buffer.alloc(2 ** 20, ' ');
    const scene = await faultScene(
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n`);
        let sent = 0;
        const push = (): void => {
          while (!socket.destroyed && sent < 100e6) {
            sent += part.length;
            if (!socket.write(part)) {
              socket.once('drain', push);
              return;
            }
          }
        };
        push();
      },
      { timeouts: { totalMs: 50_000 } },
    );
    expect(await scene.ask()).toMatchObject({ error: { code: 'malformed-response' } });
    await scene.expectInvariants();
  });

  it('F20 an error’s body is read no further than its start', async () => {
    let sent = 0;
    const scene = await faultScene((socket) => {
      socket.write(`HTTP/1.1 500 Broken\r\ncontent-length: ${2 ** 30}\r\n\r\n`);
      const part = Buffer.alloc(2 ** 16, 'a');
      const push = (): void => {
        while (!socket.destroyed && sent < 2 ** 30) {
          sent += part.length;
          if (!socket.write(part)) {
            socket.once('drain', push);
            return;
          }
        }
      };
      push();
    });
    const result = await scene.ask();
    expect(result).toMatchObject({ success: false, error: { code: 'upstream', status: 500 } });
    if (!result.success) expect(result.error.message.length).toBeLessThan(1_000);
    await scene.expectInvariants();
    expect(sent).toBeLessThan(2 ** 26);
  });

  it.each<[string, string, number]>([
    ['lists', '['.repeat(100_000) + ']'.repeat(100_000), 200],
    [
      'objects in an answer',
      `${completionBody('x').slice(0, -1)},"deep":${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}}`,
      200,
    ],
    ['lists in an error', `{"error":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 400],
    ['objects in an error', `{"error":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`, 500],
  ])('F20 JSON that is deep (%s) crashes nothing', async (_, body, status) => {
    const scene = await faultScene((socket) => socket.end(http(status, body)));
    const result = await scene.ask();
    expect(result.success).toBe(false);
    if (!result.success && status >= 400) expect(result.error).toMatchObject({ status });
    if (!result.success && status === 200) expect(result.error.code).toBe('malformed-response');
    const response = await scene.client.fetch(`${scene.server.baseURL}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'test-model', messages: [{ role: 'user', content: 'x' }] }),
    });
    expect(response.ok).toBe(false);
    await scene.expectInvariants();
  });

  it('F20 brackets in a text are no depth', async () => {
    const text = '[{'.repeat(5_000) + '\\"';
    const scene = await faultScene(whole(completionBody(text)));
    expect(await scene.ask()).toMatchObject({ success: true, content: text });
  });

  it('F20 names of prototypes, names given twice, numbers beyond all, lone surrogates', async () => {
    const body = completionBody('lone \ud800 surrogate').replace(
      '"usage":{',
      '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"n":1e400,"id":"a","id":"b","usage":{"x":1e400,',
    );
    const scene = await faultScene(whole(body));
    const result = await scene.ask();
    expect(result).toMatchObject({ success: true, content: 'lone \ud800 surrogate' });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    await scene.expectInvariants();
  });

  it('F20 usage beyond all numbers is no usage', async () => {
    const body = completionBody('x').replace(
      '"completion_tokens":2,"total_tokens":5',
      '"completion_tokens":1e400',
    );
    const scene = await faultScene(whole(body));
    const result = await scene.ask();
    expect(result.usage?.estimated).toBe(true);
    expect(Number.isFinite(result.costUsd)).toBe(true);
  });
});

describe('F21 encodings', { timeout: 30_000 }, () => {
  const complete = Buffer.from(completionBody('packed'));

  it.each<[string, Buffer]>([
    ['gzip', gzipSync(complete)],
    ['br', brotliCompressSync(complete)],
    ['deflate', deflateSync(complete)],
  ])('F21 %s is read; corrupt or cut it is a typed error', async (encoding, packed) => {
    const header = [`content-encoding: ${encoding}`];
    const corrupt = Buffer.from(packed);
    corrupt.fill(0x55, 12, 40);
    for (const [bytes, success] of [
      [packed, true],
      [packed.subarray(0, packed.length - 20), false],
      [corrupt, false],
      [complete, false],
    ] as const) {
      const scene = await faultScene(whole(bytes, header));
      const result = await scene.ask();
      expect(result.success).toBe(success);
      if (!result.success) expect(['malformed-response', 'upstream']).toContain(result.error.code);
      await scene.expectInvariants();
    }
  });

  it('F21 a bomb of 200 MB in 200 kB is refused by its decoded bytes', async () => {
    const bomb = gzipSync(Buffer.alloc(200e6, ' '));
    const scene = await faultScene(whole(bomb, ['content-encoding: gzip']), { maxResponseBytes: 2 ** 20 });
    const before = process.memoryUsage().arrayBuffers;
    const result = await scene.ask();
    expect(result).toMatchObject({ success: false, error: { code: 'malformed-response' } });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50e6);
    await scene.expectInvariants();
  });

  it('F21 a bomb as a stream is refused, too', async () => {
    const bomb = gzipSync(Buffer.from(': ping\n\n'.repeat(10e6)));
    const head = STREAM_HEAD.replace('connection', `content-encoding: gzip\r\nconnection`);
    const scene = await faultScene((socket) => socket.end(Buffer.concat([Buffer.from(head), bomb])), {
      maxResponseBytes: 2 ** 20,
    });
    expect((await scene.stream()).error).toMatchObject({ code: 'malformed-response' });
    await scene.expectInvariants();
  });

  it('F21 a thousand encodings, one upon the other, end as a typed error', async () => {
    const scene = await faultScene(
      whole(gzipSync(complete), [
        `content-encoding: ${Array.from({ length: 1000 }, () => 'gzip').join(', ')}`,
      ]),
    );
    const result = await scene.ask();
    expect(result.success).toBe(false);
    expect(result.tookMs).toBeLessThan(2_500);
    await scene.expectInvariants();
  });
});

describe('F22 bodies that take their time', { timeout: 30_000 }, () => {
  const drip: (bytes: string) => RawAnswer = (bytes) => (socket) => {
    let at = 0;
    const timer = setInterval(() => {
      if (socket.destroyed) clearInterval(timer);
      else socket.write(bytes.charAt(at++ % bytes.length));
    }, 5);
    socket.on('close', () => clearInterval(timer));
  };

  it('F22 a whole answer that drips ends with the time of the call', async () => {
    const scene = await faultScene(
      (socket, request) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
        drip(' ')(socket, request);
      },
      { timeouts: { totalMs: 150, headersMs: 100 } },
    );
    const result = await scene.ask();
    expect(result).toMatchObject({ error: { code: 'timeout', phase: 'total' } });
    expect(result.tookMs).toBeLessThan(2_500);
    await scene.expectInvariants();
  });

  it.each([': ping\n\n', 'data:\n\n', 'data: {"choices":[]}\n\n'])(
    'F22 a stream that only drips %j ends with the time of its first token, and is tried again',
    async (bytes) => {
      const scene = await faultScene(
        (socket, request) => {
          socket.write(STREAM_HEAD);
          drip(bytes)(socket, request);
        },
        {
          timeouts: { totalMs: 5_000, firstTokenMs: 100 },
          retries: { maxRetries: 1, retryDelayMs: 1 },
        },
      );
      const startedMs = performance.now();
      expect((await scene.stream()).error).toMatchObject({ code: 'timeout', phase: 'first-token' });
      expect(performance.now() - startedMs).toBeLessThan(2_500);
      expect(scene.server.received).toHaveLength(2);
      expect(scene.events.filter(({ type }) => type === 'attempt-error')).toHaveLength(2);
      await scene.expectInvariants();
    },
  );
});
