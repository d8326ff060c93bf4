import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RawClient, STREAM, contentIn, struck } from '../raw-client.js';
import { withSimulator } from '../with-simulator.js';

const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync, deflate: inflateSync };
const encodingOf = (headers: readonly (readonly [string, string])[]) =>
  headers.find(([name]) => name === 'content-encoding')?.[1];

describe('compressed (F21)', () => {
  it.each(['gzip', 'br', 'deflate'] as const)('%s, streamed or not', async (encoding) => {
    for (const body of [{}, STREAM]) {
      const { simulator, answer } = await struck({ fault: 'compressed', encoding }, body);
      expect(encodingOf(answer.headers)).toBe(encoding);
      const plain = DECODERS[encoding](Buffer.concat(answer.pieces)).toString();
      if ('stream' in body) expect(contentIn(plain)).toContain('[simulated');
      else expect(JSON.parse(plain)).toMatchObject({ object: 'chat.completion' });
      expect(simulator.ledger.entries).toMatchObject([{ fault: 'compressed', outcome: 'completed' }]);
    }
  });

  it('sends each token when it is made, not the whole at the end', async () => {
    const { answer } = await struck({ fault: 'compressed' }, STREAM);
    expect(answer.pieces.length).toBeGreaterThan(20);
    const first = gunzipSync(Buffer.concat(answer.pieces.slice(0, 3)), {
      finishFlush: constants.Z_SYNC_FLUSH,
    }).toString();
    expect(first).toMatch(/^data: \{/);
  });
});

describe('bad-encoding (F21)', () => {
  it.each(['gzip', 'br', 'deflate'] as const)('%s that is corrupt, cut or none', async (encoding) => {
    for (const variant of ['corrupt', 'truncated', 'plain'] as const) {
      const { simulator, answer } = await struck({ fault: 'bad-encoding', encoding, variant });
      expect([encodingOf(answer.headers), answer.isWhole]).toEqual([encoding, true]);
      expect(() => DECODERS[encoding](Buffer.concat(answer.pieces))).toThrow();
      expect(simulator.ledger.entries).toMatchObject([{ fault: 'bad-encoding', outcome: 'broken' }]);
      expect(simulator.ledger.charged).toBe(1);
    }
  });

  it('has a name that nobody knows', async () => {
    const { answer } = await struck({ fault: 'bad-encoding', variant: 'unknown' }, STREAM);
    expect(encodingOf(answer.headers)).toBe('x-unknown');
    expect(contentIn(answer.body)).toContain('[simulated');
  });
});

describe('encoding-chain (F21)', () => {
  it('compresses as often as it says', async () => {
    const { answer } = await struck({ fault: 'encoding-chain', count: 50 });
    expect(encodingOf(answer.headers)?.split(', ')).toHaveLength(50);
    let bytes = Buffer.concat(answer.pieces);
    for (let layer = 0; layer < 50; layer++) bytes = gunzipSync(bytes);
    expect(JSON.parse(bytes.toString())).toMatchObject({ object: 'chat.completion' });
  });

  it('takes a thousand', async () => {
    const { simulator, answer } = await struck({ fault: 'encoding-chain' });
    expect(encodingOf(answer.headers)?.split(', ')).toHaveLength(1000);
    expect(simulator.ledger.answered).toBe(1);
  });
});

describe('bomb (F21)', () => {
  it.each([{}, STREAM])('holds the answer behind a great many blanks: %o', async (body) => {
    const bytes = 30 * 2 ** 20;
    const { simulator, answer } = await struck({ fault: 'bomb', bytes }, body);
    const packed = Buffer.concat(answer.pieces);
    const plain = gunzipSync(packed).toString();
    expect(packed.length).toBeLessThan(bytes / 100);
    expect(plain.length).toBeGreaterThan(bytes);
    if ('stream' in body) expect(contentIn(plain)).toContain('[simulated');
    else expect(JSON.parse(plain)).toMatchObject({ object: 'chat.completion' });
    expect(simulator.ledger.entries).toMatchObject([{ fault: 'bomb', outcome: 'completed' }]);
  });

  it('ends when the client leaves', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'bomb', bytes: 2 ** 50 }] });
    const client = new RawClient(simulator.url).ask(simulator);
    await client.until('\r\n\r\n');
    client.socket.destroy();
    await simulator.settled();
    expect(simulator.ledger.entries).toMatchObject([{ fault: 'bomb', outcome: 'aborted' }]);
  });
});
