import { eligibleModels, requestNeeds, type RequestNeeds } from '../catalog/eligibility.js';
import { InvalidRequestError } from '../errors.js';
import type { RoutingResult } from '../router/router.js';
import { askRouter } from './ask-router.js';
import { type Choice, noModel, routeToFallback } from './fallback.js';
import type { CallParts } from './parts.js';
import { type PlanStep, stepsFor } from './plan-step.js';
import type { CallRequest } from './request.js';
import { untilAborted } from './until-aborted.js';

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

/**
 * The ranked models a call will try: the caller's, or the router's choice among what is eligible.
 * @param signal Ends the waiting for the list of models and for an asynchronous router.
 */
export async function makePlan(
  parts: CallParts,
  request: CallRequest,
  signal: AbortSignal | undefined,
): Promise<Plan> {
  const needs = readNeeds(request);
  const { model = AUTO, fallbacks } = request.options;
  if (!isRouted(request)) {
    return { steps: stepsFor(parts, [model, ...(fallbacks ?? [])]), routing: null, needs };
  }
  const routing = await route(parts, request, needs, signal);
  const { routingDecision: decision } = routing;
  const names = [decision.selectedModel, ...(fallbacks ?? decision.fallbacks)];
  return { steps: stepsFor(parts, names), routing, needs };
}

async function route(
  parts: CallParts,
  request: CallRequest,
  needs: RequestNeeds,
  signal: AbortSignal | undefined,
): Promise<RoutingResult> {
  const listing = parts.listing.models();
  const listed = listing instanceof Promise ? await untilAborted(listing, signal) : listing;
  const choice: Choice = { needs, listed, eligible: [], excluded: [] };
  if (!parts.options.routing.enabled) return routeToFallback(parts, request, choice, 'routing is off');
  const candidates = parts.catalog.candidatesForAuto();
  if (candidates.length === 0) {
    const why = listed === null ? 'the upstream lists no models' : 'no listed model has a known price';
    return routeToFallback(parts, request, choice, why);
  }
  const { eligible, excluded } = eligibleModels(candidates, needs, request.options.constraints ?? {}, {
    at: parts.clock.now(),
  });
  if (eligible.length === 0) throw noModel(excluded);
  const routed = await askRouter(parts, request, { eligible, needs, signal });
  if (routed !== null) return { ...routed, excluded };
  const rest: Choice = { needs, listed, eligible, excluded };
  return routeToFallback(parts, request, rest, 'the router gave no answer');
}

function readNeeds({ messages, parameters }: CallRequest): RequestNeeds {
  try {
    return requestNeeds(messages, parameters);
  } catch (cause) {
    const text = 'messages and the parameters beside them must be plain JSON, without cycles.';
    throw new InvalidRequestError('messages', text, { cause });
  }
}
