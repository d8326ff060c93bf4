import { describe, expect, it } from 'vitest';
import { checkRule } from '../../../src/testing/faults/check.js';
import type { FaultRule } from '../../../src/testing/index.js';

const check = (rule: object) => () => checkRule(rule as FaultRule, 3);

describe('checkRule', () => {
  it.each([
    [{ fault: 'nothing' }, 'faults[3].fault: expected one of status, flap'],
    [{ fault: 'status', status: 42 }, 'faults[3].status: expected a number from 200 to 599, got 42.'],
    [{ fault: 'redirect', status: 200 }, 'faults[3].status: expected a number from 300 to 399, got 200.'],
    [{ fault: 'informational', status: 200 }, 'faults[3].status: expected a number from 100 to 199'],
    [{ fault: 'hang', rate: 1.1 }, 'faults[3].rate: expected a number from 0 to 1, got 1.1.'],
    [{ fault: 'hang', on: 'images' }, 'faults[3].on: expected one of chat, models, account, got images.'],
    [{ fault: 'huge-body', bytes: 0 }, 'faults[3].bytes'],
    [{ fault: 'usage', variant: 'folded' }, 'faults[3].variant: expected one of missing, null'],
    [
      { fault: 'hang', variant: 'zero' },
      'faults[3].variant: expected none, for hang has one form, got zero.',
    ],
    [{ fault: 'compressed', encoding: 'zip' }, 'faults[3].encoding: expected one of gzip, br, deflate'],
    [
      { fault: 'split-stream', pieceBytes: [] },
      'faults[3].pieceBytes: expected a whole number above 0, or several',
    ],
    [{ fault: 'split-stream', pieceBytes: [1, 0] }, 'got [1,0].'],
    [{ fault: 'refuse', model: 'gpt-6-sol' }, 'faults[3].model: expected none'],
  ])('%o', (rule, message) => {
    expect(check(rule)).toThrow(TypeError);
    expect(check(rule)).toThrow(message);
  });

  it.each([
    { fault: 'refuse', upMs: 10, downMs: 10 },
    { fault: 'informational', status: 101 },
    { fault: 'split-stream', pieceBytes: [1, 2], lineEnding: 'cr' },
    { fault: 'pings', count: Infinity },
    // A field that is another fault's means nothing.
    { fault: 'hang', tokens: 3 },
  ])('lets %o pass', (rule) => {
    expect(check(rule)).not.toThrow();
  });
});
