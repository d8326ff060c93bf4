import { estimateTokens } from '../catalog/token-estimate.js';
import { usageOfChunk } from '../catalog/usage.js';
import type { ChatMessage, ChatParameters, CompletionChunk } from '../types.js';
import { CompletionAccumulator, deliversToken, isFinish } from './accumulator.js';
import type { CallRequest } from './request.js';
import { Seam } from './seam.js';

type Choice = CompletionChunk['choices'][number];

/** What is common to the chunks of one answer, whoever makes them. */
type ChunkHead = Pick<CompletionChunk, 'id' | 'created'>;

/** The chunks of a stream that goes on with the text of another, made to follow it. */
export class Continuation {
  /** All that this stream says, what it repeats included. */
  readonly heard = new CompletionAccumulator();
  readonly #head: ChunkHead;
  readonly #seam: Seam;

  constructor(head: ChunkHead, delivered: string) {
    this.#head = head;
    this.#seam = new Seam(delivered, beginningAskedFor(delivered));
  }

  /** What of a chunk is new; `null` where that is nothing. */
  next(chunk: CompletionChunk): CompletionChunk | null {
    this.heard.add(chunk);
    const choices = chunk.choices.map((choice) => this.#joined(choice)).filter(saysSomething);
    const isEmptied = choices.length === 0 && chunk.choices.length > 0;
    if (isEmptied && usageOfChunk(chunk) === undefined) return null;
    return { ...chunk, ...this.#head, choices };
  }

  #joined(choice: Choice): Choice {
    // A chunk that only tells the end may lack its delta.
    const { role: _, content, ...rest }: Partial<Choice['delta']> = { ...choice.delta };
    let text = typeof content === 'string' ? this.#seam.take(content) : '';
    if (isFinish(choice.finish_reason)) text += this.#seam.end(choice.finish_reason === 'length');
    else if (saysMoreThanText({ ...rest })) text += this.#seam.end(false);
    const delta = text === '' ? rest : { ...rest, content: text };
    // Log probabilities are those of the tokens as they came.
    return text === (content ?? '') ? { ...choice, delta } : { ...choice, delta, logprobs: null };
  }
}

/** A tool call, also of the older kind, or a refusal: it ends the text before it. */
function saysMoreThanText({ tool_calls: calls, ...delta }: Readonly<Record<string, unknown>>): boolean {
  const isCall = Array.isArray(calls) && calls.length > 0;
  return isCall || Boolean(delta['function_call']) || Boolean(delta['refusal']);
}

function saysSomething(choice: Choice): boolean {
  return deliversToken({ choices: [choice] });
}

/** Shorter, they may stand elsewhere in the text as well. */
const LEAST_TAIL = 24;
const LONGEST_TAIL = 48;

/**
 * The request for the rest of an answer. Final assistant messages are refused or answered anew by many services,
 * so a user message asks; it has the model begin with the last words, since few models begin with a space or in
 * the middle of a word where the text goes on so.
 */
export function continuedRequest(request: CallRequest, delivered: string): CallRequest {
  const said = wholeCharacters(delivered);
  if (said.trim() === '') return request;
  const messages: readonly ChatMessage[] = [
    ...request.messages,
    { role: 'assistant', content: said },
    { role: 'user', content: instruction(said) },
  ];
  return { ...request, messages, parameters: withRestOfCap(request.parameters, delivered) };
}

function instruction(said: string): string {
  return `Your last message broke off because the connection was lost. Write the rest of it. Begin with its last characters, copied exactly, and go on from there as if it had never stopped: no remark, no new beginning. Its last characters are:\n\n${lastWords(said)}`;
}

/** What an answer to the continued request begins with if it does as it was asked. */
function beginningAskedFor(delivered: string): string {
  const said = wholeCharacters(delivered);
  return said.trim() === '' ? delivered.trim() : lastWords(said);
}

/** A text without the half character that it may end with. */
function wholeCharacters(text: string): string {
  return text.replace(/[\ud800-\udbff]$/, '');
}

/** The end of a text, from the beginning of a word on where there is one. */
function lastWords(said: string): string {
  const tail = said
    .trimEnd()
    .slice(-LONGEST_TAIL)
    .replace(/^[\udc00-\udfff]/, '');
  const gap = tail.slice(0, -LEAST_TAIL).search(/\s/);
  return gap === -1 || tail.length < LONGEST_TAIL ? tail.trimStart() : tail.slice(gap).trimStart();
}

/** The caller's cap is one of the whole answer. */
function withRestOfCap(parameters: ChatParameters, delivered: string): ChatParameters {
  const spent = estimateTokens(delivered);
  const rest = { ...parameters };
  for (const name of ['max_tokens', 'max_completion_tokens'] as const) {
    const cap = parameters[name];
    if (typeof cap === 'number') rest[name] = Math.max(1, cap - spent);
  }
  return rest;
}

/** Whether an answer to the request is text that another model may go on with: one choice, no JSON, no sound. */
export function asksForText({ parameters }: CallRequest): boolean {
  const { n, response_format: format, modalities }: Partial<ChatParameters> = parameters;
  const type = format?.type ?? 'text';
  return (n ?? 1) === 1 && type === 'text' && modalities?.includes('audio') !== true;
}
