/** Answers as objects: what is one, what is none, and what a caller and everybody else learns of it. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type ChatFailure, InvalidObjectError, ModelRouter, type ResponseSchema, type Router } from 'routell';
import * as z from 'zod';
import { objectOf } from '../../src/call/answer-object.js';
import type { CallRequest } from '../../src/call/request.js';
import { fakeClock } from '../fake-clock.js';
import { type Answer, chunkOf, completionOf, sendJson, startEvents } from './loopback-upstream.js';
import { answers, expectQuiet, hello, isTerminal, type Scene, scene, streams } from './scene.js';

const model = 'test-model';
const city = z.object({ name: z.string(), people: z.number() });
const lisbon = { name: 'Lisbon', people: 567_000 };
const aCity = JSON.stringify(lisbon);

/** A schema of another library. */
function schemaOf(validate: (value: unknown) => unknown): ResponseSchema {
  const input = (): Record<string, unknown> => ({ type: 'object' });
  const standard = { version: 1 as const, vendor: 'test', validate, jsonSchema: { input, output: input } };
  return { '~standard': standard } as unknown as ResponseSchema;
}

/** A whole answer with this message and end. */
const answersWith =
  (message: object, finish_reason = 'stop'): Answer =>
  (response) =>
    sendJson(response, {
      ...completionOf(''),
      choices: [{ index: 0, finish_reason, message: { role: 'assistant', content: null, ...message } }],
    });

const failureOf = async (held: Scene, responseSchema: ResponseSchema = city): Promise<ChatFailure> => {
  const result = await held.client.chatCompletion(hello, { model, responseSchema });
  if (result.success) throw new Error('it was answered');
  return result;
};

describe('an object', () => {
  it.each([
    ['as it is', aCity],
    ['within white space', `\n\t ${aCity}\r\n`],
    ['after a byte order mark', `\uFEFF${aCity}`],
    ['in a code fence', `\`\`\`\n${aCity}\n\`\`\``],
    ['in a code fence of JSON', ` \`\`\`json\n${aCity}\n\`\`\`\n`],
    ['in a code fence on one line', `\`\`\`JSON ${aCity}\`\`\``],
  ])('is read %s', async (_name, content) => {
    const held = await scene(answers(content));
    const result = await held.client.chatCompletion(hello, { model, responseSchema: city });
    expect(result).toMatchObject({
      success: true,
      object: lisbon,
      content,
      attempts: [{ outcome: 'success' }],
    });
    expectQuiet(held);
  });

  it('is what the schema gives, whenever it gives it', async () => {
    const { client } = await scene(answers(aCity));
    const responseSchema = city
      .refine(async ({ people }) => Promise.resolve(people > 0))
      .transform(({ name }) => name.toUpperCase());
    const result = await client.chatCompletion(hello, { model, responseSchema });
    expect(result.success && result.object.at(0)).toBe('L');
  });

  it.each([
    ['a list', '[1,2]', z.array(z.number())],
    ['a text', '"a"', z.string()],
    ['null', 'null', z.null()],
  ])('may be %s', async (_name, content, responseSchema) => {
    const { client } = await scene(answers(content));
    const result = await client.chatCompletion(hello, { model, responseSchema });
    expect(result.success && result.object).toEqual(JSON.parse(content));
  });

  it('is whole although the cap was reached behind it', async () => {
    const { client } = await scene(answersWith({ content: `${aCity}\n\n  ` }, 'length'));
    expect(await client.chatCompletion(hello, { model, responseSchema: city })).toMatchObject({
      object: lisbon,
    });
  });

  it('is that of the first choice', async () => {
    const choice = (index: number, content: string): object => ({
      index,
      finish_reason: 'stop',
      message: { role: 'assistant', content },
    });
    const { client } = await scene((response) =>
      sendJson(response, { ...completionOf(''), choices: [choice(0, aCity), choice(1, 'no JSON')] }),
    );
    const result = await client.chatCompletion(hello, { model, n: 2, responseSchema: city });
    expect(result).toMatchObject({ success: true, object: lisbon });
  });

  it('is not there without a schema', async () => {
    const { client } = await scene(answers(aCity));
    const result = await client.chatCompletion(hello, { model, response_format: { type: 'json_object' } });
    expect(result.success && result.object).toBeUndefined();
    expect(JSON.parse(JSON.stringify(result))).not.toHaveProperty('object');
  });

  it('changes no prototype', async () => {
    const evil = '{"__proto__":{"isAdmin":true},"a":{"\\u005f_proto__":{"isAdmin":true},"constructor":1}}';
    const { client } = await scene(answers(evil));
    // As a library does that copies by assignment.
    const responseSchema = schemaOf((value) => ({ value: Object.assign({}, value) }));
    const result = await client.chatCompletion(hello, { model, responseSchema });
    const object = (result.success && result.object) as Record<string, unknown>;
    expect(Object.keys(object)).toEqual(['a']);
    expect(object).not.toHaveProperty('isAdmin');
    expect(object['a']).toEqual({ constructor: 1 });
    expect({}).not.toHaveProperty('isAdmin');
  });
});

