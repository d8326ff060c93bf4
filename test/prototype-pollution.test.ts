/** Names that mean something to JavaScript are names like any other, wherever they stand; prototypes stay as they are. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ChatMessage,
  type ChatOptions,
  ConfigurationError,
  InvalidRequestError,
  RouteLLClient,
  type RouteLLClientOptions,
} from 'routell';
import { completionOf, sendJson } from './call/loopback-upstream.js';
import { answers, expectQuiet, hello, scene, streams } from './call/scene.js';

const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'] as const;
const names = fc.constantFrom(...NAMES);

const intrinsics = (): unknown =>
  [Object, Array, Function, String, Number, Map, Promise].map(
    ({ prototype }: { readonly prototype: object }) =>
      Reflect.ownKeys(prototype).map((key) => [key, Object.getOwnPropertyDescriptor(prototype, key)]),
  );
const untouched = intrinsics();

afterEach(() => {
  expect(intrinsics()).toEqual(untouched);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

/** Objects as JSON.parse makes them: `__proto__` is an own property. */
const hostile: fc.Arbitrary<Record<string, unknown>> = fc
  .letrec<{ node: string; object: string }>((tie) => ({
    node: fc.oneof({ maxDepth: 3 }, fc.constant('{"polluted":true}'), tie('object')),
    object: fc
      .uniqueArray(names, { minLength: 1, maxLength: 3 })
      .chain((keys) =>
        fc
          .tuple(...keys.map(() => tie('node')))
          .map((values) => `{${keys.map((key, index) => `"${key}":${values[index]}`).join(',')}}`),
      ),
  }))
  .object.map((text) => JSON.parse(text) as Record<string, unknown>);

/** Adds own properties, `__proto__` included. */
const withHostile = (given: object, added: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries([...Object.entries(given), ...Object.entries(added)]);

describe('hostile names in the options of the client', () => {
  const groups = [
    'credits',
    'routing',
    'retries',
    'timeouts',
    'monitoring',
    'rateLimits',
    'preferences',
    'stores',
  ];
  const places = fc.constantFrom(
    '',
    'models',
    'models.mine',
    'defaultHeaders',
    'budgets[0]',
    'providers[0]',
    ...groups,
  );

  const optionsWith = (place: string, added: Record<string, unknown>): Record<string, unknown> => {
    if (place === '') return withHostile({}, added);
    if (place === 'models.mine')
      return { models: { mine: withHostile({ prices: { input: 1, output: 1 } }, added) } };
    const [, list] = /^(\w+)\[0\]$/.exec(place) ?? [];
    return list === undefined ? { [place]: withHostile({}, added) } : { [list]: [withHostile({}, added)] };
  };

  it('are no headers, though a record of zod passes over them', () => {
    const headers = JSON.parse('{"__proto__":{"toString":{}}}') as Record<string, string>;
    expect(() => new RouteLLClient({ apiKey: 'key', defaultHeaders: headers })).toThrow(
      'defaultHeaders is not valid: expected no header named __proto__',
    );
  });

  it('are refused, or change nothing', async () => {
    await fc.assert(
      fc.asyncProperty(places, hostile, async (place, added) => {
        const options = { apiKey: 'key', ...optionsWith(place, added) } as RouteLLClientOptions;
        try {
          const client = new RouteLLClient(options);
          expect(client.config).not.toHaveProperty('polluted');
          await client.close();
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
        }
      }),
    );
  });
});

describe('hostile names in a call', () => {
  const parameters: Readonly<Record<string, (added: Record<string, unknown>) => Record<string, unknown>>> = {
    'the options': (added) => added,
    preferences: (added) => ({ preferences: added }),
    constraints: (added) => ({ constraints: added }),
    extraBody: (added) => ({ extraBody: added }),
    metadata: (added) => ({ metadata: added }),
    'a tool': (added) => ({
      tools: [
        {
          type: 'function',
          function: { name: 'look_up', parameters: { type: 'object', properties: added } },
        },
      ],
    }),
    'a response format': (added) => ({
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { properties: added } } },
    }),
  };

  it.each(Object.entries(parameters))('in %s are refused, or sent as they are', async (_, make) => {
    const held = await scene();
    await fc.assert(
      fc.asyncProperty(hostile, async (added) => {
        const before = held.upstream.received.length;
        const options = Object.fromEntries([['model', 'test-model'], ...Object.entries(make(added))]);
        const result = await held.client.chatCompletion(hello, options as ChatOptions);
        if (!result.success) {
          expect(result.error).toBeInstanceOf(InvalidRequestError);
          expect(held.upstream.received).toHaveLength(before);
          return;
        }
        const { model, messages, stream, ...sent } = held.upstream.received[before]!.body;
        expect({ model, messages, stream }).toEqual({ model: 'test-model', messages: hello, stream: false });
        const given = { ...(make(added)['extraBody'] as object | undefined), ...make(added) };
        const { extraBody: _extraBody, ...expected } = given as Record<string, unknown>;
        expect(JSON.stringify(sorted(sent))).toBe(JSON.stringify(sorted(expected)));
      }),
    );
    expectQuiet(held);
  });

  it('in the arguments of a tool call, and in all else that the upstream answers, are text', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (added) => {
        const args = JSON.stringify(added);
        const call = { id: 'call_1', type: 'function', function: { name: 'look_up', arguments: args } };
        const whole = completionOf('fine') as { choices: [{ message: object }]; usage: object };
        whole.choices[0].message = { role: 'assistant', content: null, tool_calls: [call] };
        const held = await scene((response) =>
          sendJson(response, withHostile({ ...whole, usage: withHostile(whole.usage, added) }, added)),
        );
        const result = await held.client.chatCompletion(hello, { model: 'test-model' });
        expect(result).toMatchObject({ success: true, toolCalls: [{ function: { arguments: args } }] });
        const streamed = await scene(streams(['a'], 'whole', withHostile({}, added)));
        expect(await streamed.client.streamCompletion(hello, { model: 'test-model' }).result).toMatchObject({
          success: true,
          content: 'a',
        });
      }),
      { numRuns: 20 },
    );
  });
});

