import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../../src/testing/index.js';
import { fakeClock } from '../fake-clock.js';
import { RawClient, servedSockets } from './raw-client.js';
import { withSimulator } from './with-simulator.js';

const statusOf = async (simulator: Simulator): Promise<number | 'refused'> => {
  const client = new RawClient(simulator.url).ask(simulator);
  return (await client.ended) === 'reset' && client.bytesRead === 0
    ? 'refused'
    : (await client.answer()).status;
};

describe('refuse (F01)', () => {
  it('closes the port at once, breaks off what is under way, and opens it again', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'hang' }] });
    const waiting = new RawClient(simulator.url).ask(simulator);
    while (simulator.ledger.entries[0]?.fault !== 'hang') await new Promise(setImmediate);
    simulator.setFaults([{ fault: 'refuse' }]);
    expect(await statusOf(simulator)).toBe('refused');
    await waiting.ended;
    await simulator.settled();
    expect(simulator.ledger.entries).toMatchObject([{ fault: 'hang', outcome: 'aborted' }]);
    simulator.setFaults([]);
    expect(await statusOf(simulator)).toBe(200);
    expect(simulator.ledger.received).toBe(2);
  });

  it('refuses from the start', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'refuse' }] });
    expect(await statusOf(simulator)).toBe('refused');
    expect(simulator.ledger.received).toBe(0);
  });

  it('opens and closes by turns, by the clock', async () => {
    const clock = fakeClock();
    const { simulator } = await withSimulator({
      clock,
      faults: [{ fault: 'refuse', upMs: 1000, downMs: 500 }],
    });
    const seen: (number | 'refused')[] = [];
    for (const stepMs of [999, 2, 499, 1000, 501]) {
      await clock.advance(stepMs);
      seen.push(await statusOf(simulator));
    }
    expect(seen).toEqual([200, 'refused', 200, 'refused', 200]);
  });

  it('waits for a port that somebody else has taken meanwhile', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'refuse' }] });
    const thief = createServer((socket) => socket.destroy());
    thief.listen(Number(new URL(simulator.url).port), '127.0.0.1');
    await once(thief, 'listening');
    simulator.setFaults([]);
    await new Promise(setImmediate);
    thief.close();
    await once(thief, 'close');
    while ((await statusOf(simulator)) !== 200) await new Promise(setImmediate);
  });

  it('ends with the simulator, open or closed or about to open', async () => {
    for (const faults of [[{ fault: 'refuse' as const }], []]) {
      const simulator = await startSimulator({ faults: [{ fault: 'refuse' }] });
      simulator.setFaults(faults);
      await simulator.close();
      expect(await statusOf(simulator)).toBe('refused');
    }
  });

  it('takes no field that chooses requests', async () => {
    const { simulator } = await withSimulator();
    expect(() => simulator.setFaults([{ fault: 'refuse', rate: 0.5 }])).toThrow(
      'faults[0].rate: expected none, for refuse strikes every connection, got 0.5.',
    );
  });
});

describe('close', () => {
  it('leaves no socket of a client that keeps its connection', async () => {
    const simulator = await startSimulator({ latency: 0 });
    const served = servedSockets();
    const client = new RawClient(simulator.url).ask(simulator, {}, 'keep-alive');
    await client.until('"usage"');
    await simulator.close();
    expect(served.of(simulator).map((socket) => socket.destroyed)).toEqual([true]);
    await client.ended;
  });
});
