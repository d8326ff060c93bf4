import { estimateRequestTokens, estimateTokens } from '../catalog/token-estimate.js';
import { estimatedTokenUsage, normalizeUsage } from '../catalog/usage.js';
import { asRouteLLError } from '../errors.js';
import type { AnyChatOptions } from '../chat-options.js';
import type { ChatMessage, Completion, TokenUsage } from '../types.js';
import type { ProviderCompletion } from '../upstream/provider.js';
import type { Attempt } from './attempt.js';
import type { Consumption } from './attempt-cost.js';
import { attemptAlong } from './attempts.js';
import { beginCall, refusedResult } from './begin.js';
import { type Served, throughCache } from './cache.js';
import type { Call } from './call.js';
import { contentOf } from './content-of.js';
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
    await attempt.fail(error, { usage: estimatedUsage(call, ''), charged: null });
    throw error;
  }
  // From here on the answer is paid for: nothing below may fail the attempt and have it tried again.
  const { completion, requestId } = served;
  const consumption = consumptionOf(call, completion);
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
      cached: false,
    },
  };
}

function consumptionOf(call: Call, completion: Completion): Consumption {
  const reported = normalizeUsage(completion.usage);
  const servedModel = completion.model;
  if (reported !== null) return { ...reported, servedModel };
  const text = completion.choices.map(({ message }) => textOf(message)).join('');
  return { usage: estimatedUsage(call, text), charged: null, servedModel };
}

function textOf(message: Completion['choices'][number]['message']): string {
  const calls = message.tool_calls === undefined ? '' : JSON.stringify(message.tool_calls);
  return (message.content ?? '') + (message.refusal ?? '') + calls;
}

/** Our own count, marked as such, where the upstream sent none. */
export function estimatedUsage(call: Call, output: string): TokenUsage {
  const inputTokens = estimateRequestTokens(call.request.messages, call.request.parameters);
  return estimatedTokenUsage(inputTokens, estimateTokens(output));
}
