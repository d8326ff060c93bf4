import type { ChatMessage, ChatParameters } from '../types.js';
import { KIND_OF, TO_SMALL } from './character-kinds.js';
import { measureRequest, type RequestContent } from './request-content.js';
import { FEATURES_OF, NEXT_ROW, PAIR_BITS, pairOf } from './token-rules.js';
import { toolTokens } from './tool-tokens.js';
import { PAIR_STEP, PAIR_WEIGHTS, PAIR_ZERO, RULE_WEIGHTS } from './token-weights.js';

/** What each cell of the rules adds: the sum of the weights of its features. What each pair of neighbours adds. */
const ADDED = new Int16Array(FEATURES_OF.length);
const OF_PAIR = new Int16Array(2 ** PAIR_BITS);
/** Whole numbers are quicker: so many are a token. */
const PARTS = 2048;
setTokenWeights(RULE_WEIGHTS, PAIR_WEIGHTS);

/** Sets the weights: the shipped ones at the start; for the evaluation, those of a fit that left texts out. */
export function setTokenWeights(rules: readonly number[], pairs: string): void {
  for (const [cell, features] of FEATURES_OF.entries()) {
    ADDED[cell] = Math.round(PARTS * features.reduce((sum, feature) => sum + (rules[feature] ?? 0), 0));
  }
  for (let pair = 0; pair < OF_PAIR.length; pair++) {
    OF_PAIR[pair] = Math.round(PARTS * (pairs.charCodeAt(pair) - PAIR_ZERO) * PAIR_STEP);
  }
}

/** The least tokens per character: no token of a long run holds more. Single characters may take some away. */
const LEAST = 1 / 64;

/** Of a longer text so many windows are read, evenly spaced: what is in between is taken to be like them. */
const WINDOWS = 96;
const WINDOW_CHARACTERS = 512;
const MOST_CHARACTERS = WINDOWS * WINDOW_CHARACTERS;

/**
 * About how many tokens a text has: one pass over its characters, no vocabulary, no allocation. Of a text
 * beyond 49,152 characters as many are read, in 96 windows. Within 4 % of o200k for prose, code and JSON at the
 * median; vendors' tokenizers differ by more (`npm run eval:tokens`).
 */
export function estimateTokens(text: string): number {
  const { length } = text;
  if (length === 0) return 0;
  if (length <= MOST_CHARACTERS) return Math.max(1, Math.round(tokensIn(text)));
  const step = (length - WINDOW_CHARACTERS) / (WINDOWS - 1);
  let tokens = 0;
  for (let window = 0; window < WINDOWS; window++) {
    const start = Math.round(window * step);
    tokens += tokensIn(text.slice(start, start + WINDOW_CHARACTERS));
  }
  return Math.ceil((tokens * length) / MOST_CHARACTERS);
}

/** Of a request beyond so many characters only every sixteenth text is read; the others are taken to be alike. */
const MOST_REQUEST_CHARACTERS = 2 ** 20;
const READ_OF_LATER = 16;

/** Estimates the texts of one request, in time that has a bound however many there are. */
export function requestEstimator(): (text: string) => number {
  let characters = 0;
  let tokens = 0;
  let later = 0;
  return (text) => {
    if (characters > MOST_REQUEST_CHARACTERS && later++ % READ_OF_LATER !== 0) {
      return Math.ceil((text.length * tokens) / characters);
    }
    const estimate = estimateTokens(text);
    characters += text.length;
    tokens += estimate;
    return estimate;
  };
}

function tokensIn(text: string): number {
  // Read once: what another module exports is looked up again for each character.
  const kindOf = KIND_OF;
  const nextRow = NEXT_ROW;
  const toSmall = TO_SMALL;
  let parts = 0;
  let row = 0;
  let before = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const kind = kindOf[code] ?? 0;
    const cell = row + kind;
    const folded = (code + (toSmall[kind] ?? 0)) | 0;
    parts = (parts + (ADDED[cell] ?? 0) + (OF_PAIR[pairOf(before, folded)] ?? 0)) | 0;
    row = nextRow[cell] ?? 0;
    before = folded;
  }
  return Math.max(parts / PARTS, text.length * LEAST);
}

/** Role markers of a message and the primer of the answer, as OpenAI publishes them. */
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_REQUEST = 3;
/** Base64 characters of audio or files to a token: speech at 16 kB/s and 20 tokens/s. */
const ENCODED_LENGTH_PER_TOKEN = 1000;

/** About how many input tokens a request has. Pictures and tools count by OpenAI's published rules. */
export function estimateRequestTokens(messages: readonly ChatMessage[], parameters: ChatParameters): number {
  return requestTokens(measureRequest(messages, parameters, requestEstimator(), toolTokens));
}

/** The same of a request whose text was measured by a `requestEstimator`. */
export function requestTokens(content: RequestContent): number {
  return (
    content.text +
    content.messages * TOKENS_PER_MESSAGE +
    TOKENS_PER_REQUEST +
    content.imageTokens +
    Math.ceil(content.encodedLength / ENCODED_LENGTH_PER_TOKEN)
  );
}

/** What vendors put before the tools: Anthropic's prompt has up to 530 tokens, by its page on tool use. */
const TOOL_PROMPT_TOKENS = 530;

/** So many times the estimate, and the prompt that vendors may put before tools. */
export function upperRequestTokens(
  messages: readonly ChatMessage[],
  parameters: ChatParameters,
  times: number,
): number {
  const content = measureRequest(messages, parameters, requestEstimator(), toolTokens);
  return Math.ceil(times * requestTokens(content)) + (content.tools > 0 ? TOOL_PROMPT_TOKENS : 0);
}

const BOUND_PER_MESSAGE = 16;
const BOUND_PER_REQUEST = 16;
/** Room for twice that prompt, nearly. */
const BOUND_FOR_TOOLS = 1024;
/** 10,000 patches at OpenAI's largest detail, by the factor of its small models. */
const BOUND_PER_MEDIUM = 16_384;

/**
 * The most input tokens a request can have: a token is at least one byte of UTF-8. A picture, a
 * recording or a file is taken as 16,384 tokens beside its bytes; a file given by id only is bounded
 * by that alone.
 */
export function boundRequestTokens(messages: readonly ChatMessage[], parameters: ChatParameters): number {
  const content = measureRequest(messages, parameters, utf8Length);
  return (
    content.text +
    content.messages * BOUND_PER_MESSAGE +
    BOUND_PER_REQUEST +
    (content.tools > 0 ? BOUND_FOR_TOOLS : 0) +
    (content.images + content.audios + content.files) * BOUND_PER_MEDIUM +
    content.encodedLength
  );
}

/** Bytes of a text in UTF-8, counted without encoding it. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x80) continue;
    bytes += code < 0x800 ? 1 : 2;
    // A pair has four bytes, the two more than its length already counted; a lone half has three.
    if (isPairAt(text, index, code)) index += 1;
  }
  return bytes;
}

function isPairAt(text: string, index: number, code: number): boolean {
  if (code < 0xd800 || code > 0xdbff) return false;
  const next = text.charCodeAt(index + 1);
  return next >= 0xdc00 && next <= 0xdfff;
}
