import type { EventBus, EventMap } from '../../src/events.js';
import type { TokenUsage } from '../../src/types.js';
import type { CallSample } from '../../src/usage-monitor/totals.js';

export const sampleAt = (at: number, more: Partial<CallSample> = {}): CallSample => ({
  at,
  errorCode: null,
  model: 'gpt-5',
  provider: 'routellm',
  taskType: 'math',
  tags: [],
  inputTokens: 80,
  outputTokens: 20,
  totalTokens: 100,
  costUsd: 0.01,
  credits: null,
  latencyMs: 200,
  cached: false,
  ...more,
});

export const usageOf = (inputTokens: number, outputTokens: number): TokenUsage => ({
  inputTokens,
  outputTokens,
  totalTokens: inputTokens + outputTokens,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  audioInputTokens: 0,
  reasoningTokens: 0,
  audioOutputTokens: 0,
  estimated: false,
});

let calls = 0;

interface ToldCall {
  readonly at: number;
  readonly tags?: readonly string[];
  readonly model?: string;
  readonly provider?: string;
}

/** Tells a call as the client does: start, one attempt, and its end. */
export function tellCall(bus: EventBus, call: ToldCall & Partial<EventMap['call-end']>): string {
  const { at, tags = [], model = 'gpt-5', provider = 'routellm', ...more } = call;
  const callId = `call_${++calls}`;
  bus.emit('call-start', { callId, at, session: 's1', tags, stream: false, requestedModel: 'auto' });
  bus.emit('attempt-start', { callId, at, attemptId: `${callId}_1`, model, provider });
  bus.emit('call-end', {
    callId,
    at,
    model,
    provider,
    taskType: 'math',
    usage: usageOf(80, 20),
    costUsd: 0.01,
    credits: null,
    latencyMs: 200,
    attempts: 1,
    cached: false,
    ...more,
  });
  return callId;
}

/** Tells a call that fails after one attempt, or before it where `attempts` is 0. */
export function tellFailure(
  bus: EventBus,
  call: ToldCall & { readonly code: EventMap['call-error']['error']['code'] } & Partial<
      EventMap['call-error']
    >,
): string {
  const { at, tags = [], model = 'gpt-5', provider = 'routellm', code, attempts = 1, ...more } = call;
  const callId = `call_${++calls}`;
  bus.emit('call-start', { callId, at, session: 's1', tags, stream: false, requestedModel: 'auto' });
  if (attempts > 0) bus.emit('attempt-start', { callId, at, attemptId: `${callId}_1`, model, provider });
  bus.emit('call-error', {
    callId,
    at,
    error: { code, message: 'it failed', retryable: true },
    taskType: null,
    usage: null,
    costUsd: 0,
    latencyMs: 50,
    attempts,
    ...more,
  });
  return callId;
}
