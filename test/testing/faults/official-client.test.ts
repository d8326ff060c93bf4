import OpenAI, { type APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import type { FaultRule, SimulatorOptions } from '../../../src/testing/index.js';
import { fakeClock } from '../../fake-clock.js';
import { user, withSimulator } from '../with-simulator.js';

const ASK = { model: 'claude-haiku-4-5', messages: [user('Tell me a story')] };

const struckBy = (fault: FaultRule, options: SimulatorOptions = {}) =>
  withSimulator({ ...options, faults: [fault] });

/** Reads a stream to its end, good or bad. */
const read = async (openai: OpenAI, options: OpenAI.RequestOptions = {}) => {
  const texts: string[] = [];
  let finishReason: string | null = null;
  let error: unknown = null;
  try {
    const stream = await openai.chat.completions.create({ ...ASK, stream: true }, options);
    for await (const chunk of stream) {
      const choice = chunk.choices[0];
      if (choice?.delta.content) texts.push(choice.delta.content);
      finishReason = choice?.finish_reason ?? finishReason;
    }
  } catch (reason) {
    error = reason;
  }
  return { texts, finishReason, error };
};

describe('status', () => {
  it.each([
    [400, OpenAI.BadRequestError],
    [401, OpenAI.AuthenticationError],
    [403, OpenAI.PermissionDeniedError],
    [404, OpenAI.NotFoundError],
    [409, OpenAI.ConflictError],
    [422, OpenAI.UnprocessableEntityError],
    [429, OpenAI.RateLimitError],
    [500, OpenAI.InternalServerError],
    [503, OpenAI.InternalServerError],
    [529, OpenAI.InternalServerError],
  ])('%i is the official error class', async (status, type) => {
    const { simulator, openai } = await struckBy({ fault: 'status', status });
    await expect(openai.chat.completions.create(ASK)).rejects.toBeInstanceOf(type);
    expect(simulator.ledger.entries).toMatchObject([
      { fault: 'status', status, outcome: 'refused', points: 0, modelServed: null, good: null },
    ]);
  });

  it('carries Retry-After and further headers word for word', async () => {
    const { openai } = await struckBy({
      fault: 'status',
      status: 429,
      retryAfter: 'Fri, 31 Dec 1999 23:59:59 GMT',
      headers: { 'x-ratelimit-remaining-requests': '-1' },
    });
    const error = (await openai.chat.completions.create(ASK).catch((reason: unknown) => reason)) as APIError;
    expect(error.headers?.get('retry-after')).toBe('Fri, 31 Dec 1999 23:59:59 GMT');
    expect(error.headers?.get('x-ratelimit-remaining-requests')).toBe('-1');
    expect(error.code).toBe('rate_limit_exceeded');
  });

  it('says insufficient_quota as OpenAI does', async () => {
    const { openai } = await struckBy({ fault: 'status', status: 429, code: 'insufficient_quota' });
    await expect(openai.chat.completions.create(ASK)).rejects.toMatchObject({
      code: 'insufficient_quota',
      type: 'insufficient_quota',
      message: expect.stringContaining('exceeded your current quota') as string,
    });
  });
});

describe('hang', () => {
  it('never answers, and notes when the client leaves', async () => {
    const { simulator, openai } = await struckBy({ fault: 'hang' });
    const leave = new AbortController();
    const reading = read(openai, { signal: leave.signal });
    while (simulator.ledger.entries[0]?.fault !== 'hang') await new Promise(setImmediate);
    leave.abort();
    expect((await reading).error).toBeInstanceOf(OpenAI.APIUserAbortError);
    await simulator.settled();
    expect(simulator.ledger.entries).toMatchObject([
      { fault: 'hang', status: null, outcome: 'aborted', points: 0 },
    ]);
  });
});

describe('slow', () => {
  it('waits before the headers and before each token', async () => {
    const clock = fakeClock();
    const { simulator, openai } = await struckBy(
      { fault: 'slow', delayMs: 2000, tokenDelayMs: 100 },
      { clock },
    );
    const reading = read(openai);
    while (clock.pending === 0) await new Promise(setImmediate);
    expect(simulator.ledger.entries[0]?.status).toBeNull();
    for (let over = false; !over;) {
      over = await Promise.race([
        reading.then(() => true),
        clock.advance(100).then(() => new Promise<false>((resolve) => setImmediate(resolve, false))),
      ]);
    }
    const { texts, finishReason } = await reading;
    expect(finishReason).toBe('stop');
    expect(simulator.ledger.entries[0]?.latencyMs).toBe(2000 + 100 * texts.length);
  });
});

describe('cut-stream', () => {
  it('closes the connection after so many tokens and charges for these', async () => {
    const { simulator, openai } = await struckBy({ fault: 'cut-stream', tokens: 9 });
    const { texts, finishReason, error } = await read(openai);
    expect(texts).toHaveLength(9);
    expect(finishReason).toBeNull();
    expect(error).toBeInstanceOf(Error);
    const [entry] = simulator.ledger.entries;
    expect(entry).toMatchObject({
      fault: 'cut-stream',
      status: 200,
      outcome: 'broken',
      tokens: { output: 9 },
    });
    expect(entry?.points).toBeGreaterThan(0);
  });

  it('cuts a body that does not stream in half', async () => {
    const { simulator, openai } = await struckBy({ fault: 'cut-stream' });
    await expect(openai.chat.completions.create(ASK)).rejects.toThrow();
    const [entry] = simulator.ledger.entries;
    expect(entry?.outcome).toBe('broken');
    expect(entry?.tokens.output).toBeGreaterThan(50);
  });
});

describe('end-early', () => {
  it('looks like success to the official client: no error, no finish reason', async () => {
    const { simulator, openai } = await struckBy({ fault: 'end-early', tokens: 3 });
    const { texts, finishReason, error } = await read(openai);
    expect([texts.length, finishReason, error]).toEqual([3, null, null]);
    expect(simulator.ledger.entries).toMatchObject([{ outcome: 'broken', tokens: { output: 3 } }]);
  });
});

describe('stall', () => {
  it('falls silent after the tokens until the client leaves', async () => {
    const { simulator, openai } = await struckBy({ fault: 'stall', tokens: 2 });
    const stream = await openai.chat.completions.create({ ...ASK, stream: true });
    let count = 0;
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content && ++count === 2) break;
    }
    await simulator.settled();
    expect(simulator.ledger.entries).toMatchObject([
      { fault: 'stall', status: 200, outcome: 'aborted', tokens: { output: 2 } },
    ]);
  });

  it('sends the headers of a stream without tokens', async () => {
    const { openai } = await struckBy({ fault: 'stall', tokens: 0 });
    const { response } = await openai.chat.completions.create({ ...ASK, stream: true }).withResponse();
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    await response.body?.cancel();
  });
});
