import { ConfigurationError } from './errors.js';

export interface Access {
  readonly apiKey: string;
  readonly baseURL: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const DEFAULT_BASE_URL = 'https://routellm.abacus.ai/v1';

/**
 * The key and the one origin it is sent to. A key is bound to the address it was configured for:
 * the environment's key goes to the origin of the environment's address, or to the vendor's own
 * where the environment names none.
 * @throws {ConfigurationError} where there is no key for the address, or the address is not safe for one.
 */
export function resolveAccess(
  options: { readonly apiKey?: string; readonly baseURL?: string },
  environment: Environment = processEnvironment(),
): Access {
  const environmentBaseURL = unlessBlank(environment['ROUTELLM_BASE_URL']);
  const baseURL = options.baseURL ?? environmentBaseURL ?? DEFAULT_BASE_URL;
  const url = safeURL(baseURL);
  const isEnvironmentKeyBound =
    environmentBaseURL === undefined ? isVendor(url) : originOf(environmentBaseURL) === url.origin;
  const environmentKey = isEnvironmentKeyBound ? unlessBlank(environment['ROUTELLM_API_KEY']) : undefined;
  const apiKey = unlessBlank(options.apiKey) ?? environmentKey;
  if (apiKey === undefined) {
    throw new ConfigurationError(
      'apiKey',
      isEnvironmentKeyBound
        ? 'apiKey is missing. Set ROUTELLM_API_KEY in the environment, or pass apiKey.'
        : `apiKey is missing. The key in ROUTELLM_API_KEY is not sent to ${url.origin}: pass the key of that service as apiKey.`,
    );
  }
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    // Said here, since fetch would tell the whole key in its error.
    throw new ConfigurationError(
      'apiKey',
      'apiKey holds a space, a line break or a letter that no header can carry. Copy the key again.',
    );
  }
  return { apiKey, baseURL: baseURL.replace(/\/$/, '') };
}

/** Without the white space around it; a blank text is none. */
export function unlessBlank(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}

function safeURL(baseURL: string): URL {
  const url = URL.canParse(baseURL) ? new URL(baseURL) : null;
  if (url === null || !isSafeForKeys(url)) {
    throw new ConfigurationError(
      'baseURL',
      `baseURL (or ROUTELLM_BASE_URL) must be an https address, or http on this machine, as ${DEFAULT_BASE_URL}.`,
    );
  }
  if (`${url.username}${url.password}${url.search}${url.hash}` !== '') {
    throw new ConfigurationError(
      'baseURL',
      `baseURL must be an origin and a path, as ${DEFAULT_BASE_URL}: no user, password, query or fragment. Pass the key as apiKey.`,
    );
  }
  return url;
}

function originOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).origin : null;
}

function isVendor(url: URL): boolean {
  return url.protocol === 'https:' && url.hostname.endsWith('.abacus.ai');
}

export function isSafeForKeys(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** The environment where there is one; none in a browser or an edge runtime. */
export function processEnvironment(): Environment {
  const { process } = globalThis as { readonly process?: { readonly env?: Environment } };
  return process?.env ?? {};
}
