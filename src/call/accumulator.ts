import type { Completion, CompletionChunk } from '../types.js';
import { usageOfChunk } from '../catalog/usage.js';

type ChunkChoice = CompletionChunk['choices'][number];
/** A choice as it may arrive: some services leave out what the type promises. */
type ReceivedChoice = Pick<ChunkChoice, 'index'> & {
  readonly delta?: ChunkChoice['delta'] | null;
  readonly finish_reason?: ChunkChoice['finish_reason'];
};
type ToolCallPiece = NonNullable<ChunkChoice['delta']['tool_calls']>[number];

interface Choice {
  content: string | null;
  refusal: string | null;
  finishReason: ChunkChoice['finish_reason'];
  readonly toolCalls: Map<number, { id: string; name: string; args: string }>;
}

/** Puts the chunks of a stream together into the completion they are parts of. */
export class CompletionAccumulator {
  readonly #choices = new Map<number, Choice>();
  #last: CompletionChunk | null = null;
  #usage: unknown = null;

  add(chunk: CompletionChunk): void {
    this.#last = chunk;
    const usage = usageOfChunk(chunk);
    // The last usage of any chunk holds, whether or not the chunk has choices. Chunks are the reader's: a copy.
    if (usage !== undefined) this.#usage = structuredClone(usage);
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

  /** The raw usage, if any chunk had one. */
  get usage(): unknown {
    return this.#usage;
  }

  /** The text of the first choice. */
  get text(): string {
    return this.#choices.get(0)?.content ?? '';
  }

  /** Everything that was generated, as text, for an estimate of its tokens. */
  get generated(): string {
    return [...this.#choices.values()]
      .map(({ content, refusal, toolCalls }) =>
        [content, refusal, ...[...toolCalls.values()].map((call) => call.name + call.args)].join(''),
      )
      .join('');
  }

  completion(): Completion {
    return {
      id: this.#last?.id ?? '',
      created: this.#last?.created ?? 0,
      model: this.#last?.model ?? '',
      object: 'chat.completion',
      choices: [...this.#choices].sort(([a], [b]) => a - b).map(([index, choice]) => toChoice(index, choice)),
      ...(this.#usage === null ? {} : { usage: this.#usage as NonNullable<Completion['usage']> }),
    };
  }

  #addChoice({ index, delta, finish_reason }: ReceivedChoice): void {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = { content: null, refusal: null, finishReason: null, toolCalls: new Map() };
      this.#choices.set(index, choice);
    }
    if (typeof delta?.content === 'string') choice.content = (choice.content ?? '') + delta.content;
    if (typeof delta?.refusal === 'string') choice.refusal = (choice.refusal ?? '') + delta.refusal;
    for (const piece of delta?.tool_calls ?? []) addPiece(choice, piece);
    choice.finishReason = finish_reason ?? choice.finishReason;
  }
}

function addPiece(choice: Choice, piece: ToolCallPiece): void {
  let call = choice.toolCalls.get(piece.index);
  if (call === undefined) {
    call = { id: '', name: '', args: '' };
    choice.toolCalls.set(piece.index, call);
  }
  call.id ||= piece.id ?? '';
  call.name += piece.function?.name ?? '';
  call.args += piece.function?.arguments ?? '';
}

function toChoice(index: number, choice: Choice): Completion['choices'][number] {
  const calls = [...choice.toolCalls].sort(([a], [b]) => a - b).map(([, call]) => call);
  return {
    index,
    logprobs: null,
    finish_reason: choice.finishReason ?? 'stop',
    message: {
      role: 'assistant',
      content: choice.content,
      refusal: choice.refusal,
      ...(calls.length === 0
        ? {}
        : {
            tool_calls: calls.map(({ id, name, args }) => ({
              id,
              type: 'function' as const,
              function: { name, arguments: args },
            })),
          }),
    },
  };
}

/** Whether a chunk delivers anything: text, a refusal, a piece of a tool call, or the end. */
export function deliversToken(chunk: CompletionChunk): boolean {
  return chunk.choices.some(({ delta, finish_reason }: ReceivedChoice) => {
    if (finish_reason !== null && finish_reason !== undefined) return true;
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
