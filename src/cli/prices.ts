import type { ModelCapability } from '../index.js';

/** USD per 1M tokens. */
export interface BasePrices {
  readonly input: number;
  readonly output: number;
}

/** What a short request to a model is billed at; `null` where nobody says. */
export function basePrices({ unlimited, prices, costPerToken }: ModelCapability): BasePrices | null {
  if (unlimited === true) return { input: 0, output: 0 };
  if (prices) return { input: prices.input, output: prices.output };
  return costPerToken === undefined ? null : { input: costPerToken * 1e6, output: costPerToken * 1e6 };
}
