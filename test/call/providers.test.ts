/** A client of several providers: who is asked, with which key, and who steps in. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { RouteLLClient, type RouteLLClientOptions, type RouteLLEvent } from 'routell';
import {
  type Answer,
  completionOf,
  type LoopbackUpstream,
  sendError,
  sendJson,
  startUpstream,
} from './loopback-upstream.js';
import { answers, atEnd, hello, isTerminal, streams, unlimited } from './scene.js';

const listing = (...ids: readonly string[]): object => ({
  object: 'list',
  data: ids.map((id) => ({
    id,
    object: 'model',
    owned_by: 'x',
    input_token_rate: 1e-6,
    output_token_rate: 2e-6,
  })),
});

interface Pair {
  readonly one: LoopbackUpstream;
  readonly two: LoopbackUpstream;
  readonly client: RouteLLClient;
  readonly events: RouteLLEvent[];
}

interface Side {
  readonly answer?: Answer;
  readonly models?: readonly string[];
  readonly list?: object;
  readonly account?: object;
  readonly options?: object;
}

async function pair(one: Side = {}, two: Side = {}, options: RouteLLClientOptions = {}): Promise<Pair> {
  const start = async ({
    answer = answers(),
    models = ['m'],
    list,
    account,
  }: Side): Promise<LoopbackUpstream> => {
    const upstream = await startUpstream(answer, list ?? listing(...models), account);
    atEnd(upstream.close);
    return upstream;
  };
  const [first, second] = await Promise.all([start(one), start(two)]);
  const client = new RouteLLClient({
    providers: [
      { id: 'one', baseURL: first.baseURL, apiKey: 'key-one', ...one.options },
      { id: 'two', baseURL: second.baseURL, apiKey: 'key-two', ...two.options },
    ],
    rateLimits: unlimited,
    retries: { maxRetries: 0, retryDelayMs: 1 },
    monitoring: { logLevel: 'silent' },
    ...options,
  });
  atEnd(() => client.close({ graceMs: 50 }));
  const events: RouteLLEvent[] = [];
  client.events.subscribe((event) => events.push(event));
  return { one: first, two: second, client, events };
}

const keysSeen = ({ received }: LoopbackUpstream): ReadonlySet<string | undefined> =>
  new Set(received.map(({ headers }) => headers.authorization));
const adaptiveOff = { rateLimits: { ...unlimited, adaptive: false }, random: () => 0 };
const down: Answer = (response) => sendError(response, 503, 'down');

describe('a model at several providers', () => {
  it('goes to the first that lists it, with that one’s key and no other', async () => {
    const { one, two, client } = await pair({}, { models: ['m', 'only-two'] });
    expect(await client.chatCompletion(hello, { model: 'm' })).toMatchObject({
      success: true,
      provider: 'one',
    });
    const other = await client.chatCompletion(hello, { model: 'only-two' });
    expect(other).toMatchObject({ success: true, provider: 'two' });
    expect(keysSeen(one)).toEqual(new Set(['Bearer key-one']));
    expect(keysSeen(two)).toEqual(new Set(['Bearer key-two']));
  });

  it('goes to the next where the first fails, and tells of it', async () => {
    const { one, two, client, events } = await pair({ answer: down });
    const result = await client.chatCompletion(hello, { model: 'm' });
    expect(result).toMatchObject({ success: true, provider: 'two', model: 'm' });
    expect(result.attempts.map(({ provider, outcome }) => [provider, outcome])).toEqual([
      ['one', 'upstream'],
      ['two', 'success'],
    ]);
    expect(events.filter(({ type }) => type === 'route-fallback')).toMatchObject([
      { from: 'm', fromProvider: 'one', to: 'm', toProvider: 'two' },
    ]);
    expect([one.received.length, two.received.length]).toEqual([1, 1]);
    expect(events.filter(isTerminal)).toHaveLength(1);
  });

  it.each([
    ['its keys are refused', 401, 'invalid_api_key'],
    ['its credits are used up', 402, 'insufficient_quota'],
    ['it limits the rate', 429, 'rate_limit_exceeded'],
  ])('goes to the next account where %s', async (_what, status, code) => {
    const { client, two } = await pair({ answer: (response) => sendError(response, status, code) });
    expect(await client.chatCompletion(hello, { model: 'm' })).toMatchObject({
      success: true,
      provider: 'two',
    });
    expect(two.received).toHaveLength(1);
  });

  it('stays away from the next where both share an account', async () => {
    const refused: Answer = (response) => sendError(response, 402, 'insufficient_quota');
    const shared = { options: { group: 'shared' } };
    const { client, two } = await pair({ answer: refused, ...shared }, shared);
    const result = await client.chatCompletion(hello, { model: 'm' });
    expect(result).toMatchObject({ success: false, error: { code: 'credits-exhausted' } });
    expect(two.received).toEqual([]);
  });

  it('is not tried elsewhere where the request itself is at fault', async () => {
    const { client, two } = await pair({ answer: (response) => sendError(response, 400, 'bad_request') });
    const result = await client.chatCompletion(hello, { model: 'm' });
    expect(result).toMatchObject({ success: false, error: { code: 'invalid-request' } });
    expect(two.received).toEqual([]);
  });

  it('goes out under the name that each provider has for it, and is one model in what is told', async () => {
    const names = { models: { m: { prices: { input: 1, output: 1 }, aliases: ['vendor/m'] } } };
    const { one, two, client } = await pair({ answer: down }, { models: ['vendor/m'] }, names);
    const result = await client.chatCompletion(hello, { model: 'm' });
    expect(result).toMatchObject({ success: true, provider: 'two' });
    expect(result.attempts.map(({ model }) => model)).toEqual(['m', 'm']);
    expect([one.received[0]?.body['model'], two.received[0]?.body['model']]).toEqual(['m', 'vendor/m']);
  });

  it('is asked only of the provider that the user names for it', async () => {
    const pinned = { models: { m: { provider: 'two', prices: { input: 1, output: 1 } } } };
    const { one, client } = await pair({}, { answer: down }, pinned);
    const result = await client.chatCompletion(hello, { model: 'm' });
    expect(result).toMatchObject({ success: false, attempts: [{ provider: 'two' }] });
    expect(one.received).toEqual([]);
  });

  it('that nobody lists is asked of the first', async () => {
    const { client } = await pair();
    expect(await client.chatCompletion(hello, { model: 'new' })).toMatchObject({
      success: true,
      provider: 'one',
    });
  });

  it('is streamed from the next where the first fails before the first token', async () => {
    const { client } = await pair({ answer: down }, { answer: streams(['a', 'b']) });
    let text = '';
    const stream = client.streamCompletion(hello, { model: 'm' });
    for await (const piece of stream) text += piece;
    expect(text).toBe('ab');
    expect(await stream.result).toMatchObject({ success: true, provider: 'two' });
  });

  it('is left to the other while the breaker of the first is open, and routing counts the better of both', async () => {
    const { one, client } = await pair({ answer: down });
    for (let call = 0; call < 14; call++) await client.chatCompletion(hello, { model: 'm' });
    expect(one.received).toHaveLength(10);
    const { routingDecision } = await client.route(hello);
    expect(routingDecision.selectedModel).toBe('m');
    expect(routingDecision.reasons.join('\n')).not.toMatch(/served|health/);
  });

  it('at another provider keeps the limits of the call, or is not tried there', async () => {
    const dear = {
      object: 'list',
      data: [{ id: 'm', object: 'model', owned_by: 'x', input_token_rate: 1, output_token_rate: 1 }],
    };
    const { two, client } = await pair({ answer: down }, { list: dear });
    const result = await client.chatCompletion(hello, { constraints: { maxCostPerToken: 1e-3 } });
    expect(result).toMatchObject({ success: false, attempts: [{ provider: 'one' }] });
    expect(two.received).toEqual([]);
  });

  it('is no candidate where it is pinned to a provider that is switched off', async () => {
    const pinned = { models: { mine: { provider: 'two', costPerToken: 1e-9 } } };
    const { client } = await pair({}, { options: { enabled: false } }, pinned);
    const { alternatives } = await client.route(hello);
    expect(alternatives.map(({ model }) => model)).toEqual(['m']);
  });

  it('of a provider that is unknown is refused, with the ids there are', async () => {
    const { client } = await pair();
    client.catalog.set('late', { provider: 'nowhere', costPerToken: 1e-6 });
    const result = await client.chatCompletion(hello, { model: 'late' });
    expect(result).toMatchObject({ success: false, error: { code: 'no-model' } });
    expect(result.success ? '' : result.error.message).toContain('one, two');
  });
});

describe('routing over several providers', () => {
  it('chooses among what any of them lists', async () => {
    const { client } = await pair({ models: ['gpt-6-luna'] }, { models: ['gpt-6-sol', 'gpt-6-luna'] });
    const { alternatives } = await client.route(hello);
    expect(alternatives.map(({ model }) => model).sort()).toEqual(['gpt-6-luna', 'gpt-6-sol']);
    expect((await client.listModels()).map(({ id }) => id)).toEqual(['gpt-6-luna', 'gpt-6-sol']);
  });

  it('takes what a provider does not bill for free there, and its premium models for premium', async () => {
    const { client } = await pair(
      { models: ['a'], options: { unlimitedModels: ['a'] } },
      { models: ['b'], options: { premiumModels: ['b'] } },
    );
    await client.listModels();
    expect([client.catalog.get('a')?.unlimited, client.catalog.get('b')?.tier]).toEqual([true, 'premium']);
    expect(await client.chatCompletion(hello, { model: 'a' })).toMatchObject({ costUsd: 0 });
  });
});

describe('a charge for a model that is held to be free', () => {
  const charging =
    (extra: object): Answer =>
    (response) =>
      sendJson(response, {
        ...completionOf('x', 'm'),
        usage: { prompt_tokens: 1000, completion_tokens: 0, total_tokens: 1000, ...extra },
      });
  const free = (extra: object, options: RouteLLClientOptions = {}): Promise<Pair> =>
    pair({ answer: charging(extra), options: { unlimitedModels: ['m'] } }, {}, options);

  it('in USD is its cost, and the list price holds from then on', async () => {
    const { client } = await free({ cost: 0.5 });
    await client.listModels();
    expect(client.catalog.get('m')?.unlimited).toBe(true);
    expect(await client.chatCompletion(hello, { model: 'm' })).toMatchObject({ costUsd: 0.5 });
    expect(client.catalog.get('m')?.unlimited).toBe(false);
    expect(client.catalog.get('m')?.prices).toMatchObject({ input: 1, output: 2 });
  });

  it('in credits is its cost where the rate of the plan is known, else the cost is unknown', async () => {
    const known = await free({ compute_points_used: 200 }, { credits: { creditsPerUsd: 10 } });
    expect(await known.client.chatCompletion(hello, { model: 'm' })).toMatchObject({
      costUsd: 0.2,
      credits: 2,
    });
    const unknown = await free({ compute_points_used: 200 });
    expect(await unknown.client.chatCompletion(hello, { model: 'm' })).toMatchObject({
      costUsd: null,
      credits: 2,
    });
  });

  it('stays its cost call by call where the list says that it is free, and nobody has a price', async () => {
    const list = { object: 'list', data: [{ id: 'm', object: 'model', owned_by: 'x', free: true }] };
    const { client } = await pair(
      { answer: charging({ compute_points_used: 300 }), list },
      { models: ['other'] },
      { credits: { creditsPerUsd: 100 }, budgets: [{ limitUsd: 0.05, per: 'day', mode: 'hard' }] },
    );
    const costs: unknown[] = [];
    for (let call = 0; call < 3; call++) {
      const result = await client.chatCompletion(hello, { model: 'm', max_tokens: 1 });
      costs.push(result.success ? result.costUsd : result.error.code);
    }
    // Once it is known to be billed at a price that nobody tells, a hard budget refuses it.
    expect(costs).toEqual([0.03, 'budget', 'budget']);
  });

  it('of nothing changes nothing', async () => {
    const { client } = await free({ compute_points_used: 0 });
    expect(await client.chatCompletion(hello, { model: 'm' })).toMatchObject({ costUsd: 0 });
    expect(client.catalog.get('m')?.unlimited).toBe(true);
  });
});

describe('limits and credits of several providers', () => {
  it('are those of each account', async () => {
    const { one, two, client } = await pair({
      options: { rateLimits: { requestsPerMinute: 1, requestsPerHour: null, burst: null } },
    });
    for (let call = 0; call < 3; call++) {
      const result = await client.chatCompletion(hello, { model: 'm', timeoutMs: 5000 });
      expect(result.success).toBe(true);
    }
    // The first admits one a minute; the others of the same model go where there is room.
    expect([one.received.length, two.received.length]).toEqual([1, 2]);
    expect(client.rateLimiter.limits.requestsPerMinute).toBe(1);
  });

  it('count the balance of the first only', async () => {
    const charging: Answer = (response) =>
      sendJson(response, {
        ...completionOf('x', 'm'),
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, compute_points_used: 500 },
      });
    const { client } = await pair(
      { answer: charging },
      { answer: charging, models: ['other'] },
      { credits: { allotment: 100 } },
    );
    await client.chatCompletion(hello, { model: 'other' });
    expect((await client.getCreditStatus()).remainingCredits).toBe(100);
    await client.chatCompletion(hello, { model: 'm' });
    expect((await client.getCreditStatus()).remainingCredits).toBe(95);
  });
});

describe('credits of an account', () => {
  const entry = { prices: { input: 1, output: 2 }, abilities: { reasoning: false } };
  const left = (credits: number): object => ({ credits_used: 1000 - credits, credits_granted: 1000 });
  /** After a call to each, so that each account was read. */
  const routed = async (credits: readonly [number, number], options: RouteLLClientOptions = {}) => {
    const [one, two] = credits.map((amount) => ({ account: left(amount) }));
    const { client, events } = await pair(
      { ...one, models: ['m'] },
      { ...two, models: ['dear'] },
      {
        models: { m: { ...entry, qualityScore: 0.5 }, dear: { ...entry, qualityScore: 0.95 } },
        preferences: { quality: 1 },
        ...options,
      },
    );
    for (const model of ['m', 'dear']) {
      expect(await client.chatCompletion(hello, { model })).toMatchObject({ success: true });
    }
    await vi.waitFor(async () => {
      const { routingDecision } = await client.route(hello);
      expect(routingDecision.selectedModel).toBe(credits[1] > 10 ? 'dear' : 'm');
    });
    const { routingDecision, excluded = [] } = await client.route(hello);
    return { reasons: routingDecision.reasons.join(), excluded, events, client };
  };

  it('that are critical restrict its models, and no other account’s', async () => {
    const { excluded, reasons, events, client } = await routed([900, 5]);
    expect(excluded.map(({ model }) => model)).toEqual(['dear']);
    expect(excluded[0]?.reason).toContain('the credits of its account are critical');
    expect(reasons).toContain('one model was left out to spare them');
    expect(reasons).not.toContain('credits critical');
    // Events and the status are of the first.
    expect((await client.getCreditStatus()).remainingCredits).toBe(900);
    expect(events.filter(({ type }) => type === 'credits-critical')).toEqual([]);
  });

  it('that are critical make no other account’s models dearer', async () => {
    const { reasons } = await routed([5, 900], { credits: { whenCritical: 'advise' } });
    expect(reasons).not.toContain('credits critical');
  });

  it('that are used up leave its models out', async () => {
    const { excluded } = await routed([900, 0], { credits: { whenCritical: 'advise' } });
    expect(excluded).toEqual([
      { model: 'dear', reason: 'the credits of its account are used up, and it bills' },
    ]);
  });
});

