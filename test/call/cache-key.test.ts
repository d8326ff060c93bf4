/** Requests have the same name exactly if they ask for the same answer (S7 of the facts about faults). */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallOptions, ChatMessage, ChatParameters } from 'routell';
import { CacheKeys } from '../../src/call/cache-key.js';

interface Asked {
  readonly scope?: string;
  readonly messages?: unknown;
  readonly parameters?: unknown;
  readonly options?: CallOptions;
}

const keys = new CacheKeys();

const keyOf = ({ scope = 'tenant', messages, parameters = {}, options = {} }: Asked): Promise<string> =>
  keys.keyOf(
    scope,
    {
      messages: (messages ?? [{ role: 'user', content: 'Hello?' }]) as ChatMessage[],
      parameters: parameters as ChatParameters,
      options,
    },
    (options.model ?? 'auto') === 'auto' ? (options.preferences ?? { cost: 1 }) : null,
  );

const isSame = async (a: Asked, b: Asked): Promise<boolean> => (await keyOf(a)) === (await keyOf(b));

/** The same value with the keys of its objects in another order. */
function shuffled(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(shuffled);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, shuffled(item)]),
  );
}

const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

/** JSON, and what JSON makes of other values. */
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(null, true, false, 0, -0, 1, '', 'a', '\ud800', '\udfff', undefined, NaN),
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.double(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '1', '__proto__', 'constructor', 'toString'), tie('value'), {
      maxKeys: 3,
    }),
  ),
}));

