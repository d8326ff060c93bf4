import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import {
  AllModelsFailedError,
  asRouteLLError,
  BudgetExceededError,
  ConfigurationError,
  describeThrown,
  IncompleteStreamError,
  InvalidObjectError,
  InvalidRequestError,
  NoModelAvailableError,
  RateLimitExceededError,
  RouteLLError,
  TimeoutError,
  UpstreamError,
} from '../src/errors.js';

const upstream = (retryable: boolean): UpstreamError =>
  new UpstreamError(
    'upstream',
    'routellm failed.',
    { status: 503, provider: 'routellm', requestId: 'req_1', retryAfterMs: 3000 },
    { cause: new Error('below'), retryable },
  );

const EVERY: readonly (readonly [RouteLLError, string])[] = [
  [new RouteLLError('aborted', 'Aborted.'), 'aborted'],
  [new ConfigurationError('rateLimits.burst', 'burst must be positive.'), 'configuration'],
  [new InvalidRequestError('messages', 'messages must not be empty.'), 'invalid-request'],
  [new NoModelAvailableError('None.', [{ model: 'm', reason: 'too small' }]), 'no-model'],
  [new RateLimitExceededError('Too many.', { retryAfterMs: 5, provider: 'routellm' }), 'rate-limit'],
  [
    new BudgetExceededError('Spent.', {
      scope: 'day',
      remainingUsd: 0.1,
      remainingCredits: null,
      resetsAt: 1_790_000_000_000,
    }),
    'budget',
  ],
  [upstream(true), 'upstream'],
  [new IncompleteStreamError('Cut.', 'so far'), 'incomplete-stream'],
  [new InvalidObjectError('No.', { reason: 'mismatch', issues: [], text: 'so' }), 'malformed-response'],
  [new TimeoutError('headers', 'Late.'), 'timeout'],
  [new AllModelsFailedError('All.', [upstream(false), upstream(true)]), 'all-models-failed'],
];

describe('errors', () => {
  it.each(EVERY)('%s has its code and name, and is recognised', (error, code) => {
    expect(error.code).toBe(code);
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(RouteLLError);
    expect(error.name).toBe(error.constructor.name);
    expect(RouteLLError.isInstance(error)).toBe(true);
    expect(asRouteLLError(error)).toBe(error);
  });

  it('recognises the errors of another copy of the library', async () => {
    vi.resetModules();
    const copy = await import('../src/errors.js');
    const foreign = new copy.TimeoutError('total', 'Late.');
    expect(foreign).not.toBeInstanceOf(RouteLLError);
    expect(RouteLLError.isInstance(foreign)).toBe(true);
    expect(asRouteLLError(foreign)).toBe(foreign);
  });

  it.each([null, undefined, 'text', 7, {}, new Error('plain')])('does not recognise %s', (value) => {
    expect(RouteLLError.isInstance(value)).toBe(false);
  });

  it('becomes plain JSON with its data, without stack, cause and content', () => {
    const error = upstream(true);
    error.callId = 'call_1';
    error.attempts = [];
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'UpstreamError',
      code: 'upstream',
      message: 'routellm failed.',
      retryable: true,
      status: 503,
      provider: 'routellm',
      requestId: 'req_1',
      retryAfterMs: 3000,
      callId: 'call_1',
      attempts: [],
    });
  });

  it('keeps the errors of every model in JSON', () => {
    const all = new AllModelsFailedError('All failed.', [upstream(false), new TimeoutError('idle', 'Late.')]);
    const json = JSON.parse(JSON.stringify(all)) as { errors: { code: string }[] };
    expect(json.errors.map(({ code }) => code)).toEqual(['upstream', 'timeout']);
    expect(all.cause).toBe(all.errors[1]);
  });

  it('is retryable where one of the models was', () => {
    expect(new AllModelsFailedError('All.', [upstream(false)]).retryable).toBe(false);
    expect(new AllModelsFailedError('All.', [upstream(false), upstream(true)]).retryable).toBe(true);
  });

  it('keeps partial text readable, and out of JSON and inspection', () => {
    const error = new IncompleteStreamError('Cut.', 'secret beginning', { cause: upstream(true) });
    expect(error.partial).toBe('secret beginning');
    expect(Object.keys(error)).not.toContain('partial');
    expect(JSON.stringify(error)).not.toContain('secret beginning');
    expect(inspect(error, { depth: 10 })).not.toContain('secret beginning');
    expect(JSON.stringify(new AllModelsFailedError('All.', [error]))).not.toContain('secret beginning');
    expect(Object.entries(error).flat()).not.toContain('secret beginning');
  });

  it('keeps an answer and what is wrong with it readable, and out of JSON and inspection', () => {
    const issues = [{ message: 'secret key', path: ['secret key'] }];
    const error = new InvalidObjectError('No.', { reason: 'mismatch', issues, text: 'secret answer' });
    expect(error).toMatchObject({ reason: 'mismatch', issues, text: 'secret answer', retryable: true });
    for (const shown of [JSON.stringify(error), inspect(error, { depth: 10 })]) {
      expect(shown).toContain('mismatch');
      expect(shown).not.toContain('secret');
    }
  });

  it.each([
    [new Error('plain'), 'Error: plain'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [Object.create(null) as unknown, 'object'],
    [Symbol('s'), 'symbol'],
  ])('wraps whatever was thrown: %s', (thrown, text) => {
    const error = asRouteLLError(thrown);
    expect(error.code).toBe('upstream');
    expect(error.retryable).toBe(false);
    expect(error.message).toContain(text);
    expect(error.cause).toBe(thrown);
    expect(describeThrown(thrown)).toContain(text);
  });
});
