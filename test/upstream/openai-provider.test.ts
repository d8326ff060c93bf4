import { getEventListeners, once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError, RouteLLError } from '../../src/errors.js';
import type { CompletionChunk } from '../../src/types.js';
import { mayBeBilled } from '../../src/upstream/failure.js';
import type { CreditSource } from '../../src/upstream/credit-sources.js';
import { type OpenAIProviderOptions, openaiProvider } from '../../src/upstream/openai-provider.js';
import type { Provider, ProviderCallOptions } from '../../src/upstream/provider.js';
import { fakeClock } from '../fake-clock.js';
import {
  chunkEvent,
  closedPort,
  completionBody,
  EVENT_STREAM,
  JSON_TYPE,
  type Loopback,
  serveLoopback,
} from '../loopback.js';

const BODY = { model: 'm', messages: [{ role: 'user' as const, content: 'Hello' }] };

const on = (
  { baseURL }: { readonly baseURL: string },
  extra: Partial<OpenAIProviderOptions> = {},
): Provider => openaiProvider({ apiKey: 'test-key-1', baseURL, ...extra });
const until = (signal = new AbortController().signal, headersTimeoutMs = 10_000): ProviderCallOptions => ({
  signal,
  headersTimeoutMs,
});

async function failureOf(asked: Promise<unknown>): Promise<RouteLLError> {
  const error: unknown = await asked.then(
    () => new Error('expected a failure'),
    (thrown: unknown) => thrown,
  );
  if (RouteLLError.isInstance(error)) return error;
  throw error;
}

