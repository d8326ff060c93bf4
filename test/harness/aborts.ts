/**
 * npm run aborts -- [--rounds 1000] [--stalls 50]: how long a call takes to settle after an abort, in each of
 * its phases, and its socket to close; and how late each limit of time is. Measures: ends with 1 only where a call ends as
 * something else, or leaves a listener.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { abortIn, type Aborted, PHASES, ScriptedServer, stallOf, STALLS } from './abort-phases.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '1000' }, stalls: { type: 'string', default: '50' } },
});
const [rounds, stalls] = [values.rounds, values.stalls].map(Number);
if (!(rounds! >= 1 && stalls! >= 1)) throw new TypeError('--rounds and --stalls are counts.');

const WARM_UP_ROUNDS = 20;
const STALL_MS = 100;

function figures(values: readonly (number | null)[]): string {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (sorted.length === 0) return 'none held';
  const at = (share: number): string => (sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(2);
  return `p50 ${at(0.5)} p99 ${at(0.99)} most ${at(1)} ms`;
}

/** What the machine takes for doing nothing, at the same time: a figure below it is none of ours. */
async function turnMs(): Promise<number> {
  const beganMs = performance.now();
  await wait(1);
  return performance.now() - beganMs - 1;
}

const server = await new ScriptedServer().start();
for (const phase of PHASES) {
  const all: Aborted[] = [];
  const turns: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds!; round++) {
    const aborted = await abortIn(phase, server);
    if (round >= 0) all.push(aborted);
    turns.push(await turnMs());
  }
  const others = all.filter(({ ending }) => ending !== 'aborted').length;
  const listeners = all.reduce((sum, { listenersLeft }) => sum + listenersLeft, 0);
  if (others + listeners > 0) process.exitCode = 1;
  console.log(
    `${phase.name.padEnd(20)}  settled ${figures(all.map(({ settleMs }) => settleMs))}; socket closed ${figures(all.map(({ closeMs }) => closeMs))}; ${listeners} listeners left, ${others} of ${rounds} ended otherwise; a bare timer late by ${figures(turns)}`,
  );
}
for (const stall of STALLS) {
  const late: number[] = [];
  for (let round = 0; round < stalls!; round++) {
    const { lateMs, phase } = await stallOf(stall, STALL_MS, server);
    late.push(Math.abs(lateMs));
    if (phase !== stall.name) {
      console.log(`${stall.name}: ended as ${phase}`);
      process.exitCode = 1;
    }
  }
  console.log(`${stall.name.padEnd(20)}  off its ${STALL_MS} ms by ${figures(late)}`);
}
server.close();
