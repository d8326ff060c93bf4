import { type Clock, systemClock } from '../../clock.js';
import { allocateBudget, type AllocationPeriod, type BudgetAllocation } from '../../credits/allocation.js';
import { ConfigurationError, InvalidRequestError } from '../../errors.js';
import { didYouMean } from '../../nearest-name.js';
import type { ChatOptions } from '../../chat-options.js';
import type { RateLimiter } from '../../rate-limiter/rate-limiter.js';
import { typicalOutputTokens } from '../../router/expected-output.js';
import { AnswerHistory } from '../../credits/answer-history.js';
import { ModelRouter } from '../../router/model-router.js';
import { normalizePreferences } from '../../router/preferences.js';
import type { ChatMessage, ModelCapability, Preferences, SpendingPattern } from '../../types.js';
import { effortOf, observedAnswers } from '../learn-answer.js';
import { AUTO, readNeeds } from '../plan.js';
import { type CallRequest, readRequest } from '../request.js';
import { type OrderProposal, orderProposals } from './cache-order.js';
import { type OptimizedRequest, parametersOf } from './changes.js';
import { type CostEstimate, estimateCost } from './estimate-cost.js';
import { optimize } from './optimize.js';
import { isKnown, mayReason, type OutputAsk, priorTokensOf } from './output-cap.js';

export interface CreditOptimizerOptions {
  /** Tells the task, chooses where no model is named, and holds the catalogue. @default a `ModelRouter` of its own */
  readonly router?: ModelRouter;
  /** Used where a call says none. @default { cost: 0.4, quality: 0.4, speed: 0.2 } */
  readonly preferences?: Preferences;
  /** How long answers were. @default nothing was seen: lengths are a prior by task */
  readonly history?: AnswerHistory;
  /** What was spent so far, for `suggestBudgetAllocation`. @default nothing was seen */
  readonly spending?: () => SpendingPattern;
  /** @default the clock of the machine */
  readonly clock?: Clock;
}

/**
 * Fits parameters to the task, tells what a request will cost, and splits a budget. It sends nothing and
 * changes nothing by itself. What it expects of an answer's length is what was seen of such answers; before that a prior
 * by task, set by hand.
 */
export class CreditOptimizer {
  readonly #tokensPerMinute: number | null;
  readonly #router: ModelRouter;
  readonly #history: AnswerHistory;
  readonly #preferences: Preferences | undefined;
  readonly #spending: (() => SpendingPattern) | undefined;
  readonly #clock: Clock;

  /**
   * @param rateLimiter Its `tokensPerMinute` bounds the output caps: services refuse a request that may take
   * more, and one that takes it all holds up every other. Other limits have no say.
   * @throws {ConfigurationError} naming `rateLimiter` or the option; {@link InvalidRequestError} for preferences.
   */
  constructor(rateLimiter?: Pick<RateLimiter, 'limits'>, options: CreditOptimizerOptions = {}) {
    checkParts(rateLimiter, options);
    const { router, preferences, spending, history = new AnswerHistory(), clock = systemClock } = options;
    normalizePreferences(preferences);
    this.#tokensPerMinute = rateLimiter?.limits.tokensPerMinute ?? null;
    this.#router = router ?? new ModelRouter({ clock });
    this.#history = history;
    this.#preferences = preferences;
    this.#spending = spending;
    this.#clock = clock;
  }

