import { NoModelAvailableError, type RouteLLClient, RouteLLError } from '../../index.js';
import { plural } from '../figures.js';
import { basePrices } from '../prices.js';
import { type Check, failed, ok, warning } from './check.js';

/** What one provider lists, and how much of it is priced. */
export function checkModels(client: RouteLLClient, listed: readonly string[], provider: string): Check {
  const subject = { check: 'models', provider } as const;
  const offers = listed
    .flatMap((name) => client.catalog.offers(name))
    .filter((offer) => offer.provider === provider);
  if (offers.length === 0) {
    return failed(
      subject,
      'no models are listed',
      'Enable models for this key at the service (on a server of your own: load one), or check that the address is that of the API.',
    );
  }
  const unpriced = offers.filter(({ model }) => basePrices(model) === null).map(({ id }) => id);
  const told = `${plural(offers.length, 'model')} listed`;
  if (unpriced.length === 0) return ok(subject, `${told}, all of known price`);
  return warning(
    subject,
    `${told}, of which ${unpriced.length} have no known price, so that routing leaves them out: ${someOf(unpriced)}`,
    `Name one for a call (--model ${unpriced[0] ?? ''}), or give its price in a program: new RouteLLClient({ models: { '${unpriced[0] ?? ''}': { prices: { input, output } } } }), USD per 1M tokens.`,
  );
}

/** Whether the fallback model can be had. */
export function checkFallbackModel({ catalog, config }: RouteLLClient, listed: readonly string[]): Check {
  const subject = { check: 'models' } as const;
  const { fallbackModel } = config;
  if (catalog.isListed(fallbackModel) === true) {
    return ok(subject, `the fallback model ${fallbackModel} is listed`);
  }
  const isNeeded = !config.routing.enabled || catalog.candidatesForAuto().length === 0;
  const message = `the fallback model ${fallbackModel} is not listed`;
  const instead =
    listed.find((name) => catalog.get(name)?.routesItself === true) ?? catalog.candidatesForAuto()[0]?.name;
  const advice = `Set model_routing.fallback_model to a model that is listed${instead === undefined ? '' : `, as ${instead}`}.`;
  return isNeeded
    ? failed(subject, `${message}, and calls without a model need it`, advice)
    : warning(subject, `${message}: there is none when routing fails`, advice);
}

/** What `unlimited_models` and `high_cost_models` name in vain. */
export function checkNamedModels({ catalog, config }: RouteLLClient): Check | null {
  const { unlimitedModels, highCostModels } = config.credits;
  const unlisted = [...new Set([...unlimitedModels, ...highCostModels])].filter(
    (name) => catalog.isListed(name) !== true,
  );
  if (unlisted.length === 0) return null;
  return ok({ check: 'models' }, `not listed, so that their setting has no effect: ${someOf(unlisted)}`);
}

const TRIAL = 'Write a function that reverses a list.';

/** A decision for a trial prompt; nothing is sent for it. */
export async function checkRouting(client: RouteLLClient): Promise<Check> {
  const subject = { check: 'routing' } as const;
  const { catalog, config } = client;
  try {
    const { routingDecision } = await client.route([{ role: 'user', content: TRIAL }]);
    const { selectedModel, taskType, difficulty } = routingDecision;
    const available = catalog.candidatesForAuto().length;
    const decision = `"${TRIAL}" goes to ${selectedModel} (${taskType}, difficulty ${difficulty.toFixed(2)})`;
    if (!config.routing.enabled) return ok(subject, `routing is off: all goes to ${selectedModel}`);
    if (available > 0) return ok(subject, `${decision}, chosen of ${plural(available, 'model')}`);
    return warning(
      subject,
      `no listed model has a known price: all goes to the fallback model ${selectedModel}`,
      'Give models a price, as said above, and they are routed to.',
    );
  } catch (error) {
    if (!RouteLLError.isInstance(error)) throw error;
    const advice =
      error instanceof NoModelAvailableError
        ? 'Mend what is said of models above. routell models lists what there is.'
        : 'Mend what is said above first.';
    return failed(subject, error.message, advice);
  }
}

const MOST_NAMES = 8;

function someOf(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
