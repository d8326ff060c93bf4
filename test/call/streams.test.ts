/** A ChatStream in all the ways it can be read, left and broken. */
import type { OpenAI } from 'openai';
import { Stream } from 'openai/streaming';
import { describe, expect, it } from 'vitest';
import { type ChatStream, IncompleteStreamError, InvalidRequestError } from 'routell';
import { fakeClock } from '../fake-clock.js';
import { chunkOf, completionOf, sendError, sendJson, startEvents, usage } from './loopback-upstream.js';
import { atEnd, expectQuiet, hello, isTerminal, type Scene, scene, streams } from './scene.js';

const model = 'test-model';
const budgets = [{ limitUsd: 1, per: 'day' }] as const;

async function textOf(stream: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of stream) text += piece;
  return text;
}

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

const usageChunk = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model, choices: [], usage })}\n\n`;

describe('reading', () => {
  it('gives the text piece by piece and the result at the end', async () => {
    const held = await scene(streams(['Once ', 'upon ', 'a time'], 'whole', { usage }), { budgets });
    const stream = held.client.streamCompletion(hello, { model });
    expect(await collect(stream)).toEqual(['Once ', 'upon ', 'a time']);
    const result = await stream.result;
    expect(result).toMatchObject({
      success: true,
      content: 'Once upon a time',
      finishReason: 'stop',
      model,
      message: { role: 'assistant', content: 'Once upon a time' },
      toolCalls: [],
      usage: { inputTokens: 10, outputTokens: 5, estimated: false },
    });
    expect(result.attempts[0]).toMatchObject({ outcome: 'success', billed: 'yes' });
    expect(result.attempts[0]?.firstTokenMs).toBeGreaterThanOrEqual(0);
    expect(held.events.map(({ type }) => type)).toContain('stream-first-token');
    expectQuiet(held);
  });

  it('by its result alone drains it', async () => {
    const held = await scene(streams(['a', 'b']));
    const { result } = held.client.chatCompletion(hello, { model, stream: true });
    expect(await result).toMatchObject({ success: true, content: 'ab' });
    expectQuiet(held);
  });

  it('does not begin until somebody reads', async () => {
    const { client, upstream, events } = await scene(streams(['a']));
    const stream = client.streamCompletion(hello, { model });
    stream.toReadableStream();
    client.streamCompletion(hello, { model }).chunks();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(upstream.received).toHaveLength(0);
    expect(events).toEqual([]);
  });

  it('may take the result first and the text in the same turn', async () => {
    const { client } = await scene(streams(['a', 'b']));
    const stream = client.streamCompletion(hello, { model });
    const { result } = stream;
    expect(await textOf(stream)).toBe('ab');
    expect(await result).toMatchObject({ success: true });
  });

  it('is for one consumer', async () => {
    const { client } = await scene(streams(['a', 'b']));
    const stream = client.streamCompletion(hello, { model });
    const chunks = stream.chunks();
    expect(() => stream.chunks()).toThrow(InvalidRequestError);
    expect(() => stream.toReadableStream()).toThrow(InvalidRequestError);
    await expect(textOf(stream)).rejects.toBeInstanceOf(InvalidRequestError);
    expect((await collect(chunks)).length).toBeGreaterThan(1);
    await expect(textOf(stream)).rejects.toBeInstanceOf(InvalidRequestError);
    expect(await stream.result).toMatchObject({ success: true });
  });

  it('counts our own tokens where the upstream counts none', async () => {
    const held = await scene(streams(['some words here']));
    const result = await held.client.streamCompletion(hello, { model }).result;
    expect(result.usage).toMatchObject({ estimated: true });
    expect(result.usage?.outputTokens).toBeGreaterThan(1);
  });

  it('passes over chunks without a delta', async () => {
    const held = await scene((response) => {
      startEvents(response);
      response.write(chunkOf({ content: 'a' }));
      const last = { id: 'c', choices: [{ index: 0, delta: null, finish_reason: 'stop' }] };
      response.end(`data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`);
    });
    expect(await textOf(held.client.streamCompletion(hello, { model }))).toBe('a');
    expectQuiet(held);
  });

  it('a whole answer where a stream was asked for', async () => {
    const { client } = await scene((response) => sendJson(response, completionOf('whole')));
    const stream = client.streamCompletion(hello, { model });
    expect(await textOf(stream)).toBe('whole');
    expect(await stream.result).toMatchObject({ success: true, usage: { outputTokens: 5 } });
  });
});

describe('chunks', () => {
  const withUsage = (response: Parameters<typeof startEvents>[0]): void => {
    startEvents(response);
    response.write(chunkOf({ role: 'assistant', content: '' }, null, { usage: null }));
    response.write(chunkOf({ content: 'a' }, null, { usage: null }) + chunkOf({}, 'stop', { usage: null }));
    response.end(`${usageChunk}data: [DONE]\n\n`);
  };

  it('are as the upstream sent them, the usage hidden unless asked for', async () => {
    const { client, upstream } = await scene(withUsage);
    const chunks = await collect(client.streamCompletion(hello, { model }).chunks());
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'a' },
      {},
    ]);
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
    expect(upstream.received[0]?.body['stream_options']).toEqual({ include_usage: true });
  });

  it('hold the usage where it was asked for', async () => {
    const { client } = await scene(withUsage);
    const stream = client.streamCompletion(hello, { model, stream_options: { include_usage: true } });
    const chunks = await collect(stream.chunks());
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage });
    expect(chunks[0]).toHaveProperty('usage', null);
    expect(await stream.result).toMatchObject({ usage: { inputTokens: 10, outputTokens: 5 } });
  });

  it('of tools are put together', async () => {
    const { client } = await scene((response) => {
      startEvents(response);
      const piece = (call: object): string => chunkOf({ tool_calls: [call] });
      response.write(
        piece({ index: 0, id: 'call_a', type: 'function', function: { name: 'weather', arguments: '' } }),
      );
      response.write(
        piece({ index: 1, id: 'call_b', type: 'function', function: { name: 'time', arguments: '{' } }),
      );
      response.write(piece({ index: 0, function: { arguments: '{"city":' } }));
      response.write(piece({ index: 1, function: { arguments: '}' } }));
      response.write(piece({ index: 0, function: { arguments: '"Lisbon"}' } }));
      response.end(`${chunkOf({}, 'tool_calls')}data: [DONE]\n\n`);
    });
    const stream = client.streamCompletion(hello, { model });
    expect(await textOf(stream)).toBe('');
    const result = await stream.result;
    expect(result).toMatchObject({
      success: true,
      content: '',
      finishReason: 'tool_calls',
      message: { content: null },
    });
    expect(result.success && result.toolCalls).toEqual([
      { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Lisbon"}' } },
      { id: 'call_b', type: 'function', function: { name: 'time', arguments: '{}' } },
    ]);
    expect(result.usage?.outputTokens).toBeGreaterThan(5);
  });

  it('of tools go back as they came, with what the tools gave', async () => {
    const call = (index: number, city: string): object => ({
      index,
      id: `call_${index}`,
      type: 'function',
      function: { name: 'weather', arguments: JSON.stringify({ city }) },
      extra_content: { signature: city },
    });
    const held = await scene((response, _request, count) => {
      if (count === 2) {
        streams(['Sun in both.'])(response, _request, count);
        return;
      }
      startEvents(response);
      response.write(chunkOf({ role: 'assistant', content: null, reasoning_content: 'Two cities.' }));
      response.write(chunkOf({ tool_calls: [call(0, 'Lisbon'), call(1, 'Porto')] }));
      response.end(`${chunkOf({}, 'tool_calls')}data: [DONE]\n\n`);
    });
    const options = { model, tools: [{ type: 'function' as const, function: { name: 'weather' } }] };
    const asked = await held.client.streamCompletion(hello, options).result;
    if (!asked.success) throw asked.error;
    const results = asked.toolCalls.map(({ id }) => ({
      role: 'tool' as const,
      tool_call_id: id,
      content: 'sun',
    }));
    const messages = [...hello, asked.message, ...results];
    expect(await textOf(held.client.streamCompletion(messages, options))).toBe('Sun in both.');
    const sent = held.upstream.received[1]?.body['messages'] as readonly unknown[];
    const { index: _first, ...first } = call(0, 'Lisbon') as { index: number };
    expect(sent[1]).toMatchObject({ role: 'assistant', content: null, reasoning_content: 'Two cities.' });
    expect(sent[1]).toHaveProperty(['tool_calls', 0], first);
    expect(sent.slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'call_0', content: 'sun' },
      { role: 'tool', tool_call_id: 'call_1', content: 'sun' },
    ]);
    expectQuiet(held);
  });

  const choice = (index: number, delta: object, finish_reason: string | null = null): string =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model, choices: [{ index, delta, finish_reason }] })}\n\n`;

  it('of several choices: the text is the first one’s', async () => {
    const held = await scene((response) => {
      startEvents(response);
      response.write(choice(1, { content: 'B1' }) + choice(0, { content: 'A1' }) + choice(1, {}, 'length'));
      response.end(`${choice(0, { content: 'A2' })}${choice(0, {}, 'stop')}data: [DONE]\n\n`);
    });
    const stream = held.client.streamCompletion(hello, { model, n: 2 });
    expect(await collect(stream)).toEqual(['A1', 'A2']);
    expect(await stream.result).toMatchObject({ success: true, content: 'A1A2', finishReason: 'stop' });
  });

  it('of several choices are cut where one has not ended', async () => {
    const held = await scene((response) => {
      startEvents(response);
      response.end(`${choice(0, { content: 'A' }, 'stop')}${choice(1, { content: 'B' })}data: [DONE]\n\n`);
    });
    const result = await held.client.streamCompletion(hello, { model, n: 2 }).result;
    expect(result).toMatchObject({ success: false, error: { code: 'incomplete-stream' } });
    expectQuiet(held);
  });

  it('that stop when a choice has not even begun are cut', async () => {
    const held = await scene((response) => {
      startEvents(response);
      response.write(choice(0, { content: 'A' }, 'stop'));
      setTimeout(() => response.destroy(), 5);
    });
    const result = await held.client.streamCompletion(hello, { model, n: 2 }).result;
    expect(result).toMatchObject({ success: false, error: { code: 'incomplete-stream' } });
  });

  it('of a refusal and without a delta are taken, too', async () => {
    const held = await scene((response) => {
      startEvents(response);
      response.write(choice(0, { refusal: 'I would ' }) + choice(0, { refusal: 'rather not.' }));
      response.end(
        `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: null, finish_reason: 'stop' }] })}\n\n`,
      );
    });
    const result = await held.client.streamCompletion(hello, { model }).result;
    expect(result).toMatchObject({ success: true, content: '', message: { refusal: 'I would rather not.' } });
  });
});

