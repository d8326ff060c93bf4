/** Streams through the response cache: read from it, replayed, and kept where they are whole. */
import { Stream } from 'openai/streaming';
import { describe, expect, it } from 'vitest';
import type { ChatOptions, ChatStream, CompletionChunk, RouteLLClientOptions } from 'routell';
import { fakeClock } from '../fake-clock.js';
import { type Answer, chunkOf, completionOf, sendJson, startEvents, usage } from './loopback-upstream.js';
import { expectQuiet, hello, isTerminal, type Scene, scene, streams } from './scene.js';

const model = 'test-model';
const asked: ChatOptions = { model, temperature: 0 };
const cached: RouteLLClientOptions = { cache: { scope: 'app' } };

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

const streamOf = ({ client }: Scene, options: ChatOptions = {}): ChatStream =>
  client.streamCompletion(hello, { ...asked, ...options });

/** Answers as it is asked, whole or in pieces. */
const asAsked =
  (pieces: readonly string[]): Answer =>
  (response, request, count) => {
    if (request.body['stream'] === true) streams(pieces, 'whole', { usage })(response, request, count);
    else sendJson(response, completionOf(pieces.join('')));
  };

/** Streams these chunks and ends well. */
const sends =
  (...chunks: readonly string[]): Answer =>
  (response) => {
    startEvents(response);
    response.end(`${chunks.join('')}data: [DONE]\n\n`);
  };

