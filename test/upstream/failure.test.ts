import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RateLimitExceededError, RouteLLError, TimeoutError, UpstreamError } from '../../src/errors.js';
import { mayBeBilled, toRouteLLError } from '../../src/upstream/failure.js';
import { type OpenAIProviderOptions, openaiProvider } from '../../src/upstream/openai-provider.js';
import type { Provider, ProviderCallOptions } from '../../src/upstream/provider.js';
import { fakeClock } from '../fake-clock.js';
import { completionBody } from '../loopback.js';

const BASE = 'https://llm.example.com/v1';
const KEY = 'sk-canary-0123456789';

const body = { model: 'm', messages: [{ role: 'user' as const, content: 'canary prompt' }] };
const options = (): ProviderCallOptions => ({ signal: new AbortController().signal, headersTimeoutMs: 5000 });
const provider = (extra: Partial<OpenAIProviderOptions> = {}): Provider =>
  openaiProvider({ apiKey: KEY, baseURL: BASE, clock: fakeClock(), ...extra });

/** A fetch that answers in the process. */
const answering =
  (respond: (request: Request) => Response | Promise<Response>): typeof fetch =>
  async (input, init) =>
    respond(new Request(input, init));

async function failureOf(asked: Promise<unknown>): Promise<RouteLLError> {
  const error: unknown = await asked.then(
    () => new Error('expected a failure'),
    (thrown: unknown) => thrown,
  );
  if (RouteLLError.isInstance(error)) return error;
  throw error;
}

/** The error of a chat that is answered so. */
function answered(text: string | null, init: ResponseInit): Promise<RouteLLError> {
  return failureOf(provider({ fetch: answering(() => new Response(text, init)) }).chat(body, options()));
}

const errorJson = (error: unknown): string => JSON.stringify({ error });