describe('leaving', () => {
  const open = (): Promise<Scene> => scene(streams(['one ', 'two ', 'three '], 'open'), { budgets });

  it('by break ends the call as aborted and closes the socket', async () => {
    const held = await open();
    const stream = held.client.streamCompletion(hello, { model });
    for await (const piece of stream) {
      expect(piece).toBe('one ');
      break;
    }
    const result = await stream.result;
    expect(result).toMatchObject({ success: false, error: { code: 'aborted' } });
    expect(result.attempts[0]).toMatchObject({
      billed: 'unknown',
      outcome: 'aborted',
      usage: { estimated: true },
    });
    await expect.poll(() => held.upstream.openResponses).toBe(0);
    expectQuiet(held);
  });

  it('by break after the finish reason is a success', async () => {
    const held = await scene((response) => {
      startEvents(response);
      response.write(chunkOf({ content: 'all' }) + chunkOf({}, 'stop'));
    });
    const stream = held.client.streamCompletion(hello, { model });
    for await (const { choices } of stream.chunks()) if (choices[0]?.finish_reason === 'stop') break;
    expect(await stream.result).toMatchObject({ success: true, content: 'all' });
    await expect.poll(() => held.upstream.openResponses).toBe(0);
    expectQuiet(held);
  });

  it('by a throw of the consumer’s is the same', async () => {
    const held = await open();
    const stream = held.client.streamCompletion(hello, { model });
    const reading = (async () => {
      for await (const _piece of stream) throw new Error('mine');
    })();
    await expect(reading).rejects.toThrow('mine');
    expect(await stream.result).toMatchObject({ success: false, error: { code: 'aborted' } });
    expectQuiet(held);
  });

  it('by abort() ends the iteration with the error', async () => {
    const held = await open();
    const stream = held.client.streamCompletion(hello, { model });
    const reading = (async () => {
      for await (const _piece of stream) stream.abort();
    })();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
    expect(await stream.result).toMatchObject({ success: false, error: { code: 'aborted' } });
    stream.abort();
    expectQuiet(held);
  });

  it('by abort() before it is read sends nothing', async () => {
    const held = await open();
    const stream = held.client.streamCompletion(hello, { model });
    stream.abort();
    await expect(textOf(stream)).rejects.toMatchObject({ code: 'aborted' });
    expect(held.upstream.received).toHaveLength(0);
    expectQuiet(held);
  });

  it('by an abort while nobody reads on gives everything back at once', async () => {
    const held = await open();
    const controller = new AbortController();
    const stream = held.client.streamCompletion(hello, { model, signal: controller.signal });
    const pieces = stream[Symbol.asyncIterator]();
    await pieces.next();
    controller.abort();
    expect(await stream.result).toMatchObject({ success: false, error: { code: 'aborted' } });
    await expect.poll(() => held.upstream.openResponses).toBe(0);
    expectQuiet(held);
    await expect(pieces.next()).rejects.toMatchObject({ code: 'aborted' });
    expect(held.events.filter(isTerminal)).toHaveLength(1);
  });

  it('by the end of an `await using`', async () => {
    const held = await open();
    let kept: ChatStream;
    {
      await using stream = held.client.streamCompletion(hello, { model });
      kept = stream;
      await stream[Symbol.asyncIterator]().next();
    }
    expect(await kept.result).toMatchObject({ success: false, error: { code: 'aborted' } });
    await expect.poll(() => held.upstream.openResponses).toBe(0);
    expectQuiet(held);
  });

  it('by disposing what was never read: nothing is sent, even if the result is asked for', async () => {
    const held = await open();
    const stream = held.client.streamCompletion(hello, { model });
    await stream[Symbol.asyncDispose]();
    expect(await stream.result).toMatchObject({ success: false, error: { code: 'aborted' } });
    const begun = held.client.streamCompletion(hello, { model });
    begun.chunks();
    await begun[Symbol.asyncDispose]();
    expect(await begun.result).toMatchObject({ success: false, error: { code: 'aborted' } });
    expect(held.upstream.received).toHaveLength(0);
    expectQuiet(held);
  });

  it('by disposing what is over changes nothing', async () => {
    const held = await scene(streams(['a']));
    const stream = held.client.streamCompletion(hello, { model });
    await textOf(stream);
    await stream[Symbol.asyncDispose]();
    expect(await stream.result).toMatchObject({ success: true });
  });
});

