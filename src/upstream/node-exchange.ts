import type { Clock } from '../clock.js';
import { type NodeBody, nodeBody } from './node-body.js';
import type { ClientRequest, IncomingMessage, NodeZlib, Socket } from './node-modules.js';
import type { PlainRequest } from './plain-request.js';
import { markUnsent } from './unsent.js';

/**
 * A connection that was kept and breaks within this time, with nothing answered, was closed while the request was
 * on its way. What breaks later may have been worked on, and is not sent again.
 */
const STALE_WITHIN_MS = 1000;

/**
 * Servers close connections that were not used for some time: gunicorn after 2 s, Node and uvicorn after 5 s. What
 * breaks sooner was broken off, and may have been worked on.
 */
const LEAST_IDLE_MS = 1000;

/** Statuses whose answers have no body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

const MOST_HEADERS = 1000;

/** As undici calls it: nothing was sent. */
const CONNECT_TIMEOUT = 'UND_ERR_CONNECT_TIMEOUT';

/** What an exchange needs of its transport. */
export interface Connections {
  readonly clock: Clock;
  readonly zlib: NodeZlib;
  /** How long a kept connection has not been used. */
  idleMs(socket: Socket): number;
  /** @param isFresh On a connection that was not used before. */
  request(plain: PlainRequest, isFresh: boolean): ClientRequest;
}

/** One request and its response, over at most two connections. */
export class Exchange {
  readonly response: Promise<Response>;
  readonly #connections: Connections;
  readonly #plain: PlainRequest;
  readonly #connectMs: number;
  #resolve!: (response: Response) => void;
  #reject!: (error: unknown) => void;
  #request: ClientRequest | null = null;
  #body: NodeBody | null = null;
  #stopConnectTimer = nothing;
  /** A connection stood once: from then on something may have been sent. */
  #isConnected = false;
  /** When a connection that was idle was written to, for as long as nothing came back. */
  #reusedAtMs: number | null = null;

  /** @param connectMs Until the connection, with DNS and TLS, stands. */
  constructor(connections: Connections, plain: PlainRequest, connectMs: number) {
    this.#connections = connections;
    this.#plain = plain;
    this.#connectMs = connectMs;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { signal } = plain;
    if (signal?.aborted === true) {
      this.#reject(signal.reason);
      return;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#send(false);
  }

  #send(isFresh: boolean): void {
    try {
      const request = this.#connections.request(this.#plain, isFresh);
      this.#request = request;
      request.once('socket', (socket) => this.#onSocket(request, socket));
      request.once('response', (incoming) => this.#onResponse(request, incoming));
      // More than one may come, and each would end the process if nobody listened.
      request.on('error', (error) => this.#onError(request, error));
      request.once('close', () => this.#onError(request, coded('ECONNRESET', 'closed without an answer')));
      request.end(this.#plain.body ?? undefined);
    } catch (error) {
      this.#fail(error);
    }
  }

  #onSocket(request: ClientRequest, socket: Socket): void {
    const { clock } = this.#connections;
    const isSecure = this.#plain.url.protocol === 'https:';
    if (request.reusedSocket) {
      this.#isConnected = true;
      if (this.#connections.idleMs(socket) < LEAST_IDLE_MS) return;
      this.#reusedAtMs = clock.monotonic();
      // Before the parser, which fails at once where what comes is no HTTP: that is an answer, too.
      socket.prependOnceListener('data', () => (this.#reusedAtMs = null));
      return;
    }
    this.#stopConnectTimer = clock.startTimer(this.#connectMs, () => {
      this.#fail(failed(coded(CONNECT_TIMEOUT, `Connecting timed out after ${this.#connectMs} ms`)));
    });
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      this.#isConnected = true;
      this.#stopConnectTimer();
    });
  }

  #onResponse(request: ClientRequest, incoming: IncomingMessage): void {
    this.#stopConnectTimer();
    incoming.once('close', () => this.#end());
    try {
      this.#resolve(this.#makeResponse(request, incoming));
    } catch (error) {
      incoming.on('error', nothing);
      this.#fail(failed(error));
    }
  }

  #makeResponse(request: ClientRequest, incoming: IncomingMessage): Response {
    const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = incoming;
    // Node drops what goes beyond twice as many.
    if (rawHeaders.length > 2 * MOST_HEADERS) throw coded('HPE_HEADER_OVERFLOW', 'too many headers');
    const headers: [string, string][] = [];
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      headers.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '']);
    }
    if (BODILESS.has(status) || this.#plain.method === 'HEAD') {
      incoming.on('error', nothing);
      incoming.resume();
      return new Response(null, { status, statusText, headers });
    }
    this.#body = nodeBody(incoming, this.#connections.zlib, () => {
      this.#end();
      request.destroy();
    });
    return new Response(this.#body.stream, { status, statusText, headers });
  }

  #onError(request: ClientRequest, error: Error): void {
    // An error of the first connection may come after the second was begun.
    if (request !== this.#request) return;
    const sinceMs = this.#reusedAtMs;
    this.#reusedAtMs = null;
    if (sinceMs !== null && this.#connections.clock.monotonic() - sinceMs <= STALE_WITHIN_MS)
      this.#send(true);
    else if (this.#body === null) this.#fail(failed(error));
  }

  readonly #onAbort = (): void => {
    const reason: unknown = this.#plain.signal?.reason;
    if (!this.#isConnected) markUnsent(reason);
    this.#fail(reason);
  };

  #fail(error: unknown): void {
    this.#end();
    this.#reusedAtMs = null;
    this.#reject(error);
    this.#body?.fail(error);
    this.#request?.destroy();
  }

  #end(): void {
    this.#stopConnectTimer();
    this.#plain.signal?.removeEventListener('abort', this.#onAbort);
  }
}

const nothing = (): void => undefined;

/** An error with a code, as those of the system have. */
function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function failed(cause: unknown): TypeError {
  return new TypeError('fetch failed', { cause });
}
