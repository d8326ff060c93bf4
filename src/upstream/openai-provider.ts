import { type Clock, systemClock } from '../clock.js';
import { TimeoutError, UpstreamError } from '../errors.js';
import type { ChatMessage, ChatRequestBody, Completion, CompletionChunk } from '../types.js';
import { readAccount, readModels } from './account.js';
import { readEventData } from './event-stream.js';
import { toRouteLLError } from './failure.js';
import { createOfficialClient, type Fetch, type OfficialClient } from './openai-client.js';
import type { Provider, ProviderCallOptions } from './provider.js';
import { isObject, parseJson, readCompletion, throwIfErrorObject, type ResponseContext } from './response.js';

export interface OpenAIProviderOptions {
  /** @default 'routellm' */
  readonly id?: string;
  readonly apiKey: string;
  /** Origin and path of the API, as `https://routellm.abacus.ai/v1`. */
  readonly baseURL: string;
  /** Models of one group share an account and its limits. @default the id */
  readonly group?: string;
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  /** @default the global fetch */
  readonly fetch?: Fetch;
  readonly clock?: Clock;
  /** Whether the service takes the role `developer`; where not, it is sent as `system`. @default false */
  readonly developerRole?: boolean;
}

/** An OpenAI-compatible service, spoken to through the official client with its own retries off. */
export function openaiProvider(options: OpenAIProviderOptions): Provider {
  const { id = 'routellm', baseURL, clock = systemClock, developerRole = false } = options;
  const client = createOfficialClient({
    apiKey: options.apiKey,
    baseURL,
    // Looked up at each request, so that a global fetch replaced later is used.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    ...(options.defaultHeaders === undefined ? {} : { defaultHeaders: options.defaultHeaders }),
  });
  const fail = (error: unknown): never => {
    throw toRouteLLError(error, { provider: id, baseURL, nowMs: clock.now() });
  };

  /** Sends, waits for the headers, and hands the response over together with the abort of its body. */
  async function exchange<T>(
    send: (client: OfficialClient, signal: AbortSignal) => Promise<Response>,
    { signal, headersTimeoutMs }: ProviderCallOptions,
    read: (response: Response, end: () => void) => Promise<T>,
  ): Promise<T> {
    const deadline = headersDeadline(signal, headersTimeoutMs);
    try {
      const response = await send(client, deadline.signal);
      deadline.stop();
      return await read(response, deadline.end);
    } catch (error) {
      deadline.stop();
      deadline.end();
      return fail(deadline.signal.aborted ? deadline.signal.reason : error);
    }
  }

  /** The caller's signal, and the end of patience with the headers where there is one. */
  function headersDeadline(signal: AbortSignal, headersTimeoutMs: number): HeadersDeadline {
    if (headersTimeoutMs === Infinity) return { signal, stop: nothing, end: nothing };
    const controller = new AbortController();
    const abort = (): void => controller.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    return {
      signal: controller.signal,
      stop: clock.startTimer(headersTimeoutMs, () => controller.abort(headersTimeout(id, headersTimeoutMs))),
      end: () => signal.removeEventListener('abort', abort),
    };
  }

  const read = (path: string, callOptions: ProviderCallOptions): Promise<unknown> =>
    exchange(
      (official, signal) => official.get(path, { signal }).asResponse(),
      callOptions,
      async (response, end) => {
        const text = await response.text();
        end();
        return parseJson(text, contextOf(response));
      },
    );
  const contextOf = (response: Response): ResponseContext => ({
    provider: id,
    requestId: response.headers.get('x-request-id'),
    status: response.status,
  });
  const wire = (body: ChatRequestBody): ChatRequestBody =>
    developerRole ? body : withoutDeveloperRole(body);

  return {
    id,
    baseURL,
    group: options.group ?? id,

    chat: (body, callOptions) =>
      exchange(
        (official, signal) =>
          official.chat.completions.create({ ...wire(body), stream: false }, { signal }).asResponse(),
        callOptions,
        async (response, end) => {
          const context = contextOf(response);
          const text = await response.text();
          end();
          return { completion: readCompletion(text, context), requestId: context.requestId };
        },
      ),

    stream: (body, callOptions) =>
      exchange(
        (official, signal) =>
          official.chat.completions.create({ ...wire(body), stream: true }, { signal }).asResponse(),
        callOptions,
        async (response, end) => {
          const context = contextOf(response);
          const chunks =
            response.body !== null && response.headers.get('content-type')?.includes('json') !== true
              ? readChunks(response.body, context, { end, fail })
              : wholeAsChunks(readCompletion(await response.text(), context), end);
          return { chunks, requestId: context.requestId };
        },
      ),

    models: async (callOptions) => readModels(await read('/models', callOptions)),

    account: async (callOptions) => {
      try {
        return readAccount(await read('/account', callOptions));
      } catch (error) {
        if (error instanceof UpstreamError && (error.status === 404 || error.status === 405)) return null;
        throw error;
      }
    },
  };
}

interface HeadersDeadline {
  readonly signal: AbortSignal;
  /** The headers have arrived. */
  readonly stop: () => void;
  /** The response has ended. */
  readonly end: () => void;
}

const nothing = (): void => undefined;

async function* readChunks(
  body: ReadableStream<Uint8Array>,
  context: ResponseContext,
  { end, fail }: { readonly end: () => void; readonly fail: (error: unknown) => never },
): AsyncGenerator<CompletionChunk, void, undefined> {
  try {
    for await (const data of readEventData(body, context.provider)) {
      const value = parseJson(data, context);
      throwIfErrorObject(value, context);
      if (isObject(value) && Array.isArray(value['choices'])) yield value as unknown as CompletionChunk;
    }
  } catch (error) {
    fail(error);
  } finally {
    end();
  }
}

/** Some services answer whole where a stream was asked for: the same content, as one chunk. */
async function* wholeAsChunks(
  completion: Completion,
  end: () => void,
): AsyncGenerator<CompletionChunk, void, undefined> {
  end();
  const { choices, usage, ...rest } = completion;
  yield await Promise.resolve({
    ...rest,
    object: 'chat.completion.chunk',
    usage: usage ?? null,
    choices: choices.map(({ index, message, finish_reason, logprobs }) => ({
      index,
      finish_reason,
      logprobs,
      delta: {
        ...message,
        tool_calls: message.tool_calls?.map((call, position) => ({ ...call, index: position })),
      },
    })),
  } as CompletionChunk);
}

function withoutDeveloperRole(body: ChatRequestBody): ChatRequestBody {
  if (!body.messages.some((message) => message.role === 'developer')) return body;
  const messages = body.messages.map((message): ChatMessage =>
    message.role === 'developer' ? { ...message, role: 'system' } : message,
  );
  return { ...body, messages };
}

function headersTimeout(provider: string, headersTimeoutMs: number): TimeoutError {
  return new TimeoutError(
    'headers',
    `${provider} sent no response headers within ${headersTimeoutMs} ms. Raise timeouts.headersMs, or use a faster model.`,
  );
}
