/** Options: our own names beside OpenAI's, never in their place. */
import type OpenAI from 'openai';
import type { CallOptions, ChatMessage, ChatOptions, RouteLLClientOptions } from 'routell';
import { RouteLLClient } from 'routell';
import { expectTypeOf, test } from 'vitest';

type Wire = OpenAI.ChatCompletionCreateParamsNonStreaming;
type WireName = keyof Wire | keyof OpenAI.ChatCompletionCreateParamsStreaming;

declare const client: RouteLLClient;
declare const messages: ChatMessage[];

test('own names never overlap OpenAI’s, but for `model`', () => {
  expectTypeOf<Extract<keyof CallOptions, WireName>>().toEqualTypeOf<'model'>();
});

test('everything OpenAI takes is taken, by its wire name and type', () => {
  type Taken = Omit<ChatOptions, keyof CallOptions>;
  expectTypeOf<Exclude<WireName, keyof ChatOptions>>().toEqualTypeOf<'messages' | 'stream'>();
  expectTypeOf<Exclude<keyof Taken, WireName>>().toBeNever();
  expectTypeOf<Taken['tools']>().toEqualTypeOf<Wire['tools']>();
  expectTypeOf<Taken['response_format']>().toEqualTypeOf<Wire['response_format']>();
  expectTypeOf<Taken['temperature']>().toEqualTypeOf<number | null | undefined>();
});

test('the caller’s objects may be read-only', () => {
  const options = {
    model: 'auto',
    fallbacks: ['a', 'b'],
    preferences: { cost: 1 },
    constraints: { models: ['a'] },
    tags: ['t'],
    extraBody: { min_p: 0.1 },
  } as const satisfies ChatOptions;
  const asking = [{ role: 'user', content: 'Hello?' }] as const satisfies readonly ChatMessage[];
  void client.chatCompletion(asking, options);
  void client.route(asking, options);
});

test('what makes no sense is refused where it is written', () => {
  // @ts-expect-error messages are not a text
  void client.chatCompletion('Hello?');
  // @ts-expect-error no such role
  void client.chatCompletion([{ role: 'robot', content: 'x' }]);
  // @ts-expect-error a weight is a number
  void client.chatCompletion(messages, { preferences: { cost: 'low' } });
  // @ts-expect-error no such weight
  void client.chatCompletion(messages, { preferences: { price: 1 } });
  // @ts-expect-error no such constraint
  void client.chatCompletion(messages, { constraints: { maxPrice: 1 } });
  // @ts-expect-error one fallback is a list of one
  void client.chatCompletion(messages, { fallbacks: 'b' });
  // @ts-expect-error how a call is read is said by the method
  client.streamCompletion(messages, { stream: false });
  // @ts-expect-error no such period
  new RouteLLClient({ budgets: [{ limitUsd: 1, per: 'week' }] });
  // @ts-expect-error whose answers they are must be said
  new RouteLLClient({ cache: { ttlMs: 1 } });
  // @ts-expect-error its bounds are the client's
  void client.chatCompletion(messages, { cache: { scope: 'a', maxEntries: 1 } });
  // @ts-expect-error an option of another part
  new RouteLLClient({ rateLimits: { limitUsd: 1 } });
});

test('every option of the client has a default but the key', () => {
  const none: RouteLLClientOptions = {};
  expectTypeOf(none).toExtend<object>();
  expectTypeOf<RouteLLClientOptions['apiKey']>().toEqualTypeOf<string | readonly string[] | undefined>();
});
