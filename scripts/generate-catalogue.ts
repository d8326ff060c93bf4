/**
 * Writes config/model-catalogue.json from the price list of `@pydantic/genai-prices` and from
 * catalogue-capabilities.ts, and shows what that changes. `--check` writes nothing and exits 1 where the file is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { calcPrice, findProvider, type ModelInfo } from '@pydantic/genai-prices';
import { format, resolveConfig } from 'prettier';
import { catalogueChanges } from './catalogue-difference.js';
import { convertPrices } from './catalogue-prices.js';
import {
  ARENA,
  ARENA_COLUMN,
  AS_OF,
  CAPABILITIES,
  type CapabilityEntry,
  PUBLISHED,
} from './catalogue-capabilities.js';
import type { ModelCapability, ModelPrices, QualityPrior, TaskType } from '../src/types.js';

const LIST = '@pydantic/genai-prices';
const OUTPUT = fileURLToPath(new URL('../config/model-catalogue.json', import.meta.url));

interface PricedModel {
  readonly model: ModelCapability;
  /** Where its prices come from. */
  readonly source: string;
  /** The price of the list, before any published figure replaced it. */
  readonly listPrices: ModelPrices | null;
}

function lookUp(entry: CapabilityEntry): ModelInfo | null {
  if (entry.origin.list === undefined) return null;
  const [providerId, modelId] = entry.origin.list;
  const provider = findProvider({ providerId });
  const exact = provider?.models.find((model) => model.id === modelId);
  return exact ?? calcPrice({ input_tokens: 0 }, modelId, { providerId })?.model ?? null;
}

function qualityOf({ as, step }: CapabilityEntry['rated']): QualityPrior {
  const arena = ARENA[as];
  const byTask: Partial<Record<TaskType, number>> = {};
  for (const [task, column] of Object.entries(ARENA_COLUMN)) {
    byTask[task as TaskType] = arena[column] + (step ?? 0);
  }
  return { overall: arena.overall + (step ?? 0), byTask, confidence: 'high' };
}

/** Rated itself, or standing in for a newer member of its family. */
function confidenceOf(entry: CapabilityEntry): QualityPrior['confidence'] {
  const ids = [entry.name, ...(entry.aliases ?? [])];
  return entry.rated.step === undefined && ids.includes(entry.rated.as) ? 'high' : 'low';
}

function assemble(entry: CapabilityEntry): PricedModel {
  const { origin, rated, contextWindow, ...capability } = entry;
  const listed = lookUp(entry);
  const listPrices = listed === null ? null : convertPrices(listed.prices, AS_OF);
  const prices = origin.published ?? listPrices;
  if (prices === null) throw new Error(`${entry.name}: neither the list nor a published figure prices it`);
  const window = contextWindow ?? listed?.context_window;
  const place =
    origin.published === undefined ? `${LIST} ${(origin.list ?? []).join(' ')}` : 'published price';
  return {
    listPrices,
    source: origin.note === undefined ? place : `${place} (${origin.note})`,
    model: {
      ...capability,
      prices,
      ...(window === undefined ? {} : { contextWindow: window }),
      quality: { ...qualityOf(rated), confidence: confidenceOf(entry) },
    },
  };
}

/** Where the list and the published figures differ, one row a model. */
function differences(priced: readonly PricedModel[]): readonly Record<string, unknown>[] {
  return priced.flatMap(({ model, source, listPrices }) => {
    const published = PUBLISHED[model.name];
    if (published === undefined) throw new Error(`${model.name}: no published figure to compare with`);
    const list = figuresOf(listPrices);
    // The published figures leave some cached rates out: those are not compared.
    const differs = published.some((figure, index) => figure !== list[index]);
    const row = {
      model: model.name,
      list: list.join(' / '),
      published: published.join(' / '),
      written: figuresOf(model.prices ?? null).join(' / '),
      source,
    };
    return differs ? [row] : [];
  });
}

function figuresOf(prices: ModelPrices | null): readonly (number | string)[] {
  return [prices?.input ?? '–', prices?.output ?? '–', prices?.cached ?? '–'];
}

async function render(priced: readonly PricedModel[]): Promise<string> {
  const sorted = [...priced].sort((a, b) => (a.model.name < b.model.name ? -1 : 1));
  const catalogue = {
    source: `prices: ${LIST} (MIT); ratings: public Arena ratings of December 2025`,
    asOf: AS_OF,
    priceSources: Object.fromEntries(sorted.map(({ model, source }) => [model.name, source])),
    models: sorted.map(({ model }) => model),
  };
  return format(JSON.stringify(catalogue), { ...(await resolveConfig(OUTPUT)), parser: 'json' });
}

const priced = CAPABILITIES.map(assemble);
const rendered = await render(priced);
const committed = readFileSync(OUTPUT, 'utf8');
const changes = catalogueChanges(
  (JSON.parse(committed) as { readonly models: readonly ModelCapability[] }).models,
  priced.map(({ model }) => model),
);
console.log('Where the price list and the published figures disagree (USD per 1M: input / output / cached):');
console.table(differences(priced));
if (changes.length > 0) {
  console.log('What differs from the catalogue as it was:');
  console.table(changes);
}
if (!process.argv.includes('--check')) {
  writeFileSync(OUTPUT, rendered);
  console.log(`${priced.length} models written to config/model-catalogue.json, as of ${AS_OF}.`);
} else if (committed === rendered) {
  console.log('config/model-catalogue.json is up to date.');
} else {
  console.error('config/model-catalogue.json is out of date: run `npm run catalogue` and commit it.');
  process.exitCode = 1;
}