describe('a batch at several accounts that limit the rate', () => {
  const limits =
    (times: number, seconds: string): Answer =>
    (response, request, count) =>
      count <= times
        ? sendError(response, 429, 'slow_down', { 'retry-after': seconds })
        : answers()(response, request, count);
  const asks = Array.from({ length: 20 }, () => hello);

  it('goes to the one that has room, at no retry', async () => {
    const { client, two } = await pair({ answer: limits(Infinity, '60') }, {}, adaptiveOff);
    const results = await client.batch(asks, { model: 'm' }).results();
    expect(results.every((result) => result.success && result.provider === 'two')).toBe(true);
    expect(two.received).toHaveLength(20);
  });

  it('waits for the one that has room first', async () => {
    const { client } = await pair(
      { answer: limits(Infinity, '3600') },
      { answer: limits(12, '0.05') },
      adaptiveOff,
    );
    const results = await client.batch(asks, { model: 'm', timeoutMs: 5000 }).results();
    expect(results.every((result) => result.success && result.provider === 'two')).toBe(true);
  });

  it('waits on where the other one fails', async () => {
    const options = { ...adaptiveOff, retries: { maxRetries: 1, retryDelayMs: 1 } };
    const { client } = await pair({ answer: limits(1, '1.5') }, { answer: down }, options);
    const [result] = await client.batch([hello], { model: 'm', timeoutMs: 1000 }).results();
    expect(result?.attempts.map(({ provider, outcome }) => [provider, outcome])).toEqual([
      ['one', 'rate-limit'],
      ['two', 'upstream'],
      ['one', 'success'],
    ]);
  });
});

