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

/** Every rate said, those that are not as the one that holds in their place. */
function inOneShape(prices: ModelPrices | null): ModelPrices | null {
  if (prices === null) return null;
  const { input, output, cached, cacheWrite, audioInput, audioOutput, tiers } = prices;
  return {
    input,
    output,
    cached: cached ?? input,
    cacheWrite: cacheWrite ?? input,
    audioInput: audioInput ?? input,
    audioOutput: audioOutput ?? output,
    ...(tiers === undefined ? {} : { tiers }),
  };
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
      prices: inOneShape(pricesOf(model)),
      firstTokenMs,
      msPerToken: typicalLatencyMs(model, 1) - firstTokenMs,
      maxOutput: model.maxOutput ?? Infinity,
    };
    known.set(model, figures);
  }
  return figures;
}
