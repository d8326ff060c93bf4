/** `result.object` is what the schema of the call gives. */
import type {
  ChatMessage,
  ChatOptions,
  ChatResult,
  ChatStream,
  ChatSuccess,
  ResponseObject,
  ResponseSchema,
  RouteLLClient,
} from 'routell';
import { expectTypeOf, test } from 'vitest';
import * as z from 'zod';

declare const client: RouteLLClient;
declare const messages: ChatMessage[];
declare const maybe: boolean;
const tools = [{ type: 'function' as const, function: { name: 'weather' } }];

/** Goes in as text, comes out as a number, with a default. */
const schema = z.object({
  city: z.string(),
  size: z.string().transform(Number),
  kind: z.string().default(''),
});
interface City {
  city: string;
  size: number;
  kind: string;
}

test('a call with a schema gives what the schema gives, not what it takes', () => {
  expectTypeOf(client.chatCompletion(messages, { responseSchema: schema })).toEqualTypeOf<
    Promise<ChatResult<City>>
  >();
  expectTypeOf(
    client.chatCompletion(messages, { responseSchema: schema, stream: false, temperature: 0 }),
  ).toEqualTypeOf<Promise<ChatResult<City>>>();
  expectTypeOf(client.chatCompletion(messages, { responseSchema: schema, stream: true })).toEqualTypeOf<
    ChatStream<City>
  >();
  const stream = client.streamCompletion(messages, { responseSchema: schema, tags: ['a'] });
  expectTypeOf(stream.result).toEqualTypeOf<Promise<ChatResult<City>>>();
  expectTypeOf<ChatSuccess<City>['object']>().toEqualTypeOf<City>();
});

test('without a schema there is no object', () => {
  expectTypeOf(client.chatCompletion(messages)).toEqualTypeOf<Promise<ChatResult>>();
  expectTypeOf(client.chatCompletion(messages, { responseSchema: undefined })).toEqualTypeOf<
    Promise<ChatResult>
  >();
  expectTypeOf(client.streamCompletion(messages, { seed: 1 })).toEqualTypeOf<ChatStream>();
  expectTypeOf<ChatSuccess['object']>().toEqualTypeOf<undefined>();
});

test('with tools the answer may be calls, and then no object', () => {
  expectTypeOf(client.chatCompletion(messages, { responseSchema: schema, tools })).toEqualTypeOf<
    Promise<ChatResult<City | undefined>>
  >();
  expectTypeOf(
    client.streamCompletion(messages, {
      responseSchema: schema,
      tools: [{ type: 'function', function: { name: 'weather' } }],
    }),
  ).toEqualTypeOf<ChatStream<City | undefined>>();
  expectTypeOf(
    client.chatCompletion(messages, { responseSchema: schema, tools: maybe ? tools : undefined }),
  ).toEqualTypeOf<Promise<ChatResult<City | undefined>>>();
  expectTypeOf(client.chatCompletion(messages, { tools })).toEqualTypeOf<Promise<ChatResult>>();
});

test('options and results in functions of one’s own', () => {
  const plain = (options: ChatOptions): Promise<ChatResult> => client.chatCompletion(messages, options);
  const typed = <Schema extends ResponseSchema>(
    options: ChatOptions<Schema>,
  ): Promise<ChatResult<ResponseObject<Schema>>> =>
    client.chatCompletion<Schema>(messages, { ...options, tools: undefined });
  expectTypeOf(plain).toBeFunction();
  expectTypeOf(typed({ responseSchema: schema })).toEqualTypeOf<Promise<ChatResult<City>>>();
  const options: ChatOptions<typeof schema> = { responseSchema: schema, session: 's' };
  void client.route(messages, options);
  const shared: ChatOptions = { session: 's' };
  expectTypeOf(
    client.chatCompletion(messages, { ...shared, tools: undefined, responseSchema: schema }),
  ).toEqualTypeOf<Promise<ChatResult<City>>>();
});

test('what is no schema is refused where it is written', () => {
  // @ts-expect-error a JSON Schema cannot validate
  void client.chatCompletion(messages, { responseSchema: { type: 'object' } });
  // @ts-expect-error the wire has no schemas
  void client.chat.completions.create({ model: 'auto', messages, responseSchema: schema });
});
