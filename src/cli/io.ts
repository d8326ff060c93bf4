import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../index.js';

/** What the command line has of its process. Tests inject their own. */
export interface CommandLineIO {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
  /** That of the process: the library reads its keys from there, and `.env` is read into it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working directory: where `.env` and `config/` are looked for. */
  readonly cwd: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Of the clients. @default that of the machine */
  readonly clock?: Clock;
  /** Microseconds from an arbitrary origin, never going back: for durations. */
  readonly microseconds: () => number;
  /** Aborted by Ctrl-C. */
  readonly interrupt: AbortSignal;
}

/** How a command ended. 130 is 128 and the number of the signal, as shells have it. */
export const ExitCode = { WELL: 0, FAILED: 1, USAGE: 2, INTERRUPTED: 130 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What a command has to say, once for programs and once for people. */
export interface Outcome {
  /** Plain JSON. */
  readonly report: object;
  readonly text: string;
  /** Where the text goes. JSON always goes to stdout. */
  readonly to: 'stdout' | 'stderr';
  readonly exitCode: ExitCode;
}
