import { RateLimitExceededError, RouteLLError, UpstreamError } from 'routell';
import { describe, expect, it } from 'vitest';
import { adviceOn, type ProviderAccess } from '../../../src/cli/doctor/advice.js';

const access: ProviderAccess = {
  id: 'main',
  baseURL: 'https://api.example.org/v1',
  keyName: 'MAIN_KEY',
  addressPlace: 'main.base_url',
  proxied: false,
};

function connectionError(systemCode: string): RouteLLError {
  const system = Object.assign(new Error(systemCode), { code: systemCode });
  return new UpstreamError(
    'upstream',
    'The connection failed.',
    { status: null, provider: 'main', requestId: null, retryAfterMs: null },
    { cause: new TypeError('fetch failed', { cause: system }) },
  );
}

describe('adviceOn a connection that failed', () => {
  it.each([
    ['ENOTFOUND', /The name api\.example\.org is not found.*online.*main\.base_url/],
    ['EAI_AGAIN', /is not found/],
    ['ENETUNREACH', /There is no network/],
    ['EHOSTUNREACH', /There is no network, or no way to api\.example\.org/],
    ['ECONNREFUSED', /Nothing listens/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /NODE_EXTRA_CA_CERTS/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /NODE_EXTRA_CA_CERTS/],
    ['CERT_HAS_EXPIRED', /machine's clock/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /TLS/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /plain http/],
    ['EPROTO', /TLS/],
    ['ECONNRESET', /Check that api\.example\.org can be reached.*main is up/],
  ])('%s', (code, advice) => {
    expect(adviceOn(connectionError(code), access)).toMatch(advice);
  });

  it('speaks of a proxy only where there is one', () => {
    expect(adviceOn(connectionError('ENOTFOUND'), access)).not.toContain('PROXY');
    expect(adviceOn(connectionError('ENOTFOUND'), { ...access, proxied: true })).toContain(
      'NODE_USE_ENV_PROXY=1',
    );
  });
});

describe('adviceOn an answer', () => {
  const statusError = (status: number): UpstreamError =>
    new UpstreamError('upstream', 'It failed.', {
      status,
      provider: 'main',
      requestId: null,
      retryAfterMs: null,
    });

  it.each([
    [404, /no API at this path/],
    [405, /no API at this path/],
    [308, /has moved/],
    [500, /The fault is at main/],
    [422, /Read what main says/],
  ])('%i', (status, advice) => {
    expect(adviceOn(statusError(status), access)).toMatch(advice);
  });

  it.each([
    ['authentication', /into MAIN_KEY; it must be one of https:\/\/api\.example\.org,/],
    ['credits-exhausted', /Top up the account of main/],
    ['malformed-response', /web page/],
    ['timeout', /slow or out of reach/],
    ['closed', /can be reached/],
  ] as const)('%s', (code, advice) => {
    expect(adviceOn(new RouteLLError(code, 'It failed.'), access)).toMatch(advice);
  });

  it('of a limit says how long to wait', () => {
    expect(adviceOn(new RateLimitExceededError('Slow.', { retryAfterMs: 2500 }), access)).toMatch(
      /^Wait 3 s /,
    );
    expect(adviceOn(new RateLimitExceededError('Slow.', { retryAfterMs: 0 }), access)).toMatch(
      /^Wait a minute /,
    );
  });
});
