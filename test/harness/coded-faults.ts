import { CODED_PRICES, type CodedAnswer, type OpenExchange } from './coded-exchange.js';

/** One way to answer, well or badly. */
export interface CodedFault {
  readonly name: string;
  readonly answer: (coded: CodedAnswer) => Response | Promise<Response>;
}

/** The answer as it should be. */
export const wellAnswered = (coded: CodedAnswer): Response =>
  coded.isStream ? streamed(coded, {}) : completed(coded);

const refused =
  (status: number, code: string, headers: Readonly<Record<string, string>> = {}) =>
  ({ exchange }: CodedAnswer): Response => {
    exchange.isOpen = false;
    return Response.json({ error: { message: `coded ${code}`, type: 'coded', code } }, { status, headers });
  };

const disconnected = (code: string) => (): never => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
};

const page =
  (body: string, contentType: string) =>
  ({ exchange }: CodedAnswer): Response => {
    exchange.isOpen = false;
    return new Response(body, { headers: { 'content-type': contentType } });
  };

async function untilAborted({ clock, signal }: CodedAnswer): Promise<never> {
  await clock.sleep(1e9, signal);
  throw new Error('nobody waits so long');
}

/** What strikes: to add a fault, add a line. */
export const codedFaults: readonly CodedFault[] = [
  { name: 'refused', answer: disconnected('ECONNREFUSED') },
  { name: 'reset', answer: disconnected('ECONNRESET') },
  { name: 'hang', answer: untilAborted },
  {
    name: 'slow',
    answer: async (coded) =>
      coded.clock.sleep(coded.random() * 5000, coded.signal).then(() => wellAnswered(coded)),
  },
  { name: '500', answer: refused(500, 'server_error') },
  { name: '503', answer: refused(503, 'overloaded') },
  { name: '429', answer: refused(429, 'rate_limit') },
  { name: '429 soon', answer: refused(429, 'rate_limit', { 'retry-after': '1' }) },
  { name: '429 late', answer: refused(429, 'rate_limit', { 'retry-after': '120' }) },
  { name: '429 never', answer: refused(429, 'rate_limit', { 'retry-after': '1e9' }) },
  { name: 'quota', answer: refused(429, 'insufficient_quota') },
  { name: '400', answer: refused(400, 'bad_request') },
  { name: '401', answer: refused(401, 'invalid_api_key') },
  { name: '404', answer: refused(404, 'model_not_found') },
  { name: 'html', answer: page('<html>busy</html>', 'text/html') },
  { name: 'error in 200', answer: page('{"error":{"message":"no","code":"x"}}', 'application/json') },
  { name: 'empty', answer: page('', 'application/json') },
  { name: 'null', answer: page('null', 'application/json') },
  {
    name: 'no choices',
    answer: page('{"id":"x","object":"chat.completion","choices":[]}', 'application/json'),
  },
  { name: 'cut', answer: (coded) => streamed(coded, { ending: 'cut' }) },
  { name: 'cut at once', answer: (coded) => streamed(coded, { ending: 'cut', tokens: 0 }) },
  { name: 'end early', answer: (coded) => streamed(coded, { ending: 'clean' }) },
  { name: 'stall', answer: (coded) => streamed(coded, { ending: 'stall' }) },
  { name: 'no [DONE]', answer: (coded) => streamed(coded, { ending: 'no-done' }) },
  { name: 'open after [DONE]', answer: (coded) => streamed(coded, { ending: 'open-after-done' }) },
  { name: 'split', answer: (coded) => streamed(coded, { isSplit: true }) },
  { name: 'no usage', answer: (coded) => streamed(coded, { isUsageTold: false }) },
];

/** Notes that the model has read the prompt and made so many tokens. */
function spend(exchange: OpenExchange, tokens: readonly string[]): void {
  exchange.text += tokens.join('');
  exchange.outputTokens += tokens.length;
  const { inputTokens, outputTokens } = exchange;
  exchange.costUsd = (inputTokens * CODED_PRICES.input + outputTokens * CODED_PRICES.output) / 1e6;
  exchange.credits = 1;
}

const usageOf = ({ inputTokens, outputTokens }: OpenExchange): object => ({
  prompt_tokens: inputTokens,
  completion_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
});

const HEAD = { id: 'chatcmpl-coded', created: 1_790_000_000, model: 'coded-small' };

function completed({ exchange, tokens }: CodedAnswer): Response {
  spend(exchange, tokens);
  exchange.isWhole = true;
  exchange.isOpen = false;
  const message = { role: 'assistant', content: exchange.text, refusal: null };
  const choices = [{ index: 0, finish_reason: 'stop', logprobs: null, message }];
  return Response.json({ ...HEAD, object: 'chat.completion', choices, usage: usageOf(exchange) });
}

