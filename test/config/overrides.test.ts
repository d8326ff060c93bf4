import { describe, expect, it } from 'vitest';
import { readOverrides, variableOf } from '../../src/config/overrides.js';
import { settingsSchema } from '../../src/config/settings-schema.js';
import { configurationErrorOf } from './files.js';

describe('readOverrides', () => {
  it('reads every setting by its name, whatever its type', () => {
    const environment = {
      ROUTELL_API_BASE_URL: 'http://localhost:8000/v1',
      ROUTELL_API_TIMEOUT: '60',
      ROUTELL_API_MAX_RETRIES: ' 5\n',
      ROUTELL_API_RETRY_DELAY: '0.25',
      ROUTELL_CREDIT_SYSTEM_LOW_CREDIT_THRESHOLD: '50',
      ROUTELL_CREDIT_SYSTEM_CRITICAL_CREDIT_THRESHOLD: '5.5',
      ROUTELL_CREDIT_SYSTEM_UNLIMITED_MODELS: 'a, b,c',
      ROUTELL_CREDIT_SYSTEM_HIGH_COST_MODELS: 'd',
      ROUTELL_RATE_LIMITING_REQUESTS_PER_MINUTE: '120',
      ROUTELL_RATE_LIMITING_REQUESTS_PER_HOUR: 'null',
      ROUTELL_RATE_LIMITING_BURST_LIMIT: '20',
      ROUTELL_RATE_LIMITING_ADAPTIVE_THROTTLING: 'FALSE',
      ROUTELL_MODEL_ROUTING_ENABLED: 'true',
      ROUTELL_MODEL_ROUTING_LEARNING_ENABLED: 'false',
      ROUTELL_MODEL_ROUTING_FALLBACK_MODEL: 'null',
      ROUTELL_MODEL_ROUTING_MAX_ROUTING_TIME: '1e-2',
      ROUTELL_MONITORING_ENABLED: 'false',
      ROUTELL_MONITORING_LOG_LEVEL: 'Debug',
      ROUTELL_MONITORING_METRICS_RETENTION_DAYS: '7',
      PATH: '/usr/bin',
    };
    expect(readOverrides(environment)).toEqual({
      api: { base_url: 'http://localhost:8000/v1', timeout: 60, max_retries: 5, retry_delay: 0.25 },
      credit_system: {
        low_credit_threshold: 50,
        critical_credit_threshold: 5.5,
        unlimited_models: ['a', 'b', 'c'],
        high_cost_models: ['d'],
      },
      rate_limiting: {
        requests_per_minute: 120,
        requests_per_hour: null,
        burst_limit: 20,
        adaptive_throttling: false,
      },
      model_routing: {
        enabled: true,
        learning_enabled: false,
        fallback_model: 'null',
        max_routing_time: 0.01,
      },
      monitoring: { enabled: false, log_level: 'Debug', metrics_retention_days: 7 },
    });
  });

  it('takes blank and missing variables as not set, and those of others as not ours', () => {
    const environment = {
      ROUTELL_API_TIMEOUT: ' ',
      ROUTELL_API_TIMOUT: '',
      ROUTELL_MONITORING_ENABLED: undefined,
      ROUTELL_LOG: 'debug',
      ROUTELL_CONFIG: 'a.json',
      ROUTELLM_API_KEY: 'canary',
      ROUTELLM_BASE_URL: 'https://llm.example.com',
      ROUTELLM_SECOND_KEY: 'canary',
      ROUTELLING: '1',
    };
    expect(readOverrides(environment)).toEqual({});
  });

  it.each([
    ['ROUTELL_API_TIMEOUT', '60s', 'expected seconds, from 0.001 to 86400'],
    ['ROUTELL_API_TIMEOUT', '0', 'expected seconds'],
    ['ROUTELL_API_TIMEOUT', 'null', 'expected seconds'],
    ['ROUTELL_API_TIMEOUT', 'Infinity', 'expected seconds'],
    ['ROUTELL_API_MAX_RETRIES', '1.5', 'expected a whole number, 0 to 100'],
    ['ROUTELL_API_BASE_URL', 'llm.example.com', 'expected an https address'],
    ['ROUTELL_API_BASE_URL', 'https://llm.example.com?key=canary', 'expected an https address'],
    ['ROUTELL_CREDIT_SYSTEM_LOW_CREDIT_THRESHOLD', '-1', 'expected a number, 0 or more'],
    ['ROUTELL_CREDIT_SYSTEM_UNLIMITED_MODELS', 'a,,b', 'expected the name of a model'],
    ['ROUTELL_RATE_LIMITING_BURST_LIMIT', 'none', 'expected a whole number, 1 or more'],
    ['ROUTELL_MODEL_ROUTING_ENABLED', 'yes', 'expected true or false'],
    ['ROUTELL_MODEL_ROUTING_ENABLED', 'constructor', 'expected true or false'],
    ['ROUTELL_MODEL_ROUTING_FALLBACK_MODEL', 'auto', "'auto' is none"],
    ['ROUTELL_MONITORING_ALERT_WEBHOOKS', 'https://hooks.example/canary', 'not available yet'],
    ['ROUTELL_MONITORING_LOG_LEVEL', 'loud', 'expected one of debug, info, warn, error, silent'],
    ['ROUTELL_MONITORING_METRICS_RETENTION_DAYS', '4000', 'expected a whole number, 1 to 3650'],
  ])('refuses %s=%s, naming the variable', (name, text, expected) => {
    const error = configurationErrorOf(() => readOverrides({ [name]: text }));
    expect(error.field).toBe(name);
    expect(error.message).toContain(`${name} is not valid: `);
    expect(error.message).toContain(expected);
    expect(error.message).not.toContain('canary');
  });

  it.each([
    ['ROUTELL_API_TIMOUT', 'ROUTELL_API_TIMEOUT'],
    ['ROUTELL_RATE_LIMITING_BURST', 'ROUTELL_RATE_LIMITING_BURST_LIMIT'],
    ['ROUTELL_LOGS', 'ROUTELL_LOG'],
    ['ROUTELL_api_timeout', 'ROUTELL_API_TIMEOUT'],
    ['ROUTELLM_API_TIMEOUT', 'ROUTELL_API_TIMEOUT'],
    ['ROUTELLM_MONITORING_LOG_LEVEL', 'ROUTELL_MONITORING_LOG_LEVEL'],
    ['ROUTELL_API_KEY', 'ROUTELLM_API_KEY'],
    ['ROUTELL_API_KEYS', 'ROUTELLM_API_KEY'],
    ['ROUTELL_BASE_URL', 'ROUTELLM_BASE_URL'],
    ['ROUTELL_API_BASE_URI', 'ROUTELL_API_BASE_URL'],
    ['ROUTELLM_LOG', 'ROUTELL_LOG'],
    ['ROUTELLM_CONFIG', 'ROUTELL_CONFIG'],
  ])('does not know %s: did you mean %s?', (name, nearest) => {
    const error = configurationErrorOf(() => readOverrides({ [name]: 'canary' }));
    expect(error.field).toBe(name);
    expect(error.message).not.toContain('canary');
    expect(error.message).toContain(`Did you mean ${nearest}?`);
  });

  it('says how a variable is named where none is near', () => {
    const { message } = configurationErrorOf(() => readOverrides({ ROUTELL_COLOUR_OF_THE_SKY: 'blue' }));
    expect(message).toBe(
      'ROUTELL_COLOUR_OF_THE_SKY is not known. A setting is ROUTELL_<SECTION>_<KEY>, as ROUTELL_API_TIMEOUT.',
    );
  });

  it('takes what a hand-made environment has as values, and checks it', () => {
    const environment = { ROUTELL_API_TIMEOUT: 60 } as unknown as Record<string, string>;
    expect(readOverrides(environment)).toEqual({ api: { timeout: 60 } });
    const wrong = { ROUTELL_API_TIMEOUT: {} } as unknown as Record<string, string>;
    expect(configurationErrorOf(() => readOverrides(wrong)).field).toBe('ROUTELL_API_TIMEOUT');
  });
});

it('every setting has a variable of its own', () => {
  const names = Object.entries(settingsSchema.shape).flatMap(([section, type]) => {
    const below = type.unwrap();
    return 'shape' in below ? Object.keys(below.shape).map((key) => variableOf(section, key)) : [];
  });
  expect(names).toHaveLength(22);
  expect(new Set(names).size).toBe(22);
});