async function collect(provider: Provider, options = until()): Promise<CompletionChunk[]> {
  const { chunks } = await provider.stream(BODY, options);
  const all: CompletionChunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

const textOf = (chunks: readonly CompletionChunk[]): string =>
  chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('openaiProvider', () => {
  it('refuses an address or a key that is not safe', () => {
    const make = (options: Partial<OpenAIProviderOptions>) => () =>
      openaiProvider({ apiKey: 'k', baseURL: 'https://llm.example.com/v1', ...options });
    expect(make({ baseURL: 'http://llm.example.com/v1' })).toThrow(ConfigurationError);
    expect(make({ baseURL: 'nonsense' })).toThrow(ConfigurationError);
    expect(make({ apiKey: '' })).toThrow(ConfigurationError);
    expect(make({ apiKey: 'a\nb' })).toThrow(ConfigurationError);
    expect(make({})().group).toBe('routellm');
    expect(make({ id: 'a', group: 'shared' })()).toMatchObject({ id: 'a', group: 'shared' });
  });

  it('does not take the key of the environment: it is given one', () => {
    vi.stubEnv('ROUTELLM_API_KEY', 'from-environment');
    const make = (): Provider =>
      openaiProvider({ baseURL: 'https://routellm.abacus.ai/v1' } as OpenAIProviderOptions);
    expect(make).toThrow(/apiKey/);
  });

  it('sends the key and the default headers, once', async () => {
    const server = await serveLoopback((response) => void response.writeHead(503).end());
    await failureOf(on(server, { defaultHeaders: { 'x-team': 'blue' } }).chat(BODY, until()));
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer test-key-1', 'x-team': 'blue' },
    });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ ...BODY, stream: false });
  });

  it('reads none of the OPENAI_ variables of the environment', async () => {
    const server = await serveLoopback(
      (response) => void response.writeHead(200, JSON_TYPE).end(completionBody()),
    );
    const other = await serveLoopback((response) => void response.end());
    vi.stubEnv('OPENAI_API_KEY', 'sk-other-account');
    vi.stubEnv('OPENAI_ADMIN_KEY', 'sk-other-admin');
    vi.stubEnv('OPENAI_BASE_URL', other.baseURL);
    vi.stubEnv('OPENAI_ORG_ID', 'org-other');
    vi.stubEnv('OPENAI_PROJECT_ID', 'proj-other');
    vi.stubEnv('OPENAI_WEBHOOK_SECRET', 'whsec-other');
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'x-custom: other-custom\nauthorization: Bearer other-bearer');
    vi.stubEnv('OPENAI_LOG', 'debug');
    const lines: unknown[] = [];
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((...line: unknown[]) => void lines.push(line));
    }
    const provider = on(server);
    await provider.chat(BODY, until());
    await provider.models(until()).catch(() => undefined);
    expect(other.requests).toHaveLength(0);
    expect(lines).toEqual([]);
    expect(server.requests).toHaveLength(2);
    for (const { headers } of server.requests) {
      expect(headers.authorization).toBe('Bearer test-key-1');
      expect(JSON.stringify(headers)).not.toContain('other');
      expect(headers).not.toHaveProperty('openai-organization');
      expect(headers).not.toHaveProperty('openai-project');
    }
  });

  it('uses the global fetch of the moment', async () => {
    const provider = on({ baseURL: 'https://llm.example.com/v1' });
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(completionBody('stubbed'))));
    try {
      const { completion } = await provider.chat(BODY, until());
      expect(completion.choices[0]?.message.content).toBe('stubbed');
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it.each([301, 302, 303, 307, 308])(
    'does not follow a %d, and the key stays at its origin',
    async (status) => {
      const other = await serveLoopback((response) => void response.end(completionBody()));
      const server = await serveLoopback(
        (response) =>
          void response.writeHead(status, { location: `${other.baseURL}/chat/completions` }).end(),
      );
      const provider = on(server);
      for (const ask of [
        () => provider.chat(BODY, until()),
        () => provider.stream(BODY, until()),
        () => provider.models(until()),
      ]) {
        expect(await failureOf(ask())).toMatchObject({ code: 'upstream', status, retryable: false });
      }
      expect(other.requests).toHaveLength(0);
      expect(server.requests).toHaveLength(3);
    },
  );

  it('tells a port at which nobody listens', async () => {
    const error = await failureOf(on({ baseURL: await closedPort() }).chat(BODY, until()));
    expect(error).toMatchObject({ code: 'upstream', retryable: true, status: null });
    expect(error.message).toContain('ECONNREFUSED');
    expect(mayBeBilled(error)).toBe(false);
  });

  it('tells a connection that is reset before the headers', async () => {
    const server = await serveLoopback((response) => void response.socket?.resetAndDestroy());
    const error = await failureOf(on(server).chat(BODY, until()));
    expect(error).toMatchObject({ code: 'upstream', retryable: true, status: null });
    expect(mayBeBilled(error)).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  it('takes a compressed answer', async () => {
    const server = await serveLoopback(
      (response) =>
        void response
          .writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' })
          .end(gzipSync(completionBody('zipped'))),
    );
    const { completion } = await on(server).chat(BODY, until());
    expect(completion.choices[0]?.message.content).toBe('zipped');
  });

  it.each<[string, (body: string) => { readonly headers: Record<string, string>; readonly bytes: Buffer }]>([
    ['is cut', (body) => ({ headers: { 'content-length': '5000' }, bytes: Buffer.from(body) })],
    [
      'is cut while compressed',
      (body) => ({ headers: { 'content-encoding': 'gzip' }, bytes: gzipSync(body).subarray(0, 40) }),
    ],
    [
      'is wrongly compressed',
      (body) => ({ headers: { 'content-encoding': 'gzip' }, bytes: Buffer.from(body) }),
    ],
  ])('an answer that %s may be billed and is not to be tried again', async (_, make) => {
    const server = await serveLoopback((response) => {
      const { headers, bytes } = make(completionBody());
      response.writeHead(200, { ...JSON_TYPE, ...headers });
      response.write(bytes, () => response.destroy());
    });
    const error = await failureOf(on(server).chat(BODY, until()));
    expect(error).toMatchObject({ code: 'malformed-response', retryable: false, status: 200 });
    expect(mayBeBilled(error)).toBe(true);
  });

  it.each([
    ['204', 204, {}, ''],
    ['an empty body', 200, JSON_TYPE, ''],
    ['a page', 200, { 'content-type': 'text/html' }, '<html>Welcome</html>'],
    ['a page that says it is JSON', 200, JSON_TYPE, '<html>Welcome</html>'],
    ['null', 200, JSON_TYPE, 'null'],
    ['no choices', 200, JSON_TYPE, '{"choices":[]}'],
  ])('takes %s for no answer, whole or streamed', async (_, status, headers, text) => {
    const server = await serveLoopback((response) => void response.writeHead(status, headers).end(text));
    expect(await failureOf(on(server).chat(BODY, until()))).toMatchObject({
      code: 'malformed-response',
      status,
    });
    if (status !== 204)
      expect(await failureOf(collect(on(server)))).toMatchObject({ code: 'malformed-response' });
  });
});

describe('time until the headers', () => {
  const HANG = (): void => undefined;

  it.each(['chat', 'stream', 'models', 'account'] as const)(
    '%s ends once it is over, and the socket closes',
    async (ask) => {
      const clock = fakeClock();
      const server = await serveLoopback(HANG);
      const { signal } = new AbortController();
      const provider = on(server, { clock });
      const options = until(signal, 1000);
      const asked = failureOf(
        ask === 'chat' || ask === 'stream' ? provider[ask](BODY, options) : provider[ask](options),
      );
      await server.received();
      await clock.advance(1000);
      const error = await asked;
      expect(error).toMatchObject({ code: 'timeout', phase: 'headers', retryable: true });
      expect(error.message).toContain('1000 ms');
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
      expect(clock.pending).toBe(0);
      await server.idle();
    },
  );

  it('counts in total: headers that trickle in do not stretch it', async () => {
    const clock = fakeClock();
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    const connected = once(server, 'connection');
    const asked = failureOf(on({ baseURL }, { clock }).chat(BODY, until(undefined, 1000)));
    const [socket] = (await connected) as [Socket];
    await once(socket, 'data');
    await clock.advance(500);
    socket.write('x');
    await clock.advance(500);
    expect(await asked).toMatchObject({ code: 'timeout', phase: 'headers' });
    server.close();
  });

  it('bounds an error body, too', async () => {
    const clock = fakeClock();
    const server = await serveLoopback((response) => {
      response.writeHead(500, JSON_TYPE);
      response.write('{"error":');
    });
    const asked = failureOf(on(server, { clock }).chat(BODY, until(undefined, 1000)));
    await server.received();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await clock.advance(1000);
    expect(await asked).toMatchObject({ code: 'timeout', phase: 'headers' });
    await server.idle();
  });

  it('starts no timer where there is none, and does not bound a body', async () => {
    const clock = fakeClock();
    const server = await serveLoopback(async (response) => {
      response.writeHead(200, JSON_TYPE).flushHeaders();
      await clock.advance(60_000);
      response.end(completionBody());
    });
    await on(server, { clock }).chat(BODY, until(undefined, Infinity));
    await on(server, { clock }).chat(BODY, until(undefined, 30_000 * 3));
    expect(clock.pending).toBe(0);
  });
});

describe('an abort', () => {
  const aborting = async (
    server: Loopback,
    ask: (provider: Provider, options: ProviderCallOptions) => Promise<unknown>,
    headersTimeoutMs = 10_000,
  ): Promise<void> => {
    const controller = new AbortController();
    const asked = failureOf(ask(on(server), until(controller.signal, headersTimeoutMs)));
    await server.received();
    // Long enough for what the server has written to arrive.
    await new Promise((resolve) => setTimeout(resolve, 10));
    controller.abort('no longer wanted');
    expect(await asked).toMatchObject({ code: 'aborted', retryable: false, cause: 'no longer wanted' });
    await server.idle();
    if (headersTimeoutMs !== Infinity) expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  };

  describe.each([10_000, Infinity])('with %d ms for the headers', (headersTimeoutMs) => {
    it('while waiting for the headers closes the socket', async () => {
      const server = await serveLoopback(() => undefined);
      await aborting(server, (provider, options) => provider.chat(BODY, options), headersTimeoutMs);
    });

    it('in the middle of a whole answer closes the socket', async () => {
      const server = await serveLoopback((response) => {
        response.writeHead(200, JSON_TYPE);
        response.write('{"choices":[');
      });
      await aborting(server, (provider, options) => provider.chat(BODY, options), headersTimeoutMs);
    });

    it('in the middle of a list of models closes the socket', async () => {
      const server = await serveLoopback((response) => {
        response.writeHead(200, JSON_TYPE);
        response.write('{"data":[');
      });
      await aborting(server, (provider, options) => provider.models(options), headersTimeoutMs);
    });

    it('in the middle of a stream closes the socket', async () => {
      const server = await serveLoopback((response) => {
        response.writeHead(200, EVENT_STREAM);
        response.write(chunkEvent('Hel'));
      });
      await aborting(server, (provider, options) => collect(provider, options), headersTimeoutMs);
    });

    it('in the middle of a whole answer to a stream closes the socket', async () => {
      const server = await serveLoopback((response) => {
        response.writeHead(200, JSON_TYPE);
        response.write('{"choices":[');
      });
      await aborting(server, (provider, options) => collect(provider, options), headersTimeoutMs);
    });
  });

  it('of a stream that nobody reads closes the socket', async () => {
    const server = await serveLoopback((response) => {
      response.writeHead(200, EVENT_STREAM);
      response.write(chunkEvent('Hel'));
    });
    const controller = new AbortController();
    const { chunks } = await on(server).stream(BODY, until(controller.signal));
    controller.abort();
    await server.idle();
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(await failureOf(chunks[Symbol.asyncIterator]().next())).toMatchObject({ code: 'aborted' });
  });

  it('before anything sends nothing', async () => {
    const server = await serveLoopback((response) => void response.end(completionBody()));
    expect(await failureOf(on(server).chat(BODY, until(AbortSignal.abort())))).toMatchObject({
      code: 'aborted',
    });
    expect(server.requests).toHaveLength(0);
  });

  it('after the end, or twice, does nothing', async () => {
    const server = await serveLoopback(
      (response) => void response.writeHead(200, JSON_TYPE).end(completionBody()),
    );
    const controller = new AbortController();
    const { completion } = await on(server).chat(BODY, until(controller.signal));
    controller.abort();
    controller.abort();
    expect(completion.choices).toHaveLength(1);
  });

  it('by a time limit of the caller is an abort with that cause', async () => {
    const server = await serveLoopback(() => undefined);
    const error = await failureOf(on(server).chat(BODY, until(AbortSignal.timeout(5))));
    expect(error).toMatchObject({ code: 'aborted', cause: { name: 'TimeoutError' } });
  });
});

describe('a stream', () => {
  const streaming = (...parts: readonly (string | Uint8Array)[]): Promise<Loopback> =>
    serveLoopback((response) => {
      response.writeHead(200, EVENT_STREAM);
      for (const part of parts) response.write(part);
      response.end();
    });
  const DONE = 'data: [DONE]\n\n';

  it('gives the chunks as they were sent', async () => {
    const server = await streaming(': ping\n\n', chunkEvent('Grü'), chunkEvent('ße', 'stop'), DONE);
    const chunks = await collect(on(server));
    expect(textOf(chunks)).toBe('Grüße');
    expect(chunks[1]).toEqual(JSON.parse(chunkEvent('ße', 'stop').slice(6)));
  });

  it('passes over events that are no chunks', async () => {
    const server = await streaming(
      'data: {"type":"ping"}\n\ndata: 7\n\ndata: null\n\n',
      chunkEvent('x', 'stop'),
      DONE,
    );
    expect(await collect(on(server))).toHaveLength(1);
  });

  it('ends where the body ends: whether it is complete is for the caller to see', async () => {
    expect(textOf(await collect(on(await streaming(chunkEvent('cut')))))).toBe('cut');
    expect(textOf(await collect(on(await streaming(chunkEvent('cut'), 'data: {"choi'))))).toBe('cut');
    expect(await collect(on(await streaming()))).toEqual([]);
  });

  it('keeps its connection for the next', async () => {
    const server = await serveLoopback((response) => {
      response.writeHead(200, EVENT_STREAM);
      response.write(chunkEvent('x', 'stop') + DONE);
      setTimeout(() => response.end(), 2);
    });
    const provider = on(server);
    for (let count = 0; count < 5; count++) {
      await collect(provider);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(server.sockets.length).toBeLessThan(5);
  });

  it('ends at [DONE] and closes a socket that the server leaves open', async () => {
    const server = await serveLoopback((response) => {
      response.writeHead(200, EVENT_STREAM);
      response.write(chunkEvent('x', 'stop') + DONE);
    });
    const { signal } = new AbortController();
    expect(textOf(await collect(on(server), until(signal)))).toBe('x');
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await server.idle();
  });

  it('closes the socket where its reader leaves, or throws', async () => {
    const server = await serveLoopback((response) => {
      response.writeHead(200, EVENT_STREAM);
      response.write(chunkEvent('x'));
    });
    const { signal } = new AbortController();
    const { chunks } = await on(server).stream(BODY, until(signal));
    const reading = (async () => {
      for await (const chunk of chunks) throw new Error(`reader broke at ${chunk.id}`);
    })();
    await expect(reading).rejects.toThrow('reader broke');
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await server.idle();
  });

  it('that breaks gives what came, then the error', async () => {
    const server = await serveLoopback((response) => {
      response.writeHead(200, EVENT_STREAM);
      response.write(chunkEvent('Hel'), () => setTimeout(() => response.socket?.resetAndDestroy(), 5));
    });
    const { signal } = new AbortController();
    const { chunks } = await on(server).stream(BODY, until(signal));
    const iterator = chunks[Symbol.asyncIterator]();
    expect(textOf([(await iterator.next()).value as CompletionChunk])).toBe('Hel');
    expect(await failureOf(iterator.next())).toMatchObject({
      code: 'upstream',
      status: null,
      retryable: true,
    });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it.each<[string, string, object]>([
    [
      'an error object',
      'data: {"error":{"message":"boom","code":502}}\n\n',
      { code: 'upstream', retryable: true },
    ],
    [
      'an error of credits',
      'data: {"error":{"message":"Insufficient credits"}}\n\n',
      { code: 'credits-exhausted' },
    ],
    ['a text as error', 'data: {"error":"model not loaded"}\n\n', { code: 'upstream' }],
    ['an event named error', 'event: error\ndata: {"message":"overloaded"}\n\n', { code: 'upstream' }],
    ['an event named error with a text', 'event: error\ndata: "overloaded"\n\n', { code: 'upstream' }],
    [
      'an event named error with an error',
      'event: error\ndata: {"error":{"message":"x"}}\n\n',
      { code: 'upstream' },
    ],
    ['no JSON', 'data: <html>\n\n', { code: 'malformed-response' }],
    ['JSON that is cut', 'data: {"choices":[\n\n', { code: 'malformed-response', retryable: false }],
    ['a finish reason of failure', chunkEvent('', 'error'), { code: 'upstream', retryable: true }],
  ])('fails by %s, as the first event or later', async (_, event, expected) => {
    const { signal } = new AbortController();
    expect(await failureOf(collect(on(await streaming(event, DONE)), until(signal)))).toMatchObject(expected);
    const later = await failureOf(
      collect(on(await streaming(chunkEvent('Hel'), event, DONE)), until(signal)),
    );
    expect(['upstream', 'malformed-response']).toContain(later.code);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('refuses an event over 1 MiB and closes the socket', async () => {
    const server = await serveLoopback((response) => {
      response.writeHead(200, EVENT_STREAM);
      response.write(`data: ${'x'.repeat(1_100_000)}`);
    });
    expect(await failureOf(collect(on(server)))).toMatchObject({ code: 'malformed-response' });
    await server.idle();
  });

  it('that is answered whole is one chunk with the same content', async () => {
    const message = {
      role: 'assistant',
      content: null,
      refusal: null,
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'a', arguments: '{}' } },
        { id: 'call_2', type: 'function', function: { name: 'b', arguments: '{}' } },
      ],
    };
    const choices = [
      { index: 0, finish_reason: 'tool_calls', logprobs: null, message },
      { index: 1, finish_reason: 'stop', logprobs: null, message: { role: 'assistant', content: 'two' } },
    ];
    const server = await serveLoopback(
      (response) =>
        void response
          .writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'x-request-id': 'req_9' })
          .end(completionBody('', { choices })),
    );
    const { signal } = new AbortController();
    const { requestId } = await on(server).stream(BODY, until(signal));
    expect(requestId).toBe('req_9');
    // Also where nobody reads it, nothing is left on the signal.
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    const [chunk, ...others] = await collect(on(server));
    expect(others).toEqual([]);
    expect(chunk).toMatchObject({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      usage: { total_tokens: 5 },
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          delta: { tool_calls: message.tool_calls.map((call, index) => ({ ...call, index })) },
        },
        { index: 1, finish_reason: 'stop', delta: { content: 'two' } },
      ],
    });
  });

  it.each(['text/plain', 'application/octet-stream', 'TEXT/EVENT-STREAM; charset=utf-8', undefined])(
    'may come as %s',
    async (type) => {
      const server = await serveLoopback(
        (response) =>
          void response
            .writeHead(200, type === undefined ? {} : { 'content-type': type })
            .end(chunkEvent('x', 'stop') + DONE),
      );
      expect(textOf(await collect(on(server)))).toBe('x');
    },
  );

  it('waits for its reader: a slow one holds the server back', async () => {
    let written = 0;
    const event = chunkEvent('x'.repeat(10_000));
    function* endless(): Generator<string, void> {
      for (; written < 100_000_000; written += event.length) yield event;
    }
    const server = await serveLoopback(async (response) => {
      await pipeline(Readable.from(endless()), response.writeHead(200, EVENT_STREAM));
    });
    const { chunks } = await on(server).stream(BODY, until());
    const iterator = chunks[Symbol.asyncIterator]();
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(written).toBeLessThan(50_000_000);
    await iterator.return?.();
    await server.idle();
  });
});

