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
 * What is known of the pair, the strong one first, and which of them only by its stand-in: both, unless the shipped
 * catalogue knows both. A rating beside a guess may turn the pair around.
 */
export function capabilitiesOf({ strong, weak }: Pair): {
  readonly candidates: readonly ModelCapability[];
  readonly standIns: readonly string[];
} {
  const catalog = new ModelCatalog();
  if (catalog.has(strong) && catalog.has(weak)) {
    return { candidates: [capabilityOf(catalog, strong), capabilityOf(catalog, weak)], standIns: [] };
  }
  return {
    candidates: [
      { name: strong, ...STAND_INS.strong },
      { name: weak, ...STAND_INS.weak },
    ],
    standIns: [strong, weak],
  };
}

/** What is known of a model under the name the data has for it. */
export function capabilityOf(catalog: ModelCatalog, name: string): ModelCapability {
  return { ...catalog.get(name), name };
}
