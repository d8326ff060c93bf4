import { pricesOf } from '../catalog/cost.js';
import { typicalLatencyMs } from '../catalog/eligibility.js';
import type { ModelCapability, ModelPrices } from '../types.js';
import { type Prior, priorOf } from './ability.js';

/** What a score needs of a model. */
export interface ModelFigures {
  readonly prior: Prior;
  readonly prices: ModelPrices | null;
  /** Milliseconds to the first token, at the model's typical speed. */
  readonly firstTokenMs: number;
  readonly msPerToken: number;
  /** Tokens; `Infinity` where it is unknown. */
  readonly maxOutput: number;
}

const known = new WeakMap<ModelCapability, ModelFigures>();

/**
 * The figures of a model, read once per object: a catalogue makes new objects where something changes. Capabilities
 * come in as many shapes as there are layers, and reading them costs more than all arithmetic of a score.
 */
export function figuresOf(model: ModelCapability): ModelFigures {
  let figures = known.get(model);
  if (figures === undefined) {
    const firstTokenMs = typicalLatencyMs(model, 0);
    figures = {
      prior: priorOf(model),
      prices: pricesOf(model),
      firstTokenMs,
      msPerToken: typicalLatencyMs(model, 1) - firstTokenMs,
      maxOutput: model.maxOutput ?? Infinity,
    };
    known.set(model, figures);
  }
  return figures;
}