describe('breaking', () => {
  it('after the finish reason is no break: the answer is whole', async () => {
    const held = await scene((response) => {
      startEvents(response);
      response.write(chunkOf({ content: 'all' }) + chunkOf({}, 'stop'));
      setTimeout(() => response.destroy(), 5);
    });
    const stream = held.client.streamCompletion(hello, { model });
    expect(await textOf(stream)).toBe('all');
    expect(await stream.result).toMatchObject({ success: true, usage: { estimated: true } });
    expectQuiet(held);
  });

  it('by standing still after the finish reason is none either', async () => {
    const held = await scene(
      (response) => {
        startEvents(response);
        response.write(chunkOf({ content: 'all' }) + chunkOf({}, 'stop'));
      },
      { timeouts: { idleMs: 30 } },
    );
    expect(await held.client.streamCompletion(hello, { model }).result).toMatchObject({
      success: true,
      content: 'all',
    });
    await expect.poll(() => held.upstream.openResponses).toBe(0);
    expectQuiet(held);
  });

  it('by an error in mid-stream keeps the partial text out of JSON', async () => {
    const held = await scene((response) => {
      startEvents(response);
      response.write(chunkOf({ content: 'secret text' }));
      response.end(`data: ${JSON.stringify({ error: { message: 'overloaded', code: 'overloaded' } })}\n\n`);
    });
    const stream = held.client.streamCompletion(hello, { model });
    await expect(textOf(stream)).rejects.toBeInstanceOf(IncompleteStreamError);
    const result = await stream.result;
    if (result.success) throw new Error('it was cut');
    expect(result.error).toHaveProperty('partial', 'secret text');
    expect(JSON.stringify([result, held.events])).not.toContain('secret text');
    expect(held.upstream.received).toHaveLength(1);
    expectQuiet(held);
  });

  it('before the first token by a clean end is tried again, then told', async () => {
    const held = await scene(streams([], 'clean'));
    expect(await held.client.streamCompletion(hello, { model }).result).toMatchObject({
      success: false,
      error: { code: 'incomplete-stream' },
    });
    expect(held.upstream.received).toHaveLength(2);
    expectQuiet(held);
  });
});

