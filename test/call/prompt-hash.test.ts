import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prefixNames } from '../../src/call/prompt-hash.js';
import type { ChatMessage, ChatParameters } from '../../src/types.js';

const names = (
  messages: readonly ChatMessage[],
  parameters: ChatParameters = {},
  session = 's',
): number[] => [...prefixNames(session, { messages, options: {}, parameters })];
const user = (content: string): ChatMessage => ({ role: 'user', content });
const conversation = fc.array(
  fc.record({ role: fc.constantFrom('user' as const, 'assistant' as const), content: fc.string() }),
  { minLength: 1, maxLength: 8 },
);

describe('prefixNames', () => {
  it('names each beginning the same whatever follows', () => {
    fc.assert(
      fc.property(conversation, conversation, (start, rest) => {
        expect(names([...start, ...rest]).slice(0, start.length)).toEqual(names(start));
      }),
    );
  });

  it('names other beginnings otherwise, from the first difference on', () => {
    fc.assert(
      fc.property(conversation, fc.nat(7), (messages, place) => {
        const changed = messages.map((message, index) =>
          index === place % messages.length ? { ...message, content: `${message.content}!` } : message,
        );
        const before = names(messages);
        const after = names(changed);
        for (let index = 0; index < before.length; index++) {
          expect(after[index] === before[index]).toBe(index < place % messages.length);
        }
      }),
    );
  });

  it('tells sessions, roles, tools and the parts of messages apart', () => {
    const tool = { type: 'function' as const, function: { name: 'weather' } };
    const all = [
      names([user('x')]),
      names([user('x')], {}, 'other'),
      names([user('x')], { tools: [tool] }),
      names([user('x')], { tools: [tool, tool] }),
      names([{ role: 'system', content: 'x' }]),
      names([{ role: 'user', content: [{ type: 'text', text: 'x' }] }]),
      names([
        {
          role: 'user',
          content: [
            { type: 'text', text: 'x' },
            { type: 'text', text: '' },
          ],
        },
      ]),
      names([{ role: 'user', content: 'x', name: 'y' }]),
    ].map(([name]) => name);
    expect(new Set(all).size).toBe(all.length);
    expect(names([user('a'), user('b')]).at(-1)).not.toBe(names([user('b'), user('a')]).at(-1));
  });

  it('looks at a part of a very long text: its length, its ends, and some of the rest', () => {
    const long = 'x'.repeat(10_000_000);
    const [plain] = names([user(long)]);
    expect(names([user(`${long}x`)])[0]).not.toBe(plain);
    expect(names([user(`y${long.slice(1)}`)])[0]).not.toBe(plain);
    expect(names([user(`${long.slice(1)}y`)])[0]).not.toBe(plain);
  });

  it('survives what is no message', () => {
    const cyclic: Record<string, unknown> = { role: 'user', content: 'x' };
    cyclic['self'] = cyclic;
    expect(names([cyclic as unknown as ChatMessage, null as unknown as ChatMessage])).toHaveLength(2);
  });
});
