/** A line of a file. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** `null` where it is too long to be held. */
  readonly text: string | null;
}

/** UTF-16 units. A longer line is no prompt, and might be all of a disk. */
const LONGEST_LINE = 64 * 1024 * 1024;

/** The lines of a text that comes in pieces, without their ends; never more than one of them is held. */
export async function* linesOf(
  pieces: AsyncIterable<string>,
  longest = LONGEST_LINE,
): AsyncGenerator<Line, void> {
  let number = 1;
  let held = new HeldLine(longest);
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf('\n'); end !== -1; end = piece.indexOf('\n', start)) {
      held.add(piece.slice(start, end));
      yield { number, text: held.text };
      number++;
      start = end + 1;
      held = new HeldLine(longest);
    }
    held.add(piece.slice(start));
  }
  if (!held.isEmpty) yield { number, text: held.text };
}

class HeldLine {
  #parts: string[] = [];
  #length = 0;
  readonly #longest: number;

  constructor(longest: number) {
    this.#longest = longest;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  get text(): string | null {
    return this.#length > this.#longest ? null : this.#parts.join('');
  }

  add(part: string): void {
    this.#length += part.length;
    if (this.#length > this.#longest) this.#parts = [];
    else this.#parts.push(part);
  }
}