describe('a stream that was answered before', () => {
  it('is replayed, costs nothing, and says so', async () => {
    const seen = await scene(asAsked(['Once ', 'upon']), cached);
    const first = await streamOf(seen).result;
    const stream = streamOf(seen);
    expect(await collect(stream)).toEqual(['Once upon']);
    const second = await stream.result;
    expect(seen.upstream.received).toHaveLength(1);
    expect(first).toMatchObject({ success: true, cached: false });
    expect(second).toMatchObject({
      success: true,
      cached: true,
      content: 'Once upon',
      message: { role: 'assistant', content: 'Once upon' },
      finishReason: 'stop',
      model,
      usage: first.usage,
      costUsd: 0,
      credits: null,
      routing: null,
      attempts: [],
    });
    const types = seen.events.flatMap((event) =>
      'callId' in event && event.callId === second.callId ? [event.type] : [],
    );
    expect(types).toEqual(['call-start', 'cache-hit', 'call-end']);
    expect(seen.events.at(-1)).toMatchObject({ cached: true, costUsd: 0, usage: first.usage });
    expectQuiet(seen);
  });

  it.each([
    ['a stream by a whole answer', true, false],
    ['a whole answer by a stream', false, true],
  ])('serves %s', async (_name, isStreamedNow, wasStreamed) => {
    const seen = await scene(asAsked(['Once ', 'upon']), cached);
    const take = (isStreamed: boolean): ReturnType<Scene['client']['chatCompletion']> =>
      isStreamed ? streamOf(seen).result : seen.client.chatCompletion(hello, asked);
    await take(wasStreamed);
    expect(await take(isStreamedNow)).toMatchObject({
      cached: true,
      content: 'Once upon',
      usage: { outputTokens: 5 },
    });
    expect(seen.upstream.received).toHaveLength(1);
  });

  it('has chunks as if it were streamed', async () => {
    const choices = [0, 1].map((index) => ({
      index,
      finish_reason: 'stop',
      logprobs: null,
      message: { role: 'assistant', content: `choice ${index}`, refusal: null },
    }));
    const seen = await scene((response) => sendJson(response, { ...completionOf(''), choices }), cached);
    await seen.client.chatCompletion(hello, { ...asked, n: 2 });
    const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_790_000_000, model };
    const said = [0, 1].flatMap((index) => [
      {
        ...head,
        choices: [
          {
            index,
            finish_reason: null,
            logprobs: null,
            delta: { role: 'assistant', content: `choice ${index}`, refusal: null },
          },
        ],
      },
      { ...head, choices: [{ index, finish_reason: 'stop', logprobs: null, delta: {} }] },
    ]);
    expect(await collect(streamOf(seen, { n: 2 }).chunks())).toEqual(said);
    const withUsage = streamOf(seen, { n: 2, stream_options: { include_usage: true } });
    expect(await collect(withUsage.chunks())).toEqual([
      ...said.map((chunk) => ({ ...chunk, usage: null })),
      { ...head, choices: [], usage },
    ]);
    expect(seen.upstream.received).toHaveLength(1);
  });

  it('has its tool calls', async () => {
    const piece = (call: object): string => chunkOf({ tool_calls: [call] });
    const seen = await scene(
      sends(
        piece({
          index: 0,
          id: 'call_a',
          type: 'function',
          function: { name: 'weather', arguments: '{"city":' },
        }),
        piece({ index: 1, id: 'call_b', type: 'function', function: { name: 'time', arguments: '{}' } }),
        piece({ index: 0, function: { arguments: '"Rome"}' } }),
        chunkOf({}, 'tool_calls'),
      ),
      cached,
    );
    const first = await streamOf(seen).result;
    const stream = streamOf(seen);
    const deltas = (await collect(stream.chunks())).map(({ choices }) => choices[0]?.delta);
    expect(deltas[0]?.tool_calls).toEqual([
      {
        index: 0,
        id: 'call_a',
        type: 'function',
        function: { name: 'weather', arguments: '{"city":"Rome"}' },
      },
      { index: 1, id: 'call_b', type: 'function', function: { name: 'time', arguments: '{}' } },
    ]);
    const second = await stream.result;
    expect(second).toMatchObject({ cached: true, finishReason: 'tool_calls' });
    expect('toolCalls' in second && second.toolCalls).toEqual('toolCalls' in first && first.toolCalls);
    expect(seen.upstream.received).toHaveLength(1);
  });

  it('gives every reader a copy of its own', async () => {
    const seen = await scene(asAsked(['Once']), cached);
    const options = { stream_options: { include_usage: true } };
    for (let reader = 0; reader < 3; reader++) {
      const stream = streamOf(seen, options);
      for (const chunk of await collect(stream.chunks())) {
        for (const { delta } of chunk.choices) delta.content = 'spoilt';
        if (chunk.usage) chunk.usage.completion_tokens = 1e9;
      }
      const result = await stream.result;
      if (result.success && reader > 0) Object.assign(result.message, { content: 'spoilt' });
    }
    const last = streamOf(seen, options);
    const chunks = await collect(last.chunks());
    expect(chunks[0]?.choices[0]?.delta.content).toBe('Once');
    expect(chunks.at(-1)?.usage).toEqual(usage);
    expect(await last.result).toMatchObject({ content: 'Once', usage: { outputTokens: 5 } });
  });

  it('is a success where it is left early, and an abort where it is aborted', async () => {
    const seen = await scene(asAsked(['Once']), cached);
    await streamOf(seen).result;
    const left = streamOf(seen);
    for await (const _text of left) break;
    expect(await left.result).toMatchObject({ success: true, cached: true, content: 'Once' });
    const aborted = streamOf(seen);
    await expect(
      (async () => {
        for await (const _chunk of aborted.chunks()) aborted.abort();
      })(),
    ).rejects.toMatchObject({ code: 'aborted' });
    expect(await aborted.result).toMatchObject({ success: false, error: { code: 'aborted' } });
    const never = streamOf(seen);
    never.abort();
    expect(await never.result).toMatchObject({ success: false, error: { code: 'aborted' } });
    expect(seen.events.filter(isTerminal)).toHaveLength(4);
    expectQuiet(seen);
  });

  it('ends by itself where it is aborted and nobody reads on', async () => {
    const seen = await scene(asAsked(['Once']), cached);
    await streamOf(seen).result;
    const stream = streamOf(seen);
    await stream.chunks().next();
    stream.abort();
    expect(await stream.result).toMatchObject({ success: false, error: { code: 'aborted' } });
    expectQuiet(seen);
  });

  it('may be read as slowly as one likes', async () => {
    const clock = fakeClock();
    const seen = await scene(asAsked(['Once']), {
      ...cached,
      clock,
      timeouts: { totalMs: 1000, idleMs: 1000 },
    });
    await streamOf(seen).result;
    const stream = streamOf(seen);
    const chunks: CompletionChunk[] = [];
    for await (const chunk of stream.chunks()) {
      chunks.push(chunk);
      await clock.advance(10_000);
    }
    expect(chunks).toHaveLength(2);
    expect(await stream.result).toMatchObject({ success: true, cached: true });
    await expect.poll(() => clock.pending).toBe(0);
  });

  it('goes through client.fetch and the official client', async () => {
    const seen = await scene(asAsked(['Once ', 'upon']), cached);
    const { upstream, client } = seen;
    const bodies: string[] = [];
    for (let call = 0; call < 2; call++) {
      const body = JSON.stringify({ model, messages: hello, temperature: 0, stream: true });
      const response = await client.fetch(`${upstream.baseURL}/chat/completions`, { method: 'POST', body });
      bodies.push(await response.text());
    }
    expect(bodies[1]).toMatch(/"content":"Once upon"[^]*"finish_reason":"stop"[^]*data: \[DONE\]\n\n$/);
    const request = { model, messages: hello, temperature: 0 };
    const completion = await client.chat.completions.stream(request).finalChatCompletion();
    expect(completion.choices[0]?.message.content).toBe('Once upon');
    const read = Stream.fromReadableStream<CompletionChunk>(
      streamOf(seen).toReadableStream(),
      new AbortController(),
    );
    expect(await collect(read)).toHaveLength(2);
    expect(upstream.received).toHaveLength(1);
  });
});

