import { eligibleModels, NOT_AMONG, type RequestNeeds } from '../catalog/eligibility.js';
import { type ConsideredModel, NoModelAvailableError } from '../errors.js';
import type { RoutingResult } from '../router/router.js';
import type { ListedModel, ModelCapability } from '../types.js';
import type { CallParts } from './parts.js';
import { namedModel } from './plan-step.js';
import type { CallRequest } from './request.js';

/** What there was to choose from. */
export interface Choice {
  readonly needs: RequestNeeds;
  /** What the upstream lists; `null` where it could not be read. */
  readonly listed: readonly ListedModel[] | null;
  readonly eligible: readonly ModelCapability[];
  readonly excluded: readonly ConsideredModel[];
}

/**
 * The decision where no router made one: for the fallback model, or, where that cannot be used, by the
 * default router among what is eligible.
 * @throws {NoModelAvailableError} where that is nothing.
 */
export function routeToFallback(
  parts: CallParts,
  request: CallRequest,
  choice: Choice,
  why: string,
): RoutingResult {
  const name = parts.options.fallbackModel;
  const model = namedModel(parts, name);
  const refusal = refusalOf(model, parts, request, choice, why);
  if (refusal !== null && choice.eligible.length === 0) throw refusal;
  const routed = parts.fallbackRouter.routeRequest(
    request.messages,
    request.options.preferences ?? parts.options.preferences,
    undefined,
    {
      candidates: refusal === null ? [model] : choice.eligible,
      parameters: request.parameters,
      inputTokens: choice.needs.inputTokens,
      ...(request.options.tags === undefined ? {} : { tags: request.options.tags }),
    },
  );
  const reason =
    refusal === null
      ? `${name} is the fallback model: ${why}`
      : `the default router decided: ${why}, and the fallback model ${name} cannot be used`;
  const reasons = [reason, ...routed.routingDecision.reasons];
  return {
    ...routed,
    excluded: choice.excluded,
    routingDecision: { ...routed.routingDecision, reasons },
  };
}

/** Why the fallback model cannot be used; the upstream must list it, if it lists anything. */
function refusalOf(
  model: ModelCapability,
  { catalog, clock }: CallParts,
  request: CallRequest,
  { needs, listed, excluded }: Choice,
  why: string,
): NoModelAvailableError | null {
  const { name } = model;
  if (listed !== null && !listed.some(({ id }) => id === name) && !catalog.isConfigured(name)) {
    const names = listed.map(({ id }) => id);
    const shown = names.slice(0, 20).join(', ') || 'none';
    return new NoModelAvailableError(
      `No model can be routed to: ${why}, and the upstream does not list the fallback model ${name}. Listed: ${shown}. Name one as model or fallbackModel, or give it a price in models.`,
      names.map((listedName) => ({ model: listedName, reason: why })),
    );
  }
  const { constraints = {} } = request.options;
  const fit = eligibleModels([model], needs, constraints, { at: clock.now() });
  return fit.eligible.length > 0 ? null : noModel([...excluded, ...fit.excluded]);
}

/** The error for a request that none of the models can take. */
export function noModel(considered: readonly ConsideredModel[]): NoModelAvailableError {
  // A model that the caller left out tells the caller nothing.
  const first = considered.find(({ reason }) => reason !== NOT_AMONG) ?? considered[0];
  const example = first === undefined ? '' : ` For example ${first.model}: ${first.reason}.`;
  return new NoModelAvailableError(
    `None of ${considered.length} models can take this request.${example} Loosen the constraints, shorten the prompt, or name a model.`,
    considered,
  );
}
