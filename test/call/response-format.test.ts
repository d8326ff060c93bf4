/** What `responseSchema` becomes on the wire, and which models it is sent to. */
import { describe, expect, it } from 'vitest';
import { InvalidRequestError, type ResponseSchema } from 'routell';
import * as z from 'zod';
import { answers, expectQuiet, hello, scene } from './scene.js';

const model = 'test-model';
const city = z.object({ name: z.string(), people: z.int().nonnegative() });
const aCity = '{"name":"Lisbon","people":567000}';

/** A schema of another library: what it converts to, or throws. */
function schemaOf(input?: (options: { readonly target: string }) => unknown): ResponseSchema {
  const standard = { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) };
  const converter = input === undefined ? {} : { jsonSchema: { input, output: input } };
  return { '~standard': { ...standard, ...converter } } as unknown as ResponseSchema;
}

describe('the wire', () => {
  it('gets the JSON Schema of the schema, and no option of ours', async () => {
    const { client, upstream } = await scene(answers(aCity));
    await client.chatCompletion(hello, { model, responseSchema: city, temperature: 0 });
    await client.streamCompletion(hello, { model, responseSchema: city }).result;
    const response_format = {
      type: 'json_schema',
      json_schema: {
        name: 'response',
        strict: false,
        schema: city['~standard'].jsonSchema.input({ target: 'draft-2020-12' }),
      },
    };
    expect(upstream.received[0]?.body).toEqual({
      model,
      messages: hello,
      temperature: 0,
      stream: false,
      response_format,
    });
    expect(upstream.received[1]?.body).toMatchObject({ stream: true, response_format });
    expect(upstream.received[1]?.body).not.toHaveProperty('responseSchema');
  });

  it('is told strict where the schema is', async () => {
    const { client, upstream } = await scene(answers('{"name":"Lisbon"}'));
    const responseSchema = z.strictObject({ name: z.string() });
    await client.chatCompletion(hello, { model, responseSchema });
    expect(upstream.received[0]?.body['response_format']).toMatchObject({ json_schema: { strict: true } });
  });

  it('gets what the model must write: what the schema takes in, not what it gives', async () => {
    const { client, upstream } = await scene(answers('{"length":"three"}'));
    const responseSchema = z.object({
      length: z.string().transform((text) => text.length),
      unit: z.string().default('m'),
    });
    const result = await client.chatCompletion(hello, { model, responseSchema });
    expect(upstream.received[0]?.body['response_format']).toMatchObject({
      json_schema: { schema: { properties: { length: { type: 'string' } }, required: ['length'] } },
    });
    expect(result).toMatchObject({ success: true, object: { length: 5, unit: 'm' } });
  });

  it('gets the dialect that the library has', async () => {
    const { client, upstream } = await scene(answers('{}'));
    const asked: string[] = [];
    const responseSchema = schemaOf(({ target }) => {
      asked.push(target);
      if (target !== 'draft-07') throw new Error(`no ${target} here`);
      return { type: 'object', definitions: {} };
    });
    expect(await client.chatCompletion(hello, { model, responseSchema })).toMatchObject({ success: true });
    expect(asked).toEqual(['draft-2020-12', 'draft-07']);
    expect(upstream.received[0]?.body['response_format']).toMatchObject({
      json_schema: { schema: { type: 'object', definitions: {} } },
    });
  });

  it.each([
    ['another schema', { type: 'json_schema', json_schema: { name: 'own', schema: { type: 'object' } } }],
    ['any JSON', { type: 'json_object' }],
    ['a word only the upstream knows', { type: 'json' }],
    ['nothing', null],
  ])('gets the caller’s own format unchanged: %s', async (_name, format) => {
    const { client, upstream } = await scene(answers(aCity));
    const response_format = format as { type: 'json_object' };
    const result = await client.chatCompletion(hello, { model, responseSchema: city, response_format });
    expect(upstream.received[0]?.body['response_format']).toEqual(format);
    expect(result).toMatchObject({ success: true, object: JSON.parse(aCity) as object });
    const bad = await client.chatCompletion(hello, {
      model,
      responseSchema: z.object({ country: z.string() }),
      response_format,
    });
    expect(bad).toMatchObject({ success: false, error: { code: 'malformed-response' } });
  });

  it('needs the caller’s format beside a schema that has no JSON Schema', async () => {
    const { client } = await scene(answers('"2026-10-15"'));
    const responseSchema = z.string().pipe(z.coerce.date());
    const dates = z.object({ day: z.date() });
    expect(await client.chatCompletion(hello, { model, responseSchema: dates })).toMatchObject({
      success: false,
      error: { code: 'invalid-request', field: 'responseSchema' },
    });
    const response_format = { type: 'json_object' } as const;
    const result = await client.chatCompletion(hello, { model, responseSchema, response_format });
    expect(result.success && result.object).toEqual(new Date('2026-10-15'));
  });
});

