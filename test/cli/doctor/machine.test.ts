import { channel } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { checkNode, ServerClock } from '../../../src/cli/doctor/machine.js';
import { defaultFetch } from '../../../src/upstream/transport.js';
import { serveLoopback } from '../../loopback.js';
import { readJson } from '../../../scripts/workspace.mjs';

describe('checkNode', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['24.0.0', 'ok'],
    ['20.18.3', 'failed'],
    ['18.20.0', 'failed'],
  ])('%s is %s', (version, status) => {
    expect(checkNode(version).status).toBe(status);
  });

  it('asks for the Node of package.json', () => {
    const { engines } = readJson<{ engines: { node: string } }>('package.json');
    expect(checkNode('18.0.0').advice).toContain(engines.node.replace('>=', ''));
  });
});

describe('ServerClock', () => {
  const now = Date.parse('2026-11-01T12:00:00Z');

  /** What the clock says after answers with these headers, that came over `node:http` or the global fetch. */
  async function after(...headers: Record<string, string>[]): Promise<string> {
    const clock = new ServerClock(() => now);
    await clock.during(async () => {
      for (const each of headers)
        channel('http.client.response.finish').publish({ response: { headers: each } });
      await Promise.resolve();
    });
    return clock.check().status;
  }

  it('hears of both transports, and of nothing once it is over', async () => {
    const server = await serveLoopback((response) => void response.end('ok'));
    const skewed = new ServerClock(() => Date.now() + 3_600_000);
    const overFetch = new ServerClock(() => Date.now() + 3_600_000);
    await skewed.during(() => defaultFetch(1000)(server.url).then((response) => response.text()));
    await overFetch.during(() => globalThis.fetch(server.url).then((response) => response.text()));
    expect([skewed.check().status, overFetch.check().status]).toEqual(['warning', 'warning']);
    const late = new ServerClock(() => now);
    await late.during(() => Promise.resolve());
    await (await globalThis.fetch(server.url)).text();
    expect(late.check().status).toBe('skipped');
  });

  it.each([
    ['nobody answered', [], 'skipped'],
    ['no server tells its time', [{}], 'skipped'],
    ['the date is none', [{ date: 'yesterday' }], 'skipped'],
    ['the page is out of a cache', [{ date: 'Sun, 01 Nov 2026 10:00:00 GMT', age: '7200' }], 'skipped'],
    ['they agree', [{ date: 'Sun, 01 Nov 2026 11:59:30 GMT' }], 'ok'],
    ['they differ', [{ date: 'Sun, 01 Nov 2026 11:50:00 GMT' }], 'warning'],
    [
      'one of two agrees',
      [{ date: 'Sun, 01 Nov 2026 11:50:00 GMT' }, { date: 'Sun, 01 Nov 2026 12:00:00 GMT' }],
      'ok',
    ],
  ])('where %s', async (_, headers, status) => {
    expect(await after(...(headers as Record<string, string>[]))).toBe(status);
  });
});
