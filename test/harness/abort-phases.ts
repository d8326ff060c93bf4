import { getEventListeners } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { memoryStores, RouteLLClient, type RouteLLClientOptions } from 'routell';

const never = new Promise<never>(() => undefined);
const unlimited = { requestsPerMinute: null, requestsPerHour: null, burst: null };

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n';
const TOKEN = 'data: {"id":"c","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n';
const refusal = (status: number, header = ''): string =>
  `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\n${header}content-length: 2\r\n\r\n{}`;

/** Where a call is when it is aborted. */
interface Phase {
  readonly name: string;
  /** What the server writes on a request; a call that it leaves open holds its socket. */
  readonly answer: string;
  readonly options?: RouteLLClientOptions;
  readonly isSecure?: boolean;
  readonly isSecond?: boolean;
  /** Whether the call holds a socket then, which is to be closed. */
  readonly holdsSocket?: boolean;
}

export const PHASES: readonly Phase[] = [
  {
    name: 'queued',
    answer: '',
    options: { rateLimits: { ...unlimited, requestsPerHour: 1 }, timeouts: { totalMs: 4_000_000 } },
    isSecond: true,
  },
  {
    name: 'waiting for a permit',
    answer: '',
    options: { rateLimits: { ...unlimited, maxConcurrent: 1 } },
    isSecond: true,
  },
  { name: 'connecting', answer: '', isSecure: true, holdsSocket: true },
  { name: 'waiting for headers', answer: '', holdsSocket: true },
  { name: 'streaming', answer: HEAD + TOKEN, holdsSocket: true },
  {
    name: 'backing off',
    answer: refusal(503, 'retry-after: 9\r\n'),
    options: { retries: { maxRetries: 1 } },
  },
  {
    name: 'recording',
    answer: refusal(400),
    options: { stores: { journal: { ...memoryStores().journal, append: () => never } } },
  },
];

/** What one abort did, in milliseconds after it. */
export interface Aborted {
  readonly settleMs: number;
  /** Until the server saw the end of the connection; `null` where the call held none. */
  readonly closeMs: number | null;
  readonly listenersLeft: number;
  /** `aborted`, or what else it ended as. */
  readonly ending: string;
}

/** A server that keeps every connection, and says nothing but what it is told to. */
export class ScriptedServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** When a connection was last closed, by `performance.now()`. */
  closedMs: number | null = null;
  answer = '';
  port = 0;

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      const over = (): void => {
        if (this.#sockets.delete(socket)) this.closedMs = performance.now();
        socket.destroy();
      };
      socket.on('end', over);
      socket.on('close', over);
      // A request of this harness comes in one piece; what has no brace at its end is no POST.
      socket.on('data', (part) => {
        if (part.at(-1) === 0x7d) socket.write(this.answer);
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function clientOn(
  { port }: ScriptedServer,
  { options = {}, isSecure = false }: Pick<Phase, 'options' | 'isSecure'>,
): RouteLLClient {
  return new RouteLLClient({
    apiKey: 'test-key',
    baseURL: `${isSecure ? 'https' : 'http'}://127.0.0.1:${port}/v1`,
    rateLimits: unlimited,
    retries: { maxRetries: 0 },
    monitoring: { enabled: false, logLevel: 'silent' },
    ...options,
  });
}

/** Long enough to be in the phase on a busy machine. */
const PHASE_MS = 25;
const CLOSE_PATIENCE_MS = 1000;

/** Brings one call into a phase, aborts it there, and looks what that does. */
export async function abortIn(phase: Phase, server: ScriptedServer): Promise<Aborted> {
  server.answer = phase.answer;
  const client = clientOn(server, phase);
  const messages = [{ role: 'user' as const, content: 'x' }];
  const ask = async (signal?: AbortSignal): Promise<string> => {
    const options = { model: 'test-model', ...(signal === undefined ? {} : { signal }) };
    const result =
      phase.name === 'streaming'
        ? await client.streamCompletion(messages, options).result
        : await client.chatCompletion(messages, options);
    return result.success ? 'success' : result.error.code;
  };
  const firstEnd = new AbortController();
  const first = phase.isSecond === true ? ask(firstEnd.signal) : null;
  if (first !== null) await wait(PHASE_MS);
  const controller = new AbortController();
  const asked = ask(controller.signal);
  await wait(PHASE_MS);
  // The first connection of a process takes longer.
  while (phase.holdsSocket === true && server.connections === 0) await wait(PHASE_MS);
  server.closedMs = null;
  const abortedMs = performance.now();
  controller.abort();
  const ending = await asked;
  const settleMs = performance.now() - abortedMs;
  const listenersLeft = getEventListeners(controller.signal, 'abort').length;
  const closeMs = phase.holdsSocket === true ? (await closedAt(server)) - abortedMs : null;
  firstEnd.abort();
  await first;
  // A journal that hangs would be waited for.
  void client.close({ graceMs: 0 });
  return { settleMs, closeMs, listenersLeft, ending };
}

/** When the server saw the connection end; `Infinity` where it did not. */
async function closedAt(server: ScriptedServer): Promise<number> {
  for (const untilMs = performance.now() + CLOSE_PATIENCE_MS; performance.now() < untilMs;) {
    if (server.closedMs !== null) return server.closedMs;
    await wait(1);
  }
  return Infinity;
}

/** A limit of time: the option, what the server does, and how long it really took. */
export const STALLS = [
  { name: 'connect', timeouts: (ms: number) => ({ connectMs: ms }), answer: '', isSecure: true },
  { name: 'headers', timeouts: (ms: number) => ({ headersMs: ms }), answer: '' },
  { name: 'first-token', timeouts: (ms: number) => ({ firstTokenMs: ms }), answer: HEAD },
  { name: 'idle', timeouts: (ms: number) => ({ idleMs: ms }), answer: HEAD + TOKEN },
  { name: 'total', timeouts: (ms: number) => ({ totalMs: ms }), answer: '' },
] as const;

/** Milliseconds that a limit was late by, and the phase that its error names. */
export async function stallOf(
  stall: (typeof STALLS)[number],
  ms: number,
  server: ScriptedServer,
): Promise<{ readonly lateMs: number; readonly phase: string }> {
  server.answer = stall.answer;
  const isSecure = 'isSecure' in stall;
  const client = clientOn(server, { options: { timeouts: stall.timeouts(ms) }, isSecure });
  let beganMs = performance.now();
  client.on('attempt-start', () => (beganMs = performance.now()));
  client.on('stream-first-token', () => (beganMs = performance.now()));
  const stream = client.streamCompletion([{ role: 'user', content: 'x' }], { model: 'test-model' });
  const result = await stream.result;
  const lateMs = performance.now() - beganMs - ms;
  await client.close({ graceMs: 0 });
  const phase = result.success
    ? 'success'
    : 'phase' in result.error
      ? String(result.error.phase)
      : result.error.code;
  return { lateMs, phase };
}
