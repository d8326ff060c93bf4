import { afterEach, describe, expect, it, vi } from 'vitest';
import { resolveAccess } from '../src/access.js';
import { ConfigurationError } from '../src/errors.js';

const VENDOR = 'https://routellm.abacus.ai/v1';
const OTHER = 'https://llm.example.com/v1';

function refusal(...given: Parameters<typeof resolveAccess>): ConfigurationError {
  try {
    resolveAccess(...given);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
  }
  throw new Error('expected a ConfigurationError');
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('resolveAccess', () => {
  it('takes what is given', () => {
    expect(resolveAccess({ apiKey: 'k1', baseURL: OTHER }, {})).toEqual({ apiKeys: ['k1'], baseURL: OTHER });
  });

  it('goes to the vendor by default, with the key of the environment', () => {
    expect(resolveAccess({}, { ROUTELLM_API_KEY: 'k1' })).toEqual({ apiKeys: ['k1'], baseURL: VENDOR });
  });

  it('reads the environment of the process unless it is given one', () => {
    vi.stubEnv('ROUTELLM_API_KEY', 'from-process');
    vi.stubEnv('ROUTELLM_BASE_URL', '');
    expect(resolveAccess({})).toEqual({ apiKeys: ['from-process'], baseURL: VENDOR });
  });

  it('works where there is no process', () => {
    vi.stubGlobal('process', undefined);
    try {
      expect(refusal({}).field).toBe('apiKey');
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('an option counts more than the environment', () => {
    const environment = { ROUTELLM_API_KEY: 'k1', ROUTELLM_BASE_URL: OTHER };
    expect(resolveAccess({ apiKey: 'k2', baseURL: 'https://x.example/v1' }, environment)).toEqual({
      apiKeys: ['k2'],
      baseURL: 'https://x.example/v1',
    });
  });

  it('sends the key of the environment to the address of the environment, however it is written', () => {
    const environment = { ROUTELLM_API_KEY: 'k1', ROUTELLM_BASE_URL: `${OTHER}/` };
    expect(resolveAccess({}, environment)).toEqual({ apiKeys: ['k1'], baseURL: OTHER });
    expect(resolveAccess({ baseURL: OTHER }, environment).apiKeys).toEqual(['k1']);
  });

  it('sends it to a workspace of the vendor', () => {
    const baseURL = 'https://workspace.abacus.ai/v1';
    expect(resolveAccess({ baseURL }, { ROUTELLM_API_KEY: 'k1' }).apiKeys).toEqual(['k1']);
  });

  it.each([
    ['another origin', OTHER, {}],
    ['a name that only looks like the vendor', 'https://routellm.abacus.ai.evil.example/v1', {}],
    ['a name that only ends like the vendor', 'https://evilabacus.ai/v1', {}],
    ['another port', 'https://llm.example.com:8443/v1', { ROUTELLM_BASE_URL: OTHER }],
    ['the vendor, where the key belongs elsewhere', VENDOR, { ROUTELLM_BASE_URL: OTHER }],
    ['anywhere, where its own address is none', OTHER, { ROUTELLM_BASE_URL: 'no address' }],
  ])('never sends the key of the environment to %s', (_, baseURL, environment) => {
    const error = refusal({ baseURL }, { ROUTELLM_API_KEY: 'canary-key', ...environment });
    expect(error.field).toBe('apiKey');
    expect(error.message).toContain(new URL(baseURL).origin);
    expect(error.message).not.toContain('canary-key');
  });

  it.each([{}, { ROUTELLM_API_KEY: '' }, { ROUTELLM_API_KEY: '  ' }])(
    'says how to give a key: %j',
    (environment) => {
      const error = refusal({}, environment);
      expect(error.field).toBe('apiKey');
      expect(error.message).toContain('ROUTELLM_API_KEY');
    },
  );

  it('takes white space off a key', () => {
    expect(resolveAccess({}, { ROUTELLM_API_KEY: ' k1\n' }).apiKeys).toEqual(['k1']);
    expect(resolveAccess({ apiKey: '\tk2 ' }, {}).apiKeys).toEqual(['k2']);
  });

  it.each(['canary\nkey', 'canary key', 'canary-✓', 'canary\0key'])(
    'refuses a key no header can carry: %j',
    (apiKey) => {
      const error = refusal({ apiKey }, {});
      expect(error.field).toBe('apiKey');
      expect(error.message).not.toContain('canary');
    },
  );

  it.each([
    'http://localhost:8000/v1',
    'http://127.0.0.1/v1',
    'http://127.9.9.9:1/v1',
    'http://[::1]:8000/v1',
  ])('takes http on this machine: %s', (baseURL) => {
    expect(resolveAccess({ apiKey: 'k', baseURL }, {}).baseURL).toBe(baseURL);
  });

  it.each([
    'http://llm.example.com/v1',
    'http://192.168.1.5:8000/v1',
    'http://0.0.0.0:8000/v1',
    'http://127.0.0.1.evil.example/v1',
    'http://localhost.evil.example/v1',
    'http://169.254.169.254/latest',
    'ftp://llm.example.com',
    'file:///etc/passwd',
    'llm.example.com/v1',
    'nonsense',
    '',
  ])('refuses to send a key to %j', (baseURL) => {
    const error = refusal({ apiKey: 'k', baseURL }, {});
    expect(error.field).toBe('baseURL');
    expect(error.message).toContain('https');
  });

  it.each([
    'https://user:canary@llm.example.com/v1',
    'https://canary@llm.example.com/v1',
    'https://llm.example.com/v1?key=canary',
    'https://llm.example.com/v1#canary',
  ])('refuses secrets in the address, without telling them: %s', (baseURL) => {
    const error = refusal({ apiKey: 'k', baseURL }, {});
    expect(error.field).toBe('baseURL');
    expect(error.message).not.toContain('canary');
  });

  it('names the variable where the address of the environment is wrong', () => {
    expect(refusal({}, { ROUTELLM_API_KEY: 'k', ROUTELLM_BASE_URL: 'nonsense' }).message).toContain(
      'ROUTELLM_BASE_URL',
    );
  });
});