describe('key rotation', () => {
  const takes =
    (key: string): Answer =>
    (response, { headers }) =>
      headers.authorization === `Bearer ${key}`
        ? sendJson(response, completionOf('fine', 'm'))
        : sendError(response, 401, 'invalid_api_key');

  it('sets a refused key aside within the call, at no retry and no pause, and tells of it without the key', async () => {
    const { one, client, events } = await pair({
      answer: takes('new-canary'),
      options: { apiKey: ['old-canary', 'new-canary'] },
    });
    expect(await client.chatCompletion(hello, { model: 'm' })).toMatchObject({
      success: true,
      provider: 'one',
    });
    expect(await client.chatCompletion(hello, { model: 'm' })).toMatchObject({ success: true });
    expect(one.received.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer old-canary',
      'Bearer new-canary',
      'Bearer new-canary',
    ]);
    const told = events.filter(({ type }) => type === 'key-reject');
    expect(told).toMatchObject([{ provider: 'one', key: 1, keysLeft: 1 }]);
    expect(JSON.stringify(events)).not.toContain('canary');
    expect(JSON.stringify(client.config)).not.toContain('canary');
  });

  it(
    'is no outage: many calls at once change their key, whatever the retry budget',
    { timeout: 20_000 },
    async () => {
      const { client, events } = await pair({ answer: takes('b'), options: { apiKey: ['a', 'b'] } });
      const results = await Promise.all(
        Array.from({ length: 60 }, () => client.chatCompletion(hello, { model: 'm' })),
      );
      expect(results.filter(({ success }) => !success)).toEqual([]);
      expect(results.every((result) => result.success && result.provider === 'one')).toBe(true);
      expect(events.filter(({ type }) => type === 'key-reject')).toHaveLength(1);
    },
  );

  it('ends where all keys are refused: each is tried once, then the other account', async () => {
    const { one, client } = await pair({ answer: takes('none'), options: { apiKey: ['a', 'b', 'c'] } });
    expect(await client.chatCompletion(hello, { model: 'm' })).toMatchObject({
      success: true,
      provider: 'two',
    });
    expect(one.received).toHaveLength(3);
  });

  it(
    'is no storm where all keys are refused: of many calls at once each tries a key once at most',
    { timeout: 20_000 },
    async () => {
      const refuse: Answer = (response, _request, count) =>
        void setTimeout(() => sendError(response, 401, 'invalid_api_key'), (count * 7) % 20);
      const { one, client } = await pair({ answer: refuse, options: { apiKey: ['a', 'b', 'c'] } });
      const results = await Promise.all(
        Array.from({ length: 40 }, () => client.chatCompletion(hello, { model: 'm' })),
      );
      const tries = results.map(
        ({ attempts }) => attempts.filter(({ provider }) => provider === 'one').length,
      );
      expect(Math.max(...tries)).toBeLessThanOrEqual(3);
      expect(one.received.length).toBeLessThanOrEqual(120);
      // What goes to the other account is paid from the retry budget.
      expect(results.filter(({ success }) => success).length).toBeGreaterThan(0);
    },
  );

  it('holds for the list of models and health checks before any call', async () => {
    const page = (body: object) => (response: ServerResponse, request: IncomingMessage) =>
      request.headers.authorization === 'Bearer good'
        ? sendJson(response, body)
        : sendError(response, 401, 'invalid_api_key');
    const upstream = await startUpstream(answers(), page(listing('m')), page({ credits_used: 1 }));
    atEnd(upstream.close);
    const apiKey = ['old', 'good'];
    const client = new RouteLLClient({
      apiKey,
      baseURL: upstream.baseURL,
      monitoring: { logLevel: 'silent' },
    });
    atEnd(() => client.close());
    const events: RouteLLEvent[] = [];
    client.events.subscribe((event) => events.push(event));
    expect(await client.healthCheck()).toMatchObject({ success: true, keyValid: true, models: 1 });
    expect((await client.listModels()).map(({ id }) => id)).toEqual(['m']);
    expect(events.filter(({ type }) => type === 'key-reject')).toMatchObject([{ key: 1, keysLeft: 1 }]);
  });

  it('works for streams, and from the environment’s variable of several keys', async () => {
    const upstream = await startUpstream((response, request, count) => {
      if (request.headers.authorization === 'Bearer b') streams(['x'])(response, request, count);
      else sendError(response, 403, 'invalid_api_key');
    });
    atEnd(upstream.close);
    process.env['TWO_KEYS'] = 'a, b';
    try {
      const client = new RouteLLClient({
        providers: [{ id: 'p', baseURL: upstream.baseURL, keyEnvVar: 'TWO_KEYS' }],
        monitoring: { logLevel: 'silent' },
      });
      atEnd(() => client.close());
      expect(await client.streamCompletion(hello, { model: 'm' }).result).toMatchObject({ content: 'x' });
      expect(upstream.received).toHaveLength(2);
    } finally {
      delete process.env['TWO_KEYS'];
    }
  });
});

