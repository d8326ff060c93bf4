import type { RoutingRow } from './rows.js';

/** The figures of one model, by row; `NaN` where a row has none. */
interface Column {
  readonly scores: number[];
  readonly costsUsd: number[];
}

/** What the models of a file made of its prompts: figures by row, without the prompts. */
export class ScoreTable {
  /** Code points of each prompt. */
  readonly lengths: number[] = [];
  readonly #columns = new Map<string, Column>();
  #highest = 0;
  #hasEstimates = false;

  get rows(): number {
    return this.lengths.length;
  }

  /** By what scores are divided: 10 where they pass 1, as ratings 1..10 do. */
  get scale(): 1 | 10 {
    return this.#highest > 1 ? 10 : 1;
  }

  get hasEstimates(): boolean {
    return this.#hasEstimates;
  }

  /** In the order in which they came. */
  get models(): readonly string[] {
    return [...this.#columns.keys()];
  }

  add({ prompt, scores, costs, hasEstimates }: RoutingRow): void {
    const row = this.rows;
    this.lengths.push(codePointsOf(prompt));
    if (hasEstimates) this.#hasEstimates = true;
    for (const [model, score] of scores) {
      const column = this.#column(model);
      fillTo(column.scores, row).push(score);
      fillTo(column.costsUsd, row).push(costs.get(model) ?? NaN);
      this.#highest = Math.max(this.#highest, score);
    }
  }

  /** 0..1; `NaN` where the row has none. */
  score(model: string, row: number): number {
    return (this.#columns.get(model)?.scores[row] ?? NaN) / this.scale;
  }

  /** USD; `NaN` where the row has none. */
  costUsd(model: string, row: number): number {
    return this.#columns.get(model)?.costsUsd[row] ?? NaN;
  }

  /** Mean quality 0..1 and cost of a model over the rows that have them; `NaN` where none has. */
  meanOf(model: string): { readonly n: number; readonly quality: number; readonly costUsd: number } {
    const { scores = [], costsUsd = [] } = this.#columns.get(model) ?? {};
    const known = scores.filter((score) => !Number.isNaN(score));
    return { n: known.length, quality: meanKnown(scores) / this.scale, costUsd: meanKnown(costsUsd) };
  }

  /** The rows that have a score of every one of the models. */
  rowsWith(models: readonly string[]): readonly number[] {
    return this.lengths.flatMap((_, row) =>
      models.every((model) => !Number.isNaN(this.score(model, row))) ? [row] : [],
    );
  }

  #column(model: string): Column {
    let column = this.#columns.get(model);
    if (column === undefined) this.#columns.set(model, (column = { scores: [], costsUsd: [] }));
    return column;
  }
}

function fillTo(values: number[], length: number): number[] {
  while (values.length < length) values.push(NaN);
  return values;
}

function meanKnown(values: readonly number[]): number {
  let total = 0;
  let known = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    total += value;
    known++;
  }
  return total / known;
}

function codePointsOf(text: string): number {
  let points = 0;
  for (const _ of text) points++;
  return points;
}
