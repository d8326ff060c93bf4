/** F01–F11: what goes wrong before an answer has begun. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { RouteLLClient } from 'routell';
import { describe, expect, it } from 'vitest';
import type { Fetch } from '../../src/upstream/openai-client.js';
import { completionBody, serveLoopback } from '../loopback.js';
import { CANARY_KEY, faultScene } from './observe.js';
import { error, http, type RawAnswer, serveRaw } from './raw-server.js';

const fine: RawAnswer = (socket) => socket.end(http(200, completionBody('fine')));

/** A fetch that fails as the transport does: a TypeError with the system's error as its cause. */
function failingFetch(
  codes: readonly (string | null)[],
  fallback?: Fetch,
): { fetch: Fetch; calls: () => number } {
  let calls = 0;
  const fetch: Fetch = async (input, init) => {
    if (init?.method !== 'POST') return (fallback ?? globalThis.fetch)(input, init);
    const code = codes[Math.min(calls++, codes.length - 1)] ?? null;
    if (code === null) return new Response(completionBody('fine'));
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(`system ${code}`), { code }) });
  };
  return { fetch, calls: () => calls };
}

describe('the connection', { timeout: 30_000 }, () => {
  it('F01 refused: the other target is tried at once, and the refused attempt is known to be unbilled', async () => {
    const port = await closedPort();
    const other = await serveRaw(fine);
    const scene = await faultScene(fine, {
      providers: [
        { id: 'down', baseURL: `http://127.0.0.1:${port}/v1`, apiKey: CANARY_KEY },
        { id: 'up', baseURL: other.baseURL, apiKey: CANARY_KEY },
      ],
      models: {
        'test-model': { provider: 'down', prices: { input: 1, output: 2 } },
        'other-model': { provider: 'up', prices: { input: 1, output: 2 } },
      },
    });
    const result = await scene.ask({ fallbacks: ['other-model'] });
    expect(result).toMatchObject({ success: true, provider: 'up' });
    expect(result.tookMs).toBeLessThan(2_500);
    expect(result.attempts[0]).toMatchObject({ outcome: 'upstream', billed: 'no', provider: 'down' });
    await scene.expectInvariants();
  });

  it('F02 reset before any header: retried within the budget, and booked as perhaps billed', async () => {
    const scene = await faultScene(
      (socket, request) => (request.count === 1 ? socket.resetAndDestroy() : fine(socket, request)),
      { retries: { maxRetries: 1, retryDelayMs: 1 } },
    );
    expect(await scene.ask()).toMatchObject({ success: true });
    expect(scene.server.received).toHaveLength(2);
    const rows = await scene.rows();
    expect(rows.map(({ billed }) => billed)).toEqual(['unknown', 'yes']);
    expect(rows[0]?.usage?.estimated).toBe(true);
    await scene.expectInvariants();
  });

  it('F03 accepted and never answered: the headers have their own time, and the socket is closed', async () => {
    const scene = await faultScene(() => undefined, { timeouts: { headersMs: 80, totalMs: 5_000 } });
    const result = await scene.ask();
    expect(result).toMatchObject({ success: false, error: { code: 'timeout', phase: 'headers' } });
    expect(result.tookMs).toBeLessThan(2_500);
    await scene.expectInvariants();
  });

  it.each(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])(
    'F04 no connection in time (%s): told apart from late headers',
    async (code) => {
      const { fetch } = failingFetch([]);
      const late: Fetch = async (input, init) => {
        if (init?.method !== 'POST') return fetch(input, init);
        const cause = Object.assign(new Error(`Connect Timeout Error ${code}`), { code });
        throw new TypeError('fetch failed', { cause });
      };
      const scene = await faultScene(fine, { fetch: late });
      expect(await scene.ask()).toMatchObject({ error: { code: 'timeout', phase: 'connect' } });
      await scene.expectInvariants();
    },
  );

  it('F04 the transport’s own patience with headers is no matter of the connection', async () => {
    const { fetch } = failingFetch([]);
    const late: Fetch = async (input, init) => {
      if (init?.method !== 'POST') return fetch(input, init);
      const cause = Object.assign(new Error('Headers Timeout Error'), { code: 'UND_ERR_HEADERS_TIMEOUT' });
      throw new TypeError('fetch failed', { cause });
    };
    const scene = await faultScene(fine, { fetch: late });
    expect(await scene.ask()).toMatchObject({ error: { code: 'timeout', phase: 'headers' } });
  });

  it.each([
    ['the caller leaves', { signal: true }, 'aborted'],
    ['the call has taken its time', { timeoutMs: 60 }, 'timeout'],
    ['the headers have taken theirs', { headersMs: 60 }, 'timeout'],
  ] as const)('F04 nothing is billed where %s while it connects', async (_name, how, code) => {
    // Accepts, and says nothing of TLS.
    const silent = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    const sockets: Socket[] = [];
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const client = new RouteLLClient({
      apiKey: CANARY_KEY,
      baseURL: `https://127.0.0.1:${port}/v1`,
      models: { 'test-model': { prices: { input: 1, output: 2 } } },
      budgets: [{ limitUsd: 1, per: 'day' }],
      retries: { maxRetries: 0 },
      ...('headersMs' in how ? { timeouts: { headersMs: how.headersMs } } : {}),
    });
    const settled: (number | null)[] = [];
    client.on('credit-settle', ({ costUsd }) => settled.push(costUsd));
    const abort = new AbortController();
    const asked = client.chatCompletion([{ role: 'user', content: 'hello' }], {
      model: 'test-model',
      ...('signal' in how ? { signal: abort.signal } : {}),
      ...('timeoutMs' in how ? { timeoutMs: how.timeoutMs } : {}),
    });
    await expect.poll(() => sockets.length).toBe(1);
    abort.abort();
    const result = await asked;
    expect(result).toMatchObject({ error: { code }, attempts: [{ billed: 'no', costUsd: 0 }] });
    expect(settled).toEqual([0]);
    await client.close();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it.each([
    ['ENOTFOUND', 1],
    ['EAI_AGAIN', 2],
  ])('F05 a name that is not resolved (%s) is asked %i times', async (code, times) => {
    const { fetch, calls } = failingFetch([code]);
    const scene = await faultScene(fine, { fetch, retries: { maxRetries: 1, retryDelayMs: 1 } });
    const result = await scene.ask();
    expect(result).toMatchObject({ success: false, error: { code: 'upstream', status: null } });
    expect(calls()).toBe(times);
    // Nothing can have been billed where nobody was reached.
    expect(result.attempts.every(({ billed }) => billed === 'no')).toBe(true);
    await scene.expectInvariants();
  });

  it.each([
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'CERT_HAS_EXPIRED',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_SSL_WRONG_VERSION_NUMBER',
  ])('F06 a certificate that is not trusted (%s) is never tried again', async (code) => {
    const { fetch, calls } = failingFetch([code]);
    const scene = await faultScene(fine, { fetch, retries: { maxRetries: 3, retryDelayMs: 1 } });
    expect(await scene.ask()).toMatchObject({
      success: false,
      error: { code: 'upstream', retryable: false },
    });
    expect(calls()).toBe(1);
    await scene.expectInvariants();
  });

  it('F06 https is never downgraded where the other side does not speak it', async () => {
    const server = await serveLoopback((response) => void response.end(completionBody('in the clear')));
    const scene = await faultScene(fine, {
      providers: [{ id: 'tls', baseURL: server.baseURL.replace('http:', 'https:'), apiKey: CANARY_KEY }],
      retries: { maxRetries: 2, retryDelayMs: 1 },
    });
    expect(await scene.ask()).toMatchObject({ success: false, error: { code: 'upstream' } });
    expect(server.requests).toHaveLength(0);
  });
});

/** A port of this machine at which nobody listens. */
async function closedPort(): Promise<number> {
  for (let port = 40_001; ; port += 7) {
    const isFree = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('connect', () => {
        socket.destroy();
        resolve(false);
      });
      socket.on('error', () => resolve(true));
    });
    if (isFree) return port;
  }
}

