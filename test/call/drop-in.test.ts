/** A program written against the official client gives the same results through `client.chat`. */
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RouteLLClient } from 'routell';
import { startSimulator, type Simulator } from 'routell/testing';

type Chat = OpenAI['chat'];

let simulator: Simulator;
let client: RouteLLClient;
let bare: Chat;

beforeAll(async () => {
  simulator = await startSimulator({ latency: 0 });
  client = new RouteLLClient({
    baseURL: simulator.baseURL,
    apiKey: simulator.apiKey,
    rateLimits: { requestsPerMinute: null, requestsPerHour: null, burst: null },
    retries: { maxRetries: 0 },
  });
  bare = new OpenAI({ baseURL: simulator.baseURL, apiKey: simulator.apiKey, maxRetries: 0 }).chat;
});

afterAll(async () => {
  await client.close();
  await simulator.close();
});

/** What differs between any two requests, and nothing else. */
function comparable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, item: unknown) =>
      ['id', 'created', '_request_id', 'system_fingerprint'].includes(key) ? undefined : item,
    ),
  );
}

async function both<T>(program: (chat: Chat) => Promise<T>): Promise<[T, T]> {
  return [await program(bare), await program(client.chat)];
}

/** The error of a program, in what the official client's users look at. */
async function failureOf(program: Promise<unknown>): Promise<Record<string, unknown>> {
  const error = await program.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OpenAI.OpenAIError)) return { unexpected: String(error) };
  const { status, code, param, type } = error as unknown as Record<string, unknown>;
  return { class: error.constructor.name, message: error.message, status, code, param, type };
}

const model = 'gpt-4.1-like';
const chatModel = 'claude-haiku-4-5';

