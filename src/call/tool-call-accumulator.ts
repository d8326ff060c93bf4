import type { ToolCall } from '../types.js';

/** A piece of a tool call as it may arrive. Services leave out, repeat and add what OpenAI does not. */
export interface ToolCallPiece {
  readonly index?: number | null;
  readonly id?: string | null;
  readonly type?: string | null;
  /** Its arguments are text; some services send the object that they are. */
  readonly function?: { readonly name?: string | null; readonly arguments?: unknown } | null;
  readonly custom?: { readonly name?: string | null; readonly input?: unknown } | null;
}

interface Call {
  readonly index: number;
  id: string;
  name: string;
  /** Arguments of a function, or the input of a custom tool. */
  input: string;
  isCustom: boolean;
  /** What else its pieces carried: some services want it back with the result, as a signature. */
  extra: Readonly<Record<string, unknown>>;
}

/** Puts the pieces of the tool calls of one message together. */
export class ToolCallAccumulator {
  readonly #calls: Call[] = [];
  /** The call begun last at each index. */
  readonly #byIndex = new Map<number, Call>();
  readonly #byId = new Map<string, Call>();

  add({ index, id, type, function: called, custom, ...extra }: ToolCallPiece): void {
    const name = (custom ?? called)?.name ?? '';
    const call = this.#callOf(index ?? null, id ?? '', name);
    // Some services repeat the name with every piece.
    call.name = name.startsWith(call.name) ? name : call.name + name;
    call.input += asText(custom ? custom.input : called?.arguments);
    call.isCustom ||= type === 'custom' || Boolean(custom);
    if (Object.keys(extra).length > 0) call.extra = { ...call.extra, ...extra };
  }

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  /** All that was generated, as text. */
  get text(): string {
    return this.#calls.map(({ name, input }) => name + input).join('');
  }

  /** The calls by their index; those of one index in the order in which they began. */
  calls(): ToolCall[] {
    return [...this.#calls]
      .sort((one, other) => one.index - other.index)
      .map(({ id, name, input, isCustom, extra }) =>
        isCustom
          ? { ...extra, id, type: 'custom', custom: { name, input } }
          : { ...extra, id, type: 'function', function: { name, arguments: input } },
      );
  }

  /** The call that a piece belongs to, or begins. */
  #callOf(index: number | null, id: string, name: string): Call {
    const call = this.#find(index, id, name) ?? this.#begin(index ?? this.#calls.length);
    if (call.id === '' && id !== '') {
      call.id = id;
      this.#byId.set(id, call);
    }
    return call;
  }

  /** The call that goes on with a piece; `undefined` where another begins. */
  #find(index: number | null, id: string, name: string): Call | undefined {
    const held = index === null ? this.#calls.at(-1) : this.#byIndex.get(index);
    const isSame = held === undefined || id === '' || held.id === '' || held.id === id;
    if (index !== null && isSame) return held;
    // Without an index the id tells; with one, another id and a name do: some services number every call 0.
    return this.#byId.get(id) ?? (name === '' ? held : undefined);
  }

  #begin(index: number): Call {
    const call = { index, id: '', name: '', input: '', isCustom: false, extra: {} };
    this.#calls.push(call);
    this.#byIndex.set(index, call);
    return call;
  }
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
