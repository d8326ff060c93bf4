/** Whatever the files hold: options that say all of it, or a ConfigurationError; nothing in between, nothing else. */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ConfigurationError, loadConfig, RouteLLClient, type RouteLLClientOptions } from 'routell';
import { providersFile, settingsFile } from './arbitrary-files.js';
import { newFolder, writeFile } from './files.js';

type Json = Record<string, unknown>;

/** Many runs, as the long checks want them, take their time. */
const LONGEST_MS = 600_000;

const hostile = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '$schema',
);
const sections = fc.constantFrom(
  'api',
  'credit_system',
  'rate_limiting',
  'model_routing',
  'monitoring',
  'routellm',
);
const settings = fc.constantFrom(
  'timeout',
  'base_url',
  'enabled',
  'features',
  'unlimited_models',
  'health',
  'id',
);
const name = fc.oneof(hostile, sections, settings, fc.string());

/** Any JSON, as text: with names that matter to this library, or to JavaScript, more often than by chance. */
const anyJson = fc
  .letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.array(fc.tuple(name, tie('node')), { maxLength: 4 }).map((entries) => new Map(entries)),
    ),
  }))
  .node.map(written);

/** JSON with an own `__proto__`, which only a text can have. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  const entries = [...(value as Map<string, unknown>)];
  return `{${entries.map(([key, below]) => `${JSON.stringify(key)}:${written(below)}`).join(',')}}`;
}

const asMap = (value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : new Map(Object.entries(value).map(([key, below]) => [key, asMap(below)]));

/** A right file with one thing in it replaced or added: as JSON text. */
const spoilt = (files: fc.Arbitrary<object>): fc.Arbitrary<string> =>
  fc
    .tuple(files, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), name, anyJson)
    .map(([file, way, key, text]) => {
      const top = asMap(file) as Map<string, unknown>;
      let current = top;
      for (const step of way) {
        const below = [...current.values()].filter((value) => value instanceof Map)[
          step % (current.size || 1)
        ];
        if (below === undefined) break;
        current = below as Map<string, unknown>;
      }
      const keys = [...current.keys(), key];
      current.set(keys[(way[0] ?? 0) % keys.length] ?? key, asMap(JSON.parse(text)));
      return written(top);
    });

const seconds = (value: unknown): unknown => Math.round((value as number) * 1000);
const lower = (value: unknown): unknown => (value as string).toLowerCase();
const same = (value: unknown): unknown => value;

/** What each setting is among the options. */
const OPTIONS: Readonly<Record<string, readonly [path: string, convert: (value: unknown) => unknown]>> = {
  'api.base_url': ['baseURL', same],
  'api.timeout': ['timeouts.totalMs', seconds],
  'api.connect_timeout': ['timeouts.connectMs', seconds],
  'api.max_retries': ['retries.maxRetries', same],
  'api.retry_delay': ['retries.retryDelayMs', seconds],
  'credit_system.low_credit_threshold': ['credits.lowThreshold', same],
  'credit_system.critical_credit_threshold': ['credits.criticalThreshold', same],
  'credit_system.unlimited_models': ['credits.unlimitedModels', same],
  'credit_system.high_cost_models': ['credits.highCostModels', same],
  'credit_system.when_critical': ['credits.whenCritical', same],
  'rate_limiting.requests_per_minute': ['rateLimits.requestsPerMinute', same],
  'rate_limiting.requests_per_hour': ['rateLimits.requestsPerHour', same],
  'rate_limiting.burst_limit': ['rateLimits.burst', same],
  'rate_limiting.adaptive_throttling': ['rateLimits.adaptive', same],
  'model_routing.enabled': ['routing.enabled', same],
  'model_routing.learning_enabled': ['routing.learning', same],
  'model_routing.fallback_model': ['fallbackModel', same],
  'model_routing.max_routing_time': ['routing.maxRoutingTimeMs', seconds],
  'monitoring.enabled': ['monitoring.enabled', same],
  'monitoring.alert_webhooks': ['monitoring.alertWebhooks', same],
  'monitoring.log_level': ['monitoring.logLevel', lower],
  'monitoring.metrics_retention_days': ['monitoring.retentionDays', same],
};

/** The options that a file stands for, told once more. Throws where the file says more than that. */
function expectedOptions(file: Json): Json {
  const options: Record<string, unknown> = {};
  for (const [section, below] of Object.entries(file)) {
    if (section === '$schema') continue;
    for (const [key, value] of Object.entries(below as Json)) {
      const [path, convert] = OPTIONS[`${section}.${key}`]!;
      const [first = '', second] = path.split('.');
      if (second === undefined) options[first] = convert(value);
      else options[first] = { ...(options[first] as Json | undefined), [second]: convert(value) };
    }
  }
  return options;
}

/** What a file of providers stands for; the client's own mapping is tested by example. */
const idsOf = (file: Json): string[] => Object.keys(file).filter((id) => id !== '$schema');

/** Such records are passed over; one that is nearly of this kind is refused. */
const isOfAnotherKind = ({ kind }: Json): boolean => typeof kind === 'string' && kind !== 'llm_api';

/** The address of the RouteLLM API is one: where the configuration names it, the provider has no other. */
function providersOfOneMind(settingsJson: Json, providersJson: Json): Json {
  const { base_url } = (settingsJson['api'] ?? {}) as Json;
  const routellm = providersJson['routellm'] as Json | undefined;
  return routellm === undefined || base_url === undefined
    ? providersJson
    : { ...providersJson, routellm: { ...routellm, base_url } };
}

