import { asRouteLLError, type RouteLLError } from '../errors.js';
import type { Provider } from './provider.js';
import { type TimeAllowed, withinTime } from './within-time.js';

/** Whether an upstream can be reached and takes the key. */
export interface ProviderHealthCheck {
  readonly provider: string;
  /** It answers, and does not refuse the key. */
  readonly success: boolean;
  readonly latencyMs: number;
  /** `null` where the upstream does not tell: its model list answers without a key, too. */
  readonly keyValid: boolean | null;
  /** How many models it lists. */
  readonly models: number;
  readonly error?: RouteLLError;
}

/** Whether calls can be served. */
export interface HealthCheck extends Omit<ProviderHealthCheck, 'provider'> {
  /** One for each provider, in order of preference. The figures above are those of the first that is well. */
  readonly providers: readonly ProviderHealthCheck[];
}

/** Asks for the models (reachability) and the account (the key). Never rejects. */
export async function checkProvider(provider: Provider, time: TimeAllowed): Promise<ProviderHealthCheck> {
  const { clock } = time;
  const { id } = provider;
  const startedMs = clock.monotonic();
  let models = 0;
  try {
    models = (await withinTime(provider, time, (options) => provider.models(options))).length;
  } catch (thrown) {
    const error = asRouteLLError(thrown);
    const keyValid = error.code === 'authentication' ? false : null;
    const latencyMs = clock.monotonic() - startedMs;
    return { provider: id, success: false, latencyMs, keyValid, models, error };
  }
  const latencyMs = clock.monotonic() - startedMs;
  try {
    const account = await withinTime(provider, time, (options) => provider.account(options));
    return { provider: id, success: true, latencyMs, keyValid: account === null ? null : true, models };
  } catch (thrown) {
    const error = asRouteLLError(thrown);
    const refused = { provider: id, success: false, latencyMs, keyValid: false, models, error };
    if (error.code === 'authentication') return refused;
    return { provider: id, success: true, latencyMs, keyValid: null, models };
  }
}
