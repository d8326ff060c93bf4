import { createParser } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import type { FaultRule } from '../../../src/testing/index.js';
import { fakeClock } from '../../fake-clock.js';
import { RawClient, STREAM, chunksIn, contentIn, eventsOf, struck, type Chunk } from '../raw-client.js';
import { withSimulator } from '../with-simulator.js';

/** The data of all events, by a parser that follows the standard. */
function parsed(body: string): string[] {
  const data: string[] = [];
  const parser = createParser({ onEvent: (event) => data.push(event.data) });
  parser.feed(body);
  return data;
}

const textOf = (data: readonly string[]): string =>
  data
    .filter((one) => one.startsWith('{'))
    .map((one) => (JSON.parse(one) as Chunk).choices[0]?.delta.content ?? '')
    .join('');

const plain = async (body: object = STREAM) => {
  const { answer, simulator } = await struck({ fault: 'slow', delayMs: 0 }, body);
  return { text: contentIn(answer.body), tokens: simulator.ledger.totals.tokens };
};

describe('split-stream (F23, F24)', () => {
  it.each([
    [{ pieceBytes: 1 }, [1]],
    [{ pieceBytes: 7 }, [7]],
    [{ pieceBytes: [2, 5, 3] }, [2, 5, 3]],
    [{ pieceBytes: 5000 }, [5000]],
  ])('cuts anew: %o', async (fields, sizes) => {
    const body = { ...STREAM, max_tokens: 20 };
    const { simulator, answer } = await struck({ fault: 'split-stream', ...fields }, body);
    const lengths = answer.pieces.map((piece) => piece.length);
    expect(lengths.slice(0, -1)).toEqual(lengths.slice(0, -1).map((_, index) => sizes[index % sizes.length]));
    const expected = await plain(body);
    expect(contentIn(answer.body)).toBe(expected.text);
    expect(eventsOf(answer.body).at(-1)).toBe('[DONE]');
    expect(simulator.ledger.totals.tokens).toEqual(expected.tokens);
    expect(simulator.ledger.entries).toMatchObject([{ fault: 'split-stream', outcome: 'completed' }]);
  });

  it('cuts within characters', async () => {
    const body = { ...STREAM, max_tokens: 60, messages: [{ role: 'user', content: '日本語 🦊 で答えて' }] };
    const { answer } = await struck({ fault: 'split-stream', pieceBytes: 1 }, body);
    expect(answer.pieces.some((piece) => piece[0]! >= 0x80)).toBe(true);
    expect(contentIn(answer.body)).toContain('🦊');
  });

  it.each([
    ['crlf' as const, /^data: [^\r\n]*\r\n\r\ndata:/],
    ['cr' as const, /^data: [^\r\n]*\r\rdata:/],
    ['mixed' as const, /^data: [^\r\n]*\n\ndata: [^\r\n]*\r\n\r\ndata: [^\r\n]*\r\rdata: [^\r\n]*\n\n/],
  ])('ends lines by %s', async (lineEnding, expected) => {
    const { answer } = await struck({ fault: 'split-stream', pieceBytes: 4000, lineEnding }, STREAM);
    expect(answer.body).toMatch(expected);
    expect(textOf(eventsOf(answer.body.replaceAll(/\r\n|\r/g, '\n')))).toBe((await plain()).text);
  });

  it('begins with a byte order mark, has comments, and events of several lines', async () => {
    const fields = { byteOrderMark: true, comments: true, multiLine: true, pieceBytes: 100 };
    const { answer } = await struck({ fault: 'split-stream', ...fields }, STREAM);
    expect(answer.bytes.includes(Buffer.from([0xef, 0xbb, 0xbf]))).toBe(true);
    expect(answer.body).toMatch(/^\uFEFF: comment 0\ndata: \{\ndata: {2}"id"/);
    expect(textOf(parsed(answer.body))).toBe((await plain()).text);
  });

  it('cuts a whole body too', async () => {
    const { answer } = await struck({ fault: 'split-stream', pieceBytes: 10, lineEnding: 'cr' });
    expect(answer.pieces.length).toBeGreaterThan(20);
    expect(JSON.parse(answer.body)).toMatchObject({ object: 'chat.completion' });
  });
});

describe('pings (F24)', () => {
  it('sends nothing but comments until the client leaves', async () => {
    const clock = fakeClock();
    const { simulator } = await withSimulator({ clock, faults: [{ fault: 'pings', tokens: 2 }] });
    const client = new RawClient(simulator.url).ask(simulator, STREAM);
    for (let minutes = 0; client.text.split(': ping').length <= 120;) {
      while (clock.pending === 0) await new Promise(setImmediate);
      await clock.advance(1000);
      await new Promise(setImmediate);
      expect(++minutes).toBeLessThan(10_000);
    }
    client.socket.destroy();
    await simulator.settled();
    expect(simulator.ledger.entries).toMatchObject([
      { fault: 'pings', status: 200, outcome: 'aborted', tokens: { output: 2 } },
    ]);
  });

  it('goes on with the answer after so many, also with one that does not stream', async () => {
    const stream = await struck({ fault: 'pings', count: 3, delayMs: 0 }, STREAM);
    expect(stream.answer.body).toContain(': ping\n\n'.repeat(3));
    expect(textOf(parsed(stream.answer.body))).toBe((await plain()).text);
    const whole = await struck({ fault: 'pings', count: 3, delayMs: 0 });
    expect(whole.answer.body).toMatch(/^\n\n\n\{/);
    expect(whole.simulator.ledger.answered).toBe(1);
  });
});

describe('odd-events (F25)', () => {
  it('holds what a reader passes over, and the whole answer', async () => {
    const { simulator, answer } = await struck({ fault: 'odd-events' }, STREAM);
    for (const line of [
      'event: message',
      'id: 1',
      'id: \u0000',
      'retry: 3000',
      'unknown: field',
      'data',
      ':',
    ]) {
      expect(answer.body).toContain(`\n${line}\n`.slice(line.startsWith('event') ? 1 : 0));
    }
    const data = parsed(answer.body);
    expect(textOf(data.map((one) => one.trim()))).toBe((await plain()).text);
    expect(data.at(-1)).toBe('[DONE]');
    expect(simulator.ledger.answered).toBe(1);
  });
});

describe('huge-event (F30)', () => {
  it('is one line of so many bytes, after the tokens', async () => {
    const { simulator, answer } = await struck({ fault: 'huge-event', tokens: 2, bytes: 500_000 }, STREAM);
    const sizes = eventsOf(answer.body).map((data) => data.length);
    expect(sizes.findIndex((size) => size > 500_000)).toBe(3);
    const expected = await plain();
    expect(contentIn(answer.body)).toBe(expected.text);
    expect(simulator.ledger.totals.tokens).toEqual(expected.tokens);
  });

  it('is one delta of so many characters', async () => {
    const rule: FaultRule = { fault: 'huge-event', variant: 'delta', tokens: 0, bytes: 500_000 };
    const { answer } = await struck(rule, STREAM);
    expect(contentIn(answer.body)).toBe('x'.repeat(500_000) + (await plain()).text);
  });

  it('has no end for a client that reads on; it leaves', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'huge-event' }] });
    const client = new RawClient(simulator.url).ask(simulator, STREAM);
    await client.until('"padding":');
    client.socket.destroy();
    await simulator.settled();
    expect(simulator.ledger.entries).toMatchObject([
      { fault: 'huge-event', outcome: 'aborted', tokens: { output: 5 } },
    ]);
  });
});

describe('many-events (F30)', () => {
  it.each([
    ['one-byte' as const, 'x'.repeat(3000)],
    ['empty' as const, ''],
  ])('%s', async (variant, content) => {
    const rule: FaultRule = { fault: 'many-events', variant, count: 3000, tokens: 0 };
    const { simulator, answer } = await struck(rule, STREAM);
    const expected = await plain();
    expect(chunksIn(answer.body).length).toBeGreaterThan(3000);
    expect(contentIn(answer.body)).toBe(content + expected.text);
    expect(simulator.ledger.totals.tokens).toEqual(expected.tokens);
  });

  it('comment', async () => {
    const rule: FaultRule = { fault: 'many-events', variant: 'comment', count: 3000 };
    const { answer } = await struck(rule, STREAM);
    expect(answer.body.split(':\n\n').length - 1).toBe(3000);
    expect(textOf(parsed(answer.body))).toBe((await plain()).text);
  });
});
