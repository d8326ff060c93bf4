import { type ApiKey, resolveAccess } from '../access.js';
import { reportedAmount } from '../catalog/reported-number.js';
import { type Clock, systemClock } from '../clock.js';
import { RouteLLError, TimeoutError, UpstreamError } from '../errors.js';
import type { Charge, ChatRequestBody, Completion, CompletionChunk } from '../types.js';
import { readModels } from './account.js';
import { MAX_RESPONSE_BYTES } from './body.js';
import { creditPath, type CreditSource, creditSourceOf, readCreditPage } from './credit-sources.js';
import { readEvents } from './event-stream.js';
import { toRouteLLError } from './failure.js';
import { createSend, type Fetch } from './openai-client.js';
import { KeyRing, type RejectedKey } from './key-ring.js';
import type { Provider, ProviderCallOptions } from './provider.js';
import { redact, secretsOf } from './redact.js';
import {
  isObject,
  malformed,
  parseJson,
  readBody,
  readChunk,
  readCompletion,
  type ResponseContext,
  throwIfErrorObject,
} from './response.js';
import { CONNECT_MS, defaultFetch } from './transport.js';
import { wireBody } from './wire-body.js';

export interface OpenAIProviderOptions {
  /** @default 'routellm' */
  readonly id?: string;
  /** One key, or several: one that the service refuses is set aside, and the next is used. */
  readonly apiKey: ApiKey;
  /** Origin and path of the API, as `https://routellm.abacus.ai/v1`. */
  readonly baseURL: string;
  /** Models of one group share an account and its limits. @default the id */
  readonly group?: string;
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  /** @default `node:http` on Node, else the global fetch */
  readonly fetch?: Fetch;
  /** Until a connection, with DNS and TLS, stands. Where a `fetch` is given, that is its own affair. @default 10_000 */
  readonly connectMs?: number;
  readonly clock?: Clock;
  /** Where the service says what the account has left. @default that of the RouteLLM API */
  readonly creditSource?: CreditSource;
  /** Whether the service takes the role `developer`; where not, it is sent as `system`. @default false */
  readonly developerRole?: boolean;
  /** Whether the service takes `stream_options`, by which a stream is asked for its usage. @default true */
  readonly streamOptions?: boolean;
  /** The most decoded bytes of one answer; of a stream, four times that. @default 67_108_864 */
  readonly maxResponseBytes?: number;
  /** Told of each key that the service refuses. */
  readonly onKeyReject?: (rejected: RejectedKey) => void;
}

/**
 * An OpenAI-compatible service, spoken to through the official client with its own retries off.
 * @throws {ConfigurationError} where the address is not safe for a key, or the key cannot be sent.
 */
