/** What calls give, and what listeners get. */
import type OpenAI from 'openai';
import type {
  ChatFailure,
  ChatMessage,
  ChatResult,
  ChatStream,
  ChatSuccess,
  CreditStatus,
  EventOf,
  ProviderStatus,
  RouteLLClient,
  RouteLLError,
  RouteLLEvent,
  RoutingDecision,
  RoutingResult,
  TaskType,
  Unsubscribe,
} from 'routell';
import { expectTypeOf, test } from 'vitest';

declare const client: RouteLLClient;
declare const messages: ChatMessage[];
declare const result: ChatResult;
declare const event: RouteLLEvent;
declare const maybe: boolean;

test('chatCompletion streams where it is told to, and only there', () => {
  expectTypeOf(client.chatCompletion(messages)).toEqualTypeOf<Promise<ChatResult>>();
  expectTypeOf(client.chatCompletion(messages, {})).toEqualTypeOf<Promise<ChatResult>>();
  expectTypeOf(client.chatCompletion(messages, { stream: false })).toEqualTypeOf<Promise<ChatResult>>();
  expectTypeOf(client.chatCompletion(messages, { stream: true, seed: 1 })).toEqualTypeOf<ChatStream>();
  // @ts-expect-error what comes back must be known beforehand
  void client.chatCompletion(messages, { stream: maybe });
});

test('a stream is text, chunks, or bytes for the official client', () => {
  const stream = client.streamCompletion(messages);
  expectTypeOf(stream).toExtend<AsyncIterable<string>>();
  expectTypeOf(stream).toExtend<AsyncDisposable>();
  expectTypeOf(stream.chunks()).toExtend<AsyncIterable<OpenAI.ChatCompletionChunk>>();
  expectTypeOf(stream.toReadableStream()).toEqualTypeOf<ReadableStream<Uint8Array>>();
  expectTypeOf(stream.result).toEqualTypeOf<Promise<ChatResult>>();
});

test('a result is told apart by `success`', () => {
  expectTypeOf(result).not.toHaveProperty('content');
  expectTypeOf(result).not.toHaveProperty('error');
  if (result.success) {
    expectTypeOf(result).toEqualTypeOf<ChatSuccess>();
    expectTypeOf(result.message).toEqualTypeOf<OpenAI.ChatCompletionMessage>();
    expectTypeOf(result.toolCalls).toEqualTypeOf<readonly OpenAI.ChatCompletionMessageToolCall[]>();
    expectTypeOf(result.routing).toEqualTypeOf<RoutingDecision | null>();
    expectTypeOf(result.usage).not.toBeNullable();
  } else {
    expectTypeOf(result).toEqualTypeOf<ChatFailure>();
    expectTypeOf(result.error).toEqualTypeOf<RouteLLError>();
    expectTypeOf(result.usage).toBeNullable();
  }
  // Failures cost too; what is unknown is null.
  expectTypeOf(result.costUsd).toEqualTypeOf<number | null>();
});

test('a result cannot be written to', () => {
  // @ts-expect-error it is read-only
  result.costUsd = 0;
});

test('an event is told apart by `type`, with what belongs to it', () => {
  if (event.type === 'call-end') {
    expectTypeOf(event.usage).not.toBeNullable();
    expectTypeOf(event.taskType).toEqualTypeOf<TaskType | null>();
  }
  if (event.type === 'call-error') expectTypeOf(event.error.retryable).toBeBoolean();
  if (event.type === 'credits-update') expectTypeOf(event).toExtend<CreditStatus>();
  // Not every event belongs to a call.
  expectTypeOf(event).not.toHaveProperty('callId');
});

test('a listener gets the event it listens to, and may be asynchronous', () => {
  expectTypeOf(
    client.on('budget-threshold', (told) => {
      expectTypeOf(told).toEqualTypeOf<EventOf<'budget-threshold'>>();
      expectTypeOf(told.share).toBeNumber();
    }),
  ).toEqualTypeOf<Unsubscribe>();
  client.once('call-end', async ({ model }) => {
    expectTypeOf(model).toBeString();
    await Promise.resolve();
  });
  client.events.subscribe((told) => {
    expectTypeOf(told).toEqualTypeOf<RouteLLEvent>();
  });
  // Only the read side is public.
  expectTypeOf(client.events).not.toHaveProperty('emit');
  // @ts-expect-error a cut stream has no such field
  client.on('attempt-error', ({ content }) => content);
});

test('what else the client gives', () => {
  expectTypeOf(client.route(messages)).toEqualTypeOf<Promise<RoutingResult>>();
  expectTypeOf(client.getCreditStatus()).toEqualTypeOf<Promise<CreditStatus>>();
  expectTypeOf(client.close({ graceMs: 1 })).toEqualTypeOf<Promise<void>>();
  expectTypeOf(client.fetch).toEqualTypeOf<typeof globalThis.fetch>();
  expectTypeOf(client.chat).toEqualTypeOf<OpenAI['chat']>();
  expectTypeOf(client.config.providers[0]!.apiKey).toEqualTypeOf<'***' | null>();
  expectTypeOf(client.listProviders()).toEqualTypeOf<readonly ProviderStatus[]>();
  expectTypeOf(client).toExtend<AsyncDisposable>();
});
