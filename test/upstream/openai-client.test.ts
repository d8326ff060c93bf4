import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  RateLimitError,
} from 'openai';
import { describe, expect, it } from 'vitest';
import { createOfficialClient, readOfficialFailure, systemCodeOf } from '../../src/upstream/openai-client.js';

describe('createOfficialClient', () => {
  it('throws the official errors, with every text redacted', async () => {
    const client = createOfficialClient({
      apiKey: 'canary-key',
      baseURL: 'https://llm.example.com/v1',
      fetch: () =>
        Promise.resolve(Response.json({ error: { message: 'bad canary-key', code: 'x' } }, { status: 429 })),
    });
    const error: unknown = await client.models.list().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'x', message: '429 bad [redacted]' });
  });

  it('tries once', async () => {
    let requests = 0;
    const client = createOfficialClient({
      apiKey: 'k',
      baseURL: 'https://llm.example.com/v1',
      fetch: () => {
        requests += 1;
        return Promise.resolve(new Response(null, { status: 503 }));
      },
    });
    await client.models.list().catch(() => undefined);
    expect(requests).toBe(1);
  });
});

describe('readOfficialFailure', () => {
  const headers = new Headers({ 'x-request-id': 'req_1' });

  it('reads a status', () => {
    const body = { message: 'So it is.', code: 'c', type: 't' };
    expect(readOfficialFailure(APIError.generate(400, { error: body }, undefined, headers))).toMatchObject({
      kind: 'status',
      status: 400,
      body,
      codes: ['c', 't'],
      message: '400 So it is.',
      requestId: 'req_1',
    });
    expect(readOfficialFailure(APIError.generate(500, undefined, 'text', new Headers()))).toMatchObject({
      codes: [],
      body: undefined,
      message: '500 text',
      requestId: null,
    });
  });

  it.each<[unknown, object]>([
    [new APIUserAbortError(), { kind: 'aborted' }],
    [new DOMException('gone', 'AbortError'), { kind: 'aborted' }],
    [new APIConnectionTimeoutError(), { kind: 'connection', timedOut: 'connect', systemCode: null }],
    [new APIConnectionError({ message: 'x' }), { kind: 'connection', timedOut: null, systemCode: null }],
    [
      new APIConnectionError({ cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }),
      { kind: 'connection', timedOut: null, systemCode: 'ECONNREFUSED' },
    ],
    ['nonsense', { kind: 'connection', timedOut: null, systemCode: null }],
    [null, { kind: 'connection', timedOut: null, systemCode: null }],
  ])('reads %s', (error, failure) => {
    expect(readOfficialFailure(error)).toEqual(failure);
  });
});

describe('systemCodeOf', () => {
  it('finds the code of the first error in the chain that has one', () => {
    const inner = Object.assign(new Error('inner'), { code: 'ECONNRESET' });
    expect(systemCodeOf(new Error('outer', { cause: new Error('middle', { cause: inner }) }))).toBe(
      'ECONNRESET',
    );
    expect(systemCodeOf(new Error('outer', { cause: { code: 'x' } }))).toBeNull();
    expect(systemCodeOf(undefined)).toBeNull();
  });

  it('ends on a chain that does not', () => {
    const error = new Error('round');
    error.cause = error;
    expect(systemCodeOf(error)).toBeNull();
  });
});
