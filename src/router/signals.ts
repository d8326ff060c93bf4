import type { ModelCapability, TaskType } from '../types.js';
import type { Outcomes } from './outcomes.js';
import type { RoutingSignals } from './router.js';

/** A model nobody says anything of. */
const QUIET: RoutingSignals = {
  health: 1,
  waitMs: 0,
  creditsMode: 'normal',
  costMultiplier: 1,
  warmPrefixTokens: 0,
  outputTokens: null,
  latencyMs: null,
};

const NO_SIGNALS: ReadonlyMap<string, RoutingSignals> = new Map();

/** The client's signals; where they know no latency, the one seen in recorded outcomes. */
export function withObservedLatency(
  models: readonly ModelCapability[],
  taskType: TaskType,
  outcomes: Outcomes,
  given: ReadonlyMap<string, RoutingSignals> = NO_SIGNALS,
): ReadonlyMap<string, RoutingSignals> {
  if (outcomes.isEmpty) return given;
  const signals = new Map(given);
  for (const { name } of models) {
    const signal = given.get(name) ?? QUIET;
    if (signal.latencyMs !== null) continue;
    const latencyMs = outcomes.latencyMs(name, taskType);
    if (latencyMs !== null) signals.set(name, { ...signal, latencyMs });
  }
  return signals;
}
