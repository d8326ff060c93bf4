import { describe, expect, it } from 'vitest';
import { RawClient, STREAM, contentIn, struck } from '../raw-client.js';
import { withSimulator } from '../with-simulator.js';

const valuesOf = (headers: readonly (readonly [string, string])[], wanted: string) =>
  headers.filter(([name]) => name === wanted).map(([, value]) => value);

describe('status (F10, F12 to F17)', () => {
  it.each([204, 304, 402, 425, 520])('%i', async (status) => {
    const { simulator, answer } = await struck({ fault: 'status', status });
    expect(answer.status).toBe(status);
    expect(simulator.ledger.entries).toMatchObject([{ status, points: 0, fault: 'status' }]);
    expect(simulator.ledger.answered).toBe(0);
  });

  it('sends a header several times on demand (F16)', async () => {
    const headers = { 'retry-after': ['1', '7'], 'retry-after-ms': '20', 'x-should-retry': 'false' };
    const { answer } = await struck({ fault: 'status', status: 429, headers });
    expect(valuesOf(answer.headers, 'retry-after')).toEqual(['1', '7']);
    expect(valuesOf(answer.headers, 'retry-after-ms')).toEqual(['20']);
  });
});

describe('redirect (F09)', () => {
  it('sends to the same address, which never ends', async () => {
    const { simulator, answer } = await struck({ fault: 'redirect' });
    expect(answer.status).toBe(307);
    expect(valuesOf(answer.headers, 'location')).toEqual(['/v1/chat/completions']);
    await expect(
      fetch(`${simulator.baseURL}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${simulator.apiKey}` },
        body: '{"messages":[]}',
      }),
    ).rejects.toThrow();
    expect(simulator.ledger.received).toBeGreaterThan(20);
    expect(simulator.ledger.entries.at(-1)).toMatchObject({
      fault: 'redirect',
      outcome: 'broken',
      points: 0,
    });
  });

  it('sends wherever it is told', async () => {
    const location = 'http://169.254.169.254/latest/meta-data/';
    const { answer } = await struck({ fault: 'redirect', status: 301, location });
    expect([answer.status, ...valuesOf(answer.headers, 'location')]).toEqual([301, location]);
  });
});

describe('informational (F10)', () => {
  it('sends a flood of interim responses, and then the answer', async () => {
    const { simulator, answer } = await struck({ fault: 'informational', count: 2000 }, STREAM);
    expect(answer.text.split('HTTP/1.1 103 ').length - 1).toBe(2000);
    expect(answer.status).toBe(200);
    expect(contentIn(answer.body)).toContain('[simulated');
    expect(simulator.ledger.entries).toMatchObject([{ fault: 'informational', outcome: 'completed' }]);
  });

  it('switches protocols that nobody asked for, and falls silent', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'informational', status: 101 }] });
    const client = new RawClient(simulator.url).ask(simulator);
    await client.until('\r\n\r\n');
    expect(client.text).toMatch(/^HTTP\/1\.1 101 .*\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n$/);
    client.socket.destroy();
    await simulator.settled();
    expect(simulator.ledger.entries).toMatchObject([{ status: null, outcome: 'aborted', points: 0 }]);
  });
});

describe('slow-headers (F07)', () => {
  it('sends them a byte at a time, and the answer after them', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'slow-headers', delayMs: 1 }] });
    const client = new RawClient(simulator.url);
    let parts = 0;
    client.socket.on('data', () => parts++);
    const answer = await client.ask(simulator, STREAM).answer();
    await simulator.settled();
    expect(answer.status).toBe(200);
    expect(parts).toBeGreaterThan(50);
    expect(valuesOf(answer.headers, 'x-request-id')).toEqual([simulator.ledger.entries[0]?.requestId]);
    expect(contentIn(answer.body)).toContain('[simulated');
    expect(simulator.ledger.entries).toMatchObject([{ status: 200, outcome: 'completed' }]);
  });

  it('is left by a client that has waited long enough, for nothing', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'slow-headers' }] });
    const client = new RawClient(simulator.url).ask(simulator);
    await client.until('H');
    client.socket.destroy();
    await simulator.settled();
    expect(simulator.ledger.entries).toMatchObject([{ status: null, outcome: 'aborted', points: 0 }]);
  });
});

describe('huge-headers (F08)', () => {
  it.each([
    [{ bytes: 100_000 }, 1],
    [{ bytes: 100_000, count: 10_000 }, 10_000],
  ])('%o', async (fields, count) => {
    const { simulator, answer } = await struck({ fault: 'huge-headers', ...fields });
    const padding = answer.headers.filter(([name]) => name.startsWith('x-padding-'));
    expect(padding).toHaveLength(count);
    expect(padding.reduce((sum, [, value]) => sum + value.length, 0)).toBe(100_000);
    expect(JSON.parse(answer.body)).toMatchObject({ object: 'chat.completion' });
    expect(simulator.ledger.entries).toMatchObject([{ fault: 'huge-headers', outcome: 'completed' }]);
  });
});

describe('bad-headers (F08)', () => {
  it.each([
    ['folded' as const, /x-folded: one\r\n {2}two\r\n/],
    ['two-lengths' as const, /content-length: 10\r\ncontent-length: 11\r\n/],
    ['no-colon' as const, /\r\nthis line has no colon\r\n/],
    ['control-character' as const, new RegExp('x-control: \\u0000\\u0007')],
    ['bad-status-line' as const, /^HTTQ\/1\.1 two hundred\r\n/],
  ])('%s', async (variant, expected) => {
    const { simulator, answer } = await struck({ fault: 'bad-headers', variant });
    expect(answer.text).toMatch(expected);
    expect(answer.text).toContain('"object":"chat.completion"');
    expect(simulator.ledger.entries).toMatchObject([
      { fault: 'bad-headers', status: 200, outcome: 'broken' },
    ]);
    expect(simulator.ledger.charged).toBe(1);
  });
});
