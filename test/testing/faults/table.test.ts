import { describe, expect, it } from 'vitest';
import { faultNames, startSimulator } from '../../../src/testing/index.js';
import { implementationOf } from '../../../src/testing/faults/table.js';
import { RawClient, STREAM, servedSockets } from '../raw-client.js';

const ofRequests = faultNames.filter((fault) => implementationOf({ fault }).closesPort !== true);

describe.each(ofRequests)('%s', (fault) => {
  it('leaves no socket when the simulator closes in its midst', async () => {
    const simulator = await startSimulator({ latency: 0, faults: [{ fault }] });
    const served = servedSockets();
    const { entries } = simulator.ledger;
    const clients = [{}, STREAM].map((body) =>
      new RawClient(simulator.url).ask(simulator, body, 'keep-alive'),
    );
    // A reader that stands still: whatever is huge stays under way.
    for (const client of clients) client.socket.pause();
    // These two do not strike what is asked here, the first on its connection, in the first second.
    const strikes = fault === 'stale-socket' || fault === 'flap' ? null : fault;
    while (entries.filter((entry) => entry.fault === strikes).length < clients.length) {
      await new Promise(setImmediate);
    }
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    await simulator.close();
    expect(served.of(simulator).map((socket) => socket.destroyed)).toEqual([true, true]);
    expect(entries.map(({ outcome }) => outcome)).not.toContain('pending');
    for (const client of clients) client.socket.resume();
    await Promise.all(clients.map((client) => client.ended));
  });
});
