import { describe, expect, it } from 'vitest';
import { RateLimitExceededError, RouteLLError, UpstreamError } from '../../src/errors.js';
import { readBody, readCompletion, throwIfErrorObject } from '../../src/upstream/response.js';
import { completionBody } from '../loopback.js';
import { responseContext } from './response-context.js';

function failure(act: () => unknown): RouteLLError {
  try {
    act();
  } catch (error) {
    if (RouteLLError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('expected a RouteLLError');
}

describe('readCompletion', () => {
  it('reads a completion as it is', () => {
    const text = completionBody('Hi', { service_tier: 'default', unknown: { kept: true } });
    expect(readCompletion(text, responseContext())).toEqual(JSON.parse(text));
  });

  it.each([
    ['an empty body', '', true, 'empty body'],
    ['white space', ' \n ', true, 'empty body'],
    ['an HTML page', '<!doctype html><html>canary text</html>', false, 'HTML'],
    ['an XML page', '  <?xml version="1.0"?><a/>', false, 'XML'],
    ['text', 'canary text', false, '11 characters'],
    ['JSON that is cut', '{"choices":[{"message":{"content":"canary', false, 'no JSON'],
    ['null', 'null', false, 'without choices'],
    ['a number', '7', false, 'without choices'],
    ['a list', '[]', false, 'without choices'],
    ['an empty object', '{}', false, 'without choices'],
    ['no choices', '{"choices":[]}', false, 'without choices'],
    ['choices that are null', '{"choices":null}', false, 'without choices'],
    ['a choice that is null', '{"choices":[null]}', false, 'without choices'],
    ['a choice without a message', '{"choices":[{"index":0}]}', false, 'without choices'],
    ['one good and one bad choice', '{"choices":[{"message":{}},{}]}', false, 'without choices'],
  ])('%s is no answer', (_, text, retryable, says) => {
    const error = failure(() => readCompletion(text, responseContext()));
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({
      code: 'malformed-response',
      retryable,
      status: 200,
      provider: 'routellm',
      requestId: 'req_1',
    });
    expect(error.message).toContain(says);
    expect(error.message).toContain('baseURL');
    expect(error.message).not.toContain('canary');
  });

  it('survives JSON that is deep, or names a prototype', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(failure(() => readCompletion(deep, responseContext())).code).toBe('malformed-response');
    readCompletion('{"__proto__":{"polluted":1},"choices":[{"message":{}}]}', responseContext());
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each(['error', 'insufficient_system_resource'])('an answer that ends by %s has failed', (reason) => {
    const text = `{"choices":[{"message":{"content":"x"},"finish_reason":"stop"},{"message":{},"finish_reason":"${reason}"}]}`;
    const error = failure(() => readCompletion(text, responseContext()));
    expect(error).toMatchObject({ code: 'upstream', retryable: true, status: 200 });
    expect(error.message).toContain(reason);
  });

  it.each(['stop', 'length', 'tool_calls', 'content_filter', null])(
    'an answer that ends by %s is one',
    (reason) => {
      const text = JSON.stringify({ choices: [{ message: {}, finish_reason: reason }] });
      expect(readCompletion(text, responseContext()).choices).toHaveLength(1);
    },
  );
});

describe('an error inside a success', () => {
  const read = (error: unknown, hasBegun = false): RouteLLError =>
    failure(() => throwIfErrorObject({ error }, responseContext({ hasBegun })));

  it.each<[unknown, string, boolean, number | null]>([
    [{ message: 'boom', code: 502 }, 'upstream', true, 502],
    [{ message: 'boom', code: '503' }, 'upstream', true, 503],
    [{ message: 'boom', code: 501 }, 'upstream', false, 501],
    [{ message: 'boom', code: 400 }, 'invalid-request', false, 400],
    [{ message: 'No auth', code: 401 }, 'authentication', false, 401],
    [{ message: 'More money', code: 402 }, 'credits-exhausted', false, 402],
    [{ message: 'Insufficient credits' }, 'credits-exhausted', false, 402],
    [{ message: 'boom', code: 'insufficient_quota' }, 'credits-exhausted', false, 402],
    [{ message: 'boom', type: 'billing_error' }, 'credits-exhausted', false, 402],
    [{ message: 'boom', code: 'overloaded' }, 'upstream', true, 200],
    [{ message: 'boom', code: 42 }, 'upstream', true, 200],
    [{ message: 7 }, 'upstream', true, 200],
    [{}, 'upstream', true, 200],
    ['model not loaded', 'upstream', true, 200],
  ])('%j → %s', (error, code, retryable, status) => {
    expect(read(error)).toMatchObject({ code, retryable, status });
  });

  it('is a rate limit where it says so, with the wait of the headers', () => {
    const headers = new Headers({ 'retry-after': '3' });
    const error = failure(() =>
      throwIfErrorObject({ error: { message: 'slow down', code: 429 } }, responseContext({ headers })),
    );
    expect(error).toBeInstanceOf(RateLimitExceededError);
    expect(error).toMatchObject({ retryAfterMs: 3000, retryable: true });
  });

  it('is a broken answer once the answer has begun, whatever it says', () => {
    for (const error of [{ message: 'x', code: 429 }, { message: 'Insufficient credits' }, 'x']) {
      expect(read(error, true)).toMatchObject({ code: 'upstream', status: 200 });
    }
  });

  it('does not tell the key', () => {
    for (const error of [
      { message: 'bad canary-key', code: 401 },
      { message: 'bad canary-key' },
      'bad canary-key',
    ]) {
      expect(read(error).message).toContain('[redacted]');
      expect(read(error).message).not.toContain('canary-key');
    }
  });

  it.each([null, undefined, '', false, 0, []])('%j is none', (error) => {
    expect(() => throwIfErrorObject({ error, choices: [] }, responseContext())).not.toThrow();
  });

  it.each([null, 'x', [], 7])('%j holds none', (value) => {
    expect(() => throwIfErrorObject(value, responseContext())).not.toThrow();
  });
});

describe('readBody', () => {
  it('reads the text', async () => {
    expect(await readBody(new Response('text'), responseContext())).toBe('text');
  });

  it('takes a body that breaks off as an answer that may be billed: not to be tried again', async () => {
    const cause = new TypeError('terminated', {
      cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }),
    });
    const body = new ReadableStream({ pull: (controller) => controller.error(cause) });
    await expect(readBody(new Response(body), responseContext())).rejects.toMatchObject({
      code: 'malformed-response',
      retryable: false,
      status: 200,
      message: expect.stringContaining('ECONNRESET') as string,
    });
  });
});
