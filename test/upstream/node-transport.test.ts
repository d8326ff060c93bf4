import { getEventListeners, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nodeModules } from '../../src/upstream/node-modules.js';
import { createNodeTransport, type NodeTransportOptions } from '../../src/upstream/node-transport.js';
import type { Fetch } from '../../src/upstream/openai-client.js';
import { type FakeClock, fakeClock } from '../fake-clock.js';
import { closedPort, serveLoopback } from '../loopback.js';

const transport = (options?: NodeTransportOptions, connectMs = 10_000): Fetch => {
  const send = createNodeTransport(nodeModules()!, options);
  return (input, init) => send(connectMs, input, init);
};

const post = (body = '{"a":"é"}', signal?: AbortSignal): RequestInit => ({ method: 'POST', body, signal });

async function failureOf(asked: Promise<unknown>): Promise<unknown> {
  return asked.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );
}

/** Whoever was given back has been idle for so long. */
async function idle(clock: FakeClock, forMs = 1000): Promise<void> {
  await wait(5);
  await clock.advance(forMs);
}

const running: (Server | ReturnType<typeof createSecureServer>)[] = [];
const sockets = new Set<Socket>();

afterEach(() => {
  vi.unstubAllEnvs();
  for (const socket of sockets) socket.destroy();
  for (const server of running.splice(0)) server.close();
});

async function listen(server: Server | ReturnType<typeof createSecureServer>): Promise<AddressInfo> {
  running.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined).once('close', () => sockets.delete(socket)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address() as AddressInfo;
}

