import OpenAI, { type APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { faultNames, type FaultRule, type SimulatorOptions } from '../../src/testing/index.js';
import { fakeClock } from '../fake-clock.js';
import { user, withSimulator } from './with-simulator.js';

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
    const { error } = await read(openai, { timeout: 30 });
    expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
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

describe('rules', () => {
  const statuses = async (openai: OpenAI, questions: readonly string[], model = 'gpt-6-luna') => {
    const seen: number[] = [];
    for (const question of questions) {
      const answer = openai.chat.completions.create({ model, messages: [user(question)] });
      seen.push(
        await answer.then(
          () => 200,
          (error: unknown) => (error as APIError).status ?? 0,
        ),
      );
    }
    return seen;
  };
  const questions = Array.from({ length: 60 }, (_, index) => `Question ${index}`);

  it('strike at their rate, the same for the same seed', async () => {
    const run = async (seed: number) => {
      const { openai } = await struckBy({ fault: 'status', status: 503, rate: 0.3 }, { seed });
      return statuses(openai, questions);
    };
    const first = await run(5);
    const struck = first.filter((status) => status === 503).length;
    expect(struck).toBeGreaterThan(6);
    expect(struck).toBeLessThan(30);
    expect(await run(5)).toEqual(first);
    expect(await run(6)).not.toEqual(first);
  });

  it('draw anew for a retry of the same request', async () => {
    const { openai } = await struckBy({ fault: 'status', rate: 0.5 });
    const seen = await statuses(
      openai,
      Array.from({ length: 20 }, () => 'Again'),
    );
    expect(new Set(seen)).toEqual(new Set([200, 500]));
  });

  it('are limited by model, after and times; the first that strikes wins', async () => {
    const { simulator, openai } = await withSimulator({
      faults: [
        { fault: 'status', status: 429, model: 'gpt-6-luna', after: 1, times: 2 },
        { fault: 'status', status: 503, model: 'gpt-6-luna', after: 4 },
      ],
    });
    expect(await statuses(openai, questions.slice(0, 6))).toEqual([200, 429, 429, 200, 503, 503]);
    expect(await statuses(openai, ['Other'], 'gpt-6-sol')).toEqual([200]);
    simulator.setFaults([]);
    expect(await statuses(openai, ['Then'])).toEqual([200]);
    expect(() => {
      simulator.setFaults([{ fault: 'status', status: 42 }]);
    }).toThrow('faults[0].status');
  });

  it('strike the other endpoints on demand', async () => {
    const { simulator, openai } = await withSimulator({
      faults: [
        { fault: 'status', status: 502, on: 'models' },
        { fault: 'cut-stream', on: 'account' },
      ],
    });
    await expect(openai.models.list()).rejects.toMatchObject({ status: 502 });
    const response = await fetch(`${simulator.baseURL}/account`, {
      headers: { authorization: `Bearer ${simulator.apiKey}` },
    });
    await expect(response.text()).rejects.toThrow();
    expect(await statuses(openai, ['Hi'])).toEqual([200]);
  });

  it('know these faults', () => {
    expect(faultNames).toEqual(
      expect.arrayContaining(['status', 'hang', 'slow', 'cut-stream', 'end-early', 'stall']),
    );
  });
});