describe('a schema that cannot be sent', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;

  it.each([
    ['has no converter', schemaOf(), /brings no JSON Schema/],
    [
      'throws',
      schemaOf(() => {
        throw new Error('Date has no JSON');
      }),
      /Date has no JSON/,
    ],
    ['gives nothing', schemaOf(() => undefined), /responseSchema cannot be sent/],
    ['gives a list', schemaOf(() => []), /gives no object/],
    ['gives a cycle', schemaOf(() => cycle), /responseSchema cannot be sent/],
  ])('since its library %s is refused before anything is sent', async (_name, responseSchema, reason) => {
    const held = await scene();
    const result = await held.client.chatCompletion(hello, { model, responseSchema });
    expect(result.success).toBe(false);
    if (result.success) return;
    expect(result.error).toBeInstanceOf(InvalidRequestError);
    expect(result.error).toMatchObject({ field: 'responseSchema', retryable: false });
    expect(result.error.message).toMatch(reason);
    expect(result.error.message).toContain('response_format');
    expect(held.upstream.received).toHaveLength(0);
    await expect(held.client.route(hello, { responseSchema })).rejects.toMatchObject({
      field: 'responseSchema',
    });
    expectQuiet(held);
  });

  it.each([
    ['null', null],
    ['a text', 'object'],
    ['a JSON Schema', { type: 'object', properties: {} }],
    ['an object whose standard is none', { '~standard': { version: 1 } }],
    ['a function', () => true],
    ['a list', [city]],
  ])('since it is none is refused: %s', async (_name, value) => {
    const held = await scene();
    const options = { model, responseSchema: value as unknown as ResponseSchema };
    const result = await held.client.chatCompletion(hello, options);
    expect(result).toMatchObject({
      success: false,
      error: { code: 'invalid-request', field: 'responseSchema' },
      attempts: [],
      costUsd: 0,
    });
    expect(!result.success && result.error.message).toMatch(/^responseSchema must be a Standard Schema/);
    expect(await held.client.streamCompletion(hello, options).result).toMatchObject({ success: false });
    expect(held.upstream.received).toHaveLength(0);
    expectQuiet(held);
  });
});

it('a schema that is a function is one, as arktype makes them', async () => {
  const { client } = await scene(answers(aCity));
  const responseSchema = Object.assign(
    () => undefined,
    schemaOf(() => ({ type: 'object' })),
  );
  expect(await client.chatCompletion(hello, { model, responseSchema })).toMatchObject({
    success: true,
    object: { name: 'Lisbon' },
  });
});

describe('routing', () => {
  const options = {
    models: {
      'cheap-talker': { prices: { input: 0.1, output: 0.1 }, abilities: { structuredOutput: false } },
      'test-model': { prices: { input: 1, output: 2 }, abilities: { structuredOutput: true } },
    },
  };
  const pages = { models: { object: 'list', data: [{ id: model }, { id: 'cheap-talker' }] } };

  it('leaves out models that follow no schema, in calls and dry runs alike', async () => {
    const held = await scene(answers(aCity), options, pages);
    const preferences = { cost: 1 };
    const plain = await held.client.route(hello, { preferences });
    expect(plain.routingDecision.selectedModel).toBe('cheap-talker');
    const routed = await held.client.route(hello, { preferences, responseSchema: city });
    expect(routed.routingDecision.selectedModel).toBe(model);
    expect(routed.excluded).toEqual([{ model: 'cheap-talker', reason: 'it follows no JSON schema' }]);
    await held.client.chatCompletion(hello, { preferences, responseSchema: city });
    expect(held.upstream.received.map(({ body }) => body['model'])).toEqual([model]);
  });
});

it('over fetch it is no option: nothing is checked', async () => {
  const { client, upstream } = await scene(answers('no JSON'));
  const response = await client.fetch(`${upstream.baseURL}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model, messages: hello, responseSchema: { type: 'object' } }),
  });
  expect(response.status).toBe(200);
  expect(upstream.received[0]?.body).not.toHaveProperty('response_format');
});
