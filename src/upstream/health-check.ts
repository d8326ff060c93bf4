import { asRouteLLError, type RouteLLError } from '../errors.js';
import type { Clock } from '../clock.js';
import type { Provider } from './provider.js';
import { withinTime } from './within-time.js';

/** Whether the upstream can be reached and takes the key. */
export interface HealthCheck {
  /** It answers, and does not refuse the key. */
  readonly success: boolean;
  readonly latencyMs: number;
  /** `null` where the upstream does not tell: its model list answers without a key, too. */
  readonly keyValid: boolean | null;
  /** How many models it lists. */
  readonly models: number;
  readonly error?: RouteLLError;
}

/** Asks for the models (reachability) and the account (the key). Never rejects. */
export async function checkHealth(
  provider: Provider,
  time: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<HealthCheck> {
  const { clock } = time;
  const startedMs = clock.monotonic();
  let models = 0;
  try {
    models = (await withinTime(provider, time, (options) => provider.models(options))).length;
  } catch (thrown) {
    const error = asRouteLLError(thrown);
    const keyValid = error.code === 'authentication' ? false : null;
    return { success: false, latencyMs: clock.monotonic() - startedMs, keyValid, models, error };
  }
  const latencyMs = clock.monotonic() - startedMs;
  try {
    const account = await withinTime(provider, time, (options) => provider.account(options));
    return { success: true, latencyMs, keyValid: account === null ? null : true, models };
  } catch (thrown) {
    const error = asRouteLLError(thrown);
    if (error.code === 'authentication') return { success: false, latencyMs, keyValid: false, models, error };
    return { success: true, latencyMs, keyValid: null, models };
  }
}
