import { pricesOf } from '../catalog/cost.js';
import { NoModelAvailableError } from '../errors.js';
import type { ModelCapability, ModelPrices } from '../types.js';
import type { Provider } from '../upstream/provider.js';
import type { CallParts } from './parts.js';

/** A model to try, where it is reached, and its prices there. */
export interface PlanStep {
  readonly model: ModelCapability;
  readonly provider: Provider;
  /** The name the provider knows the model by. */
  readonly wireName: string;
  readonly prices: ModelPrices | null;
}

/**
 * The steps of a plan: each model once at each provider that has it.
 * @throws {NoModelAvailableError} where none has any.
 */
export function stepsFor(parts: CallParts, names: readonly string[]): readonly PlanStep[] {
  const steps = [...new Set(names)].flatMap((name) => stepsOf(parts, name));
  if (steps.length > 0) return steps;
  const considered = names.map((model) => ({ model, reason: 'its provider is none of this client’s' }));
  throw new NoModelAvailableError(
    `No provider of this client has ${names.join(', ')}: name one of ${parts.providers.map(({ id }) => id).join(', ')} as its provider in models.`,
    considered,
  );
}

/** Where one model can be had, in order of preference. What no provider lists is asked of the first. */
export function stepsOf({ catalog, providers }: CallParts, name: string): readonly PlanStep[] {
  const steps: PlanStep[] = [];
  for (const { provider: id, id: wireName, model } of catalog.offers(name)) {
    const provider = id === null ? providers[0] : providers.find((known) => known.id === id);
    if (provider !== undefined) steps.push({ model, provider, wireName, prices: pricesOf(model) });
  }
  return steps;
}

/** What is known of a model, under the very name it was asked for by. */
export function namedModel({ catalog }: CallParts, name: string): ModelCapability {
  const known = catalog.get(name) ?? { name };
  return known.name === name ? known : { ...known, name };
}

/**
 * The model that answered, by the name it has here. Services report dated snapshots of what was asked for;
 * what they report stands only where it is another model: asked for was one that routes by itself, or one
 * that nothing is known of.
 */
export function servedModel(
  { catalog }: CallParts,
  { model, wireName }: PlanStep,
  reported: string | undefined,
): string {
  if (!reported || reported === model.name || reported === wireName) return model.name;
  const asked = catalog.get(model.name);
  if (asked === undefined || asked.routesItself === true) return reported;
  return (catalog.get(reported) ?? asked).name === asked.name ? model.name : reported;
}
