import { type Access, type ApiKey, checkedAddress, resolveAccess, resolveProviderAccess } from '../access.js';
import type { Clock } from '../clock.js';
import { ConfigurationError } from '../errors.js';
import type { EventSink } from '../events.js';
import { didYouMean } from '../nearest-name.js';
import type { RateLimits } from '../rate-limiter/rate-limiter.js';
import {
  type CreditSource,
  creditSourceAt,
  type CreditSourceName,
  creditSourceOf,
} from '../upstream/credit-sources.js';
import type { Fetch } from '../upstream/openai-client.js';
import { openaiProvider } from '../upstream/openai-provider.js';
import type { Provider } from '../upstream/provider.js';

/** An OpenAI-compatible service, and how it is reached. */
export interface ProviderOptions {
  /** Names it in events, records and figures. */
  readonly id: string;
  /** For display. @default the id */
  readonly name?: string;
  /** Off: it is listed and never asked. @default true */
  readonly enabled?: boolean;
  /** `https`, or `http` on this machine. */
  readonly baseURL: string;
  /** One key, or several: one that is refused is set aside, and the next is used. Sent to `baseURL` only. */
  readonly apiKey?: ApiKey;
  /** The variable of the environment that holds the key, or several separated by commas. */
  readonly keyEnvVar?: string;
  readonly docsUrl?: string;
  /** Sent with every request to it. */
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  /** Providers of one group share an account and its limits. @default the id */
  readonly group?: string;
  /** Models that it does not bill, beside those it lists as free. */
  readonly unlimitedModels?: readonly string[];
  /** Models of its that count as `premium`, whatever the catalogue says. */
  readonly premiumModels?: readonly string[];
  /** The limits of its account. @default the client's `rateLimits` */
  readonly rateLimits?: RateLimits;
  /**
   * Where it says what the account has left: a service whose page is known, `none`, or a page of your own.
   * @default by the host of `baseURL`: OpenRouter, DeepSeek and Vercel; all others are asked as RouteLLM is
   */
  readonly creditSource?: CreditSourceName | CreditSource;
  /** Whether it takes the role `developer`; where not, it is sent as `system`. @default false */
  readonly developerRole?: boolean;
  /** Whether it takes `stream_options`, by which a stream is asked for its usage. @default true */
  readonly streamOptions?: boolean;
}

/** What of the options says where requests go. */
export interface AccessOptions {
  readonly apiKey?: ApiKey;
  readonly baseURL?: string;
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  readonly fetch?: Fetch;
  readonly maxResponseBytes?: number;
  readonly timeouts?: { readonly connectMs?: number };
  readonly providers?: readonly (ProviderOptions | Provider)[];
  readonly credits?: { readonly source?: CreditSourceName | CreditSource };
  readonly models?: Readonly<Record<string, { readonly provider?: string }>>;
}

/** A provider as it is used. */
export interface ResolvedProvider {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly baseURL: string;
  readonly docsUrl: string | null;
  readonly unlimitedModels: readonly string[];
  readonly premiumModels: readonly string[];
  /** `null`: those of the client. */
  readonly rateLimits: RateLimits | null;
  /** What talks to it; `null` where it is switched off. */
  readonly provider: Provider | null;
}

type Transport = Pick<AccessOptions, 'fetch' | 'maxResponseBytes' | 'timeouts'>;

interface Shared {
  readonly clock: Clock;
  readonly events: EventSink;
}

/**
 * The providers of a client, in order of preference: those given, or the one that `apiKey` and `baseURL`
 * describe.
 * @throws {ConfigurationError} naming the field.
 */
export function resolveProviders(options: AccessOptions, shared: Shared): readonly ResolvedProvider[] {
  const resolved = readProviders(options, shared);
  for (const [name, { provider }] of Object.entries(options.models ?? {})) {
    if (provider === undefined || resolved.some(({ id }) => id === provider)) continue;
    const ids = resolved.map(({ id }) => id);
    throw new ConfigurationError(
      `models.${name}.provider`,
      `models.${name}.provider '${provider}' is no provider of this client.${didYouMean(provider, ids)} Known: ${ids.join(', ')}.`,
    );
  }
  return resolved;
}

