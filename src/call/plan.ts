import {
  type Eligibility,
  type EligibilityContext,
  eligibleModels,
  requestNeeds,
  type RequestNeeds,
} from '../catalog/eligibility.js';
import { InvalidRequestError } from '../errors.js';
import type { RoutingResult } from '../router/router.js';
import type { MaybePromise, ModelCapability } from '../types.js';
import { askRouter } from './ask-router.js';
import { explainCritical, withoutDearWhenCritical } from './critical-credits.js';
import { type Choice, noModel, routeToFallback } from './fallback.js';
import { explainHighCost, withoutHighCost } from './high-cost.js';
import type { CallParts } from './parts.js';
import { type PlanStep, stepsFor, stepsOf } from './plan-step.js';
import type { CallRequest } from './request.js';
import { untilAborted } from '../until-aborted.js';
import { withoutUsedUp } from './used-up.js';

export interface Plan {
  readonly steps: readonly PlanStep[];
  /** Others that could take the request, best first: for a call that a budget refuses its steps. */
  readonly spare: readonly PlanStep[];
  /** `null` where the caller named the model. */
  readonly routing: RoutingResult | null;
  readonly needs: RequestNeeds;
  /** What the router was asked to choose among; `null` where none was asked. */
  readonly candidates: readonly ModelCapability[] | null;
}

interface Routed {
  readonly routing: RoutingResult;
  readonly candidates: Plan['candidates'];
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
    if (dependsOnListings(parts)) await readListings(parts, signal);
    const steps = stepsFor(parts, [model, ...(fallbacks ?? [])]);
    return { steps, spare: [], routing: null, needs, candidates: null };
  }
  const { routing, candidates } = await route(parts, request, needs, signal);
  const { routingDecision: decision } = routing;
  const names = [
    decision.selectedModel,
    ...(fallbacks ?? [...decision.fallbacks, ...unlimitedOf(parts, routing)]),
  ];
  const steps = allowedSteps(parts, request, { needs, steps: stepsFor(parts, names) });
  const spare = fallbacks === undefined ? spareSteps(parts, routing, { names, candidates }) : [];
  return {
    steps,
    spare: allowedSteps(parts, request, { needs, steps: spare }),
    routing,
    needs,
    candidates,
  };
}

/** The eligible models that are not in the plan, in the order of the ranking. */
function spareSteps(
  parts: CallParts,
  { alternatives }: RoutingResult,
  { names, candidates }: { readonly names: readonly string[]; readonly candidates: Plan['candidates'] },
): readonly PlanStep[] {
  if (!parts.ledger.hasBudgets || candidates === null) return [];
  const eligible = new Set(candidates.map(({ name }) => name));
  const spare = alternatives.map(({ model }) => model);
  return spare
    .filter((name) => eligible.has(name) && !names.includes(name))
    .flatMap((name) => stepsOf(parts, name));
}

/** Where a named model is had, and whether it bills, only the lists can tell where there is a choice. */
function dependsOnListings({ providers, options }: CallParts): boolean {
  return providers.length > 1 || options.credits.unlimitedModels.length > 0;
}

function readListings(parts: CallParts, signal: AbortSignal | undefined): MaybePromise<Choice['listed']> {
  const listing = parts.listings.models();
  return listing instanceof Promise ? untilAborted(listing, signal) : listing;
}

/** A model may be dearer, or smaller, at another provider than where it was judged: hard limits hold there too. */
function allowedSteps(
  parts: CallParts,
  request: CallRequest,
  { needs, steps }: Pick<Plan, 'needs' | 'steps'>,
): readonly PlanStep[] {
  if (parts.providers.length === 1) return steps;
  const { constraints = {} } = request.options;
  const context = { at: parts.clock.now(), ...expectedOutput(parts, request) };
  return steps.filter((step) => {
    const { model } = step;
    const isWhereJudged = steps.find((other) => other.model.name === model.name) === step;
    return isWhereJudged || eligibleModels([model], needs, constraints, context).eligible.length > 0;
  });
}

/** The best model that keeps serving once the credits are gone, if there is one: the last resort. */
function unlimitedOf(parts: CallParts, { alternatives }: RoutingResult): readonly string[] {
  const unlimited = alternatives.find(({ model }) => parts.catalog.get(model)?.unlimited === true);
  return unlimited === undefined ? [] : [unlimited.model];
}

/** Costs and times are judged by the output that the task lets expect, as the ranking judges them. */
function expectedOutput(
  parts: CallParts,
  { messages, parameters, options }: CallRequest,
): EligibilityContext {
  const { maxCostUsd, maxTimeMs } = options.constraints ?? {};
  if (maxCostUsd === undefined && maxTimeMs === undefined) return {};
  return { expectedOutputTokens: parts.fallbackRouter.expectedOutputTokens(messages, parameters) };
}

async function route(
  parts: CallParts,
  request: CallRequest,
  needs: RequestNeeds,
  signal: AbortSignal | undefined,
): Promise<Routed> {
  const listed = await readListings(parts, signal);
  const loading = whatWasLearned(parts);
  if (loading !== undefined) await untilAborted(loading, signal);
  const choice: Choice = { needs, listed, eligible: [], excluded: [] };
  const toFallback = (why: string): Routed => ({
    routing: routeToFallback(parts, request, choice, why),
    candidates: null,
  });
  if (!parts.options.routing.enabled) return toFallback('routing is off');
  if (parts.catalog.candidatesForAuto().length === 0) {
    return toFallback(listed === null ? 'the upstream lists no models' : 'no listed model has a known price');
  }
  const { eligible, excluded } = routableModels(parts, request, needs);
  if (eligible.length === 0) throw noModel(excluded);
  const routed = await askRouter(parts, request, { eligible, needs, signal });
  if (routed !== null) {
    const explained = explainHighCost(parts, request, explainCritical({ ...routed, excluded }));
    return { routing: explained, candidates: eligible };
  }
  const rest: Choice = { needs, listed, eligible, excluded };
  const routing = routeToFallback(parts, request, rest, 'the router gave no answer');
  return { routing, candidates: eligible };
}

/** Loads it, the first time; a promise only as long as it is on its way. */
function whatWasLearned({
  routerMemory,
  answerMemory,
  demandMemory,
}: CallParts): Promise<unknown> | undefined {
  const loading = [routerMemory, answerMemory, demandMemory]
    .map((memory) => memory.ready())
    .filter((ready) => ready !== undefined);
  return loading.length === 0 ? undefined : Promise.all(loading);
}

/** The models that a router may choose among for a request: hard constraints are decided here. */
export function routableModels(parts: CallParts, request: CallRequest, needs: RequestNeeds): Eligibility {
  const { constraints = {} } = request.options;
  const fit = eligibleModels(parts.catalog.candidatesForAuto(), needs, constraints, {
    at: parts.clock.now(),
    ...expectedOutput(parts, request),
  });
  return withoutDearWhenCritical(parts, withoutUsedUp(parts, withoutHighCost(parts, request, fit)));
}

export function readNeeds({ messages, parameters }: CallRequest): RequestNeeds {
  try {
    return requestNeeds(messages, parameters);
  } catch (cause) {
    const text = 'messages and the parameters beside them must be plain JSON, without cycles.';
    throw new InvalidRequestError('messages', text, { cause });
  }
}