describe('the retry budget', () => {
  /** How many requests twenty streams make, of which the first attempt of each is refused as long as one is retried. */
  async function requestsOfTwenty(end: 'open' | 'clean' | 'whole'): Promise<number> {
    const refused = new Set<unknown>();
    const stream = streams(['one ', 'two '], end);
    const held = await scene(
      (response, received, count) => {
        const { model: asked } = received.body;
        if (refused.has(asked)) stream(response, received, count);
        else sendError(response, 503, 'overloaded');
        refused.add(asked);
      },
      { retries: { maxRetries: 1, retryDelayMs: 1 } },
    );
    for (let count = 0; count < 20; count++) {
      const streamed = held.client.streamCompletion(hello, { model: `model-${count}` });
      await (async () => {
        for await (const _ of streamed) if (end === 'open') break;
      })().catch(() => undefined);
      await streamed.result;
    }
    return held.upstream.received.length;
  }

  it('gets nothing from streams that break off after their first token', async () => {
    expect(await requestsOfTwenty('clean')).toBe(20 + 10);
  });

  it.each([
    ['get whole', 'whole'],
    ['their reader leaves', 'open'],
  ] as const)('gets the retries back of those that %s', async (_, end) => {
    expect(await requestsOfTwenty(end)).toBe(20 + 20);
  });
});

