import type { RequestMessage } from './messages.js';
import type { SeededRandom } from './random.js';
import { countTokens, splitTokens } from './tokens.js';

/** An answer that the request says broke off, and asks for the rest of. */
export interface BrokenAnswer {
  /** What the answer was to. */
  readonly asked: readonly RequestMessage[];
  /** As far as it had come. */
  readonly said: string;
  /** Its last words where the request ends with them, to be begun with. */
  readonly lastWords: string;
}

const SAYS_BROKEN = /\b(broke off|broken off|cut off|interrupted)\b/i;
const ASKS_FOR_REST = /\b(continue|go on|the rest)\b/i;
/** Less in common is chance, unless it is the whole answer. */
const LEAST_WORDS = 4;
/** Share of answers that begin anew whatever they are asked for, as models do. */
const ANEW = 0.15;

/** The broken answer that a request ends with; `null` where it asks for something else. */
export function brokenAnswerIn(messages: readonly RequestMessage[]): BrokenAnswer | null {
  const [answer, request] = messages.slice(-2);
  if (answer?.role !== 'assistant' || request?.role !== 'user' || answer.text === '') return null;
  if (!SAYS_BROKEN.test(request.text) || !ASKS_FOR_REST.test(request.text)) return null;
  const lastWords = commonEnd(answer.text.trimEnd(), request.text.trimEnd());
  return { asked: messages.slice(0, -2), said: answer.text, lastWords };
}

/** What a model says that goes on with an answer: its own to the same request, from there on. */
export function restOf(whole: string, { said, lastWords }: BrokenAnswer, random: SeededRandom): string {
  const rest = whole.startsWith(said)
    ? whole.slice(said.length)
    : splitTokens(whole).slice(countTokens(said)).join('');
  if (random() < ANEW) return said + rest;
  const space = lastWords === '' ? '' : said.slice(said.trimEnd().length);
  return lastWords + space + rest;
}

function commonEnd(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one.at(-1 - length) === other.at(-1 - length)) length++;
  const end = one.slice(one.length - length).trimStart();
  return length < one.length && end.length < LEAST_WORDS ? '' : end;
}
