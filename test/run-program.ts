import { spawn } from 'node:child_process';
import { root } from '../scripts/workspace.mjs';

export interface Ended {
  readonly code: number | null;
  /** What it printed, and what it complained of. */
  readonly output: string;
}

/** Runs a program with Node, to its end. */
export function runProgram(
  args: readonly string[],
  { env = {}, timeoutMs = 60_000 }: { readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    timeout: timeoutMs,
    env: { ...process.env, ...env },
  });
  let output = '';
  child.stdout.on('data', (data) => (output += String(data)));
  child.stderr.on('data', (data) => (output += String(data)));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}