describe('a key', () => {
  it('tells apart what differs on the wire, and nothing else', async () => {
    let same = 0;
    await fc.assert(
      fc.asyncProperty(anyValue, anyValue, fc.boolean(), async (a, other, isOther) => {
        const b = isOther ? other : shuffled(a);
        const isEqual = isDeepStrictEqual(overTheWire([a]), overTheWire([b]));
        if (isEqual) same += 1;
        expect(await isSame({ messages: [a] }, { messages: [b] })).toBe(isEqual);
        expect(await isSame({ parameters: { tools: [a] } }, { parameters: { tools: [b] } })).toBe(isEqual);
      }),
      { numRuns: Number(process.env['FAST_CHECK_RUNS'] ?? 300) },
    );
    expect(same).toBeGreaterThan(20);
  });

  it('never passes from one scope to another, whatever is asked', async () => {
    const seen = new Map<string, string>();
    const bodies = Number(process.env['FAST_CHECK_RUNS'] ?? 1000);
    const asked = fc.sample(fc.tuple(anyValue, fc.string()), { numRuns: bodies, seed: 7 });
    for (const [value, content] of asked) {
      for (const scope of ['tenant-a', 'tenant-b']) {
        const key = await keyOf({ scope, messages: [{ role: 'user', content, value }] });
        expect(seen.get(key) ?? scope).toBe(scope);
        seen.set(key, scope);
      }
    }
    expect(seen.size).toBeGreaterThan(bodies);
  });

  it('keeps fields apart wherever one ends and the next begins', async () => {
    const text = fc.string({
      unit: fc.constantFrom('"', '1', ':', ',', '[', '{', '}', 'a', '\\'),
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(text, fc.nat(), fc.nat(), async (whole, one, another) => {
        const [at, or] = [one % (whole.length + 1), another % (whole.length + 1)];
        fc.pre(at !== or);
        const cut = (end: number): [string, string] => [whole.slice(0, end), whole.slice(end)];
        const [[a, b], [c, d]] = [cut(at), cut(or)];
        const user = (content: string): ChatMessage => ({ role: 'user', content });
        expect(await isSame({ scope: a, options: { model: b } }, { scope: c, options: { model: d } })).toBe(
          false,
        );
        expect(await isSame({ scope: a, messages: [user(b)] }, { scope: c, messages: [user(d)] })).toBe(
          false,
        );
        expect(await isSame({ messages: [user(a), user(b)] }, { messages: [user(c), user(d)] })).toBe(false);
        expect(
          await isSame(
            { parameters: { stop: a }, options: { extraBody: { stop: b } } },
            { parameters: { stop: c }, options: { extraBody: { stop: d } } },
          ),
        ).toBe(false);
      }),
    );
  });

  it.each<[name: string, one: Asked, other: Asked]>([
    ['the model', { options: { model: 'a' } }, { options: { model: 'b' } }],
    ['a model and none', { options: { model: 'a' } }, {}],
    ['fallbacks', { options: { fallbacks: ['a', 'b'] } }, { options: { fallbacks: ['b', 'a'] } }],
    ['preferences', { options: { preferences: { cost: 1 } } }, { options: { preferences: { quality: 1 } } }],
    ['constraints', { options: { constraints: { models: ['a'] } } }, {}],
    ['the upstream’s own parameters', { options: { extraBody: { top_k: 1 } } }, {}],
    ['a parameter', { parameters: { max_tokens: 1 } }, { parameters: { max_tokens: 2 } }],
    ['the number of choices', { parameters: { n: 2 } }, {}],
    ['lone surrogates', { scope: '\ud800' }, { scope: '\ud801' }],
    [
      'a parameter and one of the upstream’s',
      { parameters: { top_p: 1 } },
      { options: { extraBody: { top_p: 1 } } },
    ],
    [
      'a picture',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:a' } }] }] },
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:b' } }] }] },
    ],
    [
      'the arguments of a tool call',
      { messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: '1' } }] }] },
      { messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: '2' } }] }] },
    ],
    ['numbers in boxes', { messages: [new Number(1)] }, { messages: [new Number(2)] }],
    ['dates', { messages: [new Date(1)] }, { messages: [new Date(2)] }],
  ])('tells %s apart', async (_name, one, other) => {
    expect(await isSame(one, other)).toBe(false);
    expect(await isSame(one, one)).toBe(true);
  });

  it.each<[name: string, one: Asked, other: Asked]>([
    ['an option that is undefined', { parameters: { stop: undefined } }, {}],
    ['`auto` and no model', { options: { model: 'auto' } }, {}],
    ['the preferences of the client', { options: { preferences: { cost: 1 } } }, {}],
    ['no extra body and an empty one', { options: { extraBody: {} } }, {}],
    ['how it is streamed', { parameters: { stream_options: { include_usage: true } } }, {}],
    [
      'who waits, and how long',
      {
        options: {
          session: 's',
          tags: ['t'],
          priority: 1,
          timeoutMs: 5,
          signal: new AbortController().signal,
          cache: { ttlMs: 9 },
        },
      },
      {},
    ],
    [
      'preferences of a call that names its model',
      { options: { model: 'a', preferences: { quality: 1 } } },
      { options: { model: 'a' } },
    ],
    ['an own toJSON', { messages: [{ toJSON: () => 'x' }] }, { messages: ['x'] }],
  ])('does not tell %s apart', async (_name, one, other) => {
    expect(await isSame(one, other)).toBe(true);
  });

  it('is of no use to another cache', async () => {
    const request = { messages: [{ role: 'user' as const, content: 'x' }], parameters: {}, options: {} };
    const other = await new CacheKeys().keyOf('tenant', request, null);
    expect(await keys.keyOf('tenant', request, null)).not.toBe(other);
    expect(other).toHaveLength(32);
  });

  it('takes deep schemas, and refuses what no wire carries without harm', async () => {
    const nested = (depth: number): object => {
      let value: object = {};
      for (let level = 0; level < depth; level++) value = { value };
      return value;
    };
    expect(
      await isSame({ parameters: { tools: [nested(500)] } }, { parameters: { tools: [nested(500)] } }),
    ).toBe(true);
    expect(await isSame({ messages: [nested(500)] }, { messages: [nested(501)] })).toBe(false);
    await expect(keyOf({ messages: [nested(1_000_000)] })).rejects.toBeInstanceOf(RangeError);
    const circle: { self?: unknown } = {};
    circle.self = circle;
    await expect(keyOf({ messages: [circle] })).rejects.toThrow();
    await expect(keyOf({ messages: [1n] })).rejects.toThrow();
  });
});
