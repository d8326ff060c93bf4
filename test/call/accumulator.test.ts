/** Chunks put together: as OpenAI sends them, and as other services do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompletionAccumulator } from '../../src/call/accumulator.js';
import type { Completion, CompletionChunk } from '../../src/types.js';

type Message = Completion['choices'][number]['message'];

/** A chunk of one choice, whatever a service may say in it. */
function chunkOf(delta: unknown, finish_reason: string | null = null, index = 0): CompletionChunk {
  const choices = [{ index, delta, finish_reason }];
  return { id: 'c', created: 1, model: 'm', object: 'chat.completion.chunk', choices } as CompletionChunk;
}

function collected(deltas: readonly unknown[], end = 'stop'): CompletionAccumulator {
  const accumulator = new CompletionAccumulator();
  for (const delta of deltas) accumulator.add(chunkOf(delta));
  accumulator.add(chunkOf({}, end));
  return accumulator;
}

const messageOf = (deltas: readonly unknown[]): Message =>
  collected(deltas, 'tool_calls').completion().choices[0]!.message;

/** The message that pieces of tool calls make, each piece in a chunk of its own. */
const callsOf = (...pieces: readonly object[]): Message['tool_calls'] =>
  messageOf(pieces.map((piece) => ({ tool_calls: [piece] }))).tool_calls;

const called = (id: string, name: string, args: string): object => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});

describe('tool calls', () => {
  it('come in turns by their index', () => {
    const calls = callsOf(
      { index: 1, id: 'b', type: 'function', function: { name: 'time', arguments: '' } },
      { index: 0, id: 'a', type: 'function', function: { name: 'weather', arguments: '{"city":' } },
      { index: 1, function: { arguments: '{"zone"' } },
      { index: 0, function: { arguments: '"Lisbon"}' } },
      { index: 1, function: { arguments: ':"WET"}' } },
    );
    expect(calls).toEqual([
      called('a', 'weather', '{"city":"Lisbon"}'),
      called('b', 'time', '{"zone":"WET"}'),
    ]);
  });

  it('come several in a chunk, and with gaps between their indexes', () => {
    const message = messageOf([
      {
        tool_calls: [
          { index: 2, ...called('a', 'f', '{') },
          { index: 2 ** 31, ...called('b', 'g', '{') },
        ],
      },
      {
        tool_calls: [
          { index: 2 ** 31, function: { arguments: '}' } },
          { index: 2, function: { arguments: '}' } },
        ],
      },
    ]);
    expect(message.tool_calls).toEqual([called('a', 'f', '{}'), called('b', 'g', '{}')]);
  });

  it('come with id, type and name in every piece', () => {
    const calls = callsOf(
      { index: 0, ...called('a', 'weather', '') },
      { index: 0, ...called('a', 'weather', '{"city":') },
      { index: 0, ...called('a', 'weather', '"Lisbon"}') },
    );
    expect(calls).toEqual([called('a', 'weather', '{"city":"Lisbon"}')]);
  });

  it('come with the name cut into pieces', () => {
    const calls = callsOf(
      { index: 0, ...called('a', 'get_', '') },
      { index: 0, function: { name: 'weather', arguments: '{}' } },
      { index: 0, id: '', function: { name: '', arguments: '' } },
    );
    expect(calls).toEqual([called('a', 'get_weather', '{}')]);
  });

  it('come with another id in every piece, and the name in the first', () => {
    const calls = callsOf(
      { index: 0, ...called('a', 'f', '{') },
      { index: 0, id: 'x', function: { arguments: '}' } },
      { index: 1, ...called('b', 'g', '{') },
      { index: 1, id: 'y', function: { name: null, arguments: '}' } },
    );
    expect(calls).toEqual([called('a', 'f', '{}'), called('b', 'g', '{}')]);
  });

  it('come without an index, whole', () => {
    expect(callsOf(called('a', 'f', '{"x":1}'), called('b', 'f', '{"x":2}'), called('c', 'g', ''))).toEqual([
      called('a', 'f', '{"x":1}'),
      called('b', 'f', '{"x":2}'),
      called('c', 'g', ''),
    ]);
  });

  it('come without an index, in pieces', () => {
    const calls = callsOf(
      { ...called('a', 'f', '{'), index: null },
      { index: null, id: null, function: { name: null, arguments: '"x"' } },
      { function: { arguments: ':1}' } },
      called('b', 'g', '{'),
      { function: { arguments: '}' } },
    );
    expect(calls).toEqual([called('a', 'f', '{"x":1}'), called('b', 'g', '{}')]);
  });

  it('come without an index, in turns by their id', () => {
    const calls = callsOf(called('a', 'f', '{'), called('b', 'g', '['), called('a', 'f', '}'), {
      id: 'b',
      function: { arguments: ']' },
    });
    expect(calls).toEqual([called('a', 'f', '{}'), called('b', 'g', '[]')]);
  });

  it('come without index and id: a name begins one', () => {
    const calls = callsOf(
      { function: { name: 'f', arguments: '{' } },
      { function: { arguments: '}' } },
      { function: { name: 'g', arguments: '{}' } },
    );
    expect(calls).toEqual([called('', 'f', '{}'), called('', 'g', '{}')]);
  });

  it('come without an index first, and with it later', () => {
    const calls = callsOf(
      called('a', 'f', '{'),
      { index: 0, function: { arguments: '}' } },
      { index: 1, ...called('b', 'g', '{}') },
    );
    expect(calls).toEqual([called('a', 'f', '{}'), called('b', 'g', '{}')]);
  });

  it('come all at index 0, told apart by their ids', () => {
    const calls = callsOf(
      { index: 0, ...called('a', 'weather', '{"city":"Lisbon"}') },
      { index: 0, ...called('b', 'weather', '{"city":"Porto"}') },
      { index: 0, id: 'a', function: { arguments: ' ' } },
      { index: 0, function: { arguments: '\n' } },
    );
    expect(calls).toEqual([
      called('a', 'weather', '{"city":"Lisbon"} '),
      called('b', 'weather', '{"city":"Porto"}\n'),
    ]);
  });

  it('come with one id for several, told apart by their indexes', () => {
    const calls = callsOf({ index: 0, ...called('x', 'f', '1') }, { index: 1, ...called('x', 'g', '2') });
    expect(calls).toEqual([called('x', 'f', '1'), called('x', 'g', '2')]);
  });

  it('come without arguments, with empty ones, and with an object in their place', () => {
    const calls = callsOf(
      { index: 0, id: 'a', type: 'function', function: { name: 'f' } },
      { index: 1, ...called('b', 'g', '') },
      { index: 2, id: 'c', type: 'function', function: { name: 'h', arguments: null } },
      { index: 3, id: 'd', type: 'function', function: { name: 'i', arguments: { city: 'Lisbon' } } },
    );
    expect(calls).toEqual([
      called('a', 'f', ''),
      called('b', 'g', ''),
      called('c', 'h', ''),
      called('d', 'i', '{"city":"Lisbon"}'),
    ]);
  });

  it('come after text, which stays', () => {
    const message = messageOf([
      { role: 'assistant', content: 'Let me ' },
      { content: 'look.' },
      { tool_calls: [{ index: 0, ...called('a', 'f', '{}') }] },
    ]);
    expect(message).toEqual({
      role: 'assistant',
      content: 'Let me look.',
      refusal: null,
      tool_calls: [called('a', 'f', '{}')],
    });
  });

  it('of custom tools have an input', () => {
    const calls = callsOf(
      { index: 0, id: 'a', type: 'custom', custom: { name: 'sql', input: 'SELECT' } },
      { index: 0, custom: { input: ' 1' } },
      { index: 1, id: 'b', type: 'custom' },
      { index: 1, custom: { name: 'shell', input: 'ls' } },
    );
    expect(calls).toEqual([
      { id: 'a', type: 'custom', custom: { name: 'sql', input: 'SELECT 1' } },
      { id: 'b', type: 'custom', custom: { name: 'shell', input: 'ls' } },
    ]);
  });

  it('keep what else a service sends, which it may want back', () => {
    const signature = { google: { thought_signature: 'abc' } };
    const calls = callsOf(
      { index: 0, ...called('a', 'f', '{'), extra_content: signature },
      { index: 0, function: { arguments: '}' } },
    );
    expect(calls).toEqual([{ ...called('a', 'f', '{}'), extra_content: signature }]);
  });

  it('with a __proto__ change no prototype', () => {
    const piece = JSON.parse(
      '{"index":0,"id":"a","__proto__":{"isAdmin":true},"function":{"name":"f"}}',
    ) as object;
    const [call] = callsOf(piece, piece) ?? [];
    expect((call as unknown as Record<string, unknown>)['isAdmin']).toBeUndefined();
    expect({}).not.toHaveProperty('isAdmin');
  });

  it('of the older kind are put together, too', () => {
    const message = messageOf([
      { role: 'assistant', content: null, function_call: { name: 'weather', arguments: '' } },
      { function_call: { arguments: '{"city":' } },
      { function_call: { name: 'weather', arguments: '"Lisbon"}' } },
    ]);
    expect(message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      function_call: { name: 'weather', arguments: '{"city":"Lisbon"}' },
    });
  });
});

