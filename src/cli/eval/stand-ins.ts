import { ModelCatalog, type ModelCapability, type ModelEntry } from '../../index.js';

/**
 * What is taken for known of the two models of a pair where the catalogue does not know them: nothing but which is
 * the stronger. No figure of the data is used.
 */
const STAND_INS = {
  strong: { tier: 'strong' },
  weak: { tier: 'economy' },
} as const satisfies Readonly<Record<'strong' | 'weak', ModelEntry>>;

/** The pair for prompts that come without scores of models: those that are named, or the stand-ins alone. */
export function standInPair({ strong, weak }: Partial<Pair>): Pair {
  return { strong: strong ?? 'a strong model', weak: weak ?? 'a weak model' };
}

/** The names of the two models between which is decided. */
export interface Pair {
  readonly strong: string;
  readonly weak: string;
}

/**
 * A catalogue that knows both of the pair, and which of them only by its stand-in: both, unless the shipped one knows
 * both. A rating beside a guess may turn the pair around.
 */
export function catalogueOfPair(pair: Pair): {
  readonly catalog: ModelCatalog;
  readonly standIns: readonly string[];
} {
  const catalog = new ModelCatalog();
  const isKnown = catalog.has(pair.strong) && catalog.has(pair.weak);
  const unknown = isKnown ? [] : (['strong', 'weak'] as const);
  for (const side of unknown) catalog.set(pair[side], STAND_INS[side]);
  return { catalog, standIns: unknown.map((side) => pair[side]) };
}

/** What is known of a model under the name the data has for it. */
export function capabilityOf(catalog: ModelCatalog, name: string): ModelCapability {
  return { ...catalog.get(name), name };
}
