/** Runs the command line within the test's own process, in a folder of its own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { Simulator } from 'routell/testing';
import { afterEach } from 'vitest';
import type { CommandLineIO } from '../../src/cli/io.js';
import { main } from '../../src/cli/main.js';
import { systemClock } from '../../src/clock.js';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A working directory with these files: text as it is, all else as JSON. */
export function folderOf(files: Readonly<Record<string, unknown>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'routell-cli-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

export const CONFIG = 'config/routellm.config.json';
export const PROVIDERS = 'config/integrations.providers.json';

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What is piped in. @default stdin is a terminal */
  readonly stdin?: string;
  /** Whether stdout is a terminal. @default false */
  readonly isTTY?: boolean;
  readonly interrupt?: AbortSignal;
  readonly now?: () => number;
  /** Told of every piece of stdout. */
  readonly onStdout?: (text: string) => void;
  /** In place of a stream that takes everything. */
  readonly stdout?: Writable;
}

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runCli(argv: readonly string[], options: RunOptions = {}): Promise<CliRun> {
  const stdout = new Recorder(options.onStdout);
  const stderr = new Recorder();
  const restore = replaceEnvironment(options.environment ?? {});
  const now = options.now ?? systemClock.now;
  try {
    const io: CommandLineIO = {
      stdin: Object.assign(Readable.from([options.stdin ?? '']), { isTTY: options.stdin === undefined }),
      stdout: Object.assign(options.stdout ?? stdout, { isTTY: options.isTTY ?? false }),
      stderr,
      environment: process.env,
      cwd: options.cwd ?? folderOf(),
      now,
      clock: { ...systemClock, now },
      microseconds: () => performance.now() * 1000,
      interrupt: options.interrupt ?? new AbortController().signal,
    };
    const code = await main(argv, io);
    return { code, stdout: stdout.text, stderr: stderr.text };
  } finally {
    restore();
  }
}

/** A run with `--json`, and its document. */
export async function runJson(
  argv: readonly string[],
  options: RunOptions = {},
): Promise<CliRun & { readonly report: unknown }> {
  const run = await runCli([...argv, '--json'], options);
  return { ...run, report: JSON.parse(run.stdout) };
}

/** The environment by which a simulator, or a server in its place, is reached. */
export function environmentOf({ baseURL, apiKey }: Pick<Simulator, 'baseURL' | 'apiKey'>): {
  ROUTELLM_API_KEY: string;
  ROUTELLM_BASE_URL: string;
} {
  return { ROUTELLM_API_KEY: apiKey, ROUTELLM_BASE_URL: baseURL };
}

class Recorder extends Writable {
  text = '';

  constructor(told: (text: string) => void = () => undefined) {
    super({
      decodeStrings: false,
      write: (chunk, _encoding, done) => {
        this.text += String(chunk);
        told(String(chunk));
        done();
      },
    });
  }
}

/** Keys are read from the environment of the process, and `.env` is read into it. */
function replaceEnvironment(environment: Readonly<Record<string, string>>): () => void {
  const before = { ...process.env };
  const ours = /^(?:ROUTELL|ABACUS|HTTPS?_PROXY|ALL_PROXY|https?_proxy|all_proxy)/;
  for (const name of Object.keys(process.env)) if (ours.test(name)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, environment);
  return () => {
    for (const name of Object.keys(process.env)) {
      if (!(name in before)) Reflect.deleteProperty(process.env, name);
    }
    Object.assign(process.env, before);
  };
}
