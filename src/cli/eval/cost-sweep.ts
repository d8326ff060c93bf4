import { type ModelCapability, ModelCatalog, ModelRouter } from '../../index.js';
import { preview } from './decisions.js';
import type { SweepPoint } from './report.js';
import type { ScoreTable } from './score-table.js';
import { capabilityOf } from './stand-ins.js';

/** Weights of cost against one of quality; `Infinity` is cost alone. Prompts cost from 1e-5 to 0.1 USD, so widely apart. */
const COST_RATIOS = [0, 0.01, 0.1, 0.3, 1, 3, 10, 100, Infinity] as const;

/**
 * The router among all models of a file whose cost is known, at several weights of cost. What it is told of a model
 * is what a user would tell it: its name and a price, the one that makes the bill of the file.
 */
export class CostSweep {
  readonly #table: ScoreTable;
  readonly #router: ModelRouter;
  readonly #candidates: readonly ModelCapability[];
  readonly #sums = COST_RATIOS.map((ratio) => ({ ratio, rows: 0, quality: 0, costUsd: 0 }));

  /** @param tokens Estimated tokens of each row. */
  constructor(table: ScoreTable, tokens: readonly number[]) {
    const catalog = new ModelCatalog();
    this.#table = table;
    this.#router = new ModelRouter({ catalog });
    this.#candidates = table.models.flatMap((model) => {
      const costPerToken = priceOf(model, table, tokens);
      if (Number.isNaN(costPerToken)) return [];
      const { prices: _prices, unlimited: _unlimited, ...known } = capabilityOf(catalog, model);
      return [{ ...known, costPerToken }];
    });
  }

  decide(prompt: string, row: number): void {
    const candidates = this.#candidates.filter(({ name }) => isKnown(this.#table, name, row));
    if (candidates.length < 2) return;
    for (const sums of this.#sums) {
      const preferences = sums.ratio === Infinity ? { cost: 1 } : { cost: sums.ratio, quality: 1 };
      const { selectedModel } = preview(this.#router, prompt, candidates, preferences).routingDecision;
      sums.rows++;
      sums.quality += this.#table.score(selectedModel, row);
      sums.costUsd += this.#table.costUsd(selectedModel, row);
    }
  }

  points(): readonly SweepPoint[] {
    return this.#sums
      .filter(({ rows }) => rows > 0)
      .map(({ ratio, rows, quality, costUsd }) => ({
        costWeight: ratio === Infinity ? 1 : ratio / (1 + ratio),
        costUsd: costUsd / rows,
        quality: quality / rows,
      }));
  }
}

function isKnown(table: ScoreTable, model: string, row: number): boolean {
  return !Number.isNaN(table.score(model, row)) && !Number.isNaN(table.costUsd(model, row));
}

/** USD per token, by all rows with a cost of the model; `NaN` where there is none. */
function priceOf(model: string, table: ScoreTable, tokens: readonly number[]): number {
  let [costUsd, total] = [0, 0];
  for (const [row, count] of tokens.entries()) {
    const cost = table.costUsd(model, row);
    if (Number.isNaN(cost)) continue;
    costUsd += cost;
    total += count;
  }
  return costUsd / total;
}