  /**
   * Parameters that suit the task, by their wire names: an output cap that is hardly ever reached, and a
   * temperature. What `context` sets is left as it is. For the `model` of the context by its policy: its name
   * of the cap, no temperature where it takes none, no cap where its longest answer is unknown or no longer,
   * nothing where it is only listed, so that no policy is known; without one, as fits whichever model may answer.
   *
   * @param preferences The more cost weighs, the smaller the cap, down to four times the expected length.
   * @param context The other options of the call: `model`, `tools`, `max_tokens`, ….
   * @throws {InvalidRequestError} naming the argument, and for a `model` that the catalogue does not know.
   */
  optimizeRequest(
    messages: readonly ChatMessage[],
    preferences?: Preferences,
    context: ChatOptions = {},
  ): OptimizedRequest {
    checkObject(context, 'context');
    const request = readRequest(messages, {
      ...context,
      ...(preferences === undefined ? {} : { preferences }),
    });
    const ask = this.#ask(request, this.#named(request));
    const changes = optimize(ask, request, this.#clock.now());
    return { ...parametersOf(changes), changes };
  }

  /**
   * Where the prompt could begin with more of what stays the same, so that the model's cache serves it again. Empty
   * where nothing is to be gained. It moves nothing.
   * @param context The other options of the call; without a `model` no saving is told.
   * @throws {InvalidRequestError} naming the argument, and for a `model` that the catalogue does not know.
   */
  proposeOrder(messages: readonly ChatMessage[], context: ChatOptions = {}): readonly OrderProposal[] {
    checkObject(context, 'context');
    const request = readRequest(messages, context);
    return orderProposals(request.messages, this.#named(request), this.#clock.now());
  }

  /**
   * What a request will cost at `params.model` or, without one, at the model that the router would choose of
   * its catalogue (health, waits, credits and `highCostModels` apart: `client.route` knows those).
   *
   * Once 100 answers of the model to such asks were seen, nine of ten costs lie from `lowUsd` to `highUsd`, as
   * `coverage` says. Before that lengths are a prior by task: `lowUsd` is for an answer a quarter as long as expected,
   * `highUsd` for one four to eight times as long, with thoughts where the model always reasons or is asked to. Never
   * above a cap; the prompt counts 20 % less and more.
   *
   * @param params The options of the call.
   * @throws {InvalidRequestError} naming the argument, and for a `model` that the catalogue does not know.
   * @throws {NoModelAvailableError} where no model can take the request.
   */
  estimateCost(messages: readonly ChatMessage[], params: ChatOptions = {}): CostEstimate {
    checkObject(params, 'params');
    const request = readRequest(messages, params);
    const model = this.#named(request) ?? this.#chosen(request);
    const ask = this.#ask(request, model);
    const of = { model: model.name, effort: effortOf(request.parameters), taskType: ask.forecast.taskType };
    const averageTokens = this.#history.expectedTokens(of, priorTokensOf(ask));
    return estimateCost(ask, model, { averageTokens, at: this.#clock.now() });
  }

  /**
   * Splits an amount over the hours of a day, the days of a week or of the running UTC month, and by task;
   * a tenth is kept back. By what was spent so far, as far as calls were seen; else evenly, and by the length
   * of the answers that a task usually has. Suggests `budgets` for the client. It enforces nothing.
   *
   * @param totalUsd USD, 0.01 to 1e9.
   * @throws {InvalidRequestError} naming `totalUsd` or `period`.
   */
  suggestBudgetAllocation(totalUsd: number, period: AllocationPeriod): BudgetAllocation {
    return allocateBudget(totalUsd, period, {
      now: this.#clock.now(),
      taskPrior: typicalOutputTokens,
      observed: this.#spending?.() ?? null,
    });
  }

  #ask(request: CallRequest, model: ModelCapability | null): OutputAsk {
    const { inputTokens } = readNeeds(request);
    const forecast = this.#router.forecastOutput(request.messages, inputTokens);
    const { taskType } = forecast;
    const effort = effortOf(request.parameters);
    return {
      parameters: request.parameters,
      forecast,
      seen: model === null ? null : this.#history.lengths({ model: model.name, effort, taskType }),
      inputTokens,
      model,
      isKnown: model === null || isKnown(model, this.#router.models),
      mayReason: model === null ? this.#router.models.routable().some(mayReason) : mayReason(model),
      costShare: normalizePreferences(request.options.preferences ?? this.#preferences).cost,
      tokensPerMinute: this.#tokensPerMinute,
    };
  }

  #named({ options: { model = AUTO } }: CallRequest): ModelCapability | null {
    if (model === AUTO) return null;
    const known = this.#router.models.get(model);
    if (known !== undefined) return known;
    throw new InvalidRequestError(
      'model',
      `model ${model} is not in the catalogue.${didYouMean(model, this.#router.models.keys())} Give its price in models, or leave it out.`,
    );
  }

  #chosen(request: CallRequest): ModelCapability {
    const { messages, options, parameters } = request;
    const preferences = options.preferences ?? this.#preferences;
    const { routingDecision } = this.#router.previewRequest(messages, preferences, options.constraints, {
      parameters,
      observed: observedAnswers({ answerHistory: this.#history }, request),
    });
    const name = routingDecision.selectedModel;
    return this.#router.models.get(name) ?? { name };
  }
}

function checkObject(value: unknown, field: string): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new InvalidRequestError(field, `${field} must be an object, as { model: 'route-llm' }.`);
}

function checkParts(rateLimiter: unknown, options: CreditOptimizerOptions): void {
  const { limits } = Object(rateLimiter) as { readonly limits?: unknown };
  if (rateLimiter !== undefined && (typeof limits !== 'object' || limits === null)) {
    throw new ConfigurationError('rateLimiter', 'rateLimiter must be a RateLimiter, or left out.');
  }
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw new ConfigurationError('options', 'options must be an object, as { router }.');
  }
  if (options.router !== undefined && !(options.router instanceof ModelRouter)) {
    throw new ConfigurationError('router', 'router must be a ModelRouter: it tells the task, too.');
  }
}
