import type { ResolvedProvider } from './providers.js';
import type { Budget } from '../credits/budgets.js';
import type { ResolvedOptions } from '../options.js';
import type { ResolvedRateLimits } from '../rate-limiter/rate-limiter.js';

/** A provider, without its keys. */
export interface ProviderConfig extends Omit<ResolvedProvider, 'provider'> {
  /** Never a key, nor a part of one; `null` where it has none. */
  readonly apiKey: '***' | null;
}

/** The options in force, as plain JSON without secrets. */
export interface EffectiveConfig extends ResolvedOptions {
  /** Never the key, nor a part of it. */
  readonly apiKey: '***';
  /** Of the first provider. */
  readonly baseURL: string;
  readonly providers: readonly ProviderConfig[];
  readonly rateLimits: ResolvedRateLimits;
  readonly budgets: readonly Budget[];
}

/** The options in force, for display. */
export function maskSecrets(
  options: ResolvedOptions,
  rateLimits: ResolvedRateLimits,
  {
    budgets = [],
    providers,
  }: { readonly budgets?: readonly Budget[]; readonly providers: readonly ResolvedProvider[] },
): EffectiveConfig {
  const shown = providers.map(({ provider, ...config }) => ({
    ...config,
    apiKey: provider === null ? null : ('***' as const),
  }));
  const baseURL = shown.find(({ enabled }) => enabled)?.baseURL ?? '';
  const masked = { apiKey: '***' as const, baseURL, providers: shown, ...options, rateLimits, budgets };
  // A copy to its depth: changing what is shown changes nothing.
  return Object.freeze(structuredClone(masked));
}
