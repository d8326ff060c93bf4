import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';

/** An address at which nobody ever answers. It keeps the process alive until it is closed. */
export interface BlackHole {
  /** As `http://127.0.0.1:49152/v1`. */
  readonly baseURL: string;
  /** Frees the port; what still waits for a connection is refused. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Listens and stands still: an event loop that runs would accept what comes. The queue of a listener of one
 * holds two connections; to whoever comes after them the kernel says nothing.
 */
const LISTENER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => {
      Atomics.wait(workerData, 0, 0);
      process.exit();
    });
  });
`;
const QUEUED_CONNECTIONS = 2;

/**
 * Takes a port of 127.0.0.1 at which connections are neither accepted nor refused, as behind a firewall that
 * drops packets: they are what a connect timeout is for. It rests on how Linux treats a full queue.
 *
 * ```ts
 * await using blackHole = await startBlackHole();
 * const client = new RouteLLClient({ baseURL: blackHole.baseURL, apiKey: 'any' });
 * ```
 */
export async function startBlackHole(): Promise<BlackHole> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(LISTENER, { eval: true, workerData: gate });
  const [port] = (await once(worker, 'message')) as [number];
  const queued = Array.from({ length: QUEUED_CONNECTIONS }, () => connect(port, '127.0.0.1'));
  await Promise.all(queued.map((socket) => once(socket, 'connect')));
  for (const socket of queued) socket.on('error', () => undefined);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      for (const socket of queued) socket.destroy();
      const exited = once(worker, 'exit');
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
      await exited;
    })();
    return closing;
  };
  return { baseURL: `http://127.0.0.1:${port}/v1`, close, [Symbol.asyncDispose]: close };
}