describe('any text', () => {
  const request = (responseSchema: ResponseSchema): CallRequest => ({
    messages: hello,
    options: { responseSchema },
    parameters: {},
  });
  const objectIn = (content: string, responseSchema: ResponseSchema): Promise<unknown> => {
    const message = { role: 'assistant' as const, content, refusal: null };
    const answer = { content, message, toolCalls: [], finishReason: 'stop' };
    return objectOf(request(responseSchema), answer, new AbortController().signal);
  };
  const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
  const anything = schemaOf((value) => ({ value }));

  it('of JSON is read as that JSON, however it stands there', async () => {
    const value = fc.jsonValue().filter((json) => !JSON.stringify(json).includes('__proto__'));
    const fence = fc.constantFrom(['', ''], ['```\n', '\n```'], ['```json\n', '\n```'], ['```json ', '```']);
    await fc.assert(
      fc.asyncProperty(value, fence, space, space, async (json, [opening, closing], before, after) => {
        const text = JSON.stringify(json);
        expect(await objectIn(`${before}${opening}${text}${closing}${after}`, anything)).toEqual(
          JSON.parse(text),
        );
      }),
    );
  });

  it('is an object or a typed error, and changes nothing else', async () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('```', '{"__proto__":', '{"a":1}', '}', '\n', '[', ']'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (words) => {
        const object = await objectIn(words.join(''), city).catch((error: unknown) => error);
        if (!(object instanceof InvalidObjectError)) expect(city.parse(object)).toEqual(object);
        expect({}).not.toHaveProperty('a');
      }),
    );
  });
});

describe('tools beside a schema', () => {
  const tools = [{ type: 'function' as const, function: { name: 'weather' } }];
  const tool_calls = [{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } }];

  it('may be called instead: then there is no object yet', async () => {
    const { client } = await scene(answersWith({ content: 'Let me look.', tool_calls }, 'tool_calls'));
    const result = await client.chatCompletion(hello, { model, responseSchema: city, tools });
    expect(result).toMatchObject({ success: true, toolCalls: tool_calls, object: undefined });
  });

  it('of the older kind, too', async () => {
    const function_call = { name: 'weather', arguments: '{}' };
    const { client } = await scene(answersWith({ function_call }, 'function_call'));
    const functions = [{ name: 'weather' }];
    const result = await client.chatCompletion(hello, { model, responseSchema: city, functions });
    expect(result).toMatchObject({ success: true, object: undefined, message: { function_call } });
  });

  it('are not called: then the object is there', async () => {
    const { client } = await scene(answers(aCity));
    const result = await client.chatCompletion(hello, { model, responseSchema: city, tools });
    expect(result).toMatchObject({ success: true, object: lisbon, toolCalls: [] });
  });

  it('that nobody offered are no answer', async () => {
    const held = await scene(answersWith({ tool_calls }, 'tool_calls'));
    expect((await failureOf(held)).error).toMatchObject({ reason: 'not-json', text: '' });
  });
});

