#!/usr/bin/env node
import { main } from './main.js';

const interrupt = new AbortController();
process.once('SIGINT', () => {
  interrupt.abort();
  // Whoever presses it again does not want to wait.
  process.once('SIGINT', () => process.exit(130));
});

void main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  cwd: process.cwd(),
  now: () => new Date().getTime(),
  microseconds: () => Number(process.hrtime.bigint()) / 1000,
  interrupt: interrupt.signal,
}).then((exitCode) => {
  process.exitCode = exitCode;
});
