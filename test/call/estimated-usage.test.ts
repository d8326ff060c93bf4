import { describe, expect, it } from 'vitest';
import { withUnderWay } from '../../src/call/estimated-usage.js';
import { estimatedTokenUsage } from '../../src/catalog/usage.js';

describe('what may have been used by an attempt that broke off', () => {
  const seen = estimatedTokenUsage(40, 30);

  it.each([
    ['what fits in the buffers beyond what arrived', { choices: 1, outputCap: null, silentMs: 0 }, 30 + 256],
    ['what was made while nothing arrived', { choices: 1, outputCap: null, silentMs: 2000 }, 30 + 256 + 400],
    ['so much of each choice', { choices: 3, outputCap: null, silentMs: 500 }, 30 + 3 * (256 + 100)],
    ['no more than the cap', { choices: 1, outputCap: 64, silentMs: 2000 }, 64],
    ['no more than the cap of each choice', { choices: 2, outputCap: 64, silentMs: 2000 }, 128],
    ['never less than what arrived, whatever the cap', { choices: 1, outputCap: 8, silentMs: 0 }, 30],
  ])('is %s', (_name, brokenOff, outputTokens) => {
    expect(withUnderWay(seen, brokenOff)).toEqual(estimatedTokenUsage(40, outputTokens));
  });
});