describe('an error status', () => {
  it.each<[number, string, boolean]>([
    [400, 'invalid-request', false],
    [401, 'authentication', false],
    [402, 'credits-exhausted', false],
    [403, 'authentication', false],
    [404, 'invalid-request', false],
    [405, 'invalid-request', false],
    [408, 'upstream', true],
    [409, 'invalid-request', false],
    [413, 'invalid-request', false],
    [422, 'invalid-request', false],
    [425, 'upstream', true],
    [429, 'rate-limit', true],
    [500, 'upstream', true],
    [501, 'upstream', false],
    [502, 'upstream', true],
    [503, 'upstream', true],
    [504, 'upstream', true],
    [505, 'upstream', false],
    ...Array.from({ length: 10 }, (_, i): [number, string, boolean] => [520 + i, 'upstream', true]),
  ])('%d → %s, retryable: %s', async (status, code, retryable) => {
    const error = await answered(errorJson({ message: 'So it is.', type: 'x', code: null }), {
      status,
      headers: { 'x-request-id': 'req_7' },
    });
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain('So it is');
    expect(error.message).toContain('routellm');
    expect(error.cause).toBeInstanceOf(Error);
    // A proxy that waited no longer says nothing of what it waited for.
    expect(mayBeBilled(error)).toBe(status === 504 || status === 524);
    if (error instanceof UpstreamError) expect(error).toMatchObject({ status, requestId: 'req_7' });
    else expect(error).toBeInstanceOf(RateLimitExceededError);
  });

  it.each<[number, object | string, string]>([
    [
      429,
      { message: 'You exceeded your current quota, please check your plan and billing details.' },
      'credits-exhausted',
    ],
    [429, { message: 'x', code: 'insufficient_quota' }, 'credits-exhausted'],
    [429, { message: 'x', type: 'insufficient_quota', code: null }, 'credits-exhausted'],
    [429, { message: 'x', code: 'organization_spend_limit_exceeded' }, 'credits-exhausted'],
    [400, { message: 'Your credit balance is too low.' }, 'credits-exhausted'],
    [403, { message: 'Insufficient credits.' }, 'credits-exhausted'],
    [403, 'Insufficient balance', 'credits-exhausted'],
    [402, { message: 'Payment required' }, 'credits-exhausted'],
    [429, { message: 'Rate limit reached for requests', code: 'rate_limit_exceeded' }, 'rate-limit'],
    [429, { message: 'Quota of 60 requests per minute exceeded' }, 'rate-limit'],
    [429, { message: 'Too many requests, buy credits for more' }, 'rate-limit'],
    [403, { message: 'Invalid API Key' }, 'authentication'],
    [403, { message: 'You have insufficient permissions for this operation.' }, 'authentication'],
    [400, { message: 'The brackets are unbalanced.' }, 'invalid-request'],
    [400, { message: 'Unknown field: accredited' }, 'invalid-request'],
    [500, { message: 'Insufficient resources' }, 'upstream'],
    [404, { message: 'No credits model' }, 'invalid-request'],
  ])('%d with %j → %s', async (status, error, code) => {
    expect(await answered(errorJson(error), { status })).toMatchObject({ code });
  });

  it.each([
    ['{"detail":"Insufficient balance"}', 'credits-exhausted', 'Insufficient balance'],
    ['{"message":"Not yours"}', 'authentication', 'Not yours'],
    ['"Forbidden"', 'authentication', 'Forbidden'],
    ['Forbidden by policy', 'authentication', 'Forbidden by policy'],
    ['', 'authentication', '403'],
  ])('reads what other services put in a 403: %j', async (text, code, says) => {
    const error = await answered(text, { status: 403 });
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
  });

  it('carries the wait that is asked for', async () => {
    const limited = await answered(errorJson({ message: 'slow' }), {
      status: 429,
      headers: { 'retry-after': '3' },
    });
    expect(limited).toMatchObject({ retryAfterMs: 3000, provider: 'routellm' });
    expect(limited.message).toContain('3000 ms');
    const down = await answered(errorJson({ message: 'down' }), {
      status: 503,
      headers: { 'retry-after-ms': '250' },
    });
    expect(down).toMatchObject({ retryAfterMs: 250 });
    expect(await answered('{}', { status: 429 })).toMatchObject({ retryAfterMs: 0 });
    expect(await answered('{}', { status: 503 })).toMatchObject({ retryAfterMs: null });
  });

  it.each([429, 503])('is not retryable where the upstream says so: %d', async (status) => {
    const error = await answered('{}', { status, headers: { 'x-should-retry': 'false' } });
    expect(error.retryable).toBe(false);
  });

  it('is told in a message of bearable length, whatever was sent', async () => {
    const page = `<!DOCTYPE html><html>${'x'.repeat(50_000)}</html>`;
    const html = await answered(page, { status: 502 });
    expect(html.message).toContain(`a page of ${page.length + 4} characters`);
    expect(html.message.length).toBeLessThan(300);
    const long = await answered(errorJson({ message: 'y'.repeat(50_000) }), { status: 500 });
    expect(long.message.length).toBeLessThan(800);
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('%d is an error, not retryable', async (status) => {
    const error = await answered(null, { status, headers: { location: 'https://other.example.com/v1' } });
    expect(error).toMatchObject({ code: 'upstream', retryable: false, status });
    expect(error.message).toContain('baseURL');
  });
});

describe('a connection that fails', () => {
  const failing = (code: string | null): Promise<RouteLLError> => {
    const cause = code === null ? undefined : Object.assign(new Error('below'), { code });
    const fetch = (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }));
    return failureOf(provider({ fetch }).chat(body, options()));
  };

  it.each<[string | null, boolean, boolean]>([
    ['ECONNREFUSED', true, false],
    ['ECONNRESET', true, true],
    ['EAI_AGAIN', true, false],
    ['EHOSTUNREACH', true, false],
    ['ENOTFOUND', false, false],
    ['UND_ERR_SOCKET', true, true],
    ['CERT_HAS_EXPIRED', false, false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', false, false],
    ['SELF_SIGNED_CERT_IN_CHAIN', false, false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', false, false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', false, false],
    [null, true, true],
  ])('%s: retryable %s, may be billed %s', async (code, retryable, billed) => {
    const error = await failing(code);
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({ code: 'upstream', retryable, status: null, retryAfterMs: null });
    expect(error.message).toContain(BASE);
    if (code !== null) expect(error.message).toContain(code);
    expect(mayBeBilled(error)).toBe(billed);
  });

  it('in time is a timeout of its own phase', async () => {
    const cause = new Error('Connect Timeout Error');
    const fetch = (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }));
    const error = await failureOf(provider({ fetch }).chat(body, options()));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ phase: 'connect', retryable: true });
  });

  it('in time is never billed where the transport says so, else perhaps', async () => {
    const failed = (cause: Error): Promise<RouteLLError> => {
      const fetch = (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }));
      return failureOf(provider({ fetch }).chat(body, options()));
    };
    const code = 'UND_ERR_CONNECT_TIMEOUT';
    const known = await failed(Object.assign(new Error('Connecting timed out'), { code }));
    const unknown = await failed(Object.assign(new Error('read timed out'), { code: 'ETIMEDOUT' }));
    expect([mayBeBilled(known), mayBeBilled(unknown)]).toEqual([false, true]);
  });

  it('passes an error of ours through', () => {
    const error = new TimeoutError('total', 'Late.');
    const context = { provider: 'p', baseURL: BASE, nowMs: 0 };
    expect(toRouteLLError(error, context)).toBe(error);
    expect(toRouteLLError(new DOMException('gone', 'AbortError'), context).code).toBe('aborted');
    expect(toRouteLLError('text', context)).toMatchObject({ code: 'upstream', status: null });
  });
});

