/** What a batch takes, and what it gives. */
import type {
  Batch,
  BatchItem,
  BatchOptions,
  BatchRequest,
  ChatMessage,
  ChatOptions,
  ChatResult,
  RouteLLClient,
} from 'routell';
import { expectTypeOf, test } from 'vitest';

declare const client: RouteLLClient;
declare const messages: ChatMessage[];

test('requests are messages, or these with options, from anything that can be iterated', () => {
  const mixed: BatchRequest[] = [messages, { messages, temperature: 1, preferences: { cost: 1 } }];
  async function* generated(): AsyncGenerator<ChatMessage[]> {
    yield Promise.resolve(messages);
  }
  void client.batch(mixed);
  void client.batch([messages]);
  void client.batch(new Set(mixed));
  void client.batch(generated());
  void client.batch([[{ role: 'user', content: 'Hello?' }]] as const);
});

test('it gives items, or all results', () => {
  const batch = client.batch([messages]);
  expectTypeOf(batch).toEqualTypeOf<Batch>();
  expectTypeOf(batch).toExtend<AsyncIterable<BatchItem>>();
  expectTypeOf(batch.results()).resolves.toEqualTypeOf<ChatResult[]>();
  expectTypeOf<BatchItem>().toEqualTypeOf<{ readonly index: number; readonly result: ChatResult }>();
});

test('its own options never overlap those of a call, but for two it takes over', () => {
  type Own = 'concurrency' | 'onProgress' | 'groupSimilar';
  expectTypeOf<Exclude<keyof BatchOptions, keyof ChatOptions>>().toEqualTypeOf<Own>();
  void client.batch([messages], {
    concurrency: 2,
    temperature: 0,
    onProgress: ({ total, costUsd, completed }) => {
      expectTypeOf(total).toEqualTypeOf<number | null>();
      expectTypeOf(costUsd).toEqualTypeOf<number | null>();
      expectTypeOf(completed).toBeNumber();
    },
  });
});

test('what makes no sense is refused where it is written', () => {
  // @ts-expect-error one conversation is a list of one
  void client.batch(messages);
  // @ts-expect-error a text is no request
  void client.batch(['Hello?']);
  // @ts-expect-error no such option
  void client.batch([messages], { concurency: 2 });
  // @ts-expect-error how fast a batch goes is not an option of a request
  void client.batch([{ messages, concurrency: 2 }]);
  // @ts-expect-error a batch does not stream
  void client.batch([messages], { stream: true });
});
