import { eligibleModels, requestNeeds, type RequestNeeds } from '../catalog/eligibility.js';
import { pricesOf } from '../catalog/cost.js';
import { type ConsideredModel, NoModelAvailableError } from '../errors.js';
import type { RoutingResult } from '../router/router.js';
import type { ListedModel, ModelCapability, ModelPrices } from '../types.js';
import type { Provider } from '../upstream/provider.js';
import type { CallParts } from './parts.js';
import type { CallRequest } from './request.js';
import { askRouter } from './ask-router.js';

/** A model to try, where it is reached, and its prices. */
export interface PlanStep {
  readonly model: ModelCapability;
  readonly provider: Provider;
  readonly prices: ModelPrices | null;
}

export interface Plan {
  readonly steps: readonly PlanStep[];
  /** `null` where the caller named the model. */
  readonly routing: RoutingResult | null;
  readonly needs: RequestNeeds;
}

/** The model by which a call asks to be routed. */
export const AUTO = 'auto';

export function isRouted(request: CallRequest): boolean {
  return (request.options.model ?? AUTO) === AUTO;
}

/** The ranked models a call will try: the caller's, or the router's choice among what is eligible. */
export async function makePlan(parts: CallParts, request: CallRequest): Promise<Plan> {
  const needs = requestNeeds(request.messages, request.parameters);
  if (!isRouted(request)) {
    const names = [request.options.model ?? AUTO, ...(request.options.fallbacks ?? [])];
    return { steps: names.map((name) => stepFor(parts, name)), routing: null, needs };
  }
  const candidates = await candidatesFor(parts);
  const routing =
    candidates.models.length === 0
      ? routeToFallback(parts, request, {
          needs,
          candidates,
          excluded: [],
          why:
            candidates.listed === null ? 'the upstream lists no models' : 'no listed model has a known price',
        })
      : await routeAmong(parts, request, { needs, candidates });
  const { selectedModel, fallbacks } = routing.routingDecision;
  const names = [selectedModel, ...(request.options.fallbacks ?? fallbacks)];
  return { steps: [...new Set(names)].map((name) => stepFor(parts, name)), routing, needs };
}

interface Candidates {
  readonly models: readonly ModelCapability[];
  /** What the upstream lists; `null` where it could not be read. */
  readonly listed: readonly ListedModel[] | null;
}

interface Choice {
  readonly needs: RequestNeeds;
  readonly candidates: Candidates;
}

async function candidatesFor(parts: CallParts): Promise<Candidates> {
  const listing = parts.listing.models();
  const listed = listing instanceof Promise ? await listing : listing;
  return { models: parts.catalog.candidatesForAuto(), listed };
}

async function routeAmong(parts: CallParts, request: CallRequest, choice: Choice): Promise<RoutingResult> {
  const { constraints = {} } = request.options;
  const { eligible, excluded } = eligibleModels(choice.candidates.models, choice.needs, constraints, {
    at: parts.clock.now(),
  });
  if (eligible.length === 0) throw noModel(excluded);
  if (!parts.options.routing.enabled) {
    return routeToFallback(parts, request, { ...choice, excluded, why: 'routing is off' });
  }
  const routed = await askRouter(parts, request, { eligible, needs: choice.needs });
  return routed === null
    ? routeToFallback(parts, request, { ...choice, excluded, why: 'the router gave no answer' })
    : { ...routed, excluded };
}

/** The fallback model, where it can take the request; the upstream must list it, if it lists anything. */
function routeToFallback(
  parts: CallParts,
  request: CallRequest,
  {
    needs,
    candidates,
    excluded,
    why,
  }: Choice & {
    readonly excluded: readonly ConsideredModel[];
    readonly why: string;
  },
): RoutingResult {
  const name = parts.options.fallbackModel;
  const listedNames = candidates.listed?.map((listed) => listed.id) ?? null;
  if (listedNames !== null && !listedNames.includes(name) && !parts.catalog.isConfigured(name)) {
    const listed = listedNames.slice(0, 20).join(', ') || 'none';
    throw new NoModelAvailableError(
      `No model can be routed to: ${name} is not listed by the upstream, and no listed model has a known price. Listed: ${listed}. Name one as model or fallbackModel, or give it a price in models.`,
      listedNames.map((model) => ({ model, reason: 'its price is unknown' })),
    );
  }
  const model = stepFor(parts, name).model;
  const fit = eligibleModels([model], needs, request.options.constraints ?? {});
  if (fit.eligible.length === 0) throw noModel([...excluded, ...fit.excluded]);
  const routed = parts.fallbackRouter.routeRequest(request.messages, request.options.preferences, undefined, {
    candidates: [model],
    parameters: request.parameters,
    inputTokens: needs.inputTokens,
  });
  const reasons = [`${name} is the fallback model: ${why}`, ...routed.routingDecision.reasons];
  return { ...routed, excluded, routingDecision: { ...routed.routingDecision, reasons } };
}

function noModel(considered: readonly ConsideredModel[]): NoModelAvailableError {
  const [first] = considered;
  const example = first === undefined ? '' : ` For example ${first.model}: ${first.reason}.`;
  return new NoModelAvailableError(
    `None of ${considered.length} models can take this request.${example} Loosen the constraints, shorten the prompt, or name a model.`,
    considered,
  );
}

function stepFor(parts: CallParts, name: string): PlanStep {
  const model = parts.catalog.get(name) ?? { name };
  return { model, provider: parts.provider, prices: pricesOf(model) };
}
