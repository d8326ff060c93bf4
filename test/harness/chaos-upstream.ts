/** The upstream of a chaos run, a process of its own: the simulator, told what to do by `UpstreamProcess`. */
import { setTimeout as wait } from 'node:timers/promises';
import { startSimulator } from '../../src/testing/index.js';
import { type AttemptTruth, truthOf } from './attempt-truth.js';
import { chaosRules } from './chaos-mix.js';

/** What the run asks of its upstream. */
export type UpstreamOrder =
  | { readonly order: 'begin'; readonly faults: number }
  /** What was asked of it since the last time; it forgets that. */
  | { readonly order: 'take'; readonly patienceMs: number }
  | { readonly order: 'close' };

export interface UpstreamAddress {
  readonly apiKey: string;
  readonly baseURL: string;
}

export interface UpstreamBook {
  /** Whether all was answered before the patience ended. */
  readonly isSettled: boolean;
  readonly truths: readonly AttemptTruth[];
}

// Each client that leaves is an error here, whose stack nobody reads.
Error.stackTraceLimit = 0;

const simulator = await startSimulator({
  latency: 0,
  seed: Number(process.argv[2]),
  captureContent: true,
  creditsGranted: 1e12,
});

async function carryOut(order: UpstreamOrder): Promise<UpstreamBook | null> {
  if (order.order === 'close') {
    await simulator.close();
    process.disconnect();
    return null;
  }
  if (order.order === 'begin') {
    // Set anew, so that the simulator forgets which requests it has seen.
    simulator.setFaults(chaosRules(order.faults));
    return null;
  }
  const settled = simulator.settled().then(() => true);
  const isSettled = await Promise.race([settled, wait(order.patienceMs, false)]);
  await settled;
  const truths = simulator.ledger.entries.map(truthOf);
  simulator.ledger.reset();
  return { isSettled, truths };
}

process.on('message', (order: UpstreamOrder) => {
  void carryOut(order).then((book) => {
    if (order.order !== 'close') process.send?.({ book });
  });
});
// The run it belongs to is gone.
process.once('disconnect', () => process.exit());
const { apiKey, baseURL } = simulator;
process.send?.({ apiKey, baseURL } satisfies UpstreamAddress);
