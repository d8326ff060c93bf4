import { createHash } from 'node:crypto';
import { getEventListeners, setMaxListeners } from 'node:events';
import { type AttemptRow, memoryStores, RouteLLClient, type RouteLLClientOptions } from 'routell';
import { seededRandom } from '../../src/evaluation/random.js';
import { type FakeClock, fakeClock } from '../fake-clock.js';
import { AttemptStamp } from './attempt-stamp.js';
import { compareAttempts } from './attempt-truth.js';
import { CallWatch } from './call-watch.js';
import { CODED_MODELS, type CodedExchange } from './coded-exchange.js';
import { codedUpstream } from './coded-upstream.js';
import type { Findings } from './findings.js';

/** What one simulated run came to. */
export interface SimulatedRun {
  readonly calls: number;
  readonly attempts: number;
  readonly succeeded: number;
  /** Of all events in their order: the same seed gives the same. */
  readonly digest: string;
}

const MACRO_TURNS = 2;
const CLOSED_WITHIN_MS = 100;

/** Promises, streams and whatever waits for a turn of the loop go on. */
export async function macroTurns(): Promise<void> {
  for (let turn = 0; turn < MACRO_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Moves time on until the work is done. */
export async function inVirtualTime<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const end = (): void => {
    isDone = true;
  };
  work.then(end, end);
  await macroTurns();
  // Whether it is done is told from within.
  while (!(isDone as boolean)) {
    if (!(await clock.next()) && !(isDone as boolean))
      throw new Error('nothing is left to wait for, and the work is not done');
  }
  return work;
}

interface Settings {
  readonly calls: number;
  readonly concurrency: number;
  readonly totalMs: number;
  readonly perMinute: number | null;
  readonly maxRetries: number;
  readonly providers: number;
}

function drawnSettings(random: () => number): Settings {
  const oneOf = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  return {
    calls: 4 + Math.floor(random() * 12),
    concurrency: oneOf([1, 3, 8]),
    totalMs: oneOf([500, 4000, 30_000]),
    perMinute: oneOf([null, 4, 30]),
    maxRetries: oneOf([0, 1, 3]),
    providers: oneOf([1, 2]),
  };
}

/** One run, in which time, chance and transport come from the seed. */
export async function simulate(seed: number, findings: Findings): Promise<SimulatedRun> {
  const random = seededRandom(seed);
  const settings = drawnSettings(random);
  const clock = fakeClock(undefined, macroTurns);
  const upstream = codedUpstream({ clock, random, faultShare: [0.2, 0.5, 1][Math.floor(random() * 3)]! });
  const stamp = new AttemptStamp();
  const stores = memoryStores();
  const client = new RouteLLClient({
    ...clientOptions(settings),
    clock,
    random,
    fetch: stamp.stamped(upstream.fetch),
    stores,
  });
  const watch = new CallWatch(client.events, findings);
  stamp.listen(client.events);
  const digest = createHash('sha256');
  client.events.subscribe((event) => digest.update(JSON.stringify(event)));
  const caller = new SimulatedCaller(client, {
    clock,
    settings,
    random,
    findings,
    exchanges: upstream.exchanges,
  });
  await inVirtualTime(
    clock,
    caller.callAll(settings, (call) => stamp.run(call)),
  );
  await inVirtualTime(clock, client.close({ graceMs: 0 }));
  // What has ended lets go of its connection soon.
  await clock.advance(CLOSED_WITHIN_MS);
  watch.checkEnded(settings.calls);
  const rows: AttemptRow[] = [];
  for await (const { kind, record } of stores.journal.read()) if (kind === 'attempt') rows.push(record);
  compareAttempts(findings, rows, upstream.exchanges, watch.takeBooked());
  const told = (what: string, count: number) => (): string => `seed ${seed}: ${count} ${what}`;
  const { inFlight, waiting } = client.rateLimiter.getCurrentUsage();
  findings.check(
    'I2 nothing is in flight or waits',
    inFlight + waiting === 0,
    told('held', inFlight + waiting),
  );
  findings.check('I5 no timer is left', clock.pending === 0, told('timers', clock.pending));
  findings.check(
    'I5 no response is left open',
    upstream.open.length === 0,
    () => `seed ${seed}: ${JSON.stringify(upstream.open)}`,
  );
  const widest = mostInAMinute(upstream.exchanges);
  const isWithin = settings.perMinute === null || widest <= settings.perMinute;
  findings.check('I2 never more in a minute than the limit', isWithin, told('in a minute', widest));
  const retriesInVain = caller.retriesInVain;
  const isBounded = retriesInVain <= 10 + 0.1 * watch.succeeded;
  findings.check('I4 retries in vain are paid from the budget', isBounded, told('retries', retriesInVain));
  return {
    calls: settings.calls,
    attempts: watch.attempts,
    succeeded: watch.succeeded,
    digest: digest.digest('hex'),
  };
}

function clientOptions({ totalMs, perMinute, maxRetries, providers }: Settings): RouteLLClientOptions {
  return {
    providers: ['first', 'second']
      .slice(0, providers)
      .map((id) => ({ id, baseURL: `https://${id}.test/v1`, apiKey: 'coded' })),
    rateLimits: { requestsPerMinute: perMinute, requestsPerHour: null, burst: null },
    retries: { maxRetries, retryDelayMs: 100 },
    timeouts: { headersMs: 1500, idleMs: 1000, totalMs },
    budgets: [{ limitUsd: 1000, per: 'day' }],
    monitoring: { logLevel: 'silent' },
  };
}

/** The most requests that one account has had in any 60 seconds. */
function mostInAMinute(exchanges: readonly CodedExchange[]): number {
  let most = 0;
  for (const host of new Set(exchanges.map((exchange) => exchange.host))) {
    const at = exchanges.filter((exchange) => exchange.host === host).map(({ atMs }) => atMs);
    for (const [index, fromMs] of at.entries()) {
      most = Math.max(most, at.slice(index).filter((ms) => ms < fromMs + 60_000).length);
    }
  }
  return most;
}

interface CallerScene {
  readonly clock: FakeClock;
  readonly settings: Settings;
  readonly random: () => number;
  readonly findings: Findings;
  readonly exchanges: readonly CodedExchange[];
}

class SimulatedCaller {
  readonly #client: RouteLLClient;
  readonly #scene: CallerScene;
  readonly #shared = new AbortController().signal;
  retriesInVain = 0;

  constructor(client: RouteLLClient, scene: CallerScene) {
    this.#client = client;
    this.#scene = scene;
    setMaxListeners(0, this.#shared);
  }

  async callAll({ calls, concurrency }: Settings, within: <T>(call: () => T) => T): Promise<void> {
    let left = calls;
    const worker = async (): Promise<void> => {
      while (left-- > 0) await within(() => this.#call());
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    const listeners = getEventListeners(this.#shared, 'abort').length;
    this.#scene.findings.check(
      'I5 no listener is left on a signal',
      listeners === 0,
      () => `${listeners} left`,
    );
  }

  async #call(): Promise<void> {
    const { random, clock, findings, settings } = this.#scene;
    const abort = random() < 0.2 ? new AbortController() : null;
    const aborted: { atMs: number | null } = { atMs: null };
    const stop = clock.startTimer(abort === null ? Infinity : random() * 2000, () => {
      aborted.atMs = clock.monotonic();
      abort?.abort();
    });
    const messages = [{ role: 'user' as const, content: `Say ${Math.floor(random() * 30)} words.` }];
    const model = [undefined, ...CODED_MODELS][Math.floor(random() * 3)];
    const options = { ...(model === undefined ? {} : { model }), signal: abort?.signal ?? this.#shared };
    const startedMs = clock.monotonic();
    const isStream = random() < 0.6;
    const result = isStream
      ? await this.#stream(messages, options, random() < 0.25)
      : await this.#client.chatCompletion(messages, options);
    stop();
    const endedMs = clock.monotonic();
    const lateMs = (sinceMs: number) => (): string => `${Math.round(endedMs - sinceMs)} ms, ${result.callId}`;
    const { atMs } = aborted;
    if (atMs !== null) findings.check('I6 an abort settles within 20 ms', endedMs - atMs <= 20, lateMs(atMs));
    if (!isStream) {
      const isInTime = endedMs - startedMs <= settings.totalMs + 50;
      findings.check('I6 a call settles by its deadline', isInTime, lateMs(startedMs));
    }
    // Who leaves an open stream says nothing against the retry that opened it.
    const isLeft = (code: unknown): boolean =>
      code === 'aborted' && result.attempts.at(-1)?.firstTokenMs !== null;
    if (!result.success && !isLeft(result.error.code))
      this.retriesInVain += Math.max(0, result.attempts.length - 1);
    if (result.success) this.#checkWhole(result.callId, result.content);
  }

  async #stream(
    messages: readonly { readonly role: 'user'; readonly content: string }[],
    options: { readonly model?: string; readonly signal: AbortSignal },
    isLeft: boolean,
  ): Promise<Awaited<ReturnType<RouteLLClient['chatCompletion']>>> {
    const stream = this.#client.streamCompletion(messages, options);
    let text = '';
    try {
      for await (const piece of stream) {
        text += piece;
        if (isLeft) break;
      }
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      this.#scene.findings.check('I10 only typed errors are thrown', typeof code === 'string', () =>
        String(error),
      );
    }
    const result = await stream.result;
    const sent = this.#lastOf(result.callId)?.text ?? '';
    const detail = (): string => JSON.stringify({ text, sent });
    this.#scene.findings.check(
      'I8 what was delivered is a prefix of what was sent',
      sent.startsWith(text),
      detail,
    );
    return result;
  }

  #lastOf(callId: string): CodedExchange | undefined {
    return this.#scene.exchanges.findLast(({ attemptId }) => attemptId?.startsWith(`${callId}.`) === true);
  }

  /** I7, I8: a success is the whole answer, to the byte. */
  #checkWhole(callId: string, content: string): void {
    const { findings } = this.#scene;
    const sent = this.#lastOf(callId);
    const detail = (): string => JSON.stringify({ content, sent });
    findings.check('I7 a success has come to its end', sent?.isWhole === true, detail);
    findings.check('I8 a success is all that was sent', sent?.text === content, detail);
  }
}
