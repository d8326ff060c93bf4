import { serviceTierOf } from '../catalog/service-tier.js';
import { chargeOf, normalizeUsage } from '../catalog/usage.js';
import { asRouteLLError, IncompleteStreamError } from '../errors.js';
import type { AnyChatOptions } from '../chat-options.js';
import type { ChatMessage, Completion } from '../types.js';
import { usageToldWith } from '../upstream/told-usage.js';
import type { ProviderCompletion } from '../upstream/provider.js';
import { isFinish } from './accumulator.js';
import type { Attempt } from './attempt.js';
import type { Consumption } from './attempt-cost.js';
import { attemptAlong } from './attempts.js';
import { beginCall, refusedResult } from './begin.js';
import { type Served, throughCache } from './cache.js';
import type { Call } from './call.js';
import { contentOf } from './content-of.js';
import { estimatedUsage } from './estimated-usage.js';
import type { CallParts } from './parts.js';
import { servedModel } from './plan-step.js';
import type { ChatFailure, ChatSuccess } from './result.js';
import { untilAborted } from '../until-aborted.js';

/** How a call that does not stream ended; the completion is the upstream's own object. */
export type Completed =
  | { readonly result: ChatSuccess; readonly completion: Completion; readonly requestId: string | null }
  | { readonly result: ChatFailure; readonly completion: null; readonly requestId: null };

/**
 * One call from start to end. Never rejects: every failure is a result.
 * @param onBegun Told of the call before it plans anything.
 */
export async function completeCall(
  parts: CallParts,
  messages: readonly ChatMessage[],
  options: AnyChatOptions,
  onBegun?: (call: Call) => void,
): Promise<Completed> {
  let call: Call;
  try {
    call = beginCall(parts, messages, options, false);
  } catch (error) {
    return { result: refusedResult(asRouteLLError(error)), completion: null, requestId: null };
  }
  onBegun?.(call);
  try {
    const { answer, ...served } = await throughCache(call, async () => {
      return attemptAlong(call, await call.plan(), (attempt) => exchange(call, attempt));
    });
    return { result: await call.succeed(answer), ...served };
  } catch (error) {
    return { result: call.failureResult(await call.fail(error)), completion: null, requestId: null };
  }
}

async function exchange(call: Call, attempt: Attempt): Promise<Served> {
  const { provider } = attempt.step;
  let served: ProviderCompletion;
  try {
    const { signal } = call;
    const answering = provider.chat(attempt.body, {
      signal,
      headersTimeoutMs: call.attemptTimeoutMs('headersMs'),
    });
    // An injected fetch may not heed its signal: the call ends all the same.
    served = await untilAborted(answering, signal);
  } catch (thrown) {
    const error = asRouteLLError(call.signal.aborted ? call.signal.reason : thrown);
    const told = normalizeUsage(usageToldWith(error));
    await attempt.fail(error, told ?? { usage: estimatedUsage(attempt.request, ''), charged: null });
    throw error;
  }
  const { completion, requestId } = served;
  const consumption = consumptionOf(attempt, served);
  if (!isComplete(completion)) {
    const error = new IncompleteStreamError(WITHOUT_REASON, contentOf(completion).content, {
      retryable: false,
    });
    await attempt.fail(error, consumption);
    throw error;
  }
  // From here on the answer is paid for: nothing below may fail the attempt and have it tried again.
  await attempt.succeed(consumption);
  return {
    completion,
    requestId,
    answer: {
      ...contentOf(completion),
      usage: consumption.usage,
      changes: attempt.changes,
      model: servedModel(call.parts, attempt.step, completion.model),
      provider: provider.id,
      parts: [],
      cached: false,
    },
  };
}

const WITHOUT_REASON =
  'The answer came without a finish reason: nothing says that it is whole. What arrived stands in error.partial.';

/** As of a stream, every choice has its finish reason; services leave out what the type promises. */
function isComplete({ choices }: Completion): boolean {
  return choices.every((choice) => isFinish(choice.finish_reason));
}

function consumptionOf(
  { request }: Attempt,
  { completion, charged = null }: ProviderCompletion,
): Consumption {
  const reported = normalizeUsage(completion.usage);
  const served = { servedModel: completion.model, serviceTier: serviceTierOf(completion) };
  if (reported !== null) return { ...reported, charged: reported.charged ?? charged, ...served };
  const text = completion.choices.map(({ message }) => textOf(message)).join('');
  return {
    usage: estimatedUsage(request, text),
    charged: chargeOf(completion.usage) ?? charged,
    ...served,
  };
}

function textOf(message: Completion['choices'][number]['message']): string {
  const calls = message.tool_calls === undefined ? '' : JSON.stringify(message.tool_calls);
  return reasoningOf(message) + (message.content ?? '') + (message.refusal ?? '') + calls;
}

/** Reasoning that a service shows was generated, and is billed. */
function reasoningOf(message: object): string {
  const { reasoning_content: shown, reasoning } = message as Readonly<Record<string, unknown>>;
  return typeof shown === 'string' ? shown : typeof reasoning === 'string' ? reasoning : '';
}
