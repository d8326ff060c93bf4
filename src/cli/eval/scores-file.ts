import { closeSync, openSync, writeSync } from 'node:fs';
import { ConfigurationError } from '../../index.js';
import { codeOf } from './data-files.js';
import type { Decided } from './decisions.js';

const BUFFERED_LINES = 500;

/** The file of `--scores`: one line of JSON for each prompt, in the order of files and rows. */
export class ScoresFile {
  readonly #descriptor: number;
  #lines: string[] = [];

  /** @throws {ConfigurationError} naming `--scores`, where it cannot be written. */
  constructor(path: string) {
    this.#descriptor = orTold('--scores', () => openSync(path, 'w'));
  }

  add(file: string, id: string | number, decided: Decided): void {
    const { score, taskType, confidence, difficulty, decisionUs } = decided;
    const row = { file, id, score, taskType, confidence, difficulty, decisionUs };
    this.#lines.push(`${JSON.stringify(row)}\n`);
    if (this.#lines.length >= BUFFERED_LINES) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#descriptor);
  }

  #flush(): void {
    // A write may take less than it is given.
    let rest = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    while (rest.length > 0) rest = rest.subarray(orTold('--scores', () => writeSync(this.#descriptor, rest)));
  }
}

/** @throws {ConfigurationError} naming the option whose file cannot be written. */
export function orTold<Result>(option: string, write: () => Result): Result {
  try {
    return write();
  } catch (cause) {
    throw new ConfigurationError(option, `${option}: the file cannot be written (${codeOf(cause)}).`, {
      cause,
    });
  }
}
