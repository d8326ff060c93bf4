import { typicalLatencyMs } from '../catalog/eligibility.js';
import type { ModelCapability, TaskType } from '../types.js';
import type { RoutingContext, RoutingSignals } from './router.js';

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

/** The client's signals; where they know no latency, the one observed. */
export function withObservedLatency(
  observedMs: ReadonlyMap<string, number>,
  given: ReadonlyMap<string, RoutingSignals> = NO_SIGNALS,
): ReadonlyMap<string, RoutingSignals> {
  if (observedMs.size === 0) return given;
  const signals = new Map(given);
  for (const [model, latencyMs] of observedMs) {
    const signal = given.get(model) ?? QUIET;
    if (signal.latencyMs === null) signals.set(model, { ...signal, latencyMs });
  }
  return signals;
}

/** The client's signals; what they leave open of lengths and latencies by what was seen of answers to such asks. */
export function withObservedAnswers(
  { observed, signals = NO_SIGNALS }: Pick<RoutingContext, 'observed' | 'signals'>,
  models: readonly ModelCapability[],
  ask: { readonly taskType: TaskType; readonly outputTokens: number },
): ReadonlyMap<string, RoutingSignals> {
  if (observed === undefined) return signals;
  const filled = new Map(signals);
  for (const { name } of models) {
    const signal = signals.get(name) ?? QUIET;
    const outputTokens = signal.outputTokens ?? observed.outputTokens(name, ask.taskType, ask.outputTokens);
    const latencyMs = signal.latencyMs ?? observed.latencyMs(name, ask.taskType);
    if (outputTokens !== null || latencyMs !== null) filled.set(name, { ...signal, outputTokens, latencyMs });
  }
  return filled;
}

/** The latencies that signals tell. */
export function latenciesOf(signals: ReadonlyMap<string, RoutingSignals>): ReadonlyMap<string, number> {
  const latencies = new Map<string, number>();
  for (const [model, { latencyMs }] of signals) if (latencyMs !== null) latencies.set(model, latencyMs);
  return latencies;
}

/**
 * Observed over typical latency of the models that were seen at a task; 1 where none was. Typical figures are
 * judged by it, so that a model is not preferred for having been tried.
 */
export function latencyFactor(
  models: readonly ModelCapability[],
  observedMs: ReadonlyMap<string, number>,
  outputTokens: number,
): number {
  if (observedMs.size === 0) return 1;
  let observed = 0;
  let typical = 0;
  for (const model of models) {
    const latencyMs = observedMs.get(model.name);
    if (latencyMs === undefined) continue;
    observed += latencyMs;
    typical += typicalLatencyMs(model, outputTokens);
  }
  return typical > 0 ? observed / typical : 1;
}
