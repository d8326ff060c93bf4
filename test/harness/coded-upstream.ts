import type { Clock, Random } from 'routell';
import {
  CODED_MODELS,
  CODED_PRICES,
  type CodedAnswer,
  type CodedExchange,
  type OpenExchange,
} from './coded-exchange.js';
import { type CodedFault, codedFaults, wellAnswered } from './coded-faults.js';

/** A service made of code: a fetch without sockets, in the time of the given clock, with a book of its own. */
export interface CodedUpstream {
  readonly fetch: typeof globalThis.fetch;
  /** Chat requests in order of arrival. */
  readonly exchanges: CodedExchange[];
  /** Bodies that neither ended nor were left. */
  readonly open: readonly CodedExchange[];
}

export interface CodedUpstreamOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Share of the requests that a fault strikes. */
  readonly faultShare: number;
  /** What strikes. @default all that are known */
  readonly faults?: readonly CodedFault[];
  /** Milliseconds from one token to the next, at most. @default 40 */
  readonly tokenMs?: number;
}

const MAX_OUTPUT_TOKENS = 200;

interface CodedRequest {
  readonly messages: readonly object[];
  readonly user?: string;
  readonly stream?: boolean;
}

/** Starts a service made of code. */
export function codedUpstream(options: CodedUpstreamOptions): CodedUpstream {
  const { clock, random, faultShare, faults = codedFaults, tokenMs = 40 } = options;
  const exchanges: OpenExchange[] = [];
  const answer = async (url: URL, body: string, signal: AbortSignal): Promise<Response> => {
    const request = JSON.parse(body) as CodedRequest;
    const fault = random() < faultShare ? (faults[Math.floor(random() * faults.length)] ?? null) : null;
    const exchange: OpenExchange = {
      attemptId: request.user ?? null,
      atMs: clock.monotonic(),
      host: url.host,
      fault: fault?.name ?? null,
      text: '',
      isWhole: false,
      isOpen: true,
      inputTokens: Math.ceil(JSON.stringify(request.messages).length / 4),
      outputTokens: 0,
      costUsd: 0,
      credits: 0,
      isAnswered: true,
      mayTellZero: false,
    };
    exchanges.push(exchange);
    const count = 1 + Math.floor(random() * 12);
    const tokens = Array.from(
      { length: count },
      (_, index) => `${WORDS[Math.floor(random() * WORDS.length)]!}${index} `,
    );
    const isStream = request.stream === true;
    const coded: CodedAnswer = { exchange, isStream, signal, clock, random, tokens, tokenMs };
    await clock.sleep(random() * 100, signal);
    return fault === null ? wellAnswered(coded) : fault.answer(coded);
  };
  return {
    exchanges,
    get open() {
      return exchanges.filter(({ isOpen }) => isOpen);
    },
    fetch: async (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const signal = init?.signal ?? new AbortController().signal;
      if (!url.pathname.endsWith('/chat/completions')) return Response.json(page(url.pathname));
      const before = exchanges.length;
      try {
        signal.throwIfAborted();
        return await answer(url, init?.body as string, signal);
      } catch (error) {
        const exchange = exchanges[before];
        if (exchange !== undefined) exchange.isOpen = false;
        throw error;
      }
    },
  };
}

const WORDS = ['river', 'Überfluß', '日本語', 'word', '😀', 'a'];

function page(path: string): object {
  if (!path.endsWith('/models')) return {};
  const data = CODED_MODELS.map((id) => ({
    id,
    object: 'model',
    owned_by: 'coded',
    context_length: 32_000,
    max_completion_tokens: MAX_OUTPUT_TOKENS,
    input_token_rate: CODED_PRICES.input / 1e6,
    output_token_rate: CODED_PRICES.output / 1e6,
  }));
  return { object: 'list', data };
}