/** It joins the others where the environment's key is for its address: else the file has to name its key. */
function environmentOf(settingsJson: Json): Record<string, string | undefined> {
  const { base_url } = (settingsJson['api'] ?? {}) as { readonly base_url?: string };
  return { ROUTELLM_BASE_URL: base_url };
}

const intrinsics = (): unknown =>
  [Object.prototype, Array.prototype, Function.prototype, String.prototype].map((prototype) =>
    Reflect.ownKeys(prototype).map((key) => [
      key,
      Object.getOwnPropertyDescriptor(prototype, key)?.value as unknown,
    ]),
  );

const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The options, or null where they were refused as they should be. */
function loaded(path: string, environment = {}): RouteLLClientOptions | null {
  try {
    return loadConfig(path, { environment });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    expect(error.field).not.toBe('');
    expect(error.message).not.toMatch(/[\r\n]/);
    return null;
  }
}

describe('loadConfig', () => {
  const untouched = intrinsics();
  let folder = '';
  beforeAll(() => {
    vi.stubEnv('MINE_KEY', 'key');
    vi.stubEnv('ROUTELLM_API_KEY', 'key');
  });
  afterAll(() => vi.unstubAllEnvs());
  afterEach(() => expect(intrinsics()).toEqual(untouched));

  /** One folder for all runs: a file is written over the last. */
  const write = (settingsText: unknown, providersText: unknown = {}): string => {
    writeFile(providersText, 'integrations.providers.json', folder);
    return writeFile(settingsText, 'routellm.config.json', folder);
  };

  it(
    'takes every right file, all of it, and the client takes the options',
    async () => {
      folder = newFolder();
      await fc.assert(
        fc.asyncProperty(settingsFile, providersFile, async (settingsJson: Json, providersJson: Json) => {
          const path = write(settingsJson, providersOfOneMind(settingsJson, providersJson));
          const { providers, baseURL, ...options } = loadConfig(path, {
            environment: environmentOf(settingsJson),
          });
          const { baseURL: expectedBaseURL, ...expected } = expectedOptions(settingsJson);
          expect(options).toEqual(expected);
          if (idsOf(providersJson).length === 0) {
            expect({ providers, baseURL }).toEqual({ providers: undefined, baseURL: expectedBaseURL });
            await new RouteLLClient({ ...options, logger, apiKey: 'key', baseURL }).close();
            return;
          }
          const ids = idsOf(providersJson);
          const joins = expectedBaseURL !== undefined && !ids.includes('routellm');
          expect(baseURL).toBeUndefined();
          expect(providers?.map(({ id }) => id)).toEqual(joins ? ['routellm', ...ids] : ids);
          const one = { id: 'one', baseURL: 'http://localhost:1', apiKey: 'key' };
          await new RouteLLClient({ ...options, logger, providers: [...(providers ?? []), one] }).close();
        }),
      );
    },
    LONGEST_MS,
  );

  it.each([
    ['any JSON', anyJson],
    ['a right file with something spoilt', spoilt(settingsFile)],
  ])(
    'of %s as the configuration, applies all or nothing',
    (_, texts) => {
      folder = newFolder();
      fc.assert(
        fc.property(texts, (text) => {
          const options = loaded(write(text));
          if (options !== null) expect(options).toEqual(expectedOptions(JSON.parse(text) as Json));
        }),
      );
    },
    LONGEST_MS,
  );

  it.each([
    ['any JSON', anyJson],
    ['a right file with something spoilt', spoilt(providersFile)],
  ])(
    'of %s as the providers, applies all or nothing',
    (_, texts) => {
      folder = newFolder();
      fc.assert(
        fc.property(texts, (text) => {
          const options = loaded(write({}, text));
          if (options === null) return;
          const file = JSON.parse(text) as Json;
          const ids = idsOf(file).filter((id) => !isOfAnotherKind(file[id] as Json));
          expect(options.providers?.map(({ id }) => id) ?? []).toEqual(ids);
          for (const provider of options.providers ?? []) {
            const record = file[provider.id] as Json;
            expect(provider).toMatchObject(
              record['base_url'] === undefined ? {} : { baseURL: record['base_url'] },
            );
          }
        }),
      );
    },
    LONGEST_MS,
  );

  it(
    'of any text or bytes, is a ConfigurationError or options',
    () => {
      folder = newFolder();
      const contents = fc.oneof(fc.string(), fc.uint8Array(), fc.constant('{"api":{}}'));
      fc.assert(
        fc.property(contents, contents, (settingsText, providersText) => {
          loaded(write(settingsText, providersText));
        }),
      );
    },
    LONGEST_MS,
  );

  it(
    'of any environment, is a ConfigurationError or options',
    () => {
      folder = newFolder();
      const names = fc.oneof(
        fc.constantFrom(
          'ROUTELL_API_TIMEOUT',
          'ROUTELL_MODEL_ROUTING_ENABLED',
          'ROUTELLM_BASE_URL',
          '__proto__',
        ),
        fc.constantFrom(
          'ROUTELL___PROTO___X',
          'ROUTELL_API___PROTO__',
          'ROUTELL_',
          'ROUTELL_MONITORING_LOG_LEVEL',
        ),
        name.map((text) => `ROUTELL_${text}`),
      );
      const values = fc.oneof(
        fc.string(),
        fc.constantFrom('1', 'true', '__proto__', 'null', 'info'),
        anyJson,
      );
      const path = write({});
      fc.assert(
        fc.property(fc.array(fc.tuple(names, values), { maxLength: 3 }), (entries) => {
          loaded(path, Object.fromEntries(entries));
        }),
      );
    },
    LONGEST_MS,
  );
});