export function openaiProvider(options: OpenAIProviderOptions): Provider {
  const { id = 'routellm', clock = systemClock, defaultHeaders = {} } = options;
  const { maxResponseBytes = MAX_RESPONSE_BYTES } = options;
  const { apiKeys, baseURL } = resolveAccess(options, {});
  const { fetch = defaultFetch(options.connectMs ?? CONNECT_MS), creditSource = creditSourceOf('abacus') } =
    options;
  const accountPath = creditPath(creditSource, baseURL);
  const keys = new KeyRing(
    apiKeys.map((apiKey) => createSend({ apiKey, baseURL, defaultHeaders, fetch })),
    options.onKeyReject,
  );
  const secrets = [...apiKeys, ...secretsOf(defaultHeaders)];
  const contextOf = (response: Response): ResponseContext => ({
    provider: id,
    baseURL,
    nowMs: clock.now(),
    requestId: response.headers.get('x-request-id'),
    status: response.status,
    headers: response.headers,
    redact: (text) => redact(text, secrets),
  });

  /** Sends, waits for the headers, and hands the response over together with the abort of its body. */
  async function exchange<T>(
    send: (signal: AbortSignal) => Promise<Response>,
    { signal, headersTimeoutMs }: ProviderCallOptions,
    read: (response: Response, over: Over) => Promise<T>,
  ): Promise<T> {
    const deadline = headersDeadline(signal, headersTimeoutMs);
    // An abort of ours counts more than what it broke.
    const typed = (error: unknown): RouteLLError =>
      deadline.signal.aborted
        ? abortError(deadline.signal.reason)
        : toRouteLLError(error, { provider: id, baseURL, nowMs: clock.now() });
    try {
      const response = await send(deadline.signal);
      deadline.stop();
      return await read(response, { end: deadline.end, typed });
    } catch (error) {
      deadline.stop();
      deadline.end();
      throw typed(error);
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

  const get = <T>(
    path: string,
    callOptions: ProviderCallOptions,
    read: (value: unknown, context: ResponseContext) => T,
  ): Promise<T> =>
    keys.read((send) =>
      exchange(
        (signal) => send('GET', path, { signal }),
        callOptions,
        async (response, { end }) => {
          const context = contextOf(response);
          const value = parseJson(await readBody(response, context, maxResponseBytes), context);
          end();
          throwIfErrorObject(value, context);
          return read(value, context);
        },
      ),
    );
  const post = <T>(
    body: ChatRequestBody,
    callOptions: ProviderCallOptions,
    read: (response: Response, over: Over) => Promise<T>,
  ): Promise<T> => {
    const sent = wireBody(body, options);
    return keys.use((send) =>
      exchange((signal) => send('POST', '/chat/completions', { body: sent, signal }), callOptions, read),
    );
  };

  return {
    id,
    baseURL,
    group: options.group ?? id,
    keyCount: apiKeys.length,

    chat: (body, callOptions) =>
      post({ ...body, stream: false }, callOptions, async (response, { end }) => {
        const context = contextOf(response);
        const completion = readCompletion(await readBody(response, context, maxResponseBytes), context);
        end();
        return { completion, requestId: context.requestId, charged: chargeOfHeaders(response.headers) };
      }),

    stream: (body, callOptions) =>
      post({ ...body, stream: true }, callOptions, async (response, over) => {
        const context = contextOf(response);
        if (response.body !== null && isMaybeEventStream(response.headers)) {
          const events = readEvents(response.body, context, {
            clock,
            maxBytes: STREAM_FACTOR * maxResponseBytes,
          });
          return { chunks: readChunks(events, context, over), requestId: context.requestId };
        }
        const completion = readCompletion(await readBody(response, context, maxResponseBytes), context);
        over.end();
        return { chunks: wholeAsChunks(completion), requestId: context.requestId };
      }),

    models: (callOptions) =>
      get('/models', callOptions, (value, context) => {
        const models = readModels(value);
        if (models === null) throw malformed('something that is no list of models', context);
        return models;
      }),

    account: async (callOptions) => {
      if (accountPath === null) return null;
      try {
        return await get(accountPath, callOptions, (page) => readCreditPage(creditSource, page));
      } catch (error) {
        if (!(error instanceof UpstreamError)) throw error;
        const isClosed = error.code === 'authentication' && keys.isServing;
        if (error.status === 404 || error.status === 405 || isClosed) return null;
        throw error;
      }
    },
  };
}

/**
 * What LiteLLM's proxy says an answer cost, in USD; `null` where it does not say. Of a stream it cannot be
 * final: its headers go out before its tokens.
 */
function chargeOfHeaders(headers: Headers): Charge | null {
  const amount = reportedAmount(headers.get('x-litellm-response-cost'));
  return amount === null ? null : { amount, unit: 'usd' };
}

interface HeadersDeadline {
  readonly signal: AbortSignal;
  /** The headers have arrived. */
  readonly stop: () => void;
  /** The response has ended. */
  readonly end: () => void;
}

const nothing = (): void => undefined;

/** What the reader of a response needs of its exchange. */
interface Over {
  readonly end: HeadersDeadline['end'];
  readonly typed: (error: unknown) => RouteLLError;
}

/** A stream says with every token what a whole answer says once. */
const STREAM_FACTOR = 4;

/** Services name the type of a stream in several ways; only what is surely none is read as a whole. */
function isMaybeEventStream(headers: Headers): boolean {
  return !/json|html|xml/i.test(headers.get('content-type') ?? '');
}

async function* readChunks(
  events: AsyncIterable<{ readonly data: string; readonly event?: string | undefined }>,
  context: ResponseContext,
  { end, typed }: Over,
): AsyncGenerator<CompletionChunk, void, undefined> {
  const begun = { ...context, hasBegun: true };
  let current = context;
  try {
    for await (const { data, event } of events) {
      // An event without data is none: some services keep connections alive by them.
      if (data.trim() === '') continue;
      const value = parseJson(data, current);
      throwIfErrorObject(event === 'error' ? asErrorObject(value) : value, current);
      const chunk = readChunk(value, current);
      if (chunk === null) continue;
      current = begun;
      yield chunk;
    }
  } catch (error) {
    throw typed(error);
  } finally {
    end();
  }
}

/** An event that is called an error is one, whatever its shape. */
function asErrorObject(value: unknown): object {
  return isObject(value) && 'error' in value ? value : { error: value };
}

/** Some services answer whole where a stream was asked for: the same content, as one chunk. */
async function* wholeAsChunks(completion: Completion): AsyncGenerator<CompletionChunk, void, undefined> {
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

function headersTimeout(provider: string, headersTimeoutMs: number): TimeoutError {
  return new TimeoutError(
    'headers',
    `${provider} sent no response headers within ${headersTimeoutMs} ms. Raise timeouts.headersMs, or use a faster model.`,
  );
}

/** What aborts a request, as an error of ours: a signal's reason may be anything. */
function abortError(reason: unknown): RouteLLError {
  if (RouteLLError.isInstance(reason)) return reason;
  return new RouteLLError('aborted', 'The request was aborted by its signal.', { cause: reason });
}
