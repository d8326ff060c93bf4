import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRetryAfterMs } from '../../src/upstream/retry-after.js';

const NOW = Date.UTC(2026, 9, 15, 12);
const read = (headers: Record<string, string> | [string, string][]): number | null =>
  readRetryAfterMs(new Headers(headers), NOW);

describe('readRetryAfterMs', () => {
  it.each<[string, number | null]>([
    ['3', 3000],
    [' 3 ', 3000],
    ['0', 0],
    ['1.5', 1500],
    ['1e9', 1e12],
    ['1000000000', 1e12],
    ['-1', null],
    ['abc', null],
    ['', null],
    ['NaN', null],
    ['Infinity', null],
    ['0x10', null],
    ['abc 5', null],
    ['20ms', 20],
    ['1s', 1000],
    ['6m0s', 360_000],
    ['1h30m0s', 5_400_000],
    ['1.5s', 1500],
    ['1d', 86_400_000],
    ['1x', null],
    ['Thu, 15 Oct 2026 12:00:10 GMT', 10_000],
    ['Thu, 15 Oct 2026 11:59:00 GMT', 0],
    ['Thursday, 15-Oct-26 12:00:10 GMT', 10_000],
    ['Thu, 99 Oct 2026 12:00:10 GMT', null],
    ['2026-10-15T12:00:10Z', 10_000],
    ['2026-10-15T14:00:10.500+02:00', 10_500],
    [String(NOW / 1000 + 7), 7000],
    [String(NOW + 7000), 7000],
    [String(NOW / 1000 - 7), 0],
    ['5, 10', 10_000],
    ['abc, 10', 10_000],
    ['Thu, 15 Oct 2026 12:00:10 GMT, 5', 10_000],
    ['5, Thu, 15 Oct 2026 12:00:10 GMT', 10_000],
  ])('retry-after: %j → %s', (value, waitMs) => {
    expect(read({ 'retry-after': value })).toBe(waitMs);
  });

  it('says nothing where no header does', () => {
    expect(read({})).toBeNull();
  });

  it.each<[string, number | null]>([
    ['250', 250],
    ['250.5', 250.5],
    ['0', 0],
    ['-5', 9000],
    ['abc', 9000],
  ])('retry-after-ms: %j comes first, if it is a time', (value, waitMs) => {
    expect(read({ 'retry-after-ms': value, 'retry-after': '9' })).toBe(waitMs);
  });

  it('of two headers the longer wait holds', () => {
    expect(
      read([
        ['retry-after', '2'],
        ['retry-after', '7'],
      ]),
    ).toBe(7000);
  });

  it('reads a date by the clock of the upstream, where it tells it', () => {
    // Our clock is an hour ahead: read by it, the date would be long past.
    expect(
      read({ 'retry-after': 'Thu, 15 Oct 2026 11:00:30 GMT', date: 'Thu, 15 Oct 2026 11:00:00 GMT' }),
    ).toBe(30_000);
    expect(read({ 'retry-after': 'Thu, 15 Oct 2026 12:00:30 GMT', date: 'nonsense' })).toBe(30_000);
  });

  it.each<[Record<string, string>, number | null]>([
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }, 360_000],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '20ms' }, 20],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 5000) }, 5000],
    [{ 'x-ratelimit-remaining-requests': '5', 'x-ratelimit-reset-requests': '6m0s' }, null],
    [{ 'x-ratelimit-reset-requests': '6m0s' }, null],
    [{ 'x-ratelimit-remaining-requests': '0' }, null],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '-1' }, null],
    [
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '1s',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '2s',
      },
      2000,
    ],
    [
      { 'retry-after': '1', 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' },
      1000,
    ],
  ])('where it does not say, a used-up limit does: %j → %s', (headers, waitMs) => {
    expect(read(headers)).toBe(waitMs);
  });

  it('never gives a time that is none, whatever the header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 40 }), (text) => {
        const value = text.replace(/[^\x20-\x7e]/g, '');
        const waitMs = read({ 'retry-after': value, 'retry-after-ms': value });
        expect(waitMs === null || (waitMs >= 0 && waitMs < Infinity)).toBe(true);
      }),
    );
  });
});
