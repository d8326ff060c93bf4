import { asRouteLLError, RouteLLError } from '../errors.js';
import type { ChatOptions } from '../chat-options.js';
import type { ChatMessage, CompletionChunk } from '../types.js';
import type { Fetch } from '../upstream/openai-client.js';
import type { Call } from './call.js';
import { completeCall } from './complete.js';
import { errorBody, errorResponse } from './openai-error.js';
import type { CallParts } from './parts.js';
import { streamCall } from './stream.js';
import { isWireParameter } from './wire-parameters.js';

/**
 * A fetch that speaks the OpenAI API, so that any SDK can be put on top of it: chat completions, with and
 * without streams, go through the same call as `chatCompletion`; `/models` lists what can be called.
 * It rejects as a fetch does (connection, timeout, abort); every other failure is an OpenAI error response.
 */
export function createOpenAIFetch(parts: CallParts): Fetch {
  return async (input, init) => {
    const { path, method, body, signal } = await readHttp(input, init);
    if (method === 'POST' && path.endsWith('/chat/completions')) return chat(parts, body, signal);
    if (method === 'GET' && path.endsWith('/models')) return models(parts);
    return errorResponse(
      new RouteLLError(
        'invalid-request',
        `${method} ${path} is not served here: chat completions and models are.`,
      ),
      404,
    );
  };
}

interface HttpRequest {
  readonly path: string;
  readonly method: string;
  readonly body: string;
  readonly signal: AbortSignal | undefined;
}

async function readHttp(input: Parameters<Fetch>[0], init: Parameters<Fetch>[1]): Promise<HttpRequest> {
  // The official client's requests need no Request object, which would cost more than all the rest here.
  const { method = 'GET', body, signal } = init ?? {};
  if ((typeof input === 'string' || input instanceof URL) && (typeof body === 'string' || !body)) {
    const path = new URL(input).pathname;
    return { path, method: method.toUpperCase(), body: body ?? '', signal: signal ?? undefined };
  }
  const request = new Request(input, init);
  return {
    path: new URL(request.url).pathname,
    method: request.method,
    body: await request.text(),
    signal: request.signal,
  };
}

async function chat(parts: CallParts, body: string, signal: AbortSignal | undefined): Promise<Response> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return errorResponse(new RouteLLError('invalid-request', 'The request body must be JSON.'));
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return errorResponse(new RouteLLError('invalid-request', 'The request body must be a JSON object.'));
  }
  const { messages, options, isStream } = readBody(parsed as Record<string, unknown>, signal);
  return isStream ? stream(parts, messages, options) : complete(parts, messages, options);
}

/** The wire's own names only: nothing in a body can set an option of the client. */
function readBody(
  { messages, model, stream: isStream, ...rest }: Record<string, unknown>,
  signal: AbortSignal | undefined,
): { readonly messages: readonly ChatMessage[]; readonly options: ChatOptions; readonly isStream: boolean } {
  const parameters: Record<string, unknown> = {};
  const extraBody: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest)) {
    (isWireParameter(key) ? parameters : extraBody)[key] = value;
  }
  const options = {
    ...parameters,
    extraBody,
    ...(model === undefined ? {} : { model: model as string }),
    ...(isStream === undefined || isStream === null ? {} : { stream: isStream as boolean }),
    ...(signal === undefined ? {} : { signal }),
  };
  return { messages: messages as readonly ChatMessage[], options, isStream: isStream === true };
}

async function complete(
  parts: CallParts,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): Promise<Response> {
  const { result, completion, requestId } = await completeCall(parts, messages, options);
  if (!result.success) return failed(result.error, options.signal);
  return new Response(JSON.stringify(completion), {
    headers: { 'content-type': 'application/json', ...idHeaders(result.callId, requestId) },
  });
}

function idHeaders(callId: string, requestId: string | null): Readonly<Record<string, string>> {
  return { 'x-routell-call-id': callId, ...(requestId === null ? {} : { 'x-request-id': requestId }) };
}

async function stream(
  parts: CallParts,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): Promise<Response> {
  const state: { call: Call | null; requestId: string | null } = { call: null, requestId: null };
  const source = streamCall(parts, messages, options, {
    begun: (call) => (state.call = call),
    opened: (requestId) => (state.requestId = requestId),
    ended: () => undefined,
  });
  let first: IteratorResult<CompletionChunk, void>;
  try {
    first = await source.next();
  } catch (error) {
    return failed(asRouteLLError(error), options.signal);
  }
  return new Response(serverSentEvents(source, first, { call: state.call, signal: options.signal }), {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      ...idHeaders(state.call?.callId ?? '', state.requestId),
    },
  });
}

/**
 * The chunks as events; a failure is an error event, and no `[DONE]` follows it. As with any fetch, an abort
 * breaks the body off, and leaving the body ends the call.
 */
function serverSentEvents(
  source: AsyncGenerator<CompletionChunk, void, undefined>,
  first: IteratorResult<CompletionChunk, void>,
  { call, signal }: { readonly call: Call | null; readonly signal: AbortSignal | undefined },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let pending: IteratorResult<CompletionChunk, void> | null = first;
  return new ReadableStream({
    async pull(controller) {
      const send = (data: string): void => controller.enqueue(encoder.encode(`data: ${data}\n\n`));
      try {
        const next = pending ?? (await source.next());
        pending = null;
        if (next.done !== true) {
          send(JSON.stringify(next.value));
          return;
        }
        send('[DONE]');
      } catch (error) {
        if (signal?.aborted === true) {
          controller.error(abortError());
          return;
        }
        send(JSON.stringify(errorBody(asRouteLLError(error))));
      }
      controller.close();
    },
    async cancel() {
      call?.abort(new RouteLLError('aborted', 'The body of the response was left before its end.'));
      await source.return();
    },
  });
}

function abortError(): DOMException {
  return new DOMException('This operation was aborted', 'AbortError');
}

async function models(parts: CallParts): Promise<Response> {
  try {
    const listed = await parts.listings.refresh();
    const data = listed.map(({ id, ownedBy }) => ({
      id,
      object: 'model',
      created: 0,
      owned_by: ownedBy ?? '',
    }));
    return Response.json({ object: 'list', data });
  } catch (error) {
    return failed(asRouteLLError(error), undefined);
  }
}

/** What a fetch rejects with, or an OpenAI error response. */
function failed(error: RouteLLError, signal: AbortSignal | undefined): Response {
  if (error.code === 'aborted' && signal?.aborted === true) throw abortError();
  return errorResponse(error);
}
