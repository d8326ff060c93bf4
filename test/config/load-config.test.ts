import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadConfig, type LoadConfigOptions, RouteLLClient, type RouteLLClientOptions } from 'routell';
import { root } from '../../scripts/workspace.mjs';
import { resolveOptions } from '../../src/options.js';
import { resolveRateLimits } from '../../src/rate-limiter/limits.js';
import { configurationErrorOf, newFolder, writeFile, writeFiles } from './files.js';

const shipped = join(root, 'config', 'routellm.config.json');
const VENDOR = 'https://routellm.abacus.ai/v1';
const OTHER = 'https://llm.example.com/v1';

const load = (settings: unknown, environment: LoadConfigOptions['environment'] = {}): RouteLLClientOptions =>
  loadConfig(writeFile(settings), { environment });
const refusal = (settings: unknown, environment = {}): ReturnType<typeof configurationErrorOf> =>
  configurationErrorOf(() => load(settings, environment));

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('loadConfig', () => {
  it('reads the shipped configuration: the defaults, and the models of the guide', () => {
    const options = loadConfig(shipped, { environment: {} });
    const { credits, rateLimits, providers, ...rest } = options;
    const {
      apiKey: _,
      baseURL: __,
      ...defaults
    } = resolveOptions({ apiKey: 'k' }) as never as Record<string, object>;
    expect(defaults).toMatchObject(rest);
    expect(rateLimits).toEqual({
      requestsPerMinute: 60,
      requestsPerHour: 1000,
      burst: 10,
      adaptive: true,
    });
    expect(resolveRateLimits()).toMatchObject(rateLimits ?? {});
    expect(credits).toEqual({
      lowThreshold: 100,
      criticalThreshold: 10,
      unlimitedModels: ['llama-3.1-8b', 'gemma-2-9b'],
      highCostModels: ['gpt-4', 'claude-3-opus'],
    });
    expect(providers).toEqual([
      {
        id: 'routellm',
        name: 'RouteLL API',
        enabled: true,
        keyEnvVar: 'ROUTELLM_API_KEY',
        baseURL: VENDOR,
        docsUrl: 'https://routellm.abacus.ai/docs',
        unlimitedModels: ['llama-3.1-8b', 'gemma-2-9b'],
        premiumModels: ['gpt-4', 'claude-3-opus', 'gemini-pro'],
      },
    ]);
  });

  it('has the default path below the working directory', () => {
    vi.spyOn(process, 'cwd').mockReturnValue(root);
    expect(loadConfig(undefined, { environment: {} })).toEqual(loadConfig(shipped, { environment: {} }));
  });

  it('reads the guide’s name where only that is there, by default', () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'config'));
    const before = process.cwd();
    process.chdir(folder);
    try {
      const read = (): RouteLLClientOptions => loadConfig(undefined, { environment: {} });
      expect(configurationErrorOf(read).field).toBe('config/routellm.config.json');
      writeFile({ api: { max_retries: 1 } }, 'config/routellm_config.json', folder);
      expect(read()).toEqual({ retries: { maxRetries: 1 } });
      writeFile({ api: { max_retries: 2 } }, 'config/routellm.config.json', folder);
      expect(read()).toEqual({ retries: { maxRetries: 2 } });
    } finally {
      process.chdir(before);
    }
    const named = join(folder, 'routellm.config.json');
    writeFile({}, 'routellm_config.json', folder);
    expect(configurationErrorOf(() => loadConfig(named)).field).toBe(named);
  });

  it('gives what is set, in the units of the options, and nothing else', () => {
    expect(load({})).toEqual({});
    expect(load({ $schema: 'x', api: {}, monitoring: {} })).toEqual({});
    expect(
      load({
        api: { base_url: OTHER, timeout: 1.1, max_retries: 0, retry_delay: 0.0004 },
        rate_limiting: { requests_per_minute: null },
        model_routing: { fallback_model: 'mine', max_routing_time: 0.25 },
        monitoring: { log_level: 'Warn', alert_webhooks: [] },
      }),
    ).toEqual({
      baseURL: OTHER,
      timeouts: { totalMs: 1100 },
      retries: { maxRetries: 0, retryDelayMs: 0 },
      rateLimits: { requestsPerMinute: null },
      fallbackModel: 'mine',
      routing: { maxRoutingTimeMs: 250 },
      monitoring: { logLevel: 'warn', alertWebhooks: [] },
    });
  });

  it('may be spread into other options', async () => {
    const options = load({ api: { base_url: 'http://localhost:1/v1' } });
    const client = new RouteLLClient({ ...options, apiKey: 'k', budgets: [{ limitUsd: 5, per: 'day' }] });
    expect(client.config.budgets).toHaveLength(1);
    await client.close();
  });

  it.each<[string, unknown, RegExp]>([
    ['api.timout', { api: { timout: 5 } }, /is not known\. Did you mean 'timeout'\? Known here: base_url/],
    ['rate_limiting.burst_limt', { rate_limiting: { burst_limt: 5 } }, /Did you mean 'burst_limit'\?/],
    ['rate_limits', { rate_limits: {} }, /Did you mean 'rate_limiting'\?/],
    ['colours', { colours: {} }, /Known here: \$schema, api, credit_system/],
    ['api.timeout', { api: { timeout: '30' } }, /is not valid: expected seconds, from 0\.001 to 86400/],
    ['api.timeout', { api: { timeout: 0 } }, /expected seconds/],
    ['api.timeout', { api: { timeout: 86_401 } }, /expected seconds/],
    ['api.timeout', { api: { timeout: null } }, /expected seconds/],
    ['api.timeout', '{"api":{"timeout":1e999}}', /expected seconds/],
    ['api.max_retries', { api: { max_retries: 1.5 } }, /expected a whole number, 0 to 100/],
    ['api.retry_delay', { api: { retry_delay: -1 } }, /expected seconds, from 0 to/],
    ['api.base_url', { api: { base_url: 'http://llm.example.com' } }, /expected an https address/],
    ['api.base_url', { api: { base_url: 'https://u:canary@llm.example.com' } }, /expected an https address/],
    ['api', { api: [] }, /expected an object/],
    ['api', { api: null }, /expected an object/],
    ['credit_system.low_credit_threshold', { credit_system: { low_credit_threshold: -1 } }, /0 or more/],
    [
      'credit_system.unlimited_models',
      { credit_system: { unlimited_models: 'a' } },
      /expected a list of names/,
    ],
    [
      'credit_system.high_cost_models[1]',
      { credit_system: { high_cost_models: ['a', 5] } },
      /name of a model/,
    ],
    ['rate_limiting.requests_per_minute', { rate_limiting: { requests_per_minute: 0 } }, /1 or more/],
    ['rate_limiting.adaptive_throttling', { rate_limiting: { adaptive_throttling: 1 } }, /true or false/],
    ['model_routing.enabled', { model_routing: { enabled: 'true' } }, /expected true or false/],
    ['model_routing.fallback_model', { model_routing: { fallback_model: 'auto' } }, /'auto' is none/],
    ['model_routing.fallback_model', { model_routing: { fallback_model: '' } }, /name of a model/],
    ['model_routing.max_routing_time', { model_routing: { max_routing_time: 0 } }, /expected seconds/],
    ['monitoring.log_level', { monitoring: { log_level: 'loud' } }, /expected one of debug, info/],
    ['monitoring.alert_webhooks', { monitoring: { alert_webhooks: ['https://x'] } }, /not available yet/],
    ['monitoring.alert_webhooks', { monitoring: { alert_webhooks: {} } }, /expected a list/],
    ['monitoring.metrics_retention_days', { monitoring: { metrics_retention_days: 0 } }, /1 to 3650/],
    ['__proto__', '{"__proto__":{"api":{}}}', /is not known/],
    ['api.constructor', { api: { constructor: 1 } }, /is not known/],
    ['api.toString', { api: { toString: 1 } }, /is not known/],
  ])('names the file, %s and what was expected of it in %j', (field, settings, expected) => {
    const path = writeFile(settings);
    const error = configurationErrorOf(() => loadConfig(path, { environment: {} }));
    expect(error.field).toBe(field);
    expect(error.message.startsWith(`${path}: ${field} `)).toBe(true);
    expect(error.message).toMatch(expected);
    expect(error.message).not.toContain('canary');
  });

  it.each([[[]], ['api'], [5], [null], [true]])('names the file where it holds %j', (content) => {
    const path = writeFile(JSON.stringify(content));
    const error = configurationErrorOf(() => loadConfig(path, { environment: {} }));
    expect(error.field).toBe(path);
    expect(error.message).toContain('expected an object');
  });

  it.each(['api_key', 'apiKey', 'API-KEY', 'key', 'secret', 'client_secret', 'access_token', 'password'])(
    'has no place for %s, and says where it belongs',
    (name) => {
      for (const settings of [{ [name]: 'canary' }, { api: { [name]: 'canary' } }]) {
        const { message } = refusal(settings);
        expect(message).toMatch(
          /has no place in a file: set the key in the environment, as ROUTELLM_API_KEY/,
        );
        expect(message).not.toContain('canary');
      }
    },
  );

  it('says a name of the file in one line, however it is made', () => {
    const { message } = refusal({ ['a\r\nb\u2028']: 1, ['x'.repeat(5000)]: 1 });
    expect(message).toContain('a\\u000d\\u000ab\\u2028 is not known');
    expect(message).not.toMatch(/[\r\n]/);
    expect(refusal({ ['x'.repeat(5000)]: 1 }).message.length).toBeLessThan(1000);
  });

  it('compares the thresholds with each other, and with what holds where one is not set', () => {
    const field = 'credit_system.critical_credit_threshold';
    const both = { credit_system: { low_credit_threshold: 5, critical_credit_threshold: 6 } };
    expect(refusal(both)).toMatchObject({ field });
    expect(refusal({ credit_system: { low_credit_threshold: 5 } }).message).toMatch(/which is 5; it is 10/);
    const overridden = { ROUTELL_CREDIT_SYSTEM_LOW_CREDIT_THRESHOLD: '20' };
    expect(refusal({ credit_system: { critical_credit_threshold: 50 } }, overridden)).toMatchObject({
      field,
    });
    expect(load({ credit_system: { low_credit_threshold: 5, critical_credit_threshold: 5 } })).toBeDefined();
  });

  it.each<[string, unknown, unknown]>([
    ['path', null, {}],
    ['path', '', {}],
    ['path', 5, {}],
    ['options', shipped, null],
    ['options', shipped, 'x'],
    ['options.providers', shipped, { providers: '' }],
    ['options.environment', shipped, { environment: 'A=1' }],
    ['options.provider', shipped, { provider: 'x' }],
  ])('names the argument %s', (field, path, options) => {
    const error = configurationErrorOf(() => loadConfig(path as string, options as LoadConfigOptions));
    expect(error.field).toBe(field);
    expect(error.message).toContain('loadConfig()');
  });

  it('says that there is no configuration', () => {
    const path = join(newFolder(), 'none.json');
    expect(configurationErrorOf(() => loadConfig(path))).toMatchObject({ field: path });
  });
});

