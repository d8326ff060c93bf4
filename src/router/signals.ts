import { typicalLatencyMs } from '../catalog/eligibility.js';
import type { ModelCapability, TaskType } from '../types.js';
import type { Outcomes } from './outcomes.js';
import type { RoutingSignals } from './router.js';

/** A model nobody says anything of. */
export const QUIET: RoutingSignals = {
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

/**
 * Observed over typical latency of the models that were seen at a task; 1 where none was. Typical figures are
 * judged by it, so that a model is not preferred for having been tried.
 */
export function latencyFactor(
  models: readonly ModelCapability[],
  taskType: TaskType,
  outcomes: Outcomes,
  outputTokens: number,
): number {
  let observedMs = 0;
  let typicalMs = 0;
  for (const model of models) {
    const latencyMs = outcomes.latencyMs(model.name, taskType);
    if (latencyMs === null) continue;
    observedMs += latencyMs;
    typicalMs += typicalLatencyMs(model, outputTokens);
  }
  return typicalMs > 0 ? observedMs / typicalMs : 1;
}