describe('models and account', () => {
  const answering = (status: number, text: string): Promise<Loopback> =>
    serveLoopback((response) => void response.writeHead(status, JSON_TYPE).end(text));

  it('asks at their paths, with the key', async () => {
    const server = await answering(200, '{"object":"list","data":[{"id":"m"}],"credits_used":1}');
    const provider = on(server);
    expect(await provider.models(until())).toMatchObject([{ id: 'm' }]);
    expect(await provider.account(until())).toMatchObject({
      usedCredits: 1,
      grantedCredits: null,
      plan: null,
    });
    expect(server.requests.map(({ method, path, headers }) => [method, path, headers.authorization])).toEqual(
      [
        ['GET', '/v1/models', 'Bearer test-key-1'],
        ['GET', '/v1/account', 'Bearer test-key-1'],
      ],
    );
  });

  it.each(['models', 'account'] as const)('%s changes a refused key by itself', async (page) => {
    const server = await serveLoopback((response, { headers }) => {
      const isGood = headers.authorization === 'Bearer good';
      response.writeHead(isGood ? 200 : 401, JSON_TYPE);
      response.end(isGood ? '{"data":[{"id":"m"}],"credits_used":1}' : '{"error":{"message":"no"}}');
    });
    const rejected: number[] = [];
    const provider = on(server, {
      apiKey: ['old', 'good'],
      onKeyReject: ({ key }) => void rejected.push(key),
    });
    await provider[page](until());
    await provider[page](until());
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer old',
      'Bearer good',
      'Bearer good',
    ]);
    expect(rejected).toEqual([1]);
  });

  it.each<[CreditSource['path'], boolean, string[]]>([
    ['/key', false, ['/v1/key']],
    ['/key/info', true, ['/key/info']],
    [null, false, []],
  ])(
    'asks the page of a source at %s, with the key, at its own origin',
    async (path, besideVersion, asked) => {
      const server = await answering(200, '{"left":7}');
      const creditSource: CreditSource = {
        path,
        besideVersion,
        read: (page) => ({
          usedCredits: null,
          grantedCredits: null,
          remainingCredits: (page as { left: number }).left,
          unit: 'eur',
          plan: null,
        }),
      };
      const account = await on(server, { creditSource }).account(until());
      expect(account).toEqual(
        path === null ? null : expect.objectContaining({ remainingCredits: 7, unit: 'eur' }),
      );
      expect(server.requests.map((request) => request.path)).toEqual(asked);
      for (const { headers } of server.requests) expect(headers.authorization).toBe('Bearer test-key-1');
    },
  );

  it.each([404, 405])('a service without the page (%d) has no account', async (status) => {
    expect(await on(await answering(status, 'Not Found')).account(until())).toBeNull();
  });

  it.each([401, 403])('a page that is closed (%d) to a key which serves refuses no key', async (status) => {
    let isServing = true;
    const server = await serveLoopback((response, { path }) => {
      response.writeHead(path.endsWith('/account') || !isServing ? status : 200, JSON_TYPE);
      response.end(isServing ? completionBody('fine') : '{"error":{"message":"Invalid API Key"}}');
    });
    const rejected: number[] = [];
    const provider = on(server, { onKeyReject: ({ key }) => void rejected.push(key) });
    await provider.chat(BODY, until());
    expect(await provider.account(until())).toBeNull();
    expect(rejected).toEqual([]);
    // Once it does not serve, the page may say so.
    isServing = false;
    expect(await failureOf(provider.chat(BODY, until()))).toMatchObject({ code: 'authentication' });
    expect(await failureOf(provider.account(until()))).toMatchObject({ code: 'authentication' });
    expect(rejected).toEqual([1]);
  });

  it.each<[number, string, object]>([
    [403, '{"error":{"message":"Invalid API Key"}}', { code: 'authentication' }],
    [500, '', { code: 'upstream', retryable: true }],
    [200, '{"error":{"message":"boom"}}', { code: 'upstream' }],
    [200, '<html>Sign in</html>', { code: 'malformed-response' }],
  ])('%d with %j is an error for both', async (status, text, expected) => {
    const provider = on(await answering(status, text));
    expect(await failureOf(provider.account(until()))).toMatchObject(expected);
    expect(await failureOf(provider.models(until()))).toMatchObject(expected);
  });

  it.each(['{}', 'null', '"models"', '{"data":{}}'])(
    '%j is no list of models: never an empty one',
    async (text) => {
      expect(await failureOf(on(await answering(200, text)).models(until()))).toMatchObject({
        code: 'malformed-response',
      });
    },
  );
});
