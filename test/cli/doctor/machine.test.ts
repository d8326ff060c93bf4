import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkNode, ServerClock } from '../../../src/cli/doctor/machine.js';
import { readJson } from '../../../scripts/workspace.mjs';

afterEach(() => {
  vi.unstubAllGlobals();
});

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

  async function after(...headers: Record<string, string>[]): Promise<string> {
    const clock = new ServerClock(() => now);
    for (const each of headers) {
      vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { headers: each })));
      await clock.fetch('https://example.org');
    }
    return clock.check().status;
  }

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
