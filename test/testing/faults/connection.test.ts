import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../fake-clock.js';
import { RawClient, STREAM, contentIn, struck } from '../raw-client.js';
import { withSimulator } from '../with-simulator.js';

describe('reset (F02)', () => {
  it('ends the connection by a reset, once the request is read and before any answer', async () => {
    const { simulator, answer } = await struck({ fault: 'reset' });
    expect(answer).toMatchObject({ text: '', end: 'reset' });
    expect(simulator.ledger.entries).toMatchObject([
      { fault: 'reset', status: null, outcome: 'broken', points: 0, bodyBytes: 0, modelServed: null },
    ]);
  });
});

describe('hang (F03)', () => {
  it('sends nothing until the client leaves', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'hang' }] });
    const client = new RawClient(simulator.url).ask(simulator);
    while (simulator.ledger.entries[0]?.fault !== 'hang') await new Promise(setImmediate);
    client.socket.destroy();
    await simulator.settled();
    expect(client.bytesRead).toBe(0);
    expect(simulator.ledger.entries).toMatchObject([{ fault: 'hang', status: null, outcome: 'aborted' }]);
  });
});

describe('stale-socket (F11)', () => {
  it.each([['reset' as const], ['fin' as const]])(
    'closes a kept connection when it is used again, by %s',
    async (close) => {
      const { simulator } = await withSimulator({ faults: [{ fault: 'stale-socket', close }] });
      const client = new RawClient(simulator.url).ask(simulator, {}, 'keep-alive');
      await client.until('"usage"');
      await simulator.settled();
      const firstBytes = client.bytesRead;
      client.ask(simulator);
      expect(await client.ended).toBe(close);
      await simulator.settled();
      expect(client.bytesRead).toBe(firstBytes);
      expect(simulator.ledger.entries).toMatchObject([
        { fault: null, outcome: 'completed' },
        { fault: 'stale-socket', outcome: 'broken', status: null, points: 0 },
      ]);
    },
  );

  it('leaves first requests alone, and does not count them', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'stale-socket', times: 1 }] });
    for (let time = 0; time < 3; time++) await new RawClient(simulator.url).ask(simulator).answer();
    await simulator.settled();
    expect(simulator.ledger.answered).toBe(3);
  });
});

describe('drip (F22)', () => {
  it('sends the body a byte at a time, all of it', async () => {
    const clock = fakeClock();
    const { simulator } = await withSimulator({ clock, faults: [{ fault: 'drip', delayMs: 1000 }] });
    const client = new RawClient(simulator.url).ask(simulator, { max_tokens: 1 });
    while (clock.pending === 0) await new Promise(setImmediate);
    while (!client.socket.closed) {
      await clock.advance(1000);
      await new Promise(setImmediate);
    }
    const answer = await client.answer();
    await simulator.settled();
    expect(new Set(answer.pieces.map((piece) => piece.length))).toEqual(new Set([1]));
    expect(JSON.parse(answer.body)).toMatchObject({ object: 'chat.completion' });
    const [entry] = simulator.ledger.entries;
    expect(entry).toMatchObject({ outcome: 'completed', bodyBytes: answer.pieces.length });
    expect(entry?.latencyMs).toBe((answer.pieces.length - 1) * 1000);
  });

  it('charges the tokens of a frame once, however many its pieces', async () => {
    const { simulator, answer } = await struck({ fault: 'drip', delayMs: 0, bytes: 3 }, STREAM);
    const plain = await struck({ fault: 'slow', delayMs: 0 }, STREAM);
    expect(simulator.ledger.totals.tokens).toEqual(plain.simulator.ledger.totals.tokens);
    expect(contentIn(answer.body)).toBe(contentIn(plain.answer.body));
  });
});

describe('cut-stream (F22, F29)', () => {
  it.each(['fin', 'reset'] as const)('closes by %s after the tokens', async (close) => {
    for (const tokens of [0, 1, 4]) {
      const { simulator, answer } = await struck({ fault: 'cut-stream', tokens, close }, STREAM);
      expect(answer.end).toBe(close);
      expect(answer.isWhole).toBe(false);
      expect(answer.status).toBe(200);
      expect(simulator.ledger.entries).toMatchObject([
        { fault: 'cut-stream', outcome: 'broken', tokens: { output: tokens } },
      ]);
    }
  });

  it('cuts a whole body by a reset too', async () => {
    const { answer } = await struck({ fault: 'cut-stream', close: 'reset' });
    expect(answer).toMatchObject({ end: 'reset', isWhole: false, status: 200 });
  });
});

describe('flap (F50)', () => {
  it('works and fails by turns, by the clock', async () => {
    const clock = fakeClock();
    const { simulator } = await withSimulator({
      clock,
      faults: [{ fault: 'flap', upMs: 1000, downMs: 500 }],
    });
    const seen: number[] = [];
    for (let elapsedMs = 0; elapsedMs < 3000; elapsedMs += 250) {
      seen.push((await new RawClient(simulator.url).ask(simulator).answer()).status);
      await clock.advance(250);
    }
    expect(seen).toEqual([200, 200, 200, 200, 503, 503, 200, 200, 200, 200, 503, 503]);
    await simulator.settled();
    expect(simulator.ledger.entries.filter(({ fault }) => fault === 'flap')).toHaveLength(4);
  });
});