/** A server of bare bytes: `answer` is called for each request, by connection and within it, from 1. */
async function serveRaw(
  answer: (socket: Socket, connection: number, request: number) => void,
): Promise<{ readonly url: string; readonly requests: readonly string[]; connections(): number }> {
  const requests: string[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    const connection = ++connections;
    let request = 0;
    socket.on('data', (bytes) => {
      requests.push(String(bytes));
      answer(socket, connection, ++request);
    });
  });
  const { port } = await listen(server);
  return { url: `http://127.0.0.1:${port}/`, requests, connections: () => connections };
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('a request', () => {
  it('is the one that was asked for, and its answer a Response', async () => {
    const server = await serveLoopback(
      (response) => void response.writeHead(201, { 'x-a': ['1', '2'] }).end('{"b":"ü"}'),
    );
    const headers = {
      'X-Team': 'blue',
      authorization: 'Bearer key',
      'content-length': '1',
      connection: 'upgrade',
    };
    const response = await transport()(`${server.url}/v1/x?y=1#z`, { ...post(), headers });
    expect(response).toBeInstanceOf(Response);
    expect(response.status).toBe(201);
    expect(response.statusText).toBe('Created');
    expect(response.headers.get('x-a')).toBe('1, 2');
    expect(await response.json()).toEqual({ b: 'ü' });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/x?y=1',
      body: '{"a":"é"}',
      headers: {
        'x-team': 'blue',
        authorization: 'Bearer key',
        'content-length': '10',
        connection: 'keep-alive',
        'accept-encoding': 'gzip, deflate, br',
      },
    });
  });

  it('goes to addresses of IPv6, too', async (context) => {
    const server = createServer((socket) => void socket.end(OK));
    running.push(server);
    server.listen(0, '::1');
    // Not every machine has one.
    if (
      await Promise.race([
        once(server, 'listening').then(() => false),
        once(server, 'error').then(() => true),
      ])
    ) {
      return context.skip();
    }
    const { port } = server.address() as AddressInfo;
    expect(await (await transport()(`http://[::1]:${port}/`)).text()).toBe('ok');
  });

  it('that is no text goes through the global fetch', async () => {
    const server = await serveLoopback((response, { body }) => void response.end(`got ${body}`));
    const fetch = transport();
    const body = new TextEncoder().encode('bytes');
    expect(await (await fetch(server.url, { method: 'POST', body })).text()).toBe('got bytes');
    expect(await (await fetch(new Request(server.url, post('request')))).text()).toBe('got request');
    expect(await (await fetch('data:,data')).text()).toBe('data');
  });

  it.each([
    ['an address that is none', 'nonsense', {}],
    ['a header that cannot be sent', 'http://127.0.0.1:1/', { headers: { 'x-a': 'b\nc' } }],
    ['a method that is none', 'http://127.0.0.1:1/', { method: 'GET /' }],
  ])('with %s rejects with a TypeError', async (_, url, init) => {
    expect(await failureOf(transport()(url, init))).toBeInstanceOf(TypeError);
  });

  it('uses one connection for all that follow one another', async () => {
    const server = await serveLoopback((response) => void response.end('ok'));
    const fetch = transport();
    for (let request = 0; request < 20; request++) await (await fetch(server.url, post())).text();
    expect(server.requests).toHaveLength(20);
    expect(server.sockets).toHaveLength(1);
  });

  it('leaves a connection that nobody uses after a while', async () => {
    const server = await serveLoopback((response) => void response.end('ok'));
    await (await transport({ keepAliveMs: 20 })(server.url, post())).text();
    await server.idle();
  });

  it.each([301, 302, 303, 307, 308])('that is answered with a %d is not sent elsewhere', async (status) => {
    const other = await serveLoopback((response) => void response.end());
    const server = await serveLoopback(
      (response) => void response.writeHead(status, { location: other.url }).end('moved'),
    );
    const response = await transport()(server.url, { ...post(), redirect: 'follow' });
    expect(response.status).toBe(status);
    expect(response.headers.get('location')).toBe(other.url);
    expect(await response.text()).toBe('moved');
    expect(other.requests).toHaveLength(0);
  });

  it('that is too large is answered before it was read', async () => {
    const server = await serveRaw((socket, _, request) => {
      if (request === 1)
        socket.end('HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 3\r\n\r\nbig');
    });
    const response = await transport()(server.url, post('x'.repeat(2 ** 24)));
    expect(response.status).toBe(413);
    expect(await response.text()).toBe('big');
  });

  it.each([204, 205, 304])(
    'that is answered with a %d has no body, and keeps its connection',
    async (status) => {
      const server = await serveLoopback((response) => void response.writeHead(status).end());
      const fetch = transport();
      for (let request = 0; request < 2; request++) {
        const response = await fetch(server.url, post());
        expect(response.status).toBe(status);
        expect(response.body).toBeNull();
        await wait(5);
      }
      expect(server.sockets).toHaveLength(1);
    },
  );
});

describe('what is no answer', () => {
  it('tells a port at which nobody listens', async () => {
    const error = await failureOf(transport()(await closedPort(), post()));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNREFUSED' } });
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN'])('tells that DNS says %s', async (code) => {
    const fetch = transport({
      connection: { lookup: (_, __, done) => done(Object.assign(new Error(code), { code }), '') },
    });
    expect(await failureOf(fetch('http://llm.example.com/', post()))).toMatchObject({ cause: { code } });
  });

  it.each([
    ['a reset', null, 'ECONNRESET'],
    [
      'headers that are too large',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`,
      'HPE_HEADER_OVERFLOW',
    ],
    ['ten thousand headers', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(10_000)}\r\n`, 'HPE_HEADER_OVERFLOW'],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok',
      'HPE_UNEXPECTED_CONTENT_LENGTH',
    ],
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n', 'HPE_INVALID_CONSTANT'],
    [
      'another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
      'ECONNRESET',
    ],
  ])('tells %s, and closes the connection', async (_, text, code) => {
    const server = await serveRaw((socket) => {
      if (text === null) socket.resetAndDestroy();
      else socket.write(text);
    });
    const { signal } = new AbortController();
    expect(await failureOf(transport()(server.url, post('', signal)))).toMatchObject({ cause: { code } });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await expect.poll(() => sockets.size).toBe(0);
    expect(server.connections()).toBe(1);
  });

  it.each(['HTTP/1.1 099 No\r\ncontent-length: 0\r\n\r\n', 'HTTP/1.1 999 No\r\ncontent-length: 0\r\n\r\n'])(
    'tells a status that is none: %j',
    async (text) => {
      const server = await serveRaw((socket) => void socket.write(text));
      expect(await failureOf(transport()(server.url, post()))).toBeInstanceOf(TypeError);
      await expect.poll(() => sockets.size).toBe(0);
    },
  );
});

