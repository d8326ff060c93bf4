import { describe, expect, it } from 'vitest';
import { count, decimals, percent, plural, seconds, usd } from '../../src/cli/figures.js';

describe('figures', () => {
  it.each([
    [null, 'unknown'],
    [0, '$0'],
    [0.000012345, '$0.000012'],
    [0.5, '$0.50'],
    [12.345, '$12.35'],
    [1e-14, '$0.0000000000'],
  ])('%s USD are %s', (amount, text) => {
    expect(usd(amount)).toBe(text);
  });

  it('has shares in per cent, and a dash for what is not there', () => {
    expect([percent(0.12345), percent(1), percent(null)]).toEqual(['12.3 %', '100.0 %', '-']);
    expect([decimals(0.12345), decimals(1), decimals(null)]).toEqual(['0.123', '1.000', '-']);
  });

  it('separates thousands, and has a singular', () => {
    expect([count(1234567.891), plural(1, 'model'), plural(0, 'model'), plural(1500, 'model')]).toEqual([
      '1,234,567.89',
      '1 model',
      '0 models',
      '1,500 models',
    ]);
    expect(seconds(1260)).toBe('1.3 s');
  });
});
