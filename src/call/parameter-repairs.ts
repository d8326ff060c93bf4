import { type RouteLLError, UpstreamError } from '../errors.js';
import type { ChatRequestBody, Logger, ModelCapability, ParameterPolicy } from '../types.js';
import type { CallRequest } from './request.js';

/** A model at a provider. */
interface Target {
  readonly model: ModelCapability;
  readonly provider: { readonly id: string };
}

type Repairable = 'max_tokens' | 'max_completion_tokens' | 'temperature';

/** How services say that a model does not take a parameter; one that is out of its range is the caller's matter. */
const NOT_TAKEN =
  /unsupported|not support|not permitted|not allowed|not accept|deprecated|unknown|unrecognized|unexpected|extra inputs|only the default/i;
const NAMES: Readonly<Record<Repairable, RegExp>> = {
  max_tokens: /\bmax_tokens\b/,
  max_completion_tokens: /\bmax_completion_tokens\b/,
  temperature: /\btemperature\b/,
};

/** What models turned out not to take, by their own word: known for the life of the client. */
export class ParameterRepairs {
  readonly #learned = new Map<string, ParameterPolicy>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The step as requests are to be made for it. */
  applied<Step extends Target>(step: Step): Step {
    const learned = this.#learned.get(keyOf(step));
    if (learned === undefined) return step;
    return { ...step, model: { ...step.model, parameters: { ...step.model.parameters, ...learned } } };
  }

  /**
   * Whether a refusal is about a parameter that may be sent otherwise: what the caller set for a model of its own
   * choice is never changed. Each is learned once, so that nothing goes back and forth.
   */
  learn(
    error: RouteLLError,
    {
      step,
      body,
      request,
      isRouted,
    }: {
      readonly step: Target;
      readonly body: ChatRequestBody;
      readonly request: CallRequest;
      readonly isRouted: boolean;
    },
  ): boolean {
    const parameter = refusedParameter(error, body);
    if (parameter === null) return false;
    if (!isRouted && request.parameters[parameter] !== undefined) return false;
    const learned = this.#learned.get(keyOf(step)) ?? {};
    const repair = repairOf(parameter);
    if (Object.keys(repair).some((name) => name in learned)) return false;
    this.#learned.set(keyOf(step), { ...learned, ...repair });
    const fields = { model: step.model.name, provider: step.provider.id, parameter };
    this.#logger.info('a model does not take a parameter: its requests are made without', fields);
    return true;
  }
}

function refusedParameter(error: RouteLLError, body: ChatRequestBody): Repairable | null {
  if (!(error instanceof UpstreamError) || error.code !== 'invalid-request') return null;
  if (error.status !== 400 && error.status !== 422) return null;
  if (!NOT_TAKEN.test(error.message)) return null;
  const sent = (['max_tokens', 'max_completion_tokens', 'temperature'] as const).filter(
    (name) => body[name] !== undefined && body[name] !== null,
  );
  return sent.find((name) => NAMES[name].test(error.message)) ?? null;
}

function repairOf(parameter: Repairable): ParameterPolicy {
  if (parameter === 'temperature') return { temperature: false };
  return { outputCap: parameter === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens' };
}

function keyOf({ model, provider }: Target): string {
  return `${provider.id.length}:${provider.id}${model.name}`;
}
