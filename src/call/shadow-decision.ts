import { describeThrown } from '../errors.js';
import type { RoutingResult } from '../router/router.js';
import type { AttemptRow } from '../stores.js';
import type { ModelCapability } from '../types.js';
import { inTime, isThenable, routerQuestion, withKnownModels } from './ask-router.js';
import type { CallParts } from './parts.js';
import { type Plan, routableModels } from './plan.js';
import { namedModel } from './plan-step.js';
import type { CallRequest } from './request.js';
import type { Shadow } from './shadow.js';
import { costDifferenceUsd } from './shadow-report.js';

/** A call as far as its shadow sees it. */
export interface ShadowedCall {
  readonly parts: CallParts;
  readonly callId: string;
  readonly request: CallRequest;
  readonly rows: readonly AttemptRow[];
}

/** The shadow of a call that has its plan; `null` where none stands beside it. */
export function beginShadow(call: ShadowedCall, plan: Plan): ShadowDecision | null {
  const { shadow } = call.parts;
  if (shadow === null) return null;
  const isBeside =
    shadow.kind === 'router'
      ? plan.candidates !== null
      : plan.steps.some(({ model }) => model.routesItself === true);
  return isBeside ? new ShadowDecision(call, plan, shadow) : null;
}

/**
 * What a second router would have chosen for a call. It is asked once the call is on its way, and told of just before
 * the call's end, which does not wait for it: whatever it does, the call goes on as it would without it.
 */
export class ShadowDecision {
  readonly #call: ShadowedCall;
  readonly #plan: Plan;
  readonly #shadow: Shadow;
  readonly #stopTimer: () => void;
  #isAsked = false;
  #isOver = false;
  #hasFailed = false;
  #choice: string | null = null;
  /** USD by model. */
  #costs: ReadonlyMap<string, number | null> = new Map();

  constructor(call: ShadowedCall, plan: Plan, shadow: Shadow) {
    this.#call = call;
    this.#plan = plan;
    this.#shadow = shadow;
    // By then the request is sent: a synchronous router uses time in which the call waits anyway.
    this.#stopTimer = call.parts.clock.startTimer(0, () => this.#ask());
  }

  /** @param servedModel `null` where the call failed. */
  end(servedModel: string | null): void {
    this.#stopTimer();
    const chosenModel = this.#chosenModel(servedModel);
    if (this.#isOver || chosenModel === null) {
      this.#isOver = true;
      return;
    }
    this.#ask();
    if (this.#choice === null) this.#fail('it was later than the call');
    this.#isOver = true;
    if (this.#choice === null) this.#shadow.tally.miss();
    else this.#compare(chosenModel, this.#choice);
  }

  #compare(chosenModel: string, shadowModel: string): void {
    const comparison = {
      chosenModel,
      shadowModel,
      estimatedCostUsd: this.#costs.get(chosenModel) ?? null,
      shadowCostUsd: this.#costs.get(shadowModel) ?? null,
    };
    this.#shadow.tally.add(comparison);
    const { callId, parts } = this.#call;
    parts.events.emit('route-shadow', {
      callId,
      at: parts.clock.now(),
      kind: this.#shadow.kind,
      ...comparison,
      agrees: chosenModel === shadowModel,
      costDifferenceUsd: costDifferenceUsd(comparison),
    });
  }

  /** What the shadow is compared with; `null` where there is no such thing. */
  #chosenModel(servedModel: string | null): string | null {
    if (this.#shadow.kind === 'router') return this.#plan.routing?.routingDecision.selectedModel ?? null;
    const { catalog } = this.#call.parts;
    const asked = this.#call.rows.at(-1)?.model;
    // Another model may have answered in its place, or the server not say which it chose.
    if (servedModel === null || asked === undefined || servedModel === asked) return null;
    if (catalog.get(asked)?.routesItself !== true) return null;
    return catalog.get(servedModel)?.name ?? servedModel;
  }

  #ask(): void {
    if (this.#isAsked || this.#isOver) return;
    this.#isAsked = true;
    this.#guard(() => {
      const { parts } = this.#call;
      const listing = this.#plan.candidates === null ? parts.listings.models() : null;
      const memory = parts.shadowMemory?.ready();
      if (!(listing instanceof Promise || memory instanceof Promise)) return this.#decide();
      return Promise.all([listing, memory]).then(() => this.#decide());
    });
  }

  /** `null` where it is decided at once. */
  #decide(): Promise<void> | null {
    const { parts, request } = this.#call;
    const { needs } = this.#plan;
    const candidates = this.#plan.candidates ?? routableModels(parts, request, needs).eligible;
    if (candidates.length === 0) throw new Error('there is no model to choose from');
    const question = routerQuestion(parts, request, { eligible: candidates, needs });
    const answer = this.#shadow.decide(...question);
    if (!isThenable(answer)) {
      this.#accept(answer, candidates);
      return null;
    }
    return inTime(parts, Promise.resolve(answer)).then((routed) => this.#accept(routed, candidates));
  }

  #accept(answer: RoutingResult, candidates: readonly ModelCapability[]): void {
    if (this.#isOver) return;
    const { selectedModel } = withKnownModels(answer, candidates).routingDecision;
    this.#costs = this.#costsOf(selectedModel);
    this.#choice = selectedModel;
  }

  /** Estimated alike for both, whatever the routers say of them. */
  #costsOf(shadowModel: string): ReadonlyMap<string, number | null> {
    const { parts, request } = this.#call;
    const chosen = this.#plan.routing?.routingDecision.selectedModel;
    // What a server will choose is not known yet: any of its models.
    const eligible =
      this.#shadow.kind === 'server' || chosen === undefined
        ? parts.catalog.candidatesForAuto()
        : [...new Set([chosen, shadowModel])].map((name) => namedModel(parts, name));
    const [messages, preferences, , context] = routerQuestion(parts, request, {
      eligible,
      needs: this.#plan.needs,
    });
    const { alternatives } = parts.fallbackRouter.previewRequest(messages, preferences, undefined, context);
    return new Map(alternatives.map(({ model, costUsd }) => [model, costUsd]));
  }

  /** What the shadow throws, at once or later, reaches the log and nobody else. */
  #guard(act: () => Promise<unknown> | null): void {
    try {
      act()?.catch((error: unknown) => this.#fail(describeThrown(error)));
    } catch (error) {
      this.#fail(describeThrown(error));
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver || this.#hasFailed) return;
    this.#hasFailed = true;
    const { callId, parts } = this.#call;
    parts.logger.warn('the shadow router gave no answer; the call goes on without it', { callId, error });
  }
}
