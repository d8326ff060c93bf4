/** Every setting of integrations.providers.json, and what it does to a running client. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadConfig, RouteLLClient, type RouteLLClientOptions } from 'routell';
import { providerSchema } from '../../src/config/provider-schema.js';
import { type LoopbackUpstream, startUpstream } from '../call/loopback-upstream.js';
import { answers, atEnd, hello, unlimited } from '../call/scene.js';
import { configurationErrorOf, writeFiles } from './files.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

const listing = {
  object: 'list',
  data: ['first', 'second'].map((id) => ({
    id,
    object: 'model',
    input_token_rate: 0.000001,
    output_token_rate: 0.000002,
  })),
};

async function upstream(): Promise<LoopbackUpstream> {
  const started = await startUpstream(answers(), listing);
  atEnd(started.close);
  return started;
}

/** A client with these providers, whose keys stand in the environment. */
function clientWith(providers: object, options: RouteLLClientOptions = {}): RouteLLClient {
  vi.stubEnv('MINE_KEY', 'key-of-mine');
  vi.stubEnv('SPARE_KEY', 'key-of-spare');
  const { path } = writeFiles({ monitoring: { log_level: 'silent' } }, providers);
  const config = loadConfig(path, { environment: {} });
  const client = new RouteLLClient({ ...config, rateLimits: unlimited, ...options });
  atEnd(() => client.close({ graceMs: 50 }));
  return client;
}

const at = ({ baseURL }: LoopbackUpstream): object => ({ base_url: baseURL, key_env_var: 'MINE_KEY' });
const modelsSent = ({ received }: LoopbackUpstream): unknown[] => received.map(({ body }) => body['model']);

/** One test a setting, by its path. */
const effects: Readonly<Record<string, () => Promise<void>>> = {
  id: async () => {
    const mine = await upstream();
    const client = clientWith({ mine: { id: 'mine', ...at(mine) } });
    const result = await client.chatCompletion(hello, { model: 'first' });
    expect(result).toMatchObject({ success: true, attempts: [{ provider: 'mine' }] });
  },

  kind: async () => {
    const mine = await upstream();
    const client = clientWith({ mine: { kind: 'llm_api', ...at(mine) } });
    expect(client.listProviders()).toMatchObject([{ id: 'mine', kind: 'llm_api' }]);
    const other = clientWith({ mine: at(mine), other: { kind: 'vector_store', colour: 'blue' } });
    expect(other.listProviders().map(({ id }) => id)).toEqual(['mine']);
  },

  name: async () => {
    const client = clientWith({ mine: { name: 'My own', ...at(await upstream()) } });
    expect(client.listProviders()).toMatchObject([{ id: 'mine', name: 'My own' }]);
  },

  enabled: async () => {
    const [mine, spare] = [await upstream(), await upstream()];
    const client = clientWith({ mine: { ...at(mine), enabled: false }, spare: at(spare) });
    expect(await client.chatCompletion(hello, { model: 'first' })).toMatchObject({ success: true });
    expect([mine.received.length, spare.received.length]).toEqual([0, 1]);
    expect(client.listProviders()).toMatchObject([{ enabled: false }, { enabled: true }]);
  },

  key_env_var: async () => {
    const mine = await upstream();
    const client = clientWith({ mine: { ...at(mine), key_env_var: 'SPARE_KEY' } });
    await client.chatCompletion(hello, { model: 'first' });
    expect(mine.received[0]?.headers.authorization).toBe('Bearer key-of-spare');
    const lacking = { mine: { ...at(mine), key_env_var: 'toString' } };
    expect(configurationErrorOf(() => clientWith(lacking)).message).toMatch(
      /set toString in the environment/,
    );
  },

  base_url: async () => {
    const [mine, spare] = [await upstream(), await upstream()];
    await clientWith({ mine: at(spare) }).chatCompletion(hello, { model: 'first' });
    expect([mine.received.length, spare.received.length]).toEqual([0, 1]);
  },

  docs_url: async () => {
    const docs_url = 'https://llm.example.com/docs';
    const client = clientWith({ mine: { ...at(await upstream()), docs_url } });
    expect(client.listProviders()).toMatchObject([{ docsUrl: docs_url }]);
  },

  credit_source: async () => {
    const mine = await startUpstream(answers(), listing, { credits_used: 1, credits_granted: 10 });
    atEnd(mine.close);
    const sourceWith = async (record: object): Promise<unknown> =>
      (await clientWith({ mine: { ...at(mine), ...record } }).getCreditStatus()).source;
    expect(await sourceWith({})).toBe('account');
    expect(await sourceWith({ credit_source: 'none' })).toBe('unknown');
    expect(await sourceWith({ credit_source: 'vercel' })).toBe('unknown');
  },

  'features.unlimited_models': async () => {
    const mine = await upstream();
    const client = clientWith({ mine: { ...at(mine), features: { unlimited_models: ['second'] } } });
    expect(await client.chatCompletion(hello)).toMatchObject({ success: true, costUsd: 0 });
    expect(modelsSent(mine)).toEqual(['second']);
  },

  'features.premium_models': async () => {
    for (const premium of ['first', 'second']) {
      const mine = await upstream();
      const provider = { ...at(mine), features: { premium_models: [premium] } };
      const client = clientWith({ mine: provider }, { preferences: { quality: 1 } });
      await client.chatCompletion(hello);
      expect(modelsSent(mine)).toEqual([premium]);
      expect(client.catalog.get(premium)?.tier).toBe('premium');
    }
  },

  health: async () => {
    const health = { status: 'down', last_check: null, last_error: 'a bad day', last_ok: null };
    const client = clientWith({ mine: { ...at(await upstream()), health } });
    expect(client.listProviders()[0]?.health.status).toBe('unknown');
    await client.chatCompletion(hello, { model: 'first' });
    expect(client.listProviders()[0]?.health.status).not.toBe('down');
  },

  usage: async () => {
    const usage = { requests_today: 500, total_requests: 500 };
    const client = clientWith({ mine: { ...at(await upstream()), usage } });
    await client.chatCompletion(hello, { model: 'first' });
    expect(client.listProviders()[0]?.usage).toMatchObject({ totalRequests: 1 });
  },
};