describe('an answer that is none', () => {
  it.each([
    ['text', { content: 'Lisbon has 567,000 people.' }, 'stop', 'not-json', /not JSON/],
    ['nothing', { content: '' }, 'stop', 'not-json', /not JSON/],
    ['no content', {}, 'stop', 'not-json', /not JSON/],
    ['parts without text', { content: [{ type: 'image', image: aCity }] }, 'stop', 'not-json', /not JSON/],
    ['JSON with words around it', { content: `Here: ${aCity}` }, 'stop', 'not-json', /not JSON/],
    ['two fences', { content: `\`\`\`\n{}\n\`\`\`\n\`\`\`\n{}\n\`\`\`` }, 'stop', 'not-json', /not JSON/],
    ['half a fence', { content: '```' }, 'stop', 'not-json', /not JSON/],
    [
      'a hundred thousand brackets',
      { content: '['.repeat(1e5) + ']'.repeat(1e5) },
      'stop',
      'not-json',
      /not JSON/,
    ],
    ['a cut object', { content: aCity.slice(0, -3) }, 'length', 'length', /max_tokens/],
    ['a cut number', { content: '567' }, 'length', 'length', /max_tokens/],
    [
      'a filtered object',
      { content: aCity.slice(0, 9) },
      'content_filter',
      'content-filter',
      /content filter/,
    ],
    ['a refusal', { refusal: 'I will not count people.' }, 'stop', 'refusal', /refused/],
    ['another object', { content: '{"name":"Lisbon"}' }, 'stop', 'mismatch', /1 issue,/],
  ])('is a failure that was paid for: %s', async (_name, message, end, reason, words) => {
    const held = await scene(answersWith(message, end));
    const result = await failureOf(held);
    const { error, attempts } = result;
    expect(error).toBeInstanceOf(InvalidObjectError);
    expect(error).toMatchObject({
      code: 'malformed-response',
      reason,
      retryable: true,
      callId: result.callId,
    });
    expect(error.message).toMatch(words);
    expect(attempts).toMatchObject([{ outcome: 'success', billed: 'yes', costUsd: 20e-6 }]);
    expect(result).toMatchObject({ usage: { inputTokens: 10, outputTokens: 5 }, costUsd: 20e-6 });
    // Not tried again: that would cost money nobody asked to spend.
    expect(held.upstream.received).toHaveLength(1);
    expect(held.events.filter(isTerminal)).toMatchObject([
      { type: 'call-error', error: { code: 'malformed-response' }, costUsd: 20e-6, attempts: 1 },
    ]);
    expect(held.events.map(({ type }) => type)).toContain('attempt-end');
    expectQuiet(held);
  });

  it('holds the answer, and a refusal its words', async () => {
    const told = await failureOf(await scene(answers('no JSON')));
    expect(told.error).toMatchObject({ text: 'no JSON', issues: [] });
    const refused = await failureOf(await scene(answersWith({ refusal: 'No.' })));
    expect(refused.error).toMatchObject({ text: 'No.' });
  });

  it('tells what the schema finds, each with its path', async () => {
    const responseSchema = schemaOf(() => ({
      issues: [{ message: 'too small', path: ['list', { key: 0 }, Symbol.iterator] }, { message: 'odd' }],
    }));
    const { error } = await failureOf(await scene(answers('{}')), responseSchema);
    expect(error).toMatchObject({
      issues: [
        { message: 'too small', path: ['list', 0, Symbol.iterator] },
        { message: 'odd', path: [] },
      ],
    });
  });

  it('is one although the schema finds no words for it', async () => {
    const { error } = await failureOf(
      await scene(answers('{}')),
      schemaOf(() => ({ issues: [] })),
    );
    expect(error).toMatchObject({ reason: 'mismatch', issues: [] });
  });
});

describe('what nobody but the caller sees', () => {
  const secret = 'canary-7261';

  it.each([
    ['not JSON', `the word is ${secret}`],
    ['a key', JSON.stringify({ [secret]: 1 })],
    ['a value', JSON.stringify({ word: secret })],
  ])('is the answer: %s', async (_name, content) => {
    const lines: unknown[] = [];
    const log = (...line: unknown[]): unknown => lines.push(line);
    const held = await scene(answers(content), {
      logger: { debug: log, info: log, warn: log, error: log },
    });
    const responseSchema = z.strictObject({
      word: z.string().refine(() => false, { error: ({ input }) => `bad ${String(input)}` }),
    });
    const { error } = await failureOf(held, responseSchema);
    const journal = await held.journal();
    for (const shown of [held.events, lines, journal, error]) {
      expect(inspect(shown, { depth: Infinity })).not.toContain(secret);
      expect(JSON.stringify(shown)).not.toContain(secret);
    }
    expect(error.message).not.toContain(secret);
    expect(String(error.stack)).not.toContain(secret);
    expect(error instanceof InvalidObjectError && error.text).toContain(secret);
  });

  it.each([
    [
      'throws',
      (value: unknown) => {
        throw new TypeError(`cannot take ${JSON.stringify(value)}`);
      },
    ],
    ['rejects', (value: unknown) => Promise.reject(new TypeError(JSON.stringify(value)))],
    [
      'throws a text',
      (value: unknown) => {
        throw JSON.stringify(value) as unknown as Error;
      },
    ],
    ['gives nothing', () => undefined],
    ['gives issues that are none', (value: unknown) => ({ issues: value })],
    ['gives an issue that is none', (value: unknown) => ({ issues: [null, value] })],
  ])('is what a schema does that %s', async (_name, validate) => {
    const held = await scene(answers(JSON.stringify({ word: secret })));
    const result = await failureOf(held, schemaOf(validate));
    expect(result.error).toMatchObject({
      code: 'invalid-request',
      field: 'responseSchema',
      retryable: false,
    });
    expect(result).toMatchObject({ costUsd: 20e-6, attempts: [{ outcome: 'success', billed: 'yes' }] });
    for (const shown of [held.events, result.error]) {
      expect(inspect(shown, { depth: Infinity })).not.toContain(secret);
    }
    expectQuiet(held);
  });
});

