import { describe, expect, it } from 'vitest';
import { RawClient, STREAM, chunksIn, contentIn, eventsOf, struck } from '../raw-client.js';
import { withSimulator } from '../with-simulator.js';

const typeOf = (headers: readonly (readonly [string, string])[]) =>
  headers.find(([name]) => name === 'content-type')?.[1];
const UNCHARGED = { outcome: 'broken', status: 200, points: 0, modelServed: null };

describe('answers that are none (F18)', () => {
  it.each([
    ['html' as const, 'text/html; charset=utf-8', /^<!doctype html>.*One moment/],
    ['error-in-200' as const, 'application/json', /^\{"error":\{"message":"Bad gateway\."/],
    ['empty-body' as const, 'application/json', /^$/],
    ['null-body' as const, 'application/json', /^null$/],
  ])('%s, streamed or not', async (fault, type, expected) => {
    for (const body of [{}, STREAM]) {
      const { simulator, answer } = await struck({ fault }, body);
      expect([answer.status, typeOf(answer.headers), answer.isWhole]).toEqual([200, type, true]);
      expect(answer.body).toMatch(expected);
      expect(simulator.ledger.entries).toMatchObject([
        { ...UNCHARGED, fault, bodyBytes: Buffer.byteLength(answer.body) },
      ]);
    }
  });

  it('error-in-200 says the code it is told', async () => {
    const { answer } = await struck({ fault: 'error-in-200', code: 'insufficient_quota' });
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'insufficient_quota' } });
  });

  it('html comes with any status', async () => {
    const { simulator, answer } = await struck({ fault: 'html', status: 503 });
    expect(answer.status).toBe(503);
    expect(simulator.ledger.entries).toMatchObject([{ status: 503, outcome: 'refused' }]);
  });

  it('no-choices, and the tokens charged all the same', async () => {
    const whole = await struck({ fault: 'no-choices' });
    expect(JSON.parse(whole.answer.body)).toMatchObject({ object: 'chat.completion', choices: [] });
    const stream = await struck({ fault: 'no-choices' }, STREAM);
    expect(chunksIn(stream.answer.body).flatMap(({ choices }) => choices)).toEqual([]);
    expect(eventsOf(stream.answer.body).at(-1)).toBe('[DONE]');
    for (const { simulator } of [whole, stream]) {
      expect(simulator.ledger.entries).toMatchObject([{ fault: 'no-choices', outcome: 'broken' }]);
      expect(simulator.ledger.charged).toBe(1);
    }
  });

  it('wrong-content-type, over the right answer', async () => {
    const whole = await struck({ fault: 'wrong-content-type' });
    expect(typeOf(whole.answer.headers)).toBe('text/plain');
    expect(JSON.parse(whole.answer.body)).toMatchObject({ object: 'chat.completion' });
    const stream = await struck({ fault: 'wrong-content-type', contentType: 'application/json' }, STREAM);
    expect(typeOf(stream.answer.headers)).toBe('application/json');
    expect(contentIn(stream.answer.body)).toContain('[simulated');
    expect(stream.simulator.ledger.answered).toBe(1);
  });
});

describe('truncated-json (F19, F26)', () => {
  it('ends in the midst of JSON, as if that were all', async () => {
    const { simulator, answer } = await struck({ fault: 'truncated-json' });
    expect([answer.status, answer.isWhole]).toEqual([200, true]);
    expect(answer.body).toMatch(/^\{/);
    expect(() => JSON.parse(answer.body) as unknown).toThrow(SyntaxError);
    expect(simulator.ledger.entries).toMatchObject([{ fault: 'truncated-json', outcome: 'broken' }]);
  });

  it('cuts an event of a stream after the tokens', async () => {
    const { simulator, answer } = await struck({ fault: 'truncated-json', tokens: 2 }, STREAM);
    expect(answer.isWhole).toBe(true);
    const last = eventsOf(answer.body).at(-1) ?? '';
    expect(last).toMatch(/^\{/);
    expect(() => JSON.parse(last) as unknown).toThrow(SyntaxError);
    expect(simulator.ledger.entries).toMatchObject([{ outcome: 'broken', tokens: { output: 2 } }]);
  });
});

describe('wrong-length (F19)', () => {
  it.each([{}, STREAM])('promises more than it sends: %o', async (body) => {
    const { simulator, answer } = await struck({ fault: 'wrong-length', bytes: 7 }, body);
    const length = answer.headers.find(([name]) => name === 'content-length')?.[1];
    expect(Number(length)).toBe(Buffer.byteLength(answer.body) + 7);
    expect(simulator.ledger.entries).toMatchObject([{ fault: 'wrong-length', outcome: 'broken' }]);
    expect(simulator.ledger.charged).toBe(1);
  });
});

describe('huge-body (F20)', () => {
  it('sends all of it to whoever reads on', async () => {
    const { simulator, answer } = await struck({ fault: 'huge-body', bytes: 3_000_000 });
    const { choices, padding } = JSON.parse(answer.body) as { choices: unknown[]; padding: string };
    expect([choices.length, padding.length]).toEqual([1, 3_000_000]);
    expect(simulator.ledger.entries).toMatchObject([{ fault: 'huge-body', outcome: 'completed' }]);
  });

  it('goes no faster than the client reads, and ends when it leaves', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'huge-body', bytes: 2 ** 40 }] });
    const client = new RawClient(simulator.url).ask(simulator);
    await client.until('"padding":');
    client.socket.pause();
    // Without backpressure it would write a megabyte in each of these turns.
    for (let turn = 0; turn < 400; turn++) await new Promise(setImmediate);
    client.socket.destroy();
    await simulator.settled();
    const [entry] = simulator.ledger.entries;
    expect(entry).toMatchObject({ fault: 'huge-body', status: 200, outcome: 'aborted' });
    expect(entry?.bodyBytes).toBeLessThan(64 * 2 ** 20);
    expect(entry?.points).toBeGreaterThan(0);
  });

  it('is the first chunk of a stream', async () => {
    const { answer } = await struck({ fault: 'huge-body', bytes: 100_000 }, STREAM);
    const lengths = eventsOf(answer.body).map((data) => data.length);
    expect(lengths.filter((length) => length > 100_000)).toHaveLength(1);
    expect(contentIn(answer.body)).toContain('[simulated');
  });
});

describe('deep-json and odd-json (F20)', () => {
  it('nest as deep as they are told', async () => {
    const { simulator, answer } = await struck({ fault: 'deep-json', count: 5000 });
    expect(answer.body).toContain(`"nested":${'['.repeat(5000)}${']'.repeat(5000)}}`);
    expect(JSON.parse(answer.body)).toMatchObject({ object: 'chat.completion' });
    expect(simulator.ledger.answered).toBe(1);
  });

  it('hold what parsers trip over', async () => {
    for (const body of [{}, STREAM]) {
      const { simulator, answer } = await struck({ fault: 'odd-json' }, body);
      expect(answer.body).toContain('"__proto__":{"polluted":true}');
      expect(answer.body).toContain('"created":1,"created":1e400');
      expect(answer.body).toContain('"lone_surrogate":"\\ud800"');
      expect(simulator.ledger.answered).toBe(1);
    }
  });
});