describe('listProviders and health checks', () => {
  it('tell each provider’s address, health and usage, those switched off included', async () => {
    const { client, one } = await pair(
      {},
      { options: { enabled: false, docsUrl: 'https://two.example/docs' } },
    );
    await client.chatCompletion(hello, { model: 'm' });
    await client.listModels();
    const [first, second] = client.listProviders();
    expect(first).toMatchObject({
      id: 'one',
      kind: 'llm_api',
      name: 'one',
      enabled: true,
      baseURL: one.baseURL,
      models: 1,
      health: { status: 'ok', lastError: null },
      usage: { requestsToday: 1, totalRequests: 1 },
    });
    expect(second).toMatchObject({
      id: 'two',
      enabled: false,
      docsUrl: 'https://two.example/docs',
      models: null,
      health: { status: 'unknown' },
      usage: { totalRequests: 0 },
    });
  });

  it('tell which provider is not well', async () => {
    const { client, two } = await pair();
    await two.close();
    const check = await client.healthCheck();
    expect(check).toMatchObject({ success: true, models: 1 });
    expect(check.providers.map(({ provider, success }) => [provider, success])).toEqual([
      ['one', true],
      ['two', false],
    ]);
    expect(client.listProviders()[1]?.health).toMatchObject({ status: 'failing' });
    expect(client.listProviders()[1]?.health.lastError).toMatch(/ECONNREFUSED/);
  });

  it('are refused once the client is closed', async () => {
    const { client } = await pair();
    await client.close();
    expect(await client.healthCheck()).toMatchObject({ success: false, error: { code: 'closed' } });
    await expect(client.listModels()).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('deviations of a provider', () => {
  it('are sent to it and to no other', async () => {
    const messages = [{ role: 'developer' as const, content: 'Brief.' }, ...hello];
    const { one, two, client } = await pair(
      { answer: streams(['x']), options: { developerRole: true, defaultHeaders: { 'x-team': 'a' } } },
      { answer: streams(['x']), models: ['other'], options: { streamOptions: false } },
    );
    await client.streamCompletion(messages, { model: 'm' }).result;
    await client.streamCompletion(messages, { model: 'other' }).result;
    const [to1, to2] = [one.received[0], two.received[0]];
    expect([to1?.body['stream_options'], to2?.body['stream_options']]).toEqual([
      { include_usage: true },
      undefined,
    ]);
    expect([to1?.headers['x-team'], to2?.headers['x-team']]).toEqual(['a', undefined]);
    const rolesOf = (body: Record<string, unknown> | undefined): unknown[] =>
      (body?.['messages'] as { role: string }[]).map(({ role }) => role);
    expect([rolesOf(to1?.body), rolesOf(to2?.body)]).toEqual([
      ['developer', 'user'],
      ['system', 'user'],
    ]);
  });
});