describe('what is kept of streams', () => {
  const runs = async (answer: Answer, options: ChatOptions = {}): Promise<number> => {
    const seen = await scene(answer, { ...cached, retries: { maxRetries: 0 } });
    for (let call = 0; call < 2; call++) await streamOf(seen, options).result;
    expectQuiet(seen);
    return seen.upstream.received.length;
  };

  it('is what is whole', async () => {
    expect(await runs(streams(['a', 'b']))).toBe(1);
    expect(await runs(streams(['a', 'b']), { n: 1 })).toBe(1);
    expect(await runs(streams(['a', 'b']), { cache: false })).toBe(2);
    expect(await runs(streams(['a', 'b']), { temperature: 1 })).toBe(2);
  });

  it.each(['cut', 'clean'] as const)('is nothing that ends %s', async (end) => {
    expect(await runs(streams(['a', 'b'], end))).toBe(2);
  });

  it.each(['length', 'content_filter'])('is nothing that ends with %s', async (reason) => {
    expect(await runs(sends(chunkOf({ content: 'a' }), chunkOf({}, reason)))).toBe(2);
  });

  it('is nothing that was left early or aborted', async () => {
    const seen = await scene(streams(['a', 'b'], 'open'), cached);
    for (let call = 0; call < 2; call++) for await (const _text of streamOf(seen)) break;
    expect(seen.upstream.received).toHaveLength(2);
    expectQuiet(seen);
  });

  it.each<[name: string, chunk: string]>([
    ['reasoning', chunkOf({ reasoning_content: 'hm' })],
    ['sound', chunkOf({ audio: { id: 'a', data: 'x' } })],
    ['a function call of the old kind', chunkOf({ function_call: { name: 'f', arguments: '' } })],
    [
      'signed tool calls',
      chunkOf({ tool_calls: [{ index: 0, id: 'a', extra_content: { signature: 's' } }] }),
    ],
    [
      'log probabilities',
      chunkOf({}, null, {
        choices: [{ index: 0, delta: { content: 'a' }, finish_reason: null, logprobs: { content: [] } }],
      }),
    ],
  ])('is nothing that holds %s, which a whole answer would have', async (_name, chunk) => {
    expect(await runs(sends(chunk, chunkOf({ content: 'a' }), chunkOf({}, 'stop')))).toBe(2);
  });

  it('is what has empty fields of these', async () => {
    const chunk = chunkOf({ content: 'a', reasoning_content: null, function_call: null, audio: null });
    expect(await runs(sends(chunk, chunkOf({ reasoning_content: '' }, 'stop')))).toBe(1);
  });

  it('is what broke only after its end', async () => {
    const answer: Answer = (response) => {
      startEvents(response);
      response.write(chunkOf({ content: 'a' }) + chunkOf({}, 'stop'));
      setTimeout(() => response.destroy(), 5);
    };
    expect(await runs(answer)).toBe(1);
  });
});

it('streams of the same time each ask for themselves', async () => {
  const seen = await scene(streams(['a']), cached);
  const results = await Promise.all([streamOf(seen).result, streamOf(seen).result]);
  expect(seen.upstream.received).toHaveLength(2);
  expect(results.map((result) => result.success && result.cached)).toEqual([false, false]);
  expect(await streamOf(seen).result).toMatchObject({ cached: true });
});