describe('the environment', () => {
  it('goes before the file', () => {
    const settings = { api: { timeout: 5, max_retries: 1 }, credit_system: { unlimited_models: ['a'] } };
    const environment = { ROUTELL_API_TIMEOUT: '60', ROUTELL_CREDIT_SYSTEM_UNLIMITED_MODELS: 'b,c' };
    expect(load(settings, environment)).toEqual({
      timeouts: { totalMs: 60_000 },
      retries: { maxRetries: 1 },
      credits: { unlimitedModels: ['b', 'c'] },
    });
  });

  it('is that of the process by default', () => {
    vi.stubEnv('ROUTELLM_BASE_URL', undefined);
    vi.stubEnv('ROUTELL_API_TIMEOUT', '7');
    expect(loadConfig(writeFile({}))).toEqual({ timeouts: { totalMs: 7000 } });
  });

  it('mends nothing that is wrong in the file', () => {
    expect(refusal({ api: { timeout: 'x' } }, { ROUTELL_API_TIMEOUT: '5' }).field).toBe('api.timeout');
  });

  it('is refused where it makes no sense', () => {
    expect(refusal({}, { ROUTELL_API_TIMEOUT: 'soon' }).field).toBe('ROUTELL_API_TIMEOUT');
    expect(refusal({}, { ROUTELL_API_TIMOUT: '5' }).field).toBe('ROUTELL_API_TIMOUT');
  });

  it('never gives a key away', () => {
    const options = load({}, { ROUTELLM_API_KEY: 'canary', ROUTELLM_BASE_URL: OTHER });
    expect(options).toEqual({ baseURL: OTHER });
  });
});

