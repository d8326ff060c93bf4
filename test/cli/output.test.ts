import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Output } from '../../src/cli/output.js';

function failing(code: string): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
}

describe('Output', () => {
  it('waits for a slow reader', async () => {
    const order: string[] = [];
    let take = (): void => undefined;
    const stream = new Writable({
      highWaterMark: 1,
      write: (chunk, _encoding, done) => {
        take = () => {
          order.push(`read ${String(chunk)}`);
          done();
        };
      },
    });
    const written = new Output(stream).write('text').then(() => order.push('written'));
    await Promise.resolve();
    take();
    await written;
    expect(order).toEqual(['read text', 'written']);
  });

  it('goes quiet once the pipe is closed', async () => {
    const output = new Output(failing('EPIPE'));
    await output.write('one');
    await output.flush();
    await output.write('two');
    await output.flush();
    expect(output.isClosed).toBe(true);
    expect(output.failure).toBeNull();
  });

  it('keeps what is no closed pipe', async () => {
    const output = new Output(failing('ENOSPC'));
    await output.write('one');
    await output.flush();
    expect(output.failure?.message).toBe('ENOSPC');
  });
});
