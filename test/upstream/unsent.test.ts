import { describe, expect, it } from 'vitest';
import { mayBeBilled } from '../../src/upstream/failure.js';
import { RouteLLError } from '../../src/errors.js';
import { isUnsent, markUnsent } from '../../src/upstream/unsent.js';

describe('what ended a request before its connection stood', () => {
  it('is known by itself, and cannot have been billed', () => {
    const [unsent, sent] = [new RouteLLError('aborted', 'left'), new RouteLLError('aborted', 'left')];
    markUnsent(unsent);
    expect([isUnsent(unsent), isUnsent(sent)]).toEqual([true, false]);
    expect([mayBeBilled(unsent), mayBeBilled(sent)]).toEqual([false, true]);
  });

  it.each([undefined, null, 'left', 7])('may be anything: %j is remembered by nobody', (reason) => {
    expect(() => markUnsent(reason)).not.toThrow();
  });
});
