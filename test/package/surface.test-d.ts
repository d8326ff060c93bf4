/** What the types promise. Checked twice by `check`: against src, and against the built declarations. */
import type OpenAI from 'openai';
import {
  type ChatMessage,
  type ChatResult,
  type ChatStream,
  RouteLLClient,
  type RouteLLError,
  type RouteLLEvent,
  TaskType,
} from 'routell';
import { startSimulator } from 'routell/testing';
import { expectTypeOf, test } from 'vitest';

declare const client: RouteLLClient;
declare const messages: OpenAI.ChatCompletionMessageParam[];
declare const result: ChatResult;

test('messages and parameters are the official client’s own', () => {
  expectTypeOf<ChatMessage>().toEqualTypeOf<OpenAI.ChatCompletionMessageParam>();
  expectTypeOf(
    client.chatCompletion(messages, { temperature: 0.7, max_tokens: 500, tools: [], seed: 1 }),
  ).toEqualTypeOf<Promise<ChatResult>>();
  expectTypeOf(client.chat).toEqualTypeOf<OpenAI['chat']>();
});

test('`stream: true` is an overload, and a stream is text', () => {
  expectTypeOf(client.chatCompletion(messages, { stream: true })).toEqualTypeOf<ChatStream>();
  expectTypeOf(client.streamCompletion(messages)).toExtend<AsyncIterable<string>>();
  expectTypeOf<ChatStream['result']>().toEqualTypeOf<Promise<ChatResult>>();
});

test('a result has content or an error, never both', () => {
  expectTypeOf(result.costUsd).toEqualTypeOf<number | null>();
  if (result.success) {
    expectTypeOf(result.content).toEqualTypeOf<string>();
    expectTypeOf(result).not.toHaveProperty('error');
  } else {
    expectTypeOf(result.error).toEqualTypeOf<RouteLLError>();
    expectTypeOf(result).not.toHaveProperty('content');
  }
});

test('what is not an option is refused where it is written', () => {
  // @ts-expect-error an unknown option of the client
  new RouteLLClient({ apikey: 'x' });
  // @ts-expect-error an unknown option of a call
  void client.chatCompletion(messages, { preference: { cost: 1 } });
});

test('events are a union told apart by `type`', () => {
  client.on('credits-low', (event) => expectTypeOf(event.type).toEqualTypeOf<'credits-low'>());
  // @ts-expect-error no such event
  client.on('credits-lo', () => undefined);
  expectTypeOf<Extract<RouteLLEvent, { type: 'call-end' }>>().toHaveProperty('callId');
  expectTypeOf(TaskType.CODE_GENERATION).toEqualTypeOf<'code_generation'>();
});

test('a simulator is an address', () => {
  expectTypeOf(startSimulator).returns.resolves.toHaveProperty('baseURL').toEqualTypeOf<string>();
});