describe('the address of the RouteLLM API', () => {
  const settings = { api: { base_url: VENDOR } };

  it.each([
    ['ROUTELLM_BASE_URL', { ROUTELLM_BASE_URL: OTHER }],
    ['ROUTELL_API_BASE_URL', { ROUTELL_API_BASE_URL: OTHER }],
    ['both, the same', { ROUTELLM_BASE_URL: OTHER, ROUTELL_API_BASE_URL: `${OTHER}/` }],
  ])('is that of the environment: %s', (_, environment) => {
    expect(load(settings, environment)).toEqual({ baseURL: OTHER });
    const { path } = writeFiles(settings, { routellm: { base_url: VENDOR, key_env_var: 'MINE' } });
    expect(loadConfig(path, { environment }).providers).toMatchObject([{ id: 'routellm', baseURL: OTHER }]);
  });

  it('is refused where the two variables differ', () => {
    const { field, message } = refusal({}, { ROUTELLM_BASE_URL: OTHER, ROUTELL_API_BASE_URL: VENDOR });
    expect(field).toBe('ROUTELLM_BASE_URL');
    expect(message).toMatch(/ROUTELLM_BASE_URL \(.*\) and ROUTELL_API_BASE_URL \(.*\) are one address/);
  });

  it('is refused where the variable is no address', () => {
    for (const address of ['https://llm.example.com?key=canary', 'canary', 5]) {
      const { field, message } = refusal({}, { ROUTELLM_BASE_URL: address });
      expect(field).toBe('ROUTELLM_BASE_URL');
      expect(message).not.toContain('canary');
    }
  });

  it('may stand in both files if it is the same, or in one', () => {
    const providerOf = (api: object, record: object): unknown => {
      const { path } = writeFiles({ api }, { routellm: { key_env_var: 'MINE', ...record } });
      return loadConfig(path, { environment: {} }).providers?.[0];
    };
    expect(providerOf({ base_url: OTHER }, { base_url: `${OTHER}/` })).toMatchObject({ baseURL: OTHER });
    expect(providerOf({ base_url: OTHER }, {})).toMatchObject({ baseURL: OTHER });
    expect(providerOf({}, { base_url: OTHER })).toMatchObject({ baseURL: OTHER });
    expect(providerOf({}, {})).toEqual({ id: 'routellm', baseURL: VENDOR, keyEnvVar: 'MINE' });
  });

  describe('has the key of the environment', () => {
    const off = { base_url: 'http://localhost:11434/v1', key_env_var: 'NONE', enabled: false };
    const workspace = 'https://workspace.abacus.ai/v1';
    const own = { keyEnvVar: 'ROUTELLM_API_KEY' };

    it.each<[string, object, object, Record<string, string>]>([
      ['at the default', {}, { routellm: {} }, {}],
      ['at another address of the vendor', { base_url: workspace }, { off }, {}],
      ['at that of the environment', {}, { routellm: {} }, { ROUTELLM_BASE_URL: OTHER }],
      ['at its origin', { base_url: OTHER }, { off }, { ROUTELLM_BASE_URL: `${OTHER}/` }],
    ])('%s', (_, api, providers, environment) => {
      const { path } = writeFiles({ api }, providers);
      expect(loadConfig(path, { environment }).providers?.[0]).toMatchObject(own);
    });

    it.each<[string, object, object, Record<string, string>]>([
      ['that it joins with', { base_url: OTHER }, { off }, {}],
      ['of the configuration', { base_url: OTHER }, { routellm: {} }, {}],
      ['of the record', {}, { routellm: { base_url: OTHER } }, {}],
      ['of the record, switched off', {}, { routellm: { base_url: OTHER, enabled: false } }, {}],
      ['without https', { base_url: 'http://localhost:1/v1' }, { routellm: {} }, {}],
      ['that only looks like the vendor’s', { base_url: 'https://abacus.ai.example/v1' }, { off }, {}],
      ['that overrides the file', {}, { routellm: {} }, { ROUTELL_API_BASE_URL: OTHER }],
    ])('but not at an address %s: the file has to name its key', (_, api, providers, environment) => {
      const { path, providersPath } = writeFiles({ api }, providers);
      const { field, message } = configurationErrorOf(() => loadConfig(path, { environment }));
      expect(field).toBe('routellm.key_env_var');
      expect(message.startsWith(`${providersPath}: routellm.key_env_var is not valid: expected `)).toBe(true);
      expect(message).toContain('ROUTELLM_BASE_URL');
    });

    it('wherever the record says so itself', () => {
      const { path } = writeFiles({}, { routellm: { base_url: OTHER, key_env_var: 'ROUTELLM_API_KEY' } });
      expect(loadConfig(path, { environment: {} }).providers).toMatchObject([{ baseURL: OTHER, ...own }]);
    });
  });

  it('is refused where the files differ, naming both', () => {
    const { path, providersPath } = writeFiles(settings, { routellm: { base_url: OTHER } });
    const { field, message } = configurationErrorOf(() => loadConfig(path, { environment: {} }));
    expect(field).toBe('api.base_url');
    expect(message).toBe(
      `api.base_url in ${path} (${VENDOR}) and routellm.base_url in ${providersPath} (${OTHER}) are one address, and differ. Remove one of them, or make them equal.`,
    );
    // Also where the environment would decide.
    const environment = { ROUTELLM_BASE_URL: OTHER };
    expect(() => loadConfig(path, { environment })).toThrow(/are one address/);
  });

  it('joins the providers where their file does not hold it', () => {
    const { path } = writeFiles(settings, { mine: { base_url: OTHER, key_env_var: 'MINE' } });
    expect(loadConfig(path, { environment: {} }).providers).toMatchObject([
      { id: 'routellm', baseURL: VENDOR, keyEnvVar: 'ROUTELLM_API_KEY' },
      { id: 'mine' },
    ]);
  });
});

