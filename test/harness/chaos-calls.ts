import { getEventListeners } from 'node:events';
import type { ChatOptions, RouteLLClient } from 'routell';
import type { Findings } from './findings.js';

/** How one call is made, and what its caller does with it. */
export interface CallPlan {
  readonly read: 'whole' | 'stream' | 'resumed stream' | 'some of a stream' | 'fetch' | 'some of a fetch';
  readonly model: string | undefined;
  readonly cap: number | undefined;
  readonly abortAfterMs: number | undefined;
  /** Options beside these. */
  readonly more?: Pick<ChatOptions, 'fallbacks' | 'tags' | 'user' | 'tools' | 'tool_choice'>;
}

export const CALL_READS: readonly CallPlan['read'][] = [
  'whole',
  'stream',
  'resumed stream',
  'some of a stream',
  'fetch',
  'some of a fetch',
];
const MODELS = [undefined, 'auto', 'claude-haiku-4-5', 'gpt-6-luna', 'no-such-model'];
const CAPS = [undefined, 8, 80];

/** The upstream answers with a call of it. */
const TOOLS = {
  tools: [
    {
      type: 'function' as const,
      function: {
        name: 'find_order',
        description: 'Finds an order.',
        parameters: {
          type: 'object',
          properties: { number: { type: 'integer' }, city: { type: 'string' } },
          required: ['number', 'city'],
        },
      },
    },
  ],
  tool_choice: 'required' as const,
};

/** A call drawn from the seed: of all kinds alike; one in eight is aborted, and one in eight has a tool. */
export function drawnCall(random: () => number): CallPlan {
  const oneOf = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  return {
    read: oneOf(CALL_READS),
    model: oneOf(MODELS),
    cap: oneOf(CAPS),
    abortAfterMs: random() < 0.125 ? Math.floor(random() * 25) : undefined,
    ...(random() < 0.125 ? { more: TOOLS } : {}),
  };
}

/** Who makes the calls of a run. */
export interface Caller {
  readonly client: RouteLLClient;
  /** Never aborted; given to every call that has no signal of its own. */
  readonly sharedSignal: AbortSignal;
  readonly findings: Findings;
}

/** Makes a call to its end, whatever that is. Nothing but what is documented may be thrown. */
export async function makeCall(
  { client, sharedSignal, findings }: Caller,
  content: string,
  plan: CallPlan,
): Promise<void> {
  const abort = plan.abortAfterMs === undefined ? null : new AbortController();
  const timer = abort === null ? undefined : setTimeout(() => abort.abort(), plan.abortAfterMs);
  const options: ChatOptions = {
    ...(plan.model === undefined ? {} : { model: plan.model }),
    ...(plan.cap === undefined ? {} : { max_completion_tokens: plan.cap }),
    ...plan.more,
    signal: abort?.signal ?? sharedSignal,
  };
  try {
    await read(client, content, options, plan.read);
  } catch (error) {
    findings.check('I10 only typed errors are thrown', isExpected(error, plan), () => String(error));
  } finally {
    clearTimeout(timer);
  }
  if (abort === null) return;
  // What the end of a call leaves to a later turn is done by then.
  await new Promise((resolve) => setImmediate(resolve));
  const left = getEventListeners(abort.signal, 'abort').length;
  findings.check('I5 no listener is left on a signal', left === 0, () => `${left} after ${plan.read}`);
}

function isExpected(error: unknown, { read: kind, abortAfterMs }: CallPlan): boolean {
  const { name, code } = error as { readonly name?: string; readonly code?: unknown };
  if (kind !== 'fetch' && kind !== 'some of a fetch') return typeof code === 'string';
  // What a fetch rejects with, as the official client expects it.
  const { message = '' } = error as { readonly message?: string };
  if (name === 'AbortError') return abortAfterMs !== undefined;
  return name === 'TypeError' && message.startsWith('fetch ');
}

async function read(
  client: RouteLLClient,
  content: string,
  options: ChatOptions,
  kind: CallPlan['read'],
): Promise<void> {
  const messages = [{ role: 'user' as const, content }];
  if (kind === 'whole') {
    await client.chatCompletion(messages, options);
  } else if (kind === 'fetch' || kind === 'some of a fetch') {
    const { signal = null, ...body } = options;
    const init = { method: 'POST', body: JSON.stringify({ ...body, messages, stream: true }), signal };
    const response = await client.fetch('http://127.0.0.1/v1/chat/completions', init);
    if (kind === 'fetch') await response.text();
    else await leaveAfterOne(response);
  } else {
    const stream = client.streamCompletion(messages, { ...options, resume: kind === 'resumed stream' });
    try {
      for await (const _piece of taking(stream, kind === 'some of a stream' ? 2 : Infinity));
    } finally {
      await stream.result;
    }
  }
}

/** The first so many items; then the source is left. */
async function* taking<Item>(source: AsyncIterable<Item>, count: number): AsyncGenerator<Item, void> {
  let taken = 0;
  for await (const item of source) {
    yield item;
    if (++taken >= count) return;
  }
}

async function leaveAfterOne(response: Response): Promise<void> {
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
}