describe('whether a failure may be billed', () => {
  const failed = (status: number | null): UpstreamError =>
    new UpstreamError('upstream', 'x', { status, provider: 'p', requestId: null, retryAfterMs: null });

  it.each<[RouteLLError, boolean]>([
    [failed(200), true],
    [failed(302), true],
    [failed(400), false],
    [failed(503), false],
    [failed(null), true],
    [new RateLimitExceededError('x', { retryAfterMs: 0 }), false],
    [new TimeoutError('headers', 'x'), true],
    [new RouteLLError('aborted', 'x'), true],
  ])('%s', (error, billed) => {
    expect(mayBeBilled(error)).toBe(billed);
  });
});

describe('secrets', () => {
  const HEADER_SECRET = 'canary-header-secret';

  function expectNoCanary(error: unknown): void {
    const shown = [
      inspect(error, { depth: 20, showHidden: true }),
      JSON.stringify(error),
      String(error),
      (error as Error | undefined)?.stack,
    ];
    for (let cause = (error as Error | undefined)?.cause; cause instanceof Error; cause = cause.cause) {
      shown.push(String(cause), cause.stack, JSON.stringify(cause));
    }
    for (const text of shown.filter((text) => text !== undefined)) {
      for (const canary of [KEY, HEADER_SECRET, 'canary prompt', KEY.slice(0, 8)])
        expect(text).not.toContain(canary);
    }
  }

  const guarded = (respond: (request: Request) => Response): Provider =>
    provider({ defaultHeaders: { 'x-api-key': HEADER_SECRET }, fetch: answering(respond) });
  const echo = (request: Request): string =>
    `bad ${request.headers.get('authorization') ?? ''} ${request.headers.get('x-api-key') ?? ''} ${KEY.slice(0, 6)}***6789`;

  it.each([400, 401, 402, 403, 404, 429, 500, 503])(
    'are not told by a %d that repeats them',
    async (status) => {
      const repeating = guarded((request) => {
        const text = echo(request);
        return Response.json({ error: { message: text, code: text, type: text, param: [text] } }, { status });
      });
      expectNoCanary(await failureOf(repeating.chat(body, options())));
      expectNoCanary(await failureOf(repeating.stream(body, options())));
    },
  );

  it.each<[string, (text: string) => Response]>([
    ['text', (text) => new Response(text, { status: 500 })],
    ['another shape of JSON', (text) => Response.json({ detail: [{ msg: text }] }, { status: 422 })],
    ['a string of JSON', (text) => Response.json(text, { status: 500 })],
    ['a string as error', (text) => Response.json({ error: text }, { status: 500 })],
    ['an error inside a success', (text) => Response.json({ error: { message: text } })],
    [
      'an error inside a success with a code',
      (text) => Response.json({ error: { message: text, code: 401 } }),
    ],
    ['a page', (text) => new Response(`<html>${text}</html>`, { headers: { 'content-type': 'text/html' } })],
    ['no JSON', (text) => new Response(text)],
    ['a stream', (text) => new Response(`event: error\ndata: {"message":"${text}"}\n\n`)],
    ['a broken stream', (text) => new Response(`data: ${text}\n\n`)],
  ])('are not told by %s', async (_, respond) => {
    const repeating = guarded((request) => respond(echo(request)));
    expectNoCanary(await failureOf(repeating.chat(body, options())));
    const streamed = async (): Promise<void> => {
      const { chunks } = await repeating.stream(body, options());
      for await (const chunk of chunks) expectNoCanary(chunk);
    };
    // Text that is no event stream has no events, and so no failure of its own.
    expectNoCanary(await streamed().catch((error: unknown) => error ?? 'nothing'));
  });

  it('are not told by a connection that fails', async () => {
    const broken = guarded(() => {
      throw new TypeError('fetch failed', { cause: new Error('other side closed') });
    });
    expectNoCanary(await failureOf(broken.chat(body, options())));
  });

  it('stand in no property of a provider', () => {
    const made = guarded(() => new Response());
    expect(inspect(made, { depth: 10, showHidden: true })).not.toContain('canary');
    expect(JSON.stringify(made)).not.toContain('canary');
  });
});

describe('a request', () => {
  it('is sent as it is, with the role `developer` as `system`', async () => {
    const sent: unknown[] = [];
    const fetch = answering(async (request) => {
      sent.push(await request.json());
      return new Response(completionBody());
    });
    const messages = [
      { role: 'developer' as const, content: 'Be brief.' },
      { role: 'user' as const, content: 'Hello' },
    ];
    const given = { model: 'm', messages, temperature: 0, seed: 7 };
    await provider({ fetch }).chat(given, options());
    await provider({ fetch, developerRole: true }).chat(given, options());
    expect(sent).toEqual([
      { ...given, messages: [{ role: 'system', content: 'Be brief.' }, messages[1]], stream: false },
      { ...given, stream: false },
    ]);
    expect(messages[0]?.role).toBe('developer');
  });
});