interface StreamShape {
  readonly ending?: 'cut' | 'clean' | 'stall' | 'no-done' | 'open-after-done';
  /** Tokens before an ending that cuts. @default drawn */
  readonly tokens?: number;
  /** In pieces of a few bytes, with any line ending. */
  readonly isSplit?: boolean;
  readonly isUsageTold?: boolean;
}

/** A stream of events; of a whole answer, the same faults befall its body. */
function streamed(answer: CodedAnswer, shape: StreamShape): Response {
  const { exchange, isStream, signal } = answer;
  // Whoever leaves the body is served no more.
  const left = new AbortController();
  const coded = { ...answer, signal: left.signal };
  const pieces = isStream ? events(coded, shape) : halves(coded, shape);
  let isOver = false;
  const over = (): void => {
    isOver = true;
    exchange.isOpen = false;
    signal.removeEventListener('abort', onAbort);
    left.abort();
  };
  let fail: (reason: unknown) => void = () => undefined;
  const onAbort = (): void => {
    over();
    fail(new DOMException('This operation was aborted', 'AbortError'));
  };
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      fail = (reason) => controller.error(reason);
      signal.addEventListener('abort', onAbort);
    },
    pull: async (controller) => {
      try {
        const next = await pieces.next();
        if (isOver) return;
        if (next.done !== true) {
          controller.enqueue(next.value);
          return;
        }
        over();
        controller.close();
      } catch (error) {
        if (!isOver) controller.error(error);
        over();
      }
    },
    cancel: over,
  });
  const contentType = isStream ? 'text/event-stream' : 'application/json';
  return new Response(body, { headers: { 'content-type': contentType } });
}

async function* halves(
  coded: CodedAnswer,
  { ending }: StreamShape,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const text = await completed(coded).text();
  coded.exchange.isOpen = true;
  const isCut = ending === 'cut' || ending === 'clean' || ending === 'stall';
  coded.exchange.isWhole = !isCut;
  yield encoder.encode(isCut ? text.slice(0, text.length / 2) : text);
  await ended(coded, ending);
}

const encoder = new TextEncoder();

async function* events(
  coded: CodedAnswer,
  shape: StreamShape,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const { exchange, clock, random, signal, tokenMs } = coded;
  const { ending, isSplit = false, isUsageTold = true } = shape;
  const lineEnd = isSplit ? ['\n', '\r\n', '\r'][Math.floor(random() * 3)]! : '\n';
  const lines = (text: string): readonly Uint8Array<ArrayBuffer>[] =>
    cut(encoder.encode(`data: ${text}${lineEnd}${lineEnd}`), isSplit ? random : null);
  const chunk = (
    delta: object,
    finish: string | null,
    extra: object = {},
  ): readonly Uint8Array<ArrayBuffer>[] => {
    const choices = [{ index: 0, delta, finish_reason: finish, logprobs: null }];
    return lines(JSON.stringify({ ...HEAD, object: 'chat.completion.chunk', choices, ...extra }));
  };
  const isCut = ending === 'cut' || ending === 'clean' || ending === 'stall';
  const count = isCut ? (shape.tokens ?? Math.floor(random() * coded.tokens.length)) : coded.tokens.length;
  yield* chunk({ role: 'assistant', content: '' }, null);
  for (const token of coded.tokens.slice(0, count)) {
    await clock.sleep(random() * tokenMs, signal);
    spend(exchange, [token]);
    yield* chunk({ content: token }, null);
  }
  if (!isCut) {
    exchange.isWhole = true;
    yield* chunk({}, 'stop', isUsageTold ? { usage: usageOf(exchange) } : {});
    if (ending !== 'no-done') yield* lines('[DONE]');
  }
  await ended(coded, ending);
}

async function ended(coded: CodedAnswer, ending: StreamShape['ending']): Promise<void> {
  if (ending === 'cut')
    throw new TypeError('terminated', { cause: Object.assign(new Error(), { code: 'UND_ERR_SOCKET' }) });
  if (ending === 'stall' || ending === 'open-after-done') await untilAborted(coded);
}

/** The bytes in pieces of one to seven, or in one. */
function cut(
  bytes: Uint8Array<ArrayBuffer>,
  random: (() => number) | null,
): readonly Uint8Array<ArrayBuffer>[] {
  if (random === null) return [bytes];
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + Math.floor(random() * 7);
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}
