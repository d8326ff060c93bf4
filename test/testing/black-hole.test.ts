import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startBlackHole } from '../../src/testing/index.js';

describe.runIf(process.platform === 'linux')('startBlackHole (F04)', () => {
  it('neither accepts nor refuses, until it is closed', async () => {
    const blackHole = await startBlackHole();
    const sockets = Array.from({ length: 5 }, () =>
      connect(Number(new URL(blackHole.baseURL).port), '127.0.0.1'),
    );
    const heard: string[] = [];
    for (const socket of sockets) {
      socket.on('connect', () => heard.push('connect'));
      socket.on('error', () => heard.push('error'));
    }
    // A connection that somebody listens for is made within a turn or two.
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    expect(heard).toEqual([]);
    for (const socket of sockets) socket.destroy();
    await blackHole.close();
    await blackHole.close();
    const late = connect(Number(new URL(blackHole.baseURL).port), '127.0.0.1');
    const code = await new Promise((resolve) =>
      late.on('error', (error: NodeJS.ErrnoException) => resolve(error.code)),
    );
    expect(code).toBe('ECONNREFUSED');
  });
});
