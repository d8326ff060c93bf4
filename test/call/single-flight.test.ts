import { describe, expect, it } from 'vitest';
import { SingleFlight, type Turn } from '../../src/call/single-flight.js';

const never = new AbortController().signal;

/** What became of those who joined, in the order in which they were told. */
function joined(flight: SingleFlight<string>, names: readonly string[], signal = never): string[] {
  const told: string[] = [];
  for (const name of names) {
    flight.join('key', signal).then(
      (turn: Turn<string>) => told.push(`${name} ${turn.kind === 'served' ? turn.value : turn.kind}`),
      (error: unknown) => told.push(`${name} ${String(error)}`),
    );
  }
  return told;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('SingleFlight', () => {
  it('lets the first lead, and all others take what it got', async () => {
    const flight = new SingleFlight<string>();
    const told = joined(flight, ['a', 'b', 'c']);
    await settle();
    expect(told).toEqual(['a lead']);
    flight.share('key', 'value');
    await settle();
    expect(told).toEqual(['a lead', 'b value', 'c value']);
    expect(await flight.join('key', never)).toEqual({ kind: 'lead' });
  });

  it('knows keys apart', async () => {
    const flight = new SingleFlight<string>();
    expect(await flight.join('one', never)).toEqual({ kind: 'lead' });
    expect(await flight.join('other', never)).toEqual({ kind: 'lead' });
  });

  it('hands over to whoever has waited longest, one at a time', async () => {
    const flight = new SingleFlight<string>();
    const told = joined(flight, ['a', 'b', 'c']);
    flight.handOver('key');
    await settle();
    expect(told).toEqual(['a lead', 'b lead']);
    told.push(...joined(flight, ['d']));
    flight.handOver('key');
    flight.handOver('key');
    flight.handOver('key');
    await settle();
    expect(told).toEqual(['a lead', 'b lead', 'c lead']);
    expect(await flight.join('key', never)).toEqual({ kind: 'lead' });
  });

  it('sends all on alone where there is nothing to share', async () => {
    const flight = new SingleFlight<string>();
    const told = joined(flight, ['a', 'b', 'c']);
    flight.disband('key');
    await settle();
    expect(told).toEqual(['a lead', 'b alone', 'c alone']);
  });

  it('lets each leave by its own signal, and never leads whoever has left', async () => {
    const flight = new SingleFlight<string>();
    const leaver = new AbortController();
    const told = [joined(flight, ['a']), joined(flight, ['b'], leaver.signal), joined(flight, ['c'])];
    leaver.abort('gone');
    flight.handOver('key');
    await settle();
    expect(told).toEqual([['a lead'], ['b gone'], ['c lead']]);
    expect(joined(flight, ['d'], leaver.signal)).toEqual([]);
    await settle();
    flight.share('key', 'value');
    await settle();
    expect(await flight.join('key', never)).toEqual({ kind: 'lead' });
  });
});
