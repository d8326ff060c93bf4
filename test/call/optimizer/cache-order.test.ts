import { describe, expect, it } from 'vitest';
import type { ChatMessage } from 'routell';
import { orderProposals } from '../../../src/call/optimizer/cache-order.js';

const at = Date.UTC(2026, 9, 15, 12);
const long = 'Answer briefly, in the language of the question, and name your sources. '.repeat(120);
const model = { name: 'm', prices: { input: 10, output: 20, cached: 1 } };
const system = (content: string): ChatMessage => ({ role: 'system', content });
const user: ChatMessage = { role: 'user', content: 'Which rivers cross Portugal?' };
const proposed = (...messages: readonly ChatMessage[]) => orderProposals(messages, model, at);

describe('orderProposals', () => {
  it('proposes nothing for a prompt that begins with what stays the same', () => {
    expect(proposed(system(long), user)).toEqual([]);
    expect(proposed(system(`${long}It is 2026-10-15 today.`), user)).toEqual([]);
    expect(proposed(system('It is 2026-10-15 today.'), user)).toEqual([]);
    expect(proposed(system(`In force since 2019-01-01. ${long}`), user)).toEqual([]);
  });

  it.each(['It is 2026-10-15 today.', 'It is 12:31:07.', 'Request 0f8fad5b-d9cb-469f-a165-70867728950e.'])(
    'proposes to move what differs from call to call: %s',
    (text) => {
      const [proposal, ...others] = proposed(system(`${text} ${long}`), user);
      expect(others).toEqual([]);
      expect(proposal).toMatchObject({ message: 0 });
      expect(proposal?.cacheableTokens).toBeGreaterThan(1024);
      expect(proposal?.savesUsd).toBeCloseTo(((proposal?.cacheableTokens ?? 0) * 9) / 1e6, 9);
      expect(proposal?.reason).toContain('differs from call to call');
    },
  );

  it('proposes to put instructions first', () => {
    expect(proposed(user, system(long))).toMatchObject([{ message: 1 }]);
    expect(proposed(user, system('Be brief.'))).toEqual([]);
  });

  it('tells no saving where the price is unknown, and none where the cache bills no less', () => {
    const messages = [user, system(long)];
    expect(orderProposals(messages, null, at)[0]?.savesUsd).toBeNull();
    expect(orderProposals(messages, { name: 'm' }, at)[0]?.savesUsd).toBeNull();
    expect(orderProposals(messages, { name: 'm', prices: { input: 1, output: 1 } }, at)[0]?.savesUsd).toBe(0);
  });

  it('takes linear time', () => {
    expect(proposed(system('0f8fad5b-'.repeat(200_000)), user)).toEqual([]);
  });
});