describe('the providers', () => {
  const mine = { base_url: OTHER, key_env_var: 'MINE_KEY' };
  const loadProviders = (providers: unknown): RouteLLClientOptions['providers'] =>
    loadConfig(writeFiles({}, providers).path, { environment: {} }).providers;

  it('are those of the file beside the configuration, in its order', () => {
    expect(loadProviders({ $schema: 'x', b: mine, a: { ...mine, id: 'a', enabled: false } })).toEqual([
      { id: 'b', baseURL: OTHER, keyEnvVar: 'MINE_KEY' },
      { id: 'a', baseURL: OTHER, keyEnvVar: 'MINE_KEY', enabled: false },
    ]);
  });

  it('are those of the file that is named', () => {
    const { path } = writeFiles({}, { a: mine });
    const providers = writeFile({ b: mine }, 'other.json');
    expect(loadConfig(path, { providers, environment: {} }).providers).toMatchObject([{ id: 'b' }]);
    const none = join(newFolder(), 'none.json');
    expect(configurationErrorOf(() => loadConfig(path, { providers: none })).field).toBe(none);
  });

  it('are none where there is no file, or none in it', () => {
    expect(load({ api: { base_url: OTHER } })).toEqual({ baseURL: OTHER });
    const { path } = writeFiles({ api: { base_url: OTHER } }, {});
    expect(loadConfig(path, { environment: {} })).toEqual({ baseURL: OTHER });
  });

  it('leave health and usage where they are', () => {
    const health = {
      status: 'ok',
      last_check: '2026-10-15T12:00:00Z',
      last_ok: 1_790_000_000,
      last_error: null,
    };
    const [provider] = loadProviders({ a: { ...mine, health, usage: { requests_today: 5 } } }) ?? [];
    expect(provider).toEqual({ id: 'a', baseURL: OTHER, keyEnvVar: 'MINE_KEY' });
  });

  it.each<[string, unknown, RegExp]>([
    ['a.id', { a: { ...mine, id: 'b' } }, /expected 'a', the name of the record/],
    ['a.id', { a: { ...mine, id: 5 } }, /expected an id/],
    ['a.kind', { a: { ...mine, kind: 'llm-api' } }, /expected 'llm_api'/],
    ['a.name', { a: { ...mine, name: '' } }, /expected a text that is not empty/],
    ['a.enabled', { a: { ...mine, enabled: 'yes' } }, /expected true or false/],
    ['a.base_url', { a: { key_env_var: 'MINE_KEY' } }, /expected the address/],
    ['a.base_url', { a: { ...mine, base_url: 'http://llm.example.com' } }, /expected an https address/],
    ['a.key_env_var', { a: { base_url: OTHER } }, /expected the name of the variable.*any text/],
    [
      'a.key_env_var',
      { a: { ...mine, key_env_var: 'sk-canary-1' } },
      /the key itself stands there, never here/,
    ],
    ['a.docs_url', { a: { ...mine, docs_url: 'javascript:1' } }, /expected an http or https address/],
    [
      'a.features.unlimited_models',
      { a: { ...mine, features: { unlimited_models: {} } } },
      /a list of names/,
    ],
    [
      'a.features.premium_model',
      { a: { ...mine, features: { premium_model: [] } } },
      /Did you mean 'premium_models'\?/,
    ],
    ['a.api_key', { a: { ...mine, api_key: 'canary' } }, /has no place in a file/],
    ['a.baseurl', { a: { ...mine, baseurl: OTHER } }, /Did you mean 'base_url'\?/],
    ['a.health.state', { a: { ...mine, health: { state: 'ok' } } }, /Did you mean 'status'\?/],
    ['a.usage.requests_today', { a: { ...mine, usage: { requests_today: 'many' } } }, /expected a number/],
    ['a', { a: OTHER }, /expected an object/],
    ['$schema', { $schema: 5 }, /expected a text/],
    ['b c', { 'b c': mine }, /expected an id that begins with a letter/],
    ['1', { 1: mine }, /begins with a letter/],
    [
      '__proto__',
      '{"__proto__":{"base_url":"https://evil.example"}}',
      /expected an id that begins with a letter/,
    ],
    ['a.__proto__', '{"a":{"__proto__":{"base_url":"https://evil.example"}}}', /is not known/],
  ])('%s is named where it makes no sense: %j', (field, providers, expected) => {
    const { path, providersPath } = writeFiles({}, providers);
    const error = configurationErrorOf(() => loadConfig(path, { environment: {} }));
    expect(error.field).toBe(field);
    expect(error.message.startsWith(`${providersPath}: ${field} `)).toBe(true);
    expect(error.message).toMatch(expected);
    expect(error.message).not.toContain('canary');
  });

  it('are refused where two have one id', () => {
    const { path, providersPath } = writeFiles({}, '{\n  "a": {},\n  "a": {}\n}');
    const error = configurationErrorOf(() => loadConfig(path));
    expect(error.field).toBe(providersPath);
    expect(error.message).toContain('line 3, column 3: "a" stands here a second time');
  });

  it.each([[[]], ['a'], [null]])('are named by their file where it holds %j', (content) => {
    const { path, providersPath } = writeFiles({}, JSON.stringify(content));
    expect(configurationErrorOf(() => loadConfig(path))).toMatchObject({ field: providersPath });
  });
});