describe('a setting of a provider has its effect', () => {
  it.each(Object.entries(effects))('%s', (_, test) => test());

  it('each of them', () => {
    const { features, ...rest } = providerSchema.shape;
    const paths = Object.keys(features.unwrap().shape).map((key) => `features.${key}`);
    expect(Object.keys(effects).sort()).toEqual([...Object.keys(rest), ...paths].sort());
  });
});

describe('the environment', () => {
  it('ROUTELLM_BASE_URL moves the provider routellm, and its key goes there', async () => {
    const mine = await upstream();
    vi.stubEnv('ROUTELLM_API_KEY', 'key-of-routellm');
    const { path } = writeFiles({}, { routellm: { base_url: 'https://routellm.abacus.ai/v1' } });
    const config = loadConfig(path, { environment: { ROUTELLM_BASE_URL: mine.baseURL } });
    const client = new RouteLLClient(config);
    atEnd(() => client.close());
    expect(await client.chatCompletion(hello, { model: 'first' })).toMatchObject({ success: true });
    expect(mine.received[0]?.headers.authorization).toBe('Bearer key-of-routellm');
  });

  it('a key of the environment is not sent where only the configuration says', async () => {
    const mine = await upstream();
    vi.stubEnv('ROUTELLM_API_KEY', 'canary-key');
    vi.stubEnv('ROUTELLM_BASE_URL', undefined);
    const { path } = writeFiles({ api: { base_url: mine.baseURL } }, {});
    const { field, message } = configurationErrorOf(() => new RouteLLClient(loadConfig(path)));
    expect(field).toBe('apiKey');
    expect(message).toContain('is not sent to');
    expect(message).not.toContain('canary');
  });

  it('nor where there are providers', async () => {
    const mine = await upstream();
    vi.stubEnv('ROUTELLM_API_KEY', 'canary-key');
    vi.stubEnv('ROUTELLM_BASE_URL', undefined);
    const api = { base_url: mine.baseURL };
    const off = { ...at(mine), enabled: false };
    for (const providers of [{ off }, { routellm: {} }, { routellm: api }]) {
      const { path } = writeFiles({ api }, providers);
      const { field } = configurationErrorOf(() => new RouteLLClient(loadConfig(path)));
      expect(field).toBe('routellm.key_env_var');
    }
    expect(mine.received).toEqual([]);
  });
});