describe('the official client and client.chat', () => {
  it('complete a chat alike', async () => {
    const [expected, actual] = await both((chat) =>
      chat.completions.create({
        model: chatModel,
        messages: [{ role: 'user', content: 'Name three rivers.' }],
      }),
    );
    expect(comparable(actual)).toEqual(comparable(expected));
    expect(actual._request_id).toMatch(/^req_/);
  });

  it('give the response beside the data', async () => {
    const [expected, actual] = await both(async (chat) => {
      const { data, response, request_id } = await chat.completions
        .create({ model: chatModel, messages: [{ role: 'user', content: 'Hello' }] })
        .withResponse();
      return { text: data.choices[0]?.message.content, status: response.status, hasId: request_id !== null };
    });
    expect(actual).toEqual(expected);
  });

  it.each([true, false])('stream alike, usage asked for: %s', async (include_usage) => {
    const [expected, actual] = await both(async (chat) => {
      const chunks: unknown[] = [];
      const stream = await chat.completions.create({
        model: chatModel,
        messages: [{ role: 'user', content: 'Tell me about Lisbon.' }],
        stream: true,
        ...(include_usage ? { stream_options: { include_usage } } : {}),
      });
      for await (const chunk of stream) chunks.push(comparable(chunk));
      return chunks;
    });
    expect(actual).toEqual(expected);
    expect(actual.length).toBeGreaterThan(3);
  });

  it('complete a round trip of tools alike', async () => {
    const tools: OpenAI.ChatCompletionTool[] = [
      {
        type: 'function',
        function: {
          name: 'get_weather',
          parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
      },
    ];
    const [expected, actual] = await both(async (chat) => {
      const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Weather in Lisbon?' }];
      const first = await chat.completions.create({
        model: chatModel,
        messages,
        tools,
        tool_choice: 'required',
      });
      const call = first.choices[0]!.message.tool_calls![0]!;
      messages.push(first.choices[0]!.message, { role: 'tool', tool_call_id: call.id, content: '21 °C' });
      const second = await chat.completions.create({ model: chatModel, messages, tools });
      return {
        name: call.type === 'function' ? call.function.name : '',
        args: call.type === 'function' ? call.function.arguments : '',
        reason: first.choices[0]!.finish_reason,
        answer: second.choices[0]!.message.content,
      };
    });
    expect(actual).toEqual(expected);
    expect(actual.reason).toBe('tool_calls');
  });

  it('run the stream helper with its events alike', async () => {
    const [expected, actual] = await both(async (chat) => {
      const runner = chat.completions.stream({
        model: chatModel,
        messages: [{ role: 'user', content: 'A haiku, please.' }],
      });
      let text = '';
      runner.on('content', (delta) => (text += delta));
      const final = await runner.finalChatCompletion();
      return { text, final: final.choices[0]?.message.content, reason: final.choices[0]?.finish_reason };
    });
    expect(actual).toEqual(expected);
  });

  it('parse structured output alike', async () => {
    const [expected, actual] = await both(async (chat) => {
      const parsed = await chat.completions.parse({
        model: chatModel,
        messages: [{ role: 'user', content: 'An invoice as JSON.' }],
        response_format: {
          type: 'json_schema',
          json_schema: {
            name: 'invoice',
            schema: { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] },
          },
        },
      });
      return parsed.choices[0]?.message.content;
    });
    expect(actual).toEqual(expected);
  });

  it('fail alike for a model that is not there', async () => {
    const [expected, actual] = await both((chat) =>
      failureOf(chat.completions.create({ model, messages: [{ role: 'user', content: 'x' }] })),
    );
    expect(actual).toEqual(expected);
    expect(actual['class']).toBe('NotFoundError');
  });

  it.each([
    ['a bad parameter', { model: chatModel, temperature: 9 }],
    ['an outage', { model: 'gpt-6-sol' }],
    ['a rate limit', { model: 'gpt-6-luna' }],
  ])('fail alike for %s', async (_name, body) => {
    simulator.setFaults([
      { fault: 'status', status: 503, model: 'gpt-6-sol' },
      { fault: 'status', status: 429, model: 'gpt-6-luna' },
    ]);
    const [expected, actual] = await both((chat) =>
      failureOf(chat.completions.create({ ...body, messages: [{ role: 'user', content: 'x' }] })),
    );
    simulator.setFaults([]);
    expect(actual).toEqual(expected);
    expect(actual).toHaveProperty('class');
  });

  it('abort alike, before and during a stream', async () => {
    simulator.setFaults([{ fault: 'hang', model: chatModel, times: 2 }]);
    const request = { model: chatModel, messages: [{ role: 'user' as const, content: 'x' }] };
    const [expected, actual] = await both(async (chat) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 20);
      return failureOf(chat.completions.create(request, { signal: controller.signal }));
    });
    simulator.setFaults([]);
    expect(actual).toEqual(expected);
    expect(actual['class']).toBe('APIUserAbortError');

    // Token by token: how much of a burst is still read after an abort is a matter of buffers.
    simulator.setFaults([{ fault: 'slow', model: chatModel, delayMs: 0, tokenDelayMs: 15 }]);
    const texts = await both(async (chat) => {
      const stream = await chat.completions.create({ ...request, stream: true });
      let chunks = 0;
      for await (const _chunk of stream) if (++chunks === 2) stream.controller.abort();
      return chunks;
    });
    simulator.setFaults([]);
    expect(texts[1]).toBe(texts[0]);
  });

  it('fail alike where nobody listens', async () => {
    const gone = await startSimulator();
    await gone.close();
    const options = { baseURL: gone.baseURL, apiKey: 'x' };
    const unreachable = new RouteLLClient({ ...options, retries: { maxRetries: 0 } });
    const request = { model: chatModel, messages: [{ role: 'user' as const, content: 'x' }] };
    const expected = await failureOf(
      new OpenAI({ ...options, maxRetries: 0 }).chat.completions.create(request),
    );
    const actual = await failureOf(unreachable.chat.completions.create(request));
    expect(actual['class']).toBe(expected['class']);
    await unreachable.close();
  });
});

describe('client.chat with model auto', () => {
  it('is routed, and what it costs is counted', async () => {
    const completion = await client.chat.completions.create({
      model: 'auto',
      messages: [{ role: 'user', content: 'Hello there' }],
    });
    expect(completion.choices[0]?.message.content).toContain('simulated');
    expect(client.getSessionAnalytics().routing.totalRoutingDecisions).toBeGreaterThan(0);
  });
});