describe('a message', () => {
  it('keeps the reasoning that some services want back', () => {
    const message = messageOf([
      { reasoning_content: 'First ', reasoning_details: [{ type: 'text', text: 'a' }] },
      { reasoning_content: 'this.', reasoning_details: [{ type: 'text', text: 'b' }] },
      { content: 'So.', annotations: null },
    ]);
    expect(message).toMatchObject({
      content: 'So.',
      reasoning_content: 'First this.',
      reasoning_details: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    });
    expect(message).not.toHaveProperty('annotations');
  });

  it('counts all of it as generated', () => {
    const { generated } = collected([
      { reasoning_content: 'think ', reasoning: 'think ' },
      { content: 'say ', refusal: 'no ' },
      { tool_calls: [{ index: 0, ...called('a', 'f', '{}') }] },
      { function_call: { name: 'g', arguments: '[]' } },
    ]);
    expect(generated).toBe('think say no f{}g[]');
  });
});

it('calls that are cut anywhere and take turns come out whole, by their index or by their id', () => {
  const call = fc.record({
    name: fc.stringMatching(/^[a-z_]{1,12}$/),
    pieces: fc.array(fc.string(), { maxLength: 6 }),
  });
  const calls = fc.array(call, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(calls, fc.boolean(), fc.array(fc.nat()), (given, hasIndex, turns) => {
      const place = (at: number): object => (hasIndex ? { index: at } : { id: `id${at}` });
      const begun = given.map(({ name }, at) => ({ ...called(`id${at}`, name, ''), ...place(at) }));
      const left = given.flatMap(({ pieces }, at) => pieces.map((text, order) => ({ at, text, order })));
      // Any turns, as long as each call's own pieces keep their order.
      const turnOf = ({ at, order }: (typeof left)[number]): number => order + ((turns[at] ?? 0) % 5);
      const rest = [...left].sort((one, other) => turnOf(one) - turnOf(other));
      const pieces = rest.map(({ at, text }) => ({ ...place(at), function: { arguments: text } }));
      expect(callsOf(...begun, ...pieces)).toEqual(
        given.map(({ name, pieces: args }, at) => called(`id${at}`, name, args.join(''))),
      );
    }),
  );
});