describe('the headers', { timeout: 30_000 }, () => {
  it('F07 headers that drip byte by byte: their time is that of all of them', async () => {
    const scene = await faultScene(
      (socket) => {
        const head = 'HTTP/1.1 200 OK\r\nx-slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
        let at = 0;
        const timer = setInterval(() => {
          if (socket.destroyed) clearInterval(timer);
          else socket.write(head.charAt(at++ % head.length));
        }, 10);
        socket.on('close', () => clearInterval(timer));
      },
      { timeouts: { headersMs: 100, totalMs: 5_000 } },
    );
    const result = await scene.ask();
    expect(result).toMatchObject({ error: { code: 'timeout', phase: 'headers' } });
    expect(result.tookMs).toBeLessThan(2_500);
    await scene.expectInvariants();
  });

  it.each<[string, string]>([
    ['64 kB of headers', `x-long: ${'a'.repeat(70_000)}\r\n`],
    ['10,000 headers', 'x-many: a\r\n'.repeat(10_000)],
    ['two lengths that differ', 'content-length: 5\r\ncontent-length: 6\r\n'],
    ['a folded header without a name', ': nameless\r\n'],
  ])('F08 %s: a typed error, not tried again', async (_, headers) => {
    const scene = await faultScene((socket) => socket.end(`HTTP/1.1 200 OK\r\n${headers}\r\n{}`), {
      retries: { maxRetries: 2, retryDelayMs: 1 },
    });
    const result = await scene.ask();
    expect(result).toMatchObject({ success: false, error: { code: 'malformed-response', retryable: false } });
    expect(scene.server.received).toHaveLength(1);
    await scene.expectInvariants();
  });

  it.each([301, 302, 303, 307, 308])(
    'F09 a redirect (%i) is not followed: no key leaves its origin',
    async (status) => {
      const thief = await serveRaw(fine);
      for (const target of [thief.baseURL, 'http://169.254.169.254/latest', '/v1/chat/completions', '/']) {
        const scene = await faultScene((socket) => socket.end(http(status, '', [`location: ${target}`])), {
          retries: { maxRetries: 2, retryDelayMs: 1 },
        });
        const result = await scene.ask();
        expect(result).toMatchObject({
          success: false,
          error: { code: 'upstream', status, retryable: false },
        });
        expect(scene.server.received).toHaveLength(1);
        expect((await scene.stream()).error).toMatchObject({ code: 'upstream', status });
        await scene.expectInvariants();
      }
      expect(thief.sockets).toHaveLength(0);
    },
  );

  it('F09 a redirect that a browser hides is one all the same', async () => {
    const opaque = (): Response =>
      Object.defineProperties(new Response(null), {
        type: { value: 'opaqueredirect' },
        status: { value: 0 },
        ok: { value: false },
      });
    const scene = await faultScene(fine, { fetch: () => Promise.resolve(opaque()) });
    expect(await scene.ask()).toMatchObject({ error: { code: 'upstream', status: 302, retryable: false } });
  });

  it.each<[string, string, string]>([
    ['204', 'HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n', 'malformed-response'],
    ['304', 'HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n', 'upstream'],
    [
      'a switch of protocols',
      'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
      'upstream',
    ],
  ])('F10 %s is no answer', async (_, bytes, code) => {
    const scene = await faultScene((socket) => socket.end(bytes));
    expect(await scene.ask()).toMatchObject({ success: false, error: { code } });
    expect((await scene.stream()).error).toMatchObject({ code });
    await scene.expectInvariants();
  });

  it('F10 a flood of 1xx ends with the time of the headers', async () => {
    const scene = await faultScene(
      (socket) => {
        const timer = setInterval(() => {
          if (!socket.destroyed) socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(50));
        }, 5);
        socket.on('close', () => clearInterval(timer));
      },
      { timeouts: { headersMs: 100, totalMs: 5_000 } },
    );
    const result = await scene.ask();
    expect(result).toMatchObject({ success: false, error: { code: 'timeout' } });
    expect(result.tookMs).toBeLessThan(2_500);
    await scene.expectInvariants();
  });

  it('F11 a kept connection that the server closes just when it is used again: one retry serves', async () => {
    const scene = await faultScene(
      (socket, request) => {
        const kept = http(200, completionBody('kept')).toString().replace('connection: close\r\n', '');
        if (request.count === 2) socket.resetAndDestroy();
        else socket.write(kept);
      },
      { retries: { maxRetries: 1, retryDelayMs: 1 } },
    );
    expect(await scene.ask()).toMatchObject({ success: true });
    const second = await scene.ask();
    expect(second).toMatchObject({ success: true });
    expect(second.attempts).toHaveLength(2);
    expect(scene.server.received).toHaveLength(3);
    // A kept connection is not one that is held.
    for (const socket of scene.server.sockets) socket.destroy();
    await scene.expectInvariants();
  });

  it('F11 not where a part of the answer has come: what broke off may be billed', async () => {
    const scene = await faultScene(
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"choices":[');
        setTimeout(() => socket.resetAndDestroy(), 10);
      },
      { retries: { maxRetries: 2, retryDelayMs: 1 } },
    );
    expect(await scene.ask()).toMatchObject({ error: { code: 'malformed-response', retryable: false } });
    expect(scene.server.received).toHaveLength(1);
    await scene.expectInvariants();
  });

  it('an error whose own body never ends is told within the time of the headers', async () => {
    const scene = await faultScene(
      (socket) => {
        socket.write(
          error(503, 'busy')
            .toString()
            .replace(/content-length: \d+/, 'content-length: 99999'),
        );
      },
      { timeouts: { headersMs: 100, totalMs: 5_000 } },
    );
    const result = await scene.ask();
    expect(result.success).toBe(false);
    expect(result.tookMs).toBeLessThan(2_500);
    await scene.expectInvariants();
  });
});
