import type { Writable } from 'node:stream';

/** Writes no faster than the other side reads, and goes quiet once nobody reads any more, as after `| head`. */
export class Output {
  readonly #stream: Writable;
  #isClosed = false;
  #failure: Error | null = null;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#isClosed = true;
      if (error.code !== 'EPIPE') this.#failure = error;
    });
  }

  /** Nothing that is written arrives any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Why what was written is lost, where it is no closed pipe: a full disk. */
  get failure(): Error | null {
    return this.#failure;
  }

  async write(text: string): Promise<void> {
    if (this.#isClosed || text === '') return;
    // Called with an error, too.
    const written = new Promise<void>((resolve) => this.#stream.write(text, () => resolve()));
    if (this.#stream.writableNeedDrain) await written;
  }

  /** Resolves once everything has arrived, or never will. */
  async flush(): Promise<void> {
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => this.#stream.write('', () => resolve()));
  }
}
