import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { type AccessOptions, resolveProviders } from '../../src/config/providers.js';
import { ConfigurationError } from '../../src/errors.js';
import { EventBus } from '../../src/events.js';
import { RouteLLClient } from '../../src/index.js';
import { fakeProvider } from '../upstream/fake-provider.js';

beforeEach(() => {
  vi.stubEnv('ROUTELLM_API_KEY', undefined);
  vi.stubEnv('ROUTELLM_BASE_URL', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const resolve = (options: AccessOptions): ReturnType<typeof resolveProviders> =>
  resolveProviders(options, { clock: systemClock, events: new EventBus() });
const groq = { id: 'groq', baseURL: 'https://groq.example/v1', apiKey: 'g' };
const off = { enabled: false };
const local = { id: 'local', baseURL: 'http://localhost:11434/v1/', apiKey: 'none' };

function refusal(options: unknown): ConfigurationError {
  try {
    new RouteLLClient(options as object);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('expected a ConfigurationError');
}

describe('resolveProviders', () => {
  it('makes one of apiKey and baseURL, named by its host, or as the vendor’s own', () => {
    expect(resolve({ apiKey: 'k' })).toMatchObject([
      { id: 'routellm', name: 'RouteLLM API', enabled: true, baseURL: 'https://routellm.abacus.ai/v1' },
    ]);
    const [other] = resolve({ apiKey: 'k', baseURL: 'http://localhost:8000/v1' });
    expect(other).toMatchObject({ id: 'localhost:8000', docsUrl: null, rateLimits: null });
    expect(other?.provider?.group).toBe('localhost:8000');
  });

  it('takes several in their order, with every field’s default', () => {
    const [first, second] = resolve({ providers: [groq, local] });
    expect(first).toMatchObject({ id: 'groq', name: 'groq', enabled: true, unlimitedModels: [] });
    expect(second).toMatchObject({ id: 'local', baseURL: 'http://localhost:11434/v1' });
    expect(second?.provider).toMatchObject({ id: 'local', group: 'local', keyCount: 1 });
  });

  it('reads keys from the variable that the provider names, several at commas', () => {
    vi.stubEnv('GROQ_KEYS', ' one, two ,,one');
    const [provider] = resolve({ providers: [{ ...groq, apiKey: undefined, keyEnvVar: 'GROQ_KEYS' }] });
    expect(provider?.provider?.keyCount).toBe(2);
  });

  it('keeps one that is switched off in the list, and needs no key for it', () => {
    const spare = {
      id: 'spare',
      enabled: false,
      baseURL: 'https://off.example/v1/',
      docsUrl: 'https://off.example',
    };
    expect(resolve({ providers: [spare, groq] })[0]).toMatchObject({
      id: 'spare',
      enabled: false,
      baseURL: 'https://off.example/v1',
      provider: null,
      docsUrl: 'https://off.example',
    });
  });

  it('takes a provider of the user’s own making as it is', () => {
    const made = fakeProvider({});
    expect(resolve({ providers: [made] })[0]).toMatchObject({ id: 'p', provider: made });
    expect(() => new RouteLLClient({ providers: [made] })).not.toThrow();
  });
});

describe('where the credits are read', () => {
  const page = { credits_used: 1, credits_granted: 10, balance: '2.50', left: 3 };
  const credits = async (options: object): Promise<unknown> => {
    const asked: string[] = [];
    const fetch = (input: unknown): Promise<Response> => {
      asked.push(String(input));
      return Promise.resolve(Response.json(page));
    };
    const client = new RouteLLClient({ ...options, fetch, monitoring: { logLevel: 'silent' } });
    const { remainingCredits, unit } = await client.getCreditStatus();
    await client.close({ graceMs: 0 });
    return [new URL(asked[0] ?? 'https://nobody.example/').href, remainingCredits, unit];
  };
  const own = {
    path: '/wallet',
    besideVersion: true,
    read: ({ left }: typeof page) => ({
      usedCredits: null,
      grantedCredits: null,
      remainingCredits: left,
      unit: 'eur',
      plan: null,
    }),
  };

  it.each<[object, string, number | null, string]>([
    [{ apiKey: 'k' }, 'https://routellm.abacus.ai/v1/account', 9, 'credits'],
    [
      { apiKey: 'k', baseURL: 'https://ai-gateway.vercel.sh/v1' },
      'https://ai-gateway.vercel.sh/v1/credits',
      2.5,
      'usd',
    ],
    [{ providers: [{ ...groq, creditSource: 'vercel' }] }, 'https://groq.example/v1/credits', 2.5, 'usd'],
    [{ providers: [{ ...groq, creditSource: 'none' }] }, 'https://nobody.example/', null, 'credits'],
    [{ providers: [{ ...groq, creditSource: own }] }, 'https://groq.example/wallet', 3, 'eur'],
    [
      { apiKey: 'k', baseURL: 'https://llm.example/v1', credits: { source: 'vercel' } },
      'https://llm.example/v1/credits',
      2.5,
      'usd',
    ],
  ])('of %j: %s', async (options, url, remaining, unit) => {
    expect(await credits(options)).toEqual([url, remaining, unit]);
  });

  it.each([
    ['credits.source', { apiKey: 'k', credits: { source: 'openroutr' } }],
    ['credits.source', { providers: [groq], credits: { source: 'none' } }],
    ['credits.source', { apiKey: 'k', credits: { source: { ...own, path: 'https://evil.example/x' } } }],
    ['credits.source', { apiKey: 'k', credits: { source: { ...own, path: '//evil.example' } } }],
    ['credits.source', { apiKey: 'k', credits: { source: { path: '/wallet' } } }],
    ['providers[0].creditSource', { providers: [{ ...groq, creditSource: { read: 1 } }] }],
  ])('is refused, naming %s, where it makes no sense', (field, options) => {
    expect(refusal(options).field).toContain(field);
  });

  it('stands in the options in force without its function', () => {
    const client = new RouteLLClient({ apiKey: 'k', credits: { source: own as never } });
    expect(client.config.credits).not.toHaveProperty('source');
  });
});

describe('providers that make no sense', () => {
  it.each([
    ['providers', { providers: [] }],
    ['providers', { providers: [{ ...groq, enabled: false }] }],
    ['providers', { providers: groq }],
    ['providers[1].id', { providers: [groq, { ...local, id: 'groq' }] }],
    ['providers[0].id', { providers: [{ ...groq, id: '' }] }],
    ['providers[0].id', { providers: [{ baseURL: groq.baseURL, apiKey: 'g' }] }],
    ['providers[0].baseURL', { providers: [{ ...groq, baseURL: 'http://groq.example/v1' }] }],
    ['providers[0].baseURL', { providers: [{ ...groq, baseURL: 'https://u:canary@groq.example/v1' }] }],
    ['providers[1].apiKey', { providers: [local, { ...groq, apiKey: undefined }] }],
    ['providers[0].apiKey', { providers: [{ ...groq, apiKey: undefined, keyEnvVar: 'NOT_SET' }] }],
    ['providers[0].apiKey', { providers: [{ ...groq, apiKey: 'canary key' }] }],
    ['providers[0].key_env_var', { providers: [{ ...groq, key_env_var: 'X' }] }],
    [
      'providers[1].rateLimits',
      {
        providers: [
          { ...groq, group: 'g', rateLimits: {} },
          { ...local, group: 'g', rateLimits: {} },
        ],
      },
    ],
    [
      'providers[0].baseURL',
      { providers: [{ ...groq, ...off, baseURL: 'https://u:canary@g.example' }, local] },
    ],
    [
      'providers[1].baseURL',
      { providers: [local, { ...groq, ...off, baseURL: 'https://g.example?k=canary' }] },
    ],
    ['providers[0].baseURL', { providers: [{ ...groq, ...off, baseURL: 'http://groq.example/v1' }, local] }],
    ['providers[0].baseURL', { providers: [{ ...groq, ...off, baseURL: 'canary' }, local] }],
    ['providers[0].rateLimits.burst', { providers: [{ ...groq, rateLimits: { burst: 0 } }] }],
    ['providers[1].rateLimits.bursts', { providers: [groq, { ...local, rateLimits: { bursts: 5 } }] }],
    ['providers[1].rateLimits.burst', { providers: [groq, { ...local, ...off, rateLimits: { burst: -1 } }] }],
    ['rateLimits.burst', { rateLimits: { burst: -5 }, providers: [{ ...groq, rateLimits: { burst: 1 } }] }],
    ['rateLimits.nonsense', { rateLimits: { nonsense: 1 }, providers: [fakeProvider({})] }],
    ['apiKey', { apiKey: 'k', providers: [groq] }],
    ['baseURL', { baseURL: groq.baseURL, providers: [groq] }],
    ['models.m.provider', { providers: [groq], models: { m: { provider: 'grok', costPerToken: 1e-6 } } }],
    ['models.m.provider', { apiKey: 'k', models: { m: { provider: 'nowhere', costPerToken: 1e-6 } } }],
  ])('are refused, naming %s', (field, options) => {
    const error = refusal(options);
    expect(error.field).toBe(field);
    expect(error.message).not.toContain('canary');
  });

  it('name what was probably meant', () => {
    const models = { m: { provider: 'grok', costPerToken: 1e-6 } };
    expect(refusal({ providers: [groq], models }).message).toContain("Did you mean 'groq'?");
    expect(refusal({ providers: [{ ...groq, keyEnvVars: 'X' }] }).message).toContain("'keyEnvVar'");
  });
});
