import { RateLimitExceededError, type RouteLLError, UpstreamError } from '../../index.js';

/** Where a provider is asked, and where its key and address stand. */
export interface ProviderAccess {
  readonly id: string;
  readonly baseURL: string;
  /** What its key is called: the variable that holds it. */
  readonly keyName: string;
  /** Where its address is set, in words. */
  readonly addressPlace: string;
  /** Whether the environment names a proxy for outgoing requests. */
  readonly proxied: boolean;
}

/** How to mend what an upstream, or the way to it, has failed with. */
export function adviceOn(error: RouteLLError, access: ProviderAccess): string {
  const { id, baseURL, keyName, addressPlace } = access;
  const status = error instanceof UpstreamError ? error.status : null;
  switch (error.code) {
    case 'authentication':
      return `Copy the key again, whole, into ${keyName}; it must be one of ${originOf(baseURL)}, allowed to use the API and not revoked. Else make a new one there.`;
    case 'credits-exhausted':
      return `Top up the account of ${id}, or use another provider. Models that the service lists as free keep serving.`;
    case 'rate-limit':
      return rateLimitAdvice(error, id);
    case 'malformed-response':
      return `What answers at ${baseURL} is no OpenAI-compatible API: a web page, a login, a proxy. ${correct(addressPlace)}`;
    case 'timeout':
      return `${id} is slow or out of reach. Try again; if it lasts, look at its status page, at firewalls, and at api.timeout.${proxyAdvice(access)}`;
    default:
      return status === null ? connectionAdvice(error, access) : statusAdvice(status, access);
  }
}

function rateLimitAdvice(error: RouteLLError, id: string): string {
  const waitMs = error instanceof RateLimitExceededError ? error.retryAfterMs : 0;
  const wait = waitMs > 0 ? `Wait ${Math.ceil(waitMs / 1000)} s` : 'Wait a minute';
  return `${wait} and try again. If it recurs, lower rate_limiting.requests_per_minute to what ${id} allows the account.`;
}

function statusAdvice(status: number, { id, baseURL, addressPlace }: ProviderAccess): string {
  if (status === 404 || status === 405) {
    return `${originOf(baseURL)} answers, but has no API at this path. ${correct(addressPlace)}`;
  }
  if (status < 400) return `The API has moved. ${correct(addressPlace)}`;
  if (status >= 500) return `The fault is at ${id}: look at its status page, and try again later.`;
  return `Read what ${id} says. ${correct(addressPlace)}`;
}

function correct(addressPlace: string): string {
  return `Correct the address (${addressPlace}): it mostly ends in /v1, as https://routellm.abacus.ai/v1.`;
}

/** A certificate that is not trusted, or a server that does not speak TLS. */
const TLS_CODE = /^(?:CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/;
const NO_NAME = ['ENOTFOUND', 'EAI_AGAIN'];
const NO_ROUTE = ['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL'];

function connectionAdvice(error: RouteLLError, access: ProviderAccess): string {
  const { id, baseURL, addressPlace } = access;
  const code = systemCodeOf(error);
  const { host } = new URL(baseURL);
  if (NO_NAME.includes(code)) {
    return `The name ${host} is not found. Check that this machine is online, and the spelling of the address (${addressPlace}).${proxyAdvice(access)}`;
  }
  if (NO_ROUTE.includes(code))
    return `There is no network, or no way to ${host}. Check the connection.${proxyAdvice(access)}`;
  if (code === 'ECONNREFUSED') {
    return `Nothing listens at ${host}. Start the server there, or correct host and port of the address (${addressPlace}).`;
  }
  if (TLS_CODE.test(code)) {
    return `The TLS connection to ${host} cannot be trusted. If it is your company's proxy or your own server, name its certificate in NODE_EXTRA_CA_CERTS; if the server speaks plain http, correct the address (${addressPlace}); check the machine's clock.`;
  }
  return `Check that ${host} can be reached from this machine, and that ${id} is up.${proxyAdvice(access)}`;
}

/** The code of the system error behind an error, as `ECONNREFUSED`; empty where there is none. */
function systemCodeOf(error: unknown): string {
  let current: unknown = error;
  for (let depth = 0; depth < 6 && current instanceof Error; depth++) {
    // Our own codes are words.
    if ('code' in current && typeof current.code === 'string' && /^[A-Z]/.test(current.code))
      return current.code;
    current = current.cause;
  }
  return '';
}

function proxyAdvice({ proxied }: ProviderAccess): string {
  return proxied
    ? ' HTTPS_PROXY is set: Node heeds it from version 22.21 on, with NODE_USE_ENV_PROXY=1.'
    : '';
}

/** Scheme, host and port: what a key is bound to. */
export function originOf(baseURL: string): string {
  return URL.canParse(baseURL) ? new URL(baseURL).origin : baseURL;
}
