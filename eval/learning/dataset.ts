/** Routing files as sets of asks that several models answered, with what each answer was worth and cost. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** One prompt; figures in the order of the set's models. */
export interface EvaluatedAsk {
  readonly prompt: string;
  readonly category: string;
  /** 0..1. */
  readonly quality: readonly number[];
  readonly costUsd: readonly number[];
}

export interface AskSet {
  readonly name: string;
  readonly models: readonly string[];
  readonly categories: readonly string[];
  readonly asks: readonly EvaluatedAsk[];
  /** Whether the file said what answers cost; else two models cost what is assumed below. */
  readonly hasCosts: boolean;
}

interface Row {
  readonly prompt: string;
  readonly category?: string;
  readonly scores: Readonly<Record<string, number>>;
  readonly cost?: Readonly<Record<string, number>>;
  readonly cost_est?: Readonly<Record<string, number>>;
}

/** Where a file of two models names no costs: those of a strong and of a weak model, USD an answer. */
const ASSUMED_USD = { strong: 0.01, weak: 0.0005 } as const;
/** A model counts as priced if so many of its answers are. */
const LEAST_PRICED = 0.9;

/**
 * Every set with several categories and models below a directory. Files of the same models are one set, too: each
 * file is then at least one category.
 */
export function readSets(directory: string): readonly AskSet[] {
  const files = filesBelow(directory).flatMap((path) => {
    const rows = readRows(path);
    return rows.length === 0 ? [] : [{ name: basename(path, '.jsonl'), rows }];
  });
  const byModels = new Map<string, typeof files>();
  for (const file of files) {
    const models = Object.keys(file.rows[0]?.scores ?? {})
      .sort()
      .join('\n');
    byModels.set(models, [...(byModels.get(models) ?? []), file]);
  }
  const joined = [...byModels.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      name: group.map(({ name }) => name).join('+'),
      rows: group.flatMap(({ rows }) => rows),
    }));
  return [...files, ...joined]
    .map(({ name, rows }) => setOf(name, rows))
    .filter(({ models, categories }) => models.length > 1 && categories.length > 1);
}

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory)
    .sort()
    .flatMap((name) => {
      const path = join(directory, name);
      if (statSync(path).isDirectory()) return filesBelow(path);
      return path.endsWith('.jsonl') ? [path] : [];
    });
}

function readRows(path: string): readonly Row[] {
  const rows: Row[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.trim() === '') continue;
    const row = JSON.parse(line) as Partial<Row>;
    if (row.scores === undefined || typeof row.prompt !== 'string') return [];
    rows.push(row as Row);
  }
  return rows;
}

function setOf(name: string, rows: readonly Row[]): AskSet {
  const named = Object.keys(rows[0]?.scores ?? {});
  const scale = rows.some(({ scores }) => Object.values(scores).some((score) => score > 1)) ? 10 : 1;
  const meanCost = new Map(
    named.map((model) => [model, mean(rows.flatMap((row) => costOf(row, model) ?? []))]),
  );
  const priced = named.filter(
    (model) =>
      rows.filter((row) => costOf(row, model) !== undefined).length >= LEAST_PRICED * rows.length &&
      (meanCost.get(model) ?? 0) > 0,
  );
  const hasCosts = priced.length > 1;
  const models = hasCosts ? priced : named.length === 2 ? named : [];
  const strong = [...models].sort((a, b) => total(rows, b) - total(rows, a))[0];
  const asks = rows
    .filter(({ category }) => category !== undefined)
    .map((row) => ({
      prompt: row.prompt,
      category: row.category ?? '',
      quality: models.map((model) => Math.max(0, (row.scores[model] ?? 0) / scale)),
      costUsd: models.map((model) =>
        hasCosts
          ? (costOf(row, model) ?? meanCost.get(model) ?? 0)
          : model === strong
            ? ASSUMED_USD.strong
            : ASSUMED_USD.weak,
      ),
    }));
  return { name, models, categories: [...new Set(asks.map(({ category }) => category))], asks, hasCosts };
}

function total(rows: readonly Row[], model: string): number {
  return rows.reduce((sum, { scores }) => sum + (scores[model] ?? 0), 0);
}

function costOf(row: Row, model: string): number | undefined {
  return row.cost?.[model] ?? row.cost_est?.[model];
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
