import type { Completion, CompletionChunk } from '../types.js';
import { StreamUsage } from '../catalog/stream-usage.js';
import { serviceTierOf } from '../catalog/service-tier.js';
import { ToolCallAccumulator, type ToolCallPiece } from './tool-call-accumulator.js';

type ChunkChoice = CompletionChunk['choices'][number];
type FinishReason = ChunkChoice['finish_reason'];
/** A choice as it may arrive: some services leave out what the type promises. */
interface ReceivedChoice {
  readonly index: number;
  readonly delta?: Delta | null;
  readonly finish_reason?: FinishReason;
}

/** Text that arrives in pieces. The last two are reasoning, which some services want back with tool results. */
const TEXTS = ['content', 'refusal', 'reasoning_content', 'reasoning'] as const;
/** Lists that arrive in parts. */
const LISTS = ['reasoning_details', 'annotations'] as const;

/** What a chunk adds to a message, as it may arrive. */
interface Delta extends Partial<Record<(typeof TEXTS)[number] | (typeof LISTS)[number], unknown>> {
  readonly tool_calls?: readonly ToolCallPiece[] | null;
  readonly function_call?: ToolCallPiece['function'];
}

interface Choice {
  finishReason: FinishReason;
  readonly texts: Map<string, string>;
  readonly lists: Map<string, unknown[]>;
  readonly toolCalls: ToolCallAccumulator;
  /** OpenAI's older form of a tool call, of which there is one. */
  readonly functionCall: ToolCallAccumulator;
}

/** Puts the chunks of a stream together into the completion they are parts of. */
export class CompletionAccumulator {
  readonly #choices = new Map<number, Choice>();
  #last: CompletionChunk | null = null;
  #serviceTier: string | null = null;
  readonly usage = new StreamUsage();

  add(chunk: CompletionChunk): void {
    this.#last = chunk;
    this.usage.add(chunk);
    this.#serviceTier = serviceTierOf(chunk) ?? this.#serviceTier;
    for (const choice of chunk.choices) this.#addChoice(choice);
  }

  /** Every choice that began has its finish reason. */
  get isComplete(): boolean {
    return (
      this.#choices.size > 0 && [...this.#choices.values()].every((choice) => choice.finishReason !== null)
    );
  }

  /** How many choices have begun. */
  get choices(): number {
    return this.#choices.size;
  }

  /** Whether all that was said is the text of one choice, and what led to it. */
  get isTextOnly(): boolean {
    return [...this.#choices].every(
      ([index, { texts, toolCalls, functionCall }]) =>
        index === 0 && !texts.get('refusal') && toolCalls.isEmpty && functionCall.isEmpty,
    );
  }

  /** The service tier that the chunks say it is served in; `null` where they do not say. */
  get serviceTier(): string | null {
    return this.#serviceTier;
  }

  /** The text of the first choice. */
  get text(): string {
    return this.#choices.get(0)?.texts.get('content') ?? '';
  }

  /** Everything that was generated, as text, for an estimate of its tokens. */
  get generated(): string {
    return [...this.#choices.values()]
      .map(({ texts, toolCalls, functionCall }) => {
        const reasoning = texts.get('reasoning_content') ?? texts.get('reasoning') ?? '';
        const said = (texts.get('content') ?? '') + (texts.get('refusal') ?? '');
        return reasoning + said + toolCalls.text + functionCall.text;
      })
      .join('');
  }

  completion(): Completion {
    const { raw: usage } = this.usage;
    return {
      id: this.#last?.id ?? '',
      created: this.#last?.created ?? 0,
      model: this.#last?.model ?? '',
      object: 'chat.completion',
      choices: [...this.#choices].sort(([a], [b]) => a - b).map(([index, choice]) => toChoice(index, choice)),
      ...(usage === null ? {} : { usage: usage as NonNullable<Completion['usage']> }),
    };
  }

  #addChoice({ index, delta, finish_reason }: ReceivedChoice): void {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = begunChoice();
      this.#choices.set(index, choice);
    }
    if (delta) addDelta(choice, delta);
    if (isFinish(finish_reason)) choice.finishReason = finish_reason;
  }
}

/** Some services send an empty finish reason until there is one. */
export function isFinish(reason: unknown): reason is NonNullable<FinishReason> {
  return typeof reason === 'string' && reason !== '';
}

function begunChoice(): Choice {
  return {
    finishReason: null,
    texts: new Map(),
    lists: new Map(),
    toolCalls: new ToolCallAccumulator(),
    functionCall: new ToolCallAccumulator(),
  };
}

function addDelta({ texts, lists, toolCalls, functionCall }: Choice, delta: Delta): void {
  for (const name of TEXTS) {
    const piece = delta[name];
    if (typeof piece === 'string') texts.set(name, (texts.get(name) ?? '') + piece);
  }
  for (const name of LISTS) {
    const part = delta[name];
    if (!Array.isArray(part)) continue;
    const list = lists.get(name) ?? [];
    for (const item of part) list.push(item);
    lists.set(name, list);
  }
  const { tool_calls: pieces, function_call: older } = delta;
  for (const piece of pieces ?? []) toolCalls.add(piece);
  if (older) functionCall.add({ index: 0, function: older });
}

function toChoice(index: number, choice: Choice): Completion['choices'][number] {
  const toolCalls = choice.toolCalls.calls();
  const [called] = choice.functionCall.calls();
  const older: { readonly function_call?: { name: string; arguments: string } } =
    called?.type === 'function' ? { function_call: called.function } : {};
  return {
    index,
    logprobs: null,
    finish_reason: choice.finishReason ?? 'stop',
    message: {
      role: 'assistant',
      content: null,
      refusal: null,
      ...Object.fromEntries(choice.texts),
      ...Object.fromEntries(choice.lists),
      ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
      ...older,
    },
  };
}

/** Whether a chunk delivers anything: text, a refusal, a piece of a tool call, or the end. */
export function deliversToken(chunk: Pick<CompletionChunk, 'choices'>): boolean {
  return chunk.choices.some(({ delta, finish_reason }: ReceivedChoice) => {
    if (isFinish(finish_reason)) return true;
    return Object.entries(delta ?? {}).some(
      ([key, value]) => key !== 'role' && value !== null && value !== '',
    );
  });
}

const KEPT_OF_DELTA: ReadonlySet<string> = new Set(['role', 'content', 'refusal', 'tool_calls']);
const KEPT_OF_TOOL_CALL: ReadonlySet<string> = new Set(['index', 'id', 'type', 'function']);

/** Whether `completion()` has all that a chunk says; log probabilities, reasoning and sound it has not. */
export function isKeptWhole(chunk: CompletionChunk): boolean {
  return chunk.choices.every(
    ({ delta, logprobs }: ReceivedChoice & { readonly logprobs?: unknown }) =>
      !logprobs &&
      saysOnly(KEPT_OF_DELTA, delta ?? {}) &&
      (delta?.tool_calls ?? []).every((piece) => saysOnly(KEPT_OF_TOOL_CALL, piece)),
  );
}

function saysOnly(kept: ReadonlySet<string>, fields: object): boolean {
  return Object.entries(fields).every(([key, value]) => kept.has(key) || value === null || value === '');
}