describe.each(NAMES)('a model of the name %s', (name) => {
  const listing = { data: [{ id: name, object: 'model', input_token_rate: 1e-6, output_token_rate: 2e-6 }] };
  const models = { [name]: { prices: { input: 1, output: 2 } } };

  it('may be named, and is counted by its name', async () => {
    const held = await scene(answers(), { models }, { models: listing });
    const result = await held.client.chatCompletion(hello, { model: name, tags: [name], session: name });
    expect(result).toMatchObject({ success: true, costUsd: 2e-5, attempts: [{ model: name }] });
    const { byModel, byTag, byProvider } = held.client.monitor.getUsageAnalytics();
    expect(Object.keys(byModel)).toEqual([name]);
    expect(Object.keys(byTag)).toEqual([name]);
    expect(Object.keys(byProvider)).toHaveLength(1);
  });

  it('is routed to, from the options or the listing', async () => {
    for (const options of [{ models }, { models: {} }]) {
      const held = await scene(answers(), options, { models: listing });
      const result = await held.client.chatCompletion(hello, { constraints: { models: [name] } });
      expect(result).toMatchObject({ success: true, attempts: [{ model: name }] });
      const { modelUsageDistribution } = held.client.getSessionAnalytics().routing;
      expect(Object.entries(modelUsageDistribution)).toEqual([[name, 1]]);
      expect(held.client.catalog.get(name)?.prices).toMatchObject({ input: 1, output: 2 });
    }
  });

  it('is no model where nobody speaks of it', async () => {
    const held = await scene();
    expect(held.client.catalog.get(name)).toBeUndefined();
    const result = await held.client.chatCompletion(hello, { constraints: { models: [name] } });
    expect(result).toMatchObject({ success: false, error: { code: 'no-model' } });
  });

  it('may be unlimited, high-cost, the fallback', async () => {
    const free = await scene(
      answers(),
      { models, credits: { unlimitedModels: [name] } },
      { models: listing },
    );
    expect(await free.client.chatCompletion(hello)).toMatchObject({ success: true, costUsd: 0 });
    const dear = await scene(answers(), { models, credits: { highCostModels: [name] } }, { models: listing });
    expect(await dear.client.chatCompletion(hello)).toMatchObject({ error: { code: 'no-model' } });
    const off = await scene(answers(), { models, fallbackModel: name, routing: { enabled: false } });
    expect(await off.client.chatCompletion(hello)).toMatchObject({
      success: true,
      attempts: [{ model: name }],
    });
  });

  it('may be a provider', async () => {
    const held = await scene();
    const provider = { id: name, baseURL: held.upstream.baseURL, apiKey: 'k', premiumModels: [name] };
    const client = new RouteLLClient({ providers: [provider], monitoring: { logLevel: 'silent' } });
    const result = await client.chatCompletion(hello, { model: 'test-model' });
    expect(result).toMatchObject({ success: true, attempts: [{ provider: name }] });
    expect(client.listProviders()).toMatchObject([{ id: name, usage: { totalRequests: 1 } }]);
    expect(Object.keys(client.monitor.getUsageAnalytics().byProvider)).toEqual([name]);
    await client.close();
  });

  it('may be a budget’s tag', async () => {
    const budgets = [{ limitUsd: 1, per: 'day', tag: name }] as const;
    const held = await scene(answers(), { budgets });
    const options = { model: 'test-model', tags: [name] };
    expect(await held.client.chatCompletion(hello, options)).toMatchObject({ success: true });
    expectQuiet(held);
  });
});

it('a message may hold any of them', async () => {
  const held = await scene();
  await fc.assert(
    fc.asyncProperty(hostile, async (added) => {
      const message = withHostile({ role: 'user', content: 'Hello?' }, added);
      await held.client.chatCompletion([message] as unknown as ChatMessage[], { model: 'test-model' });
      await held.client.route([message] as unknown as ChatMessage[]).catch(() => undefined);
    }),
    { numRuns: 20 },
  );
  expectQuiet(held);
});

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([key, below]): [string, unknown] => [key, sorted(below)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