function readProviders(options: AccessOptions, shared: Shared): readonly ResolvedProvider[] {
  const { providers } = options;
  if (providers === undefined) return [defaultProvider(options, shared)];
  for (const field of ['apiKey', 'baseURL', 'defaultHeaders'] as const) {
    if (options[field] === undefined) continue;
    throw new ConfigurationError(
      field,
      `${field} and providers exclude each other: put ${field} into the provider that it is for.`,
    );
  }
  if (options.credits?.source !== undefined) {
    throw new ConfigurationError(
      'credits.source',
      'credits.source and providers exclude each other: give creditSource to the provider that it is for.',
    );
  }
  const resolved = providers.map((provider, index) =>
    isMade(provider)
      ? madeProvider(provider)
      : describedProvider(provider, `providers[${index}]`, { ...options, ...shared }),
  );
  checkIds(resolved);
  if (!resolved.some(({ enabled }) => enabled)) {
    throw new ConfigurationError('providers', 'providers must hold at least one that is enabled.');
  }
  return resolved;
}

function defaultProvider(options: AccessOptions, shared: Shared): ResolvedProvider {
  const access = resolveAccess(options);
  const id = idOf(access.baseURL);
  const described = { id, name: id === 'routellm' ? 'RouteLLM API' : id, baseURL: access.baseURL };
  const { defaultHeaders, credits: { source: creditSource } = {} } = options;
  return {
    ...plain(described),
    provider: makeProvider({ ...described, defaultHeaders, creditSource }, access, {
      ...options,
      ...shared,
    }),
  };
}

/** `routellm` for the vendor's own service, else the host: shared stores and records tell upstreams apart by it. */
function idOf(baseURL: string): string {
  const { host, hostname } = new URL(baseURL);
  return hostname.endsWith('.abacus.ai') ? 'routellm' : host;
}

function isMade(provider: ProviderOptions | Provider): provider is Provider {
  return typeof (provider as Partial<Provider>).chat === 'function';
}

function madeProvider(provider: Provider): ResolvedProvider {
  return { ...plain({ id: provider.id, baseURL: provider.baseURL }), provider };
}

function describedProvider(
  options: ProviderOptions,
  field: string,
  shared: Shared & Transport,
): ResolvedProvider {
  const described = plain(options);
  if (!described.enabled) {
    return { ...described, baseURL: checkedAddress(options.baseURL, `${field}.baseURL`), provider: null };
  }
  const access = resolveProviderAccess(options, field);
  return { ...described, baseURL: access.baseURL, provider: makeProvider(options, access, shared) };
}

function plain(options: ProviderOptions): Omit<ResolvedProvider, 'provider'> {
  return {
    id: options.id,
    name: options.name ?? options.id,
    enabled: options.enabled ?? true,
    baseURL: options.baseURL,
    docsUrl: options.docsUrl ?? null,
    unlimitedModels: options.unlimitedModels ?? [],
    premiumModels: options.premiumModels ?? [],
    rateLimits: options.rateLimits ?? null,
  };
}

function makeProvider(
  { id, group, defaultHeaders, developerRole, streamOptions, creditSource }: ProviderOptions,
  { apiKeys, baseURL }: Access,
  { clock, events, fetch, maxResponseBytes, timeouts }: Shared & Transport,
): Provider {
  return openaiProvider({
    id,
    apiKey: apiKeys,
    baseURL,
    group,
    defaultHeaders,
    creditSource: creditSourceOf(creditSource ?? creditSourceAt(baseURL)),
    developerRole,
    streamOptions,
    fetch,
    maxResponseBytes,
    connectMs: timeouts?.connectMs,
    clock,
    onKeyReject: (rejected) => events.emit('key-reject', { at: clock.now(), provider: id, ...rejected }),
  });
}

/** Every id once, and the limits of a group once. */
function checkIds(resolved: readonly ResolvedProvider[]): void {
  const limited = new Set<string>();
  resolved.forEach(({ id, provider, rateLimits }, index) => {
    const first = resolved.findIndex((other) => other.id === id);
    if (first !== index) {
      throw new ConfigurationError(
        `providers[${index}].id`,
        `providers[${index}].id '${id}' is that of providers[${first}] already: give each an id of its own.`,
      );
    }
    if (rateLimits === null || provider === null) return;
    if (limited.has(provider.group)) {
      throw new ConfigurationError(
        `providers[${index}].rateLimits`,
        `providers[${index}].rateLimits: the group '${provider.group}' has limits already. Give them once for all of it.`,
      );
    }
    limited.add(provider.group);
  });
}