describe('a connection that takes too long', () => {
  it('is given up by a limit of its own', async () => {
    const clock = fakeClock();
    const lookup = (): void => undefined;
    const { signal } = new AbortController();
    const asked = failureOf(
      transport({ clock, connection: { lookup } }, 500)('http://llm.example.com/', post('', signal)),
    );
    await expect.poll(() => clock.pending).toBe(1);
    await clock.advance(500);
    const message = expect.stringContaining('timed out after 500 ms') as string;
    expect(await asked).toMatchObject({ cause: { code: 'UND_ERR_CONNECT_TIMEOUT', message } });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('is given up where TLS hangs', async () => {
    const clock = fakeClock();
    const { port } = await listen(createServer((socket) => void socket.resume()));
    const asked = failureOf(transport({ clock })(`https://127.0.0.1:${port}/`, post()));
    await expect.poll(() => sockets.size).toBe(1);
    await clock.advance(10_000);
    expect(await asked).toMatchObject({ cause: { code: 'UND_ERR_CONNECT_TIMEOUT' } });
    await expect.poll(() => sockets.size).toBe(0);
  });

  it('does not limit the wait for the headers', async () => {
    const clock = fakeClock();
    const server = await serveLoopback(async (response) => {
      expect(clock.pending).toBe(0);
      await clock.advance(60_000);
      response.end('ok');
    });
    expect(await (await transport({ clock })(server.url, post())).text()).toBe('ok');
  });
});

describe('a kept connection that the server has closed', () => {
  it('is replaced once, without the caller’s knowing', async () => {
    const server = await serveRaw((socket, connection, request) => {
      if (connection <= 3 && request === 2) socket.resetAndDestroy();
      else socket.write(OK);
    });
    const clock = fakeClock();
    const fetch = transport({ clock });
    // Three connections are kept, all of which will break.
    const answers = await Promise.all([1, 2, 3].map(() => fetch(server.url, post())));
    await Promise.all(answers.map((answer) => answer.text()));
    await idle(clock);
    const { signal } = new AbortController();
    expect(await (await fetch(server.url, post('again', signal))).text()).toBe('ok');
    expect(server.requests.filter((request) => request.endsWith('again'))).toHaveLength(2);
    expect(server.connections()).toBe(4);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('is not replaced where it was in use just now: a server that breaks it off may have been working', async () => {
    const clock = fakeClock();
    const server = await serveRaw((socket, _, request) => {
      if (request === 1) socket.write(OK);
      else socket.resetAndDestroy();
    });
    const fetch = transport({ clock });
    await (await fetch(server.url, post())).text();
    await idle(clock, 999);
    expect(await failureOf(fetch(server.url, post()))).toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(server.requests).toHaveLength(2);
  });

  it('is not replaced once a byte was answered', async () => {
    const server = await serveRaw((socket, _, request) => {
      if (request === 1) socket.write(OK);
      else socket.write('H', () => socket.resetAndDestroy());
    });
    const clock = fakeClock();
    const fetch = transport({ clock });
    await (await fetch(server.url, post())).text();
    await idle(clock);
    expect(await failureOf(fetch(server.url, post()))).toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    ['no HTTP', 'HTTQ/1.1 two hundred\r\n\r\n'],
    ['a head that is too large', `HTTP/1.1 200 OK\r\nx-padding: ${'x'.repeat(2 ** 16)}\r\n\r\n`],
  ])('is not replaced once %s was answered: it may have been paid for', async (_name, answer) => {
    const server = await serveRaw((socket, _, request) => socket.write(request === 1 ? OK : answer));
    const clock = fakeClock();
    const fetch = transport({ clock });
    await (await fetch(server.url, post())).text();
    await idle(clock);
    expect(await failureOf(fetch(server.url, post()))).toMatchObject({
      cause: { code: expect.stringMatching(/^HPE_/) as string },
    });
    expect(server.requests).toHaveLength(2);
  });

  it('is not replaced after a while in which the request may have been worked on', async () => {
    const clock = fakeClock();
    const server = await serveRaw((socket, _, request) => {
      if (request === 1) socket.write(OK);
      else void clock.advance(1001).then(() => socket.resetAndDestroy());
    });
    const fetch = transport({ clock });
    await (await fetch(server.url, post())).text();
    await idle(clock);
    expect(await failureOf(fetch(server.url, post()))).toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(server.requests).toHaveLength(2);
  });

  it('is a failure where the new one breaks as well', async () => {
    const server = await serveRaw((socket, connection, request) => {
      if (connection === 1 && request === 1) socket.write(OK);
      else socket.resetAndDestroy();
    });
    const clock = fakeClock();
    const fetch = transport({ clock });
    await (await fetch(server.url, post())).text();
    await idle(clock);
    expect(await failureOf(fetch(server.url, post()))).toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(server.requests).toHaveLength(3);
  });

  it('takes what a server sends unasked for no answer', async () => {
    const server = await serveRaw((socket, connection, request) => {
      socket.write(OK);
      if (connection === 1 && request === 1) setTimeout(() => socket.write(OK.replace(/ok$/, 'no')), 10);
    });
    const fetch = transport();
    await (await fetch(server.url, post())).text();
    await wait(50);
    expect(await (await fetch(server.url, post())).text()).toBe('ok');
  });
});

describe('an abort', () => {
  const reason = new Error('no longer wanted');

  it('before the request sends nothing', async () => {
    const server = await serveLoopback((response) => void response.end());
    expect(await failureOf(transport()(server.url, post('', AbortSignal.abort(reason))))).toBe(reason);
    expect(server.sockets).toHaveLength(0);
  });

  it.each([
    ['at once', null, 0],
    ['while a name is looked up', null, 20],
    ['while waiting for headers', '', 20],
    ['within headers', 'HTTP/1.1 200 OK\r\nx-a: ', 20],
  ])('%s closes the connection', async (_, text, afterMs) => {
    const server = await serveRaw((socket) => void socket.write(text ?? ''));
    const controller = new AbortController();
    const lookup = (): void => undefined;
    const fetch = transport(text === null && afterMs > 0 ? { connection: { lookup } } : {});
    const url = text === null && afterMs > 0 ? 'http://llm.example.com/' : server.url;
    const asked = failureOf(fetch(url, post('', controller.signal)));
    if (afterMs > 0) await wait(afterMs);
    controller.abort(reason);
    expect(await asked).toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    await expect.poll(() => sockets.size).toBe(0);
  });

  it.each([{}, { 'content-encoding': 'gzip' }])(
    'within a body with %j closes the connection',
    async (headers) => {
      const server = await serveLoopback((response) => {
        response.writeHead(200, headers);
        response.write(gzipSync('x'.repeat(1000)));
      });
      const controller = new AbortController();
      const response = await transport()(server.url, post('', controller.signal));
      const reader = response.body!.getReader();
      await reader.read();
      const read = failureOf(reader.read());
      controller.abort(reason);
      expect(await read).toBe(reason);
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
      await server.idle();
    },
  );

  it('is not listened for once a body has ended', async () => {
    const server = await serveLoopback((response) => void response.end('ok'));
    const { signal } = new AbortController();
    const fetch = transport();
    for (let request = 0; request < 50; request++) await (await fetch(server.url, post('', signal))).text();
    await expect.poll(() => getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(server.sockets).toHaveLength(1);
    expect(server.sockets[0]?.closed).toBe(false);
  });
});

describe('a body', () => {
  const text = 'Grüße. '.repeat(50_000);

  it.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', Buffer.from(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
  ])('that is coded as %s is decoded, and the connection kept', async (coding, bytes) => {
    const server = await serveLoopback(
      (response) => void response.writeHead(200, { 'content-encoding': coding }).end(bytes),
    );
    const fetch = transport();
    expect(await (await fetch(server.url, post())).text()).toBe(text);
    expect(await (await fetch(server.url, post())).text()).toBe(text);
    expect(server.sockets).toHaveLength(1);
  });

  it('that is coded tells each part as it comes', async () => {
    const { createGzip } = await import('node:zlib');
    let more = (): void => undefined;
    const server = await serveLoopback((response) => {
      const gzip = createGzip();
      gzip.pipe(response.writeHead(200, { 'content-encoding': 'gzip' }));
      gzip.write('one');
      gzip.flush();
      more = () => void gzip.end('two');
    });
    const reader = (await transport()(server.url, post())).body!.getReader();
    expect(String(Buffer.from((await reader.read()).value!))).toBe('one');
    more();
    expect(String(Buffer.from((await reader.read()).value!))).toBe('two');
    expect((await reader.read()).done).toBe(true);
  });

  it.each(['gzip, gzip, gzip', 'zstd'])('that is coded as %s is refused', async (coding) => {
    const server = await serveLoopback(
      (response) => void response.writeHead(200, { 'content-encoding': coding }).end('x'),
    );
    expect(await failureOf(transport()(server.url, post()))).toBeInstanceOf(TypeError);
    await server.idle();
  });

  it.each([
    ['is cut', {}, Buffer.from('xyz'), 'ECONNRESET'],
    ['is cut while coded', { 'content-encoding': 'gzip' }, gzipSync(text).subarray(0, 90), 'ECONNRESET'],
  ])('that %s is an error', async (_, headers, bytes, code) => {
    const server = await serveLoopback((response) => {
      response.writeHead(200, headers);
      response.write(bytes, () => response.destroy());
    });
    const { signal } = new AbortController();
    const response = await transport()(server.url, post('', signal));
    const error = await failureOf(response.text());
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'terminated', cause: { code } });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await server.idle();
  });

  it('that is wrongly coded is an error, and is read no further', async () => {
    // The server leaves it open: what is wrong with it must be told by its bytes.
    const server = await serveLoopback(
      (response) =>
        void response.writeHead(200, { 'content-encoding': 'gzip' }).write(Buffer.from('xyzxyzxyz')),
    );
    const { signal } = new AbortController();
    const response = await transport()(server.url, post('', signal));
    const error = await failureOf(response.text());
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'terminated', cause: { code: 'Z_DATA_ERROR' } });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await server.idle();
  });

  it('that ends whole, and is cut as coded, is an error', async () => {
    const bytes = gzipSync(text);
    const server = await serveLoopback(
      (response) =>
        void response
          .writeHead(200, { 'content-encoding': 'gzip' })
          .end(bytes.subarray(0, bytes.length - 20)),
    );
    const response = await transport()(server.url, post());
    expect(await failureOf(response.text())).toMatchObject({ cause: { code: 'Z_BUF_ERROR' } });
  });

  it('that breaks off is read as far as it came', async () => {
    const server = await serveLoopback((response) => {
      response.writeHead(200);
      response.write('one', () => setTimeout(() => response.write('two', () => response.destroy()), 10));
    });
    const reader = (await transport()(server.url, post())).body!.getReader();
    await server.idle();
    await wait(20);
    expect(String(Buffer.from((await reader.read()).value!))).toBe('one');
    expect(String(Buffer.from((await reader.read()).value!))).toBe('two');
    expect(await failureOf(reader.read())).toMatchObject({ message: 'terminated' });
  });

  it('that is cancelled closes its connection', async () => {
    const server = await serveLoopback((response) => void response.writeHead(200).write('one'));
    const { signal } = new AbortController();
    const response = await transport()(server.url, post('', signal));
    await response.body!.cancel();
    await server.idle();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it.each([false, true])('that nobody reads is not fetched (coded: %s)', async (isCoded) => {
    const part = Buffer.alloc(2 ** 16, 'x');
    let written = 0;
    const server = await serveLoopback(async (response) => {
      const { createGzip } = await import('node:zlib');
      response.writeHead(200, isCoded ? { 'content-encoding': 'gzip' } : {});
      // Stored, not compressed: as many bytes on the way as in the body.
      const sink = isCoded ? createGzip({ level: 0 }) : response;
      if (sink !== response) (sink as ReturnType<typeof createGzip>).pipe(response);
      while (!response.destroyed && written < 2 ** 28) {
        written += part.length;
        if (!sink.write(part)) await Promise.race([once(sink, 'drain'), once(response, 'close')]);
      }
    });
    const response = await transport()(server.url, post());
    let before = -1;
    while (written > before) {
      before = written;
      await wait(300);
    }
    expect(written).toBeLessThan(2 ** 26);
    await response.body!.cancel();
    await server.idle();
  });
});

describe('TLS', () => {
  const pem = (name: string): string =>
    readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');

  async function serveSecurely(
    name: string,
  ): Promise<{ readonly port: number; readonly requests: unknown[] }> {
    const requests: unknown[] = [];
    const server = createSecureServer({ key: pem('key'), cert: pem(name) }, (request, response) => {
      requests.push(request.headers);
      response.end('ok');
    });
    const { port } = await listen(server);
    return { port, requests };
  }

  it('keeps a connection whose certificate it trusts', async () => {
    const { port, requests } = await serveSecurely('localhost');
    const fetch = transport({ connection: { ca: pem('localhost') } });
    for (let request = 0; request < 3; request++) {
      expect(await (await fetch(`https://localhost:${port}/`, post())).text()).toBe('ok');
    }
    expect(await (await fetch(`https://127.0.0.1:${port}/`, post())).text()).toBe('ok');
    expect(requests).toHaveLength(4);
    expect(sockets.size).toBe(2);
  });

  it.each([
    ['self-signed', 'localhost', undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['of another host', 'other-host', 'other-host', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['expired', 'expired', 'expired', 'CERT_HAS_EXPIRED'],
  ])('refuses a certificate that is %s, whatever the environment says', async (_, name, trusted, code) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const { port, requests } = await serveSecurely(name);
    const fetch = transport({ connection: trusted === undefined ? {} : { ca: pem(trusted) } });
    const headers = { host: 'elsewhere.example' };
    for (let request = 0; request < 3; request++) {
      const error = await failureOf(fetch(`https://localhost:${port}/`, { ...post(), headers }));
      expect(error).toMatchObject({ cause: { code } });
    }
    expect(requests).toHaveLength(0);
    await expect.poll(() => sockets.size).toBe(0);
  });

  it('is replaced where the server has closed a kept connection', async () => {
    const { port, requests } = await serveSecurely('localhost');
    const clock = fakeClock();
    const fetch = transport({ connection: { ca: pem('localhost') }, clock });
    await (await fetch(`https://localhost:${port}/`, post())).text();
    await idle(clock);
    for (const socket of sockets) socket.resetAndDestroy();
    expect(await (await fetch(`https://localhost:${port}/`, post())).text()).toBe('ok');
    expect(requests).toHaveLength(2);
  });
});
