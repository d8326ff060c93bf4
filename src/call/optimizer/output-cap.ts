import type { ModelCatalog } from '../../catalog/model-catalog.js';
import type { SeenLengths } from '../../credits/answer-history.js';
import { expectedOutputTokens, type OutputForecast } from '../../router/expected-output.js';
import type { ChatParameters, ModelCapability } from '../../types.js';

/** A request as far as the length of its answer depends on it. */
export interface OutputAsk {
  readonly parameters: ChatParameters;
  readonly forecast: OutputForecast;
  /** How long answers of the model to such asks were; `null` where none was seen. */
  readonly seen: SeenLengths | null;
  /** Estimated tokens of the prompt. */
  readonly inputTokens: number;
  /** `null` where any model may answer. */
  readonly model: ModelCapability | null;
  /** Whether more than a listing speaks of the model: a listing does not say which parameters it takes. */
  readonly isKnown: boolean;
  /** Whether what answers may reason before it does: its thoughts count in the cap. */
  readonly mayReason: boolean;
  /** Share of cost among the preferences, 0..1. */
  readonly costShare: number;
  /** The token limit of a minute; `null` where there is none. */
  readonly tokensPerMinute: number | null;
}

/** An output cap, and what it leaves room for. */
export interface OutputCap {
  readonly tokens: number;
  readonly answerTokens: number;
  readonly reasoningTokens: number;
  /** Whether the limit of a minute made it smaller. */
  readonly isHeldToMinute: boolean;
  /** Answers that it goes by; 0: by the prior. */
  readonly seenAnswers: number;
}

/**
 * How many times its expected length an answer may have: set by hand until a history says better. Four times
 * the mean covers 99 of 100 answers where lengths are log-normal with σ = 0.7. Where cost does not count at
 * all, twice as much; weighing cost takes away of the second half only.
 */
const SAFE_MARGIN = 4;
const WIDEST_MARGIN = 8;
/**
 * How many times the 99th percentile of what was seen: at twice that one of 200 is longer where tails fall as slowly as
 * 1/length, and fewer where they fall faster.
 */
const SEEN_MARGIN = 2;
const WIDEST_SEEN_MARGIN = 4;
/** From so many answers on the history says how long they get. */
const ENOUGH_ANSWERS = 100;

/** An answer expected to be shorter may turn out to be of this length. */
const SHORTEST_EXPECTED = 512;
/** JSON that is cut is of no use: tool calls and schemas get this much, or twice the room of prose. */
const STRUCTURED_TOKENS = 16_384;

/** Room for thoughts: what OpenAI's guide to reasoning advises to start with. By effort: set by hand. */
const REASONING_TOKENS = 25_000;
const REASONING_AT_HIGH_EFFORT = 100_000;
const HIGH_EFFORTS: ReadonlySet<unknown> = new Set(['high', 'xhigh', 'max']);

/** By how much the estimate of the prompt may be short. */
const INPUT_SLACK = 1.2;

/** Whether a model may reason before it answers: unless it is known not to. */
export function mayReason({ abilities, parameters, routesItself }: ModelCapability): boolean {
  return (
    abilities?.reasoning !== false ||
    routesItself === true ||
    parameters?.temperature === false ||
    parameters?.outputCap === 'max_completion_tokens'
  );
}

/** Whether the user has an entry for a model, or the shipped catalogue knows it, if only under an alias. */
export function isKnown(model: ModelCapability, catalog: ModelCatalog): boolean {
  const { name, quality, qualityScore, parameters } = model;
  const isDescribed = (quality ?? qualityScore ?? parameters) !== undefined;
  return isDescribed || catalog.isConfigured(catalog.get(name)?.name ?? name);
}

/** The most tokens that a model's answer can have; `Infinity` where nobody says. */
export function longestAnswer(
  { maxOutput, contextWindow, maxTokens }: ModelCapability,
  input: number,
): number {
  const window = contextWindow ?? maxTokens ?? Infinity;
  return Math.max(1, Math.min(maxOutput ?? Infinity, window - Math.ceil(INPUT_SLACK * input)));
}

/**
 * The cap that is hardly ever reached: by the history where enough of it is seen; else room for the answer and, where
 * there may be any, for reasoning. Wider for some time after an answer was cut by it.
 */
export function generousCap(ask: OutputAsk): OutputCap {
  const { costShare, inputTokens, tokensPerMinute, seen } = ask;
  const known = enoughSeen(seen);
  // What was seen has its thoughts in it.
  const reasoningTokens = known === null ? reasoningRoom(ask) : 0;
  const [least, most] = known === null ? [SAFE_MARGIN, WIDEST_MARGIN] : [SEEN_MARGIN, WIDEST_SEEN_MARGIN];
  const roomOf = (margin: number): number =>
    known === null
      ? answerRoom(ask, margin * (seen?.stretch ?? 1)) + reasoningTokens
      : seenRoom(ask, known, margin);
  const wide = roomOf(least + (1 - costShare) * (most - least));
  const safe = roomOf(least);
  const minute = (tokensPerMinute ?? Infinity) - inputTokens;
  const tokens = Math.min(wide, Math.max(safe, minute));
  return {
    tokens,
    answerTokens: tokens - reasoningTokens,
    reasoningTokens,
    isHeldToMinute: tokens < wide,
    seenAnswers: Math.round(known?.count ?? 0),
  };
}

/** What was seen, where it is so much that lengths are known; else `null`. */
export function enoughSeen(seen: SeenLengths | null): SeenLengths | null {
  return seen !== null && seen.count >= ENOUGH_ANSWERS ? seen : null;
}

/** What the ask alone lets expect: lengths that were seen are in parts of it. */
export function priorTokensOf({
  forecast,
  inputTokens,
}: Pick<OutputAsk, 'forecast' | 'inputTokens'>): number {
  return expectedOutputTokens(forecast.tasks, inputTokens);
}

function seenRoom(ask: OutputAsk, { room, longest, stretch }: SeenLengths, margin: number): number {
  // Where too many were cut to tell, they were at least so long.
  const tokens = stretch * (room ?? longest) * priorTokensOf(ask);
  return withRoomFor(ask, margin * Math.max(SHORTEST_EXPECTED, tokens));
}

function answerRoom(ask: OutputAsk, margin: number): number {
  return withRoomFor(ask, margin * Math.max(SHORTEST_EXPECTED, ask.forecast.longestTokens));
}

function withRoomFor({ forecast, inputTokens, parameters }: OutputAsk, answerTokens: number): number {
  const { statedTokens } = forecast;
  // An answer may repeat what it was given.
  const prose = Math.ceil(answerTokens) + inputTokens;
  const room = isStructured(parameters) ? Math.max(STRUCTURED_TOKENS, 2 * prose) : prose;
  return Math.max(room, statedTokens);
}

function isStructured({ tools, functions, response_format: format }: StructuredParameters): boolean {
  const offered = (tools?.length ?? 0) + (functions?.length ?? 0);
  return offered > 0 || (format?.type ?? 'text') !== 'text';
}

/** `functions` is OpenAI's older name for tools; each may be `null`. */
interface StructuredParameters {
  readonly tools?: readonly unknown[] | null;
  readonly functions?: readonly unknown[] | null;
  readonly response_format?: { readonly type: string } | null;
}

function reasoningRoom({ mayReason, parameters }: OutputAsk): number {
  const { reasoning_effort: effort } = parameters;
  if (!mayReason || effort === 'none') return 0;
  return HIGH_EFFORTS.has(effort) ? REASONING_AT_HIGH_EFFORT : REASONING_TOKENS;
}
