import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import type { ApiError } from './api-error.js';
import type { Frame } from './frames.js';
import type { JsonObject } from './json.js';
import { machineClock, type SimulatorClock } from './time.js';

/** Headers of a response: a list is sent as several of the same name. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[]>>;

/** Status and headers of a response, until they are sent. */
interface ResponseHead {
  status: number;
  headers: ResponseHeaders;
}

/** What an exchange is made of. */
interface ExchangeParts {
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly clock: SimulatorClock;
  /** What was asked for, as the request line says it. */
  readonly path: string;
  /** Whether the connection has carried a request before. */
  readonly reused: boolean;
}

/** How often a burst of frames lets the rest of the process have a turn. */
const FRAMES_PER_TURN = 16;

/** How long a client has to read what was sent, by the machine's time. */
const READ_MS = 5;

/** One request under way: what a handler or a fault can do to its response. */
export class Exchange {
  readonly requestId: string;
  readonly clock: SimulatorClock;
  readonly path: string;
  readonly reused: boolean;
  /** Sent with the first frame; a fault may change it before. */
  head: ResponseHead = { status: 200, headers: {} };
  /** Output tokens spent so far. */
  readonly spent = { visible: 0, reasoning: 0 };
  /** Bytes of the body written so far, before any framing of HTTP. */
  bodyBytes = 0;
  /** What the answer says of its tokens, whether or not the client asked for it. */
  usage: JsonObject | null = null;
  /** True once the model has begun: from then on the prompt is billed. */
  modelRan = false;
  /** True once a fault has broken the response off, or made it one that is no answer. */
  broken = false;
  readonly #response: ServerResponse;
  readonly #gone = new AbortController();
  /** Where the body goes: the response, or the connection itself where the head was written by hand. */
  #body: Writable;
  #rawStatus: number | null = null;

  constructor({ response, requestId, clock, path, reused }: ExchangeParts) {
    this.requestId = requestId;
    this.clock = clock;
    this.path = path;
    this.reused = reused;
    this.#response = response;
    this.#body = response;
    response.on('error', () => undefined);
    response.once('close', () => {
      this.#gone.abort();
    });
  }

  /** Aborted once the client has gone, the response is over, or the simulator closes. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Whether there is nobody left to answer. */
  get lost(): boolean {
    return this.gone.aborted || this.#response.destroyed || this.#response.socket?.destroyed === true;
  }

  /** The status that was sent, or `null` before. */
  get status(): number | null {
    return this.#response.headersSent ? this.#response.statusCode : this.#rawStatus;
  }

  sendHead(): void {
    if (this.status !== null) return;
    const headers = { ...this.head.headers, 'x-request-id': this.requestId };
    this.#response.writeHead(this.head.status, headers as Record<string, string | string[]>);
    this.#response.flushHeaders();
  }

  /**
   * Sends a head as it is, in which node:http would find fault, byte by byte if `byteDelayMs` says so.
   * The body that follows has no framing: it ends with the connection.
   */
  async sendRawHead(status: number, text: string, byteDelayMs = 0): Promise<void> {
    for (const piece of byteDelayMs > 0 ? text : [text]) {
      await this.writeRaw(piece);
      await this.wait(byteDelayMs);
    }
    this.#rawStatus = status;
    this.#body = this.#socket();
  }

  /** Writes past HTTP, onto the connection itself. */
  async writeRaw(text: string): Promise<void> {
    await this.#flowing(this.#socket(), text);
  }

  /** Answers with an error. */
  refuse(error: ApiError, headers: ResponseHeaders = {}): void {
    this.answer(error.status, JSON.stringify(error.body), { ...headers, 'content-type': 'application/json' });
  }

  /** Answers with a body as it is. */
  answer(status: number, text: string, headers: ResponseHeaders): void {
    if (this.status !== null) return;
    this.head = { status, headers };
    this.sendHead();
    this.bodyBytes += Buffer.byteLength(text);
    this.#response.end(text);
  }

  /** Writes the frames and ends the response. True if one of them ends the answer. */
  async send(frames: AsyncIterable<Frame>): Promise<boolean> {
    let complete = false;
    let count = 0;
    for await (const frame of frames) {
      if (this.gone.aborted) return complete;
      this.sendHead();
      this.spent.visible += frame.tokens;
      this.spent.reasoning += frame.reasoningTokens;
      const isLast = frame.stage === 'body' || frame.stage === 'done';
      complete ||= isLast;
      const written = this.#write(frame.bytes ?? frame.text);
      // A client that has all it needs may leave: nobody waits for it to read the last frame.
      if (isLast) continue;
      if (!written) await once(this.#body, 'drain', { signal: this.gone });
      else if (++count % FRAMES_PER_TURN === 0) await nextTurn();
    }
    if (this.gone.aborted) return complete;
    this.sendHead();
    if (this.#body === this.#response) this.#response.end();
    else this.#socket().destroySoon();
    return complete;
  }

  /** Closes the connection after what was written so far. */
  async breakOff(how: 'fin' | 'reset' = 'fin'): Promise<void> {
    this.broken = true;
    // A reset overtakes what the client has not read yet, be it in this process or another.
    if (how === 'reset' && this.status !== null) await machineClock.sleep(READ_MS);
    await nextTurn();
    const { socket } = this.#response;
    // TLS has no reset of its own; there the connection just ends.
    if (how === 'fin' || socket === null || socket instanceof TLSSocket) this.#response.destroy();
    else socket.resetAndDestroy();
  }

  /** Waits, unless the client goes first: then it rejects. */
  async wait(ms: number): Promise<void> {
    if (ms > 0) await this.clock.sleep(ms, this.gone);
  }

  /** Keeps the client waiting for as long as it likes. */
  async waitUntilGone(): Promise<void> {
    if (!this.gone.aborted) await once(this.gone, 'abort');
  }

  #write(content: string | Uint8Array): boolean {
    this.bodyBytes += typeof content === 'string' ? Buffer.byteLength(content) : content.length;
    return this.#body.write(content);
  }

  async #flowing(to: Writable, text: string): Promise<void> {
    this.gone.throwIfAborted();
    if (!to.write(text)) await once(to, 'drain', { signal: this.gone });
  }

  #socket(): Socket {
    const { socket } = this.#response;
    if (socket === null) throw new Error('The connection has closed.');
    return socket;
  }
}
