/** Configuration files as they may be written: right ones. */
import fc from 'fast-check';

const optional = (shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(shape, { requiredKeys: [] });
const seconds = fc.double({ min: 0.001, max: 86_400, noNaN: true });
const limit = fc.option(fc.integer({ min: 1 }));
const models = fc.array(
  fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('__proto__', 'toString', 'constructor')),
);
const address = fc.constantFrom('https://llm.example.com/v1', 'http://localhost:8000/v1', 'http://[::1]/');
const levels = ['debug', 'info', 'warn', 'error', 'silent'];

/** What `routellm.config.json` may hold. */
export const settingsFile = optional({
  $schema: fc.constant('./routellm.config.schema.json'),
  api: optional({
    base_url: address,
    timeout: seconds,
    connect_timeout: seconds,
    max_retries: fc.nat(100),
    retry_delay: fc.double({ min: 0, max: 86_400, noNaN: true }),
  }),
  credit_system: optional({
    low_credit_threshold: fc.double({ min: 10, max: 1e9, noNaN: true }),
    critical_credit_threshold: fc.double({ min: 0, max: 10, noNaN: true }),
    unlimited_models: models,
    high_cost_models: models,
    when_critical: fc.constantFrom('economy', 'unlimited', 'advise'),
  }),
  rate_limiting: optional({
    requests_per_minute: limit,
    requests_per_hour: limit,
    burst_limit: limit,
    adaptive_throttling: fc.boolean(),
  }),
  model_routing: optional({
    enabled: fc.boolean(),
    learning_enabled: fc.boolean(),
    fallback_model: fc.constantFrom('route-llm', '__proto__', 'x'),
    max_routing_time: seconds,
  }),
  monitoring: optional({
    enabled: fc.boolean(),
    alert_webhooks: fc.constant([]),
    log_level: fc.constantFrom(...levels, ...levels.map((level) => level.toUpperCase())),
    metrics_retention_days: fc.integer({ min: 1, max: 3650 }),
  }),
});

const provider = (id: string): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(
    {
      id: fc.constant(id),
      kind: fc.constant('llm_api'),
      name: fc.string({ minLength: 1 }),
      enabled: fc.boolean(),
      key_env_var: fc.constant('MINE_KEY'),
      base_url: address,
      docs_url: fc.constant('https://llm.example.com/docs'),
      credit_source: fc.constantFrom('abacus', 'openrouter', 'none'),
      features: optional({ unlimited_models: models, premium_models: models }),
      health: optional({
        status: fc.string(),
        last_check: fc.option(fc.string()),
        last_error: fc.option(fc.string()),
      }),
      usage: optional({ requests_today: fc.nat(), total_credits_used: fc.nat() }),
    },
    { requiredKeys: ['base_url', 'key_env_var'] },
  );

/** What `integrations.providers.json` may hold. */
export const providersFile = fc
  .uniqueArray(fc.constantFrom('routellm', 'ollama', 'constructor', 'toString', 'a.b-c_1'))
  .chain((ids) => fc.record(Object.fromEntries(ids.map((id) => [id, provider(id)]))));
