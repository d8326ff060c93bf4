import { getEventListeners, setMaxListeners } from 'node:events';
import { type AttemptRow, type JournalStore, memoryStores, RouteLLClient } from 'routell';
import { seededRandom } from '../../src/evaluation/random.js';
import { defaultFetch } from '../../src/upstream/transport.js';
import { AttemptStamp } from './attempt-stamp.js';
import { compareAttempts } from './attempt-truth.js';
import { CallWatch } from './call-watch.js';
import { drawnCall, makeCall } from './chaos-calls.js';
import { type Finding, Findings } from './findings.js';
import { heldBeyond, type MemoryMb, memoryMb, processResources } from './process-resources.js';
import { UpstreamProcess } from './upstream-process.js';

export interface ChaosOptions {
  readonly calls: number;
  readonly seed: number;
  /** Share of the requests that a fault strikes. */
  readonly faults: number;
  readonly concurrency: number;
  /** Calls between two comparisons. @default 10_000 */
  readonly batchCalls?: number;
  /** Where an earlier run of the same options was broken off. */
  readonly progress?: ChaosProgress;
  /** Told after each batch, with what this process then holds. */
  readonly onBatch?: (progress: ChaosProgress, memory: MemoryMb) => void;
}

/** Sums over the calls that were made so far. */
export interface ChaosProgress {
  readonly calls: number;
  readonly succeeded: number;
  /** Calls by their end: `success`, or the code of the error; of this process alone. */
  readonly endings: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly received: number;
  readonly exact: number;
  readonly estimated: number;
  readonly findings: readonly Finding[];
}

export interface ChaosReport extends ChaosProgress {
  readonly seconds: number;
  /** From the end of the warm-up on; `null` where the run was over before. */
  readonly rssGrowthMb: number | null;
  readonly heapGrowthMb: number | null;
}

const NOTHING: ChaosProgress = {
  calls: 0,
  succeeded: 0,
  endings: {},
  attempts: 0,
  received: 0,
  exact: 0,
  estimated: 0,
  findings: [],
};

/** Pools, caches and the optimizing compiler have what they want after so many calls. */
const WARM_UP_CALLS = 10_000;
const MOST_RSS_GROWTH_MB = 20;
/** The transport keeps a connection that is not used for four seconds. */
const KEEP_ALIVE_PATIENCE_MS = 15_000;
const UPSTREAM_PATIENCE_MS = 2000;

/** Makes the calls over real sockets, with faults, and compares all that was told with what the upstream saw. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const startedMs = performance.now();
  const before = processResources();
  const findings = new Findings();
  findings.add(options.progress?.findings ?? []);
  const scene = await startScene(options, findings);
  let sums = options.progress ?? NOTHING;
  const from = sums.calls;
  let warm: MemoryMb | null = null;
  while (sums.calls < options.calls) {
    const batch = await runBatch(scene, options, sums.calls);
    sums = added(sums, batch, findings.all);
    const memory = await memoryMb();
    if (sums.calls - from >= WARM_UP_CALLS) warm ??= memory;
    options.onBatch?.(sums, memory);
  }
  const { client, upstream, journal } = scene;
  await client.close({ graceMs: 0 });
  const sockets = await heldBeyond(before, KEEP_ALIVE_PATIENCE_MS);
  findings.check('I5 no socket and no timer is left', sockets === '', () => sockets);
  await upstream.close();
  findings.check('I3 nothing is told after the end', journal.rows.length === 0, () => 'late rows');
  const now = await memoryMb();
  const rssGrowthMb = warm === null ? null : now.rss - warm.rss;
  if (rssGrowthMb !== null && options.calls - from >= 2 * WARM_UP_CALLS) {
    const grown = (): string => `${rssGrowthMb.toFixed(1)} MB`;
    findings.check('I5 memory stays flat', rssGrowthMb < MOST_RSS_GROWTH_MB, grown);
  }
  return {
    ...sums,
    findings: findings.all,
    seconds: (performance.now() - startedMs) / 1000,
    rssGrowthMb,
    heapGrowthMb: warm === null ? null : now.heap - warm.heap,
  };
}

interface Scene {
  readonly upstream: UpstreamProcess;
  readonly client: RouteLLClient;
  readonly stamp: AttemptStamp;
  readonly journal: RowsJournal;
  readonly watch: CallWatch;
  readonly findings: Findings;
  readonly sharedSignal: AbortSignal;
}

/** A journal that keeps the rows of attempts until they are taken. */
interface RowsJournal extends JournalStore {
  rows: AttemptRow[];
}