describe('time', () => {
  it('until the first token is bounded by totalMs', async () => {
    const held = await scene(
      (response) => {
        startEvents(response);
        response.write(chunkOf({ role: 'assistant', content: '' }));
      },
      { timeouts: { totalMs: 50 }, retries: { maxRetries: 0 } },
    );
    const result = await held.client.streamCompletion(hello, { model }).result;
    expect(result).toMatchObject({ success: false, error: { code: 'timeout', phase: 'total' } });
    await expect.poll(() => held.upstream.openResponses).toBe(0);
    expectQuiet(held);
  });

  it('after the first token is not bounded by totalMs', async () => {
    const held = await scene(
      (response) => {
        startEvents(response);
        response.write(chunkOf({ content: 'a' }));
        setTimeout(() => response.write(chunkOf({ content: 'b' })), 600);
        setTimeout(() => response.end(`${chunkOf({}, 'stop')}data: [DONE]\n\n`), 1200);
      },
      { timeouts: { totalMs: 1000, idleMs: 10_000 } },
    );
    expect(await held.client.streamCompletion(hello, { model }).result).toMatchObject({ content: 'ab' });
  });

  it('between tokens is bounded by idleMs, and a slow consumer’s own time does not count', async () => {
    const clock = fakeClock();
    const held = await scene(streams(['a', 'b'], 'open'), {
      clock,
      timeouts: { idleMs: 1000, totalMs: 1e6 },
    });
    const stream = held.client.streamCompletion(hello, { model });
    const pieces = stream[Symbol.asyncIterator]();
    expect((await pieces.next()).value).toBe('a');
    await clock.advance(5000);
    expect((await pieces.next()).value).toBe('b');
    const next = pieces.next();
    next.catch(() => undefined);
    await clock.advance(999);
    expect(held.events.some(isTerminal)).toBe(false);
    await clock.advance(1);
    await expect(next).rejects.toMatchObject({ code: 'timeout', phase: 'idle' });
    expectQuiet(held);
    atEnd(async () => clock.advance(1e6));
  });
});

describe('toReadableStream', () => {
  it('is read back by the official client', async () => {
    const { client } = await scene(streams(['Once ', 'upon'], 'whole', { usage }));
    const stream = client.streamCompletion(hello, { model });
    const back = Stream.fromReadableStream<OpenAI.ChatCompletionChunk>(
      stream.toReadableStream(),
      new AbortController(),
    );
    const chunks = await collect(back);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Once upon');
    expect(await stream.result).toMatchObject({ success: true });
  });

  it('errors where the stream breaks', async () => {
    const { client } = await scene(streams(['a'], 'cut'));
    const reading = new Response(client.streamCompletion(hello, { model }).toReadableStream()).text();
    await expect(reading).rejects.toMatchObject({ code: 'incomplete-stream' });
  });

  it('cancelled while it waits closes the socket at once', async () => {
    const held = await scene(streams(['a'], 'open'));
    const stream = held.client.streamCompletion(hello, { model });
    const reader = stream.toReadableStream().getReader();
    await reader.read();
    const pending = reader.read();
    await reader.cancel();
    expect(await pending).toMatchObject({ done: true });
    expect(await stream.result).toMatchObject({ success: false, error: { code: 'aborted' } });
    await expect.poll(() => held.upstream.openResponses).toBe(0);
    expectQuiet(held);
  });

  it('cancelled before it is read sends nothing', async () => {
    const held = await scene(streams(['a'], 'open'));
    const stream = held.client.streamCompletion(hello, { model });
    await stream.toReadableStream().cancel();
    expect(await stream.result).toMatchObject({ success: false, error: { code: 'aborted' } });
    expect(held.upstream.received).toHaveLength(0);
    expectQuiet(held);
  });
});