describe('a schema that takes its time', () => {
  const slow = (begun: () => void): ResponseSchema =>
    schemaOf(() => {
      begun();
      return new Promise(() => undefined);
    });

  it('takes no more than the call has', async () => {
    const clock = fakeClock();
    const held = await scene(answers(aCity), { clock });
    const responseSchema = slow(() => void clock.advance(30_000));
    expect(await failureOf(held, responseSchema)).toMatchObject({
      error: { code: 'timeout', phase: 'total' },
      costUsd: 20e-6,
    });
    expectQuiet(held);
  });

  it('ends with the call’s signal, in streams too', async () => {
    const held = await scene(streams([aCity]));
    const controller = new AbortController();
    const stream = held.client.streamCompletion(hello, {
      model,
      responseSchema: slow(() => controller.abort()),
      signal: controller.signal,
    });
    let read = '';
    const reading = (async () => {
      for await (const text of stream) read += text;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
    expect(read).toBe(aCity);
    expect(await stream.result).toMatchObject({
      success: false,
      error: { code: 'aborted' },
      attempts: [{ outcome: 'success', billed: 'yes' }],
    });
    expectQuiet(held);
  });
});

describe('a schema that never answers', () => {
  const deaf = schemaOf(() => new Promise(() => undefined));

  it.each([[{}], [{ temperature: 0, cache: { scope: 'app' } }]])(
    'at the end of a stream takes no more than its idle time, with %j',
    async (options) => {
      const clock = fakeClock();
      const held = await scene(streams([aCity]), { clock, timeouts: { idleMs: 500 } });
      const stream = held.client.streamCompletion(hello, { model, responseSchema: deaf, ...options });
      let hasEnded = false;
      void stream.result.then(() => (hasEnded = true));
      await expect.poll(() => held.events.map(({ type }) => type)).toContain('attempt-end');
      await clock.advance(499);
      expect(hasEnded).toBe(false);
      await vi.waitFor(async () => {
        await clock.advance(1);
        expect(hasEnded).toBe(true);
      });
      expect(await stream.result).toMatchObject({
        success: false,
        error: { code: 'timeout', phase: 'idle', message: expect.stringMatching(/responseSchema/) as string },
        attempts: [{ outcome: 'success', billed: 'yes' }],
      });
      expectQuiet(held);
    },
  );

  it('takes no more than the call has where it looks at a stored answer', async () => {
    const clock = fakeClock();
    const held = await scene(answers(aCity), { clock, cache: { scope: 'app' } });
    const asked = { model, temperature: 0, response_format: { type: 'json_object' as const } };
    await held.client.chatCompletion(hello, asked);
    const stream = held.client.streamCompletion(hello, {
      ...asked,
      responseSchema: schemaOf(() => {
        void clock.advance(30_000);
        return new Promise(() => undefined);
      }),
    });
    expect(await stream.result).toMatchObject({ error: { code: 'timeout', phase: 'total' }, attempts: [] });
    expectQuiet(held);
  });
});

it('answers that miss a schema are no failures of the API', async () => {
  const held = await scene(answers('no JSON'));
  for (let call = 0; call < 5; call++) await failureOf(held);
  expect(held.events.map(({ type }) => type)).not.toContain('alert');
});

describe('the router', () => {
  const told = async (answer: Answer): Promise<unknown[][]> => {
    const outcomes: unknown[][] = [];
    const inner = new ModelRouter();
    const router: Router = {
      routeRequest: inner.routeRequest.bind(inner),
      recordRequestOutcome: (...outcome) => outcomes.push(outcome.slice(2)),
    };
    const { client } = await scene(answer, { router });
    await client.chatCompletion(hello, { responseSchema: city });
    return outcomes;
  };
  const time = expect.any(Number) as number;

  it('learns of a bad object that the model is there, and of no use', async () => {
    expect(await told(answers('no JSON'))).toEqual([[true, time, 0]]);
    expect(await told(answers('{}'))).toEqual([[true, time, 0]]);
  });

  it('learns nothing of quality from a refusal, a cap and a good object', async () => {
    expect(await told(answersWith({ refusal: 'No.' }))).toEqual([[true, time]]);
    expect(await told(answersWith({ content: '{' }, 'length'))).toEqual([[true, time]]);
    expect(await told(answers(aCity))).toEqual([[true, time]]);
  });
});

describe('a stream', () => {
  const pieces = [aCity.slice(0, 5), aCity.slice(5, 12), aCity.slice(12)];

  it('is text as it comes, and an object at the end', async () => {
    const held = await scene(streams(pieces));
    const stream = held.client.streamCompletion(hello, { model, responseSchema: city });
    const read: string[] = [];
    for await (const text of stream) read.push(text);
    expect(read).toEqual(pieces);
    const result = await stream.result;
    expect(result.success && result.object.people).toBe(567_000);
    expect(
      await held.client.chatCompletion(hello, { model, responseSchema: city, stream: true }).result,
    ).toMatchObject({
      success: true,
      object: lisbon,
    });
    expectQuiet(held);
  });

  it('throws at its end where it was no object; the result tells the same error', async () => {
    const held = await scene(streams(['{"name":', '"Lisbon"}']));
    const stream = held.client.streamCompletion(hello, { model, responseSchema: city });
    let read = '';
    const reading = (async () => {
      for await (const text of stream) read += text;
    })();
    const error: unknown = await reading.catch((thrown: unknown) => thrown);
    expect(read).toBe('{"name":"Lisbon"}');
    expect(error).toBeInstanceOf(InvalidObjectError);
    const result = await stream.result;
    expect(result).toMatchObject({ success: false, attempts: [{ outcome: 'success', billed: 'yes' }] });
    expect(!result.success && result.error).toBe(error);
    expect(held.events.filter(isTerminal)).toMatchObject([{ type: 'call-error', attempts: 1 }]);
    expect(held.upstream.received).toHaveLength(1);
    expectQuiet(held);
  });

  it('fails by its result alone, by its chunks and by its bytes', async () => {
    const held = await scene(streams(['no JSON']));
    const open = (): ReturnType<typeof held.client.streamCompletion<typeof city>> =>
      held.client.streamCompletion(hello, { model, responseSchema: city });
    expect(await open().result).toMatchObject({ success: false, error: { reason: 'not-json' } });
    const chunks = (async () => {
      for await (const chunk of open().chunks()) expect(chunk.choices).toHaveLength(1);
    })();
    await expect(chunks).rejects.toBeInstanceOf(InvalidObjectError);
    await expect(new Response(open().toReadableStream()).text()).rejects.toThrow();
    expectQuiet(held);
  });

  it('that was left once it was whole is judged as well', async () => {
    const held = await scene(streams(['no JSON']));
    const stream = held.client.streamCompletion(hello, { model, responseSchema: city });
    for await (const { choices } of stream.chunks()) if (choices[0]?.finish_reason === 'stop') break;
    expect(await stream.result).toMatchObject({ success: false, error: { reason: 'not-json' } });
    expectQuiet(held);
  });

  it('that broke off is cut, not malformed', async () => {
    const held = await scene(streams(pieces.slice(0, 2), 'cut'));
    const result = await held.client.streamCompletion(hello, { model, responseSchema: city }).result;
    expect(result).toMatchObject({ success: false, error: { code: 'incomplete-stream' } });
    expectQuiet(held);
  });

  it.each([
    ['a refusal', { refusal: 'No.' }, 'stop', 'refusal'],
    ['the cap', { content: '{"na' }, 'length', 'length'],
    ['the filter', { content: '{"na' }, 'content_filter', 'content-filter'],
  ])('that ended by %s says so', async (_name, delta, end, reason) => {
    const held = await scene((response) => {
      startEvents(response);
      response.end(`${chunkOf(delta)}${chunkOf({}, end)}data: [DONE]\n\n`);
    });
    const result = await held.client.streamCompletion(hello, { model, responseSchema: city }).result;
    expect(result).toMatchObject({ success: false, error: { reason } });
  });
});