function rowsJournal(): RowsJournal {
  return {
    rows: [],
    append({ kind, record }) {
      if (kind === 'attempt') this.rows.push(record);
    },
    async *read() {},
  };
}

async function startScene({ seed, concurrency }: ChaosOptions, findings: Findings): Promise<Scene> {
  const upstream = await UpstreamProcess.start(seed);
  const stamp = new AttemptStamp();
  const journal = rowsJournal();
  const client = new RouteLLClient({
    apiKey: upstream.apiKey,
    baseURL: upstream.baseURL,
    // What is used where no fetch is given.
    fetch: stamp.stamped(defaultFetch(1000)),
    random: seededRandom(seed),
    rateLimits: { requestsPerMinute: null, requestsPerHour: null, burst: null, maxConcurrent: concurrency },
    retries: { maxRetries: 2, retryDelayMs: 2 },
    timeouts: { headersMs: 1000, idleMs: 1000, totalMs: 3000 },
    budgets: [{ limitUsd: 1e9, per: 'day' }],
    credits: { allowUnpriced: true },
    monitoring: { logLevel: 'silent' },
    stores: { ...memoryStores(), journal },
  });
  stamp.listen(client.events);
  const { signal: sharedSignal } = new AbortController();
  setMaxListeners(0, sharedSignal);
  return {
    upstream,
    client,
    stamp,
    journal,
    findings,
    watch: new CallWatch(client.events, findings),
    sharedSignal,
  };
}

type BatchSums = Omit<ChaosProgress, 'findings'>;

async function runBatch(scene: Scene, options: ChaosOptions, first: number): Promise<BatchSums> {
  const { upstream, client, stamp, watch, findings, sharedSignal, journal } = scene;
  const { seed, concurrency, batchCalls = 10_000 } = options;
  const calls = Math.min(batchCalls, options.calls - first);
  await upstream.begin(options.faults);
  const random = seededRandom(seed + first);
  const before = { started: watch.started, succeeded: watch.succeeded };
  let left = calls;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const content = `Say ${Math.floor(random() * 16)} words.`;
      const plan = drawnCall(random);
      await stamp.run(() => makeCall(scene, content, plan));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  // Once all calls have ended, the upstream has nobody left to answer, soon.
  const { isSettled, truths } = await upstream.take(UPSTREAM_PATIENCE_MS);
  findings.check('I5 no request outlives its call', isSettled, () => 'requests still open');
  watch.checkEnded(before.started + calls);
  const listeners = getEventListeners(sharedSignal, 'abort').length;
  findings.check('I5 no listener is left on a signal', listeners === 0, () => `${listeners} on a shared one`);
  const rows = journal.rows;
  journal.rows = [];
  const { inFlight, waiting } = client.rateLimiter.getCurrentUsage();
  findings.check(
    'I2 nothing is in flight or waits',
    inFlight + waiting === 0,
    () => `${inFlight} ${waiting}`,
  );
  const compared = compareAttempts(findings, rows, truths, watch.takeBooked());
  return {
    calls,
    succeeded: watch.succeeded - before.succeeded,
    endings: Object.fromEntries(watch.endings),
    ...compared,
  };
}

function added(sums: ChaosProgress, batch: BatchSums, findings: readonly Finding[]): ChaosProgress {
  return {
    calls: sums.calls + batch.calls,
    succeeded: sums.succeeded + batch.succeeded,
    endings: batch.endings,
    attempts: sums.attempts + batch.attempts,
    received: sums.received + batch.received,
    exact: sums.exact + batch.exact,
    estimated: sums.estimated + batch.estimated,
    findings,
  };
}
