import { type Environment, processEnvironment, unlessBlank } from './environment.js';
import { ConfigurationError } from './errors.js';

export interface Access {
  /** One, or several of which the first that is not refused is used. */
  readonly apiKeys: readonly string[];
  readonly baseURL: string;
}

/** A key, or several: where one is refused the next is used. */
export type ApiKey = string | readonly string[];

export const DEFAULT_BASE_URL = 'https://routellm.abacus.ai/v1';

/**
 * The keys and the one origin they are sent to. A key is bound to the address it was configured for:
 * the environment's key goes to the origin of the environment's address, or to the vendor's own
 * where the environment names none.
 * @throws {ConfigurationError} where there is no key for the address, or the address is not safe for one.
 */
export function resolveAccess(
  options: { readonly apiKey?: ApiKey; readonly baseURL?: string },
  environment: Environment = processEnvironment(),
): Access {
  const baseURL = options.baseURL ?? unlessBlank(environment['ROUTELLM_BASE_URL']) ?? DEFAULT_BASE_URL;
  const url = safeURL(baseURL, 'baseURL (or ROUTELLM_BASE_URL)', 'baseURL');
  const isEnvironmentKeyBound = isForEnvironmentKey(url, environment);
  const given = keysOf(options.apiKey);
  const environmentKeys = isEnvironmentKeyBound ? listedKeys(environment['ROUTELLM_API_KEY']) : [];
  const apiKeys = given.length > 0 ? given : environmentKeys;
  if (apiKeys.length === 0) {
    throw new ConfigurationError(
      'apiKey',
      isEnvironmentKeyBound
        ? 'apiKey is missing. Set ROUTELLM_API_KEY in the environment, or pass apiKey. A .env file is read by `node --env-file=.env`, not by the library.'
        : `apiKey is missing. The key in ROUTELLM_API_KEY is not sent to ${url.origin}: pass the key of that service as apiKey.`,
    );
  }
  checkKeys(apiKeys, 'apiKey');
  return { apiKeys, baseURL: baseURL.replace(/\/$/, '') };
}

/**
 * The keys of one of several providers: those given, or those in the variable that it names. They are sent
 * to its own address only.
 * @param field Path of the provider, as `providers[0]`.
 * @throws {ConfigurationError} naming `<field>.apiKey`, `<field>.keyEnvVar` or `<field>.baseURL`.
 */
export function resolveProviderAccess(
  provider: { readonly apiKey?: ApiKey; readonly keyEnvVar?: string; readonly baseURL: string },
  field: string,
  environment: Environment = processEnvironment(),
): Access {
  const { keyEnvVar } = provider;
  const baseURL = checkedAddress(provider.baseURL, `${field}.baseURL`);
  const given = keysOf(provider.apiKey);
  const fromEnvironment =
    keyEnvVar !== undefined && Object.hasOwn(environment, keyEnvVar) ? environment[keyEnvVar] : undefined;
  const apiKeys = given.length > 0 ? given : listedKeys(fromEnvironment);
  if (apiKeys.length === 0) {
    throw new ConfigurationError(
      `${field}.apiKey`,
      keyEnvVar === undefined
        ? `${field}.apiKey is missing: pass it, or name its variable of the environment as keyEnvVar. A server that wants none takes any text.`
        : `${field}.apiKey is missing: set ${keyEnvVar} in the environment, pass apiKey, or set enabled to false.`,
    );
  }
  checkKeys(apiKeys, `${field}.apiKey`);
  return { apiKeys, baseURL };
}

/** Whether ROUTELLM_API_KEY is for an address: see {@link resolveAccess}. */
export function isForEnvironmentKey(address: URL, environment: Environment): boolean {
  const own = unlessBlank(environment['ROUTELLM_BASE_URL']);
  return own === undefined ? isVendor(address) : originOf(own) === address.origin;
}

/**
 * An address that a key may be sent to, and that holds no secret itself.
 * @throws {ConfigurationError} naming the field.
 */
export function checkedAddress(baseURL: string, field: string): string {
  safeURL(baseURL, field, field);
  return baseURL.replace(/\/$/, '');
}

function keysOf(apiKey: ApiKey | undefined): readonly string[] {
  const keys = typeof apiKey === 'string' ? [apiKey] : (apiKey ?? []);
  return [...new Set(keys.flatMap((key) => unlessBlank(key) ?? []))];
}

/** A variable of the environment may hold several keys, separated by commas. */
function listedKeys(text: string | undefined): readonly string[] {
  return keysOf(text?.split(','));
}

/** Said here, since fetch would tell the whole key in its error. */
function checkKeys(apiKeys: readonly string[], field: string): void {
  if (apiKeys.every((key) => /^[\x21-\x7e]+$/.test(key))) return;
  throw new ConfigurationError(
    field,
    `${field} holds a space, a line break or a letter that no header can carry. Copy the key again.`,
  );
}

function safeURL(baseURL: string, called: string, field: string): URL {
  const url = URL.canParse(baseURL) ? new URL(baseURL) : null;
  if (url === null || !isSafeForKeys(url)) {
    throw new ConfigurationError(
      field,
      `${called} must be an https address, or http on this machine, as ${DEFAULT_BASE_URL}.`,
    );
  }
  if (`${url.username}${url.password}${url.search}${url.hash}` !== '') {
    throw new ConfigurationError(
      field,
      `${field} must be an origin and a path, as ${DEFAULT_BASE_URL}: no user, password, query or fragment. Pass the key as apiKey.`,
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
