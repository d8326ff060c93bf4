import { describe, expect, it } from 'vitest';
import type { FaultRule } from '../../../src/testing/index.js';
import { STREAM, chunksIn, contentIn, struck, type Chunk } from '../raw-client.js';

describe('usage (F28)', () => {
  const usagesBy = async (variant: FaultRule['variant'], body: object = STREAM) => {
    const { simulator, answer } = await struck({ fault: 'usage', ...(variant && { variant }) }, body);
    expect(simulator.ledger.entries).toMatchObject([{ fault: 'usage', outcome: 'completed' }]);
    const chunks = chunksIn(answer.body);
    const told = chunks.filter((chunk) => chunk.usage !== null && chunk.usage !== undefined);
    const output = simulator.ledger.totals.tokens.output;
    return { chunks, told, output, outputs: told.map((chunk) => chunk.usage?.completion_tokens) };
  };

  it('is missing', async () => {
    const { chunks } = await usagesBy('missing');
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
    expect(chunks.at(-1)?.choices).toHaveLength(1);
  });

  it('is null', async () => {
    const { chunks } = await usagesBy('null');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: null });
  });

  it('is zero', async () => {
    const { told, output } = await usagesBy('zero');
    expect(told.map(({ usage }) => usage)).toMatchObject([{ prompt_tokens: 0, completion_tokens: 0 }]);
    expect(output).toBeGreaterThan(0);
  });

  it('comes twice, or first too high', async () => {
    const twice = await usagesBy('twice');
    expect(twice.outputs).toEqual([twice.output, twice.output]);
    const falling = await usagesBy('decreasing');
    expect(falling.outputs).toEqual([2 * falling.output, falling.output]);
  });

  it('comes with every chunk and grows', async () => {
    const { chunks, told, outputs, output } = await usagesBy('every-chunk');
    expect(told).toHaveLength(chunks.length);
    expect(outputs).toEqual([...outputs].sort((a, b) => a! - b!));
    expect(outputs.at(-1)).toBe(output);
  });

  it('comes with the finish reason, or after it, whether or not it was asked for', async () => {
    for (const body of [STREAM, { stream: true }]) {
      const finish = await usagesBy('with-finish', body);
      expect(finish.told.map(({ choices }) => choices[0]?.finish_reason)).toEqual(['stop']);
      const after = await usagesBy('after-finish', body);
      expect(after.told).toMatchObject([{ choices: [] }]);
      expect(after.outputs).toEqual([after.output]);
    }
  });

  it.each([
    ['missing' as const, undefined],
    ['null' as const, null],
    ['zero' as const, expect.objectContaining({ completion_tokens: 0 }) as unknown],
    ['twice' as const, expect.objectContaining({ total_tokens: expect.any(Number) as number }) as unknown],
  ])('of a whole body is %s', async (variant, expected) => {
    const { answer } = await struck({ fault: 'usage', variant });
    expect((JSON.parse(answer.body) as { usage?: unknown }).usage).toEqual(expected);
  });
});

describe('odd-tool-calls (F30)', () => {
  const tool = (name: string) => ({
    type: 'function',
    function: {
      name,
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  });
  const ASK = { ...STREAM, tools: [tool('get_weather')], tool_choice: 'required' };
  const callsIn = (body: string) =>
    chunksIn(body).flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []));
  const joined = (calls: readonly { readonly function: { readonly arguments: string } }[]) =>
    calls.map((call) => call.function.arguments).join('');

  it('sends arguments a byte at a time, for the same tokens', async () => {
    const { simulator, answer } = await struck({ fault: 'odd-tool-calls' }, ASK);
    const plain = await struck({ fault: 'slow', delayMs: 0 }, ASK);
    const calls = callsIn(answer.body);
    expect(Math.max(...calls.map((call) => call.function.arguments.length))).toBe(1);
    expect(joined(calls)).toBe(joined(callsIn(plain.answer.body)));
    expect(JSON.parse(joined(calls))).toHaveProperty('city');
    expect(simulator.ledger.totals.tokens).toEqual(plain.simulator.ledger.totals.tokens);
  });

  it.each([
    ['index-gap' as const, 2],
    ['huge-index' as const, 2 ** 31],
  ])('%s', async (variant, index) => {
    const { answer } = await struck({ fault: 'odd-tool-calls', variant }, ASK);
    expect(new Set(callsIn(answer.body).map((call) => call.index))).toEqual(new Set([index]));
  });
});

describe('odd-choices (F32)', () => {
  const reasonsOf = (chunks: readonly Chunk[], index: number) =>
    chunks
      .flatMap(({ choices }) => choices)
      .filter((choice) => choice.index === index)
      .flatMap((choice) => choice.finish_reason ?? []);

  it('interleaves a choice that nobody asked for, which costs nothing', async () => {
    const { simulator, answer } = await struck({ fault: 'odd-choices' }, STREAM);
    const indices = chunksIn(answer.body).flatMap(({ choices }) => choices.map(({ index }) => index));
    expect(indices.slice(0, 6)).toEqual([0, 1, 0, 1, 0, 1]);
    expect(contentIn(answer.body, 1)).toBe(contentIn(answer.body, 0));
    expect(reasonsOf(chunksIn(answer.body), 1)).toEqual(['stop']);
    const usage = chunksIn(answer.body).at(-1)?.usage;
    expect(simulator.ledger.totals.tokens.output).toBe(usage?.completion_tokens);
  });

  it('finishes one of two', async () => {
    const { answer } = await struck({ fault: 'odd-choices', variant: 'finish-on-one' }, STREAM);
    const chunks = chunksIn(answer.body);
    expect([reasonsOf(chunks, 0), reasonsOf(chunks, 1)]).toEqual([['stop'], []]);
  });

  it('has another index', async () => {
    const { answer } = await struck({ fault: 'odd-choices', variant: 'wrong-index' }, STREAM);
    expect(contentIn(answer.body, 7)).toContain('[simulated');
    expect(contentIn(answer.body, 0)).toBe('');
  });

  it.each([
    ['interleaved' as const, [0, 1], ['stop', 'stop']],
    ['finish-on-one' as const, [0, 1], ['stop', null]],
    ['wrong-index' as const, [7], ['stop']],
  ])('of a whole body: %s', async (variant, indices, reasons) => {
    const { answer } = await struck({ fault: 'odd-choices', variant });
    const { choices } = JSON.parse(answer.body) as { choices: { index: number; finish_reason: string }[] };
    expect(choices.map(({ index }) => index)).toEqual(indices);
    expect(choices.map((choice) => choice.finish_reason)).toEqual(reasons);
  });
});
