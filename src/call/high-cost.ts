import type { Eligibility } from '../catalog/eligibility.js';
import type { RoutingResult } from '../router/router.js';
import type { ModelCapability } from '../types.js';
import type { CallParts } from './parts.js';
import type { CallRequest } from './request.js';

/** From this difficulty on an ask counts as hard. */
const HARD = 0.6;
/** Above this share of the weights quality counts more than cost and speed together. */
const MOSTLY_QUALITY = 0.5;

/**
 * Leaves out the models that the user calls high-cost, unless the ask is hard, quality counts most, or the
 * caller names them in `constraints.models`. Where nothing else is left the call is refused rather than dear.
 */
export function withoutHighCost(
  parts: CallParts,
  request: CallRequest,
  { eligible, excluded }: Eligibility,
): Eligibility {
  const { models = [] } = request.options.constraints ?? {};
  const isLeftOut = (model: ModelCapability): boolean => isHighCost(parts, model) && !isAmong(models, model);
  if (!eligible.some(isLeftOut) || licence(parts, request) !== null) return { eligible, excluded };
  const reason = `it is a high-cost model: the ask must be hard (difficulty ${HARD}), or quality weigh more than half`;
  return {
    eligible: eligible.filter((model) => !isLeftOut(model)),
    excluded: [...excluded, ...eligible.filter(isLeftOut).map(({ name }) => ({ model: name, reason }))],
  };
}

/** The decision, saying why a high-cost model was let in where it was chosen. */
export function explainHighCost(
  parts: CallParts,
  request: CallRequest,
  routed: RoutingResult,
): RoutingResult {
  const { selectedModel, reasons } = routed.routingDecision;
  const model = parts.catalog.get(selectedModel);
  if (model === undefined || !isHighCost(parts, model)) return routed;
  const why = licence(parts, request) ?? 'it is named in constraints.models';
  return {
    ...routed,
    routingDecision: {
      ...routed.routingDecision,
      reasons: [...reasons, `${selectedModel} is a high-cost model, let in since ${why}`],
    },
  };
}

function isHighCost({ options }: CallParts, model: ModelCapability): boolean {
  return isAmong(options.credits.highCostModels, model);
}

/** By its name or any other that it is known by. */
function isAmong(names: readonly string[], { name, aliases = [] }: ModelCapability): boolean {
  return names.some((known) => known === name || aliases.includes(known));
}

/** Why high-cost models may serve this request; `null` where they may not. */
function licence(parts: CallParts, { messages, options }: CallRequest): string | null {
  const { cost = 0, quality = 0, speed = 0 } = options.preferences ?? parts.options.preferences;
  const share = quality / (cost + quality + speed);
  if (share > MOSTLY_QUALITY) return `quality weighs ${Math.round(100 * share)} %`;
  const { difficulty } = parts.fallbackRouter.estimateDifficulty(messages);
  return difficulty >= HARD ? `the ask is hard (difficulty ${difficulty.toFixed(2)})` : null;
}
