import { COST_MULTIPLIERS } from '../catalog/cost.js';
import type { RequestNeeds } from '../catalog/eligibility.js';
import { describeThrown } from '../errors.js';
import type { Router, RoutingResult, RoutingSignals } from '../router/router.js';
import type { CreditsMode, MaybePromise, ModelCapability } from '../types.js';
import { observedAnswers } from './learn-answer.js';
import type { CallParts } from './parts.js';
import { stepsOf } from './plan-step.js';
import type { CallRequest } from './request.js';
import { untilAborted } from '../until-aborted.js';

/**
 * The router's choice among the eligible models. A router that is late, throws or answers nonsense
 * is logged and gives `null`: the call goes on with the fallback model.
 */
export async function askRouter(
  parts: CallParts,
  request: CallRequest,
  choice: {
    readonly eligible: readonly ModelCapability[];
    readonly needs: RequestNeeds;
    readonly signal: AbortSignal | undefined;
  },
): Promise<RoutingResult | null> {
  try {
    const answer = parts.router.routeRequest(...routerQuestion(parts, request, choice));
    const routed = isThenable(answer)
      ? await untilAborted(inTime(parts, Promise.resolve(answer)), choice.signal)
      : answer;
    return withKnownModels(routed, choice.eligible);
  } catch (error) {
    if (choice.signal?.aborted === true) throw error;
    parts.logger.warn(`the router failed; ${parts.options.fallbackModel} is used`, {
      error: describeThrown(error),
    });
    return null;
  }
}

/** What a router is asked. */
export function routerQuestion(
  parts: CallParts,
  request: CallRequest,
  choice: { readonly eligible: readonly ModelCapability[]; readonly needs: RequestNeeds },
): Parameters<Router['routeRequest']> {
  const { messages, parameters, options } = request;
  return [
    messages,
    options.preferences ?? parts.options.preferences,
    options.constraints,
    {
      candidates: choice.eligible,
      signals: readSignals(parts, request, choice),
      parameters,
      inputTokens: choice.needs.inputTokens,
      observed: observedAnswers(parts, request),
      ...(options.tags === undefined ? {} : { tags: options.tags }),
    },
  ];
}

export function isThenable(answer: MaybePromise<RoutingResult>): answer is Promise<RoutingResult> {
  return typeof (answer as Partial<Promise<RoutingResult>> | undefined)?.then === 'function';
}

export function inTime(parts: CallParts, answer: Promise<RoutingResult>): Promise<RoutingResult> {
  const { maxRoutingTimeMs } = parts.options.routing;
  return new Promise((resolve, reject) => {
    const stopTimer = parts.clock.startTimer(maxRoutingTimeMs, () => {
      reject(new Error(`no answer within ${maxRoutingTimeMs} ms`));
    });
    answer.then(resolve, reject).finally(stopTimer);
  });
}

/** Only eligible models are acted upon, whatever a router says. */
export function withKnownModels(routed: RoutingResult, eligible: readonly ModelCapability[]): RoutingResult {
  const names = new Set(eligible.map((model) => model.name));
  const { routingDecision, alternatives } = routed;
  if (!Array.isArray(routingDecision.reasons) || !Array.isArray(alternatives)) {
    throw new TypeError('its answer lacks reasons or alternatives');
  }
  if (!names.has(routingDecision.selectedModel)) {
    throw new Error(`it chose '${routingDecision.selectedModel}', which is not among the eligible models`);
  }
  const fallbacks = routingDecision.fallbacks.filter((name) => names.has(name));
  return fallbacks.length === routingDecision.fallbacks.length
    ? routed
    : { ...routed, routingDecision: { ...routingDecision, fallbacks } };
}

/** One snapshot for the whole decision; models without anything to say have no entry. */
function readSignals(
  parts: CallParts,
  request: CallRequest,
  { eligible, needs }: { readonly eligible: readonly ModelCapability[]; readonly needs: RequestNeeds },
): ReadonlyMap<string, RoutingSignals> {
  const { health } = parts;
  const session = request.options.session ?? parts.session;
  const warm = parts.warmPrefixes.expected({ request, session, inputTokens: needs.inputTokens });
  const signals = new Map<string, RoutingSignals>();
  const pace = parts.pacer.multiplier(request.options.tags ?? []);
  const modes = shortCredits(parts);
  const waits = limitWaits(parts, request, needs.inputTokens);
  const isQuiet = !health.hasFailures && modes.size === 0 && pace === 1;
  if (isQuiet && warm.size === 0 && waits.size === 0) return signals;
  for (const { name } of eligible) {
    // A model is as well, and as soon there, as at the best of those that have it.
    const providers = stepsOf(parts, name).map(({ provider }) => provider);
    const [billing] = providers;
    const creditsMode = (billing && modes.get(billing.group)) ?? 'normal';
    const waitMs = providers.map(({ id, group }) => Math.max(health.waitMs(id, name), waits.get(group) ?? 0));
    signals.set(name, {
      health: Math.max(...providers.map(({ id }) => health.share(id, name))),
      waitMs: Math.min(...waitMs),
      creditsMode,
      costMultiplier: Math.max(COST_MULTIPLIERS[creditsMode], pace),
      warmPrefixTokens: warm.get(name) ?? 0,
      // Both differ from task to task, which the router is first to know: it is given the history.
      outputTokens: null,
      latencyMs: null,
    });
  }
  return signals;
}

/** How short the credits of accounts are; those that have plenty are not in it. */
function shortCredits({ balances }: CallParts): ReadonlyMap<string, CreditsMode> {
  const modes = [...balances].map(([group, balance]) => [group, balance.mode()] as const);
  return new Map(modes.filter(([, mode]) => mode !== 'normal'));
}

/** Milliseconds that the limits of a group would make the request wait; groups that would not are not in it. */
function limitWaits(
  { limiters }: CallParts,
  { options: { priority } }: CallRequest,
  tokens: number,
): ReadonlyMap<string, number> {
  const waits = new Map<string, number>();
  for (const [group, limiter] of limiters) {
    const waitMs = limiter.getWaitTimeMs({ tokens, priority });
    // A closed one says Infinity, and refuses whatever is chosen.
    if (waitMs > 0 && waitMs < Infinity) waits.set(group, waitMs);
  }
  return waits;
}
