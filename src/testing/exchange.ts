import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ApiError } from './api-error.js';
import type { Frame } from './frames.js';
import type { SimulatorClock } from './time.js';

/** Status and headers of a response, until they are sent. */
interface ResponseHead {
  status: number;
  headers: Record<string, string>;
}

/** How often a burst of frames lets the rest of the process have a turn. */
const FRAMES_PER_TURN = 16;

/** One request under way: what a handler or a fault can do to its response. */
export class Exchange {
  readonly requestId: string;
  readonly clock: SimulatorClock;
  /** Sent with the first frame; a fault may change it before. */
  head: ResponseHead = { status: 200, headers: {} };
  /** Output tokens spent so far. */
  readonly spent = { visible: 0, reasoning: 0 };
  /** True once the model has begun: from then on the prompt is billed. */
  modelRan = false;
  /** True once a fault has broken the response off. */
  broken = false;
  readonly #response: ServerResponse;
  readonly #gone = new AbortController();

  constructor(response: ServerResponse, requestId: string, clock: SimulatorClock) {
    this.requestId = requestId;
    this.clock = clock;
    this.#response = response;
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
    return this.#response.headersSent ? this.#response.statusCode : null;
  }

  sendHead(): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(this.head.status, { ...this.head.headers, 'x-request-id': this.requestId });
    this.#response.flushHeaders();
  }

  /** Answers with an error. */
  refuse(error: ApiError, headers: Readonly<Record<string, string>> = {}): void {
    if (this.#response.headersSent) return;
    this.head = { status: error.status, headers: { ...headers, 'content-type': 'application/json' } };
    this.sendHead();
    this.#response.end(JSON.stringify(error.body));
  }

  /** Writes the frames and ends the response. True if the last of them ends the answer. */
  async send(frames: AsyncIterable<Frame>): Promise<boolean> {
    let complete = false;
    let count = 0;
    for await (const frame of frames) {
      if (this.gone.aborted) return false;
      this.sendHead();
      this.spent.visible += frame.tokens;
      this.spent.reasoning += frame.reasoningTokens;
      complete = frame.stage === 'body' || frame.stage === 'done';
      const flowing = this.#response.write(frame.text);
      if (complete) continue;
      if (!flowing) await once(this.#response, 'drain', { signal: this.gone });
      else if (++count % FRAMES_PER_TURN === 0) await nextTurn();
    }
    if (this.gone.aborted) return false;
    this.sendHead();
    this.#response.end();
    return complete;
  }

  /** Closes the connection after what was written so far. */
  async breakOff(): Promise<void> {
    this.broken = true;
    await nextTurn();
    this.#response.destroy();
  }

  /** Waits, unless the client goes first: then it rejects. */
  async wait(ms: number): Promise<void> {
    if (ms > 0) await this.clock.sleep(ms, this.gone);
  }

  /** Keeps the client waiting for as long as it likes. */
  async waitUntilGone(): Promise<void> {
    if (!this.gone.aborted) await once(this.gone, 'abort');
  }
}
