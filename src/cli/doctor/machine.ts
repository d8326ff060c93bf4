import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { count } from '../figures.js';
import { type Check, failed, ok, skipped, warning } from './check.js';

/** As package.json has it in `engines`. */
const OLDEST_NODE = [20, 19] as const;

export function checkNode(version: string): Check {
  const subject = { check: 'node' } as const;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isRecent = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const oldest = OLDEST_NODE.join('.');
  return isRecent
    ? ok(subject, `Node ${version}`)
    : failed(subject, `Node ${version} is too old`, `Install Node ${oldest} or later.`);
}

/** More than slow answers and rounding explain. */
const LARGEST_SKEW_MS = 60_000;

/** Where Node tells of the headers of each response: of `node:http`, and of the global fetch. */
const HTTP_RESPONSES = 'http.client.response.finish';
const FETCH_RESPONSES = 'undici:request:headers';

/** Compares the machine's clock with those of the servers that answer, whatever transport the client has. */
export class ServerClock {
  readonly #now: () => number;
  #skewMs: number | null = null;

  /** @param now Epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Listens to the responses that come while something runs. */
  async during<T>(run: () => Promise<T>): Promise<T> {
    subscribe(HTTP_RESPONSES, this.#onHttp);
    subscribe(FETCH_RESPONSES, this.#onFetch);
    try {
      return await run();
    } finally {
      unsubscribe(HTTP_RESPONSES, this.#onHttp);
      unsubscribe(FETCH_RESPONSES, this.#onFetch);
    }
  }

  readonly #onHttp = (message: unknown): void => {
    const { response } = message as { readonly response: IncomingMessage };
    this.#hear(new Map(Object.entries(response.headers)));
  };

  /** Names and values by turns. */
  readonly #onFetch = (message: unknown): void => {
    const { response } = message as { readonly response: { readonly headers: readonly Uint8Array[] } };
    const texts = response.headers.map((bytes) => Buffer.from(bytes).toString('latin1'));
    this.#hear(new Map(texts.map((text, index) => [text.toLowerCase(), texts[index + 1]])));
  };

  #hear(headers: ReadonlyMap<string, unknown>): void {
    const serverMs = Date.parse(String(headers.get('date')));
    // A page out of a cache has the date of its making.
    if (Number.isFinite(serverMs) && !headers.has('age')) this.#see(this.#now() - serverMs);
  }

  check(): Check {
    const subject = { check: 'clock' } as const;
    if (this.#skewMs === null) return skipped(subject, 'no server told its time');
    const skewSeconds = Math.round(Math.abs(this.#skewMs) / 1000);
    if (Math.abs(this.#skewMs) <= LARGEST_SKEW_MS) return ok(subject, 'agrees with that of the server');
    return warning(
      subject,
      `this machine's clock is ${count(skewSeconds)} s ${this.#skewMs > 0 ? 'ahead of' : 'behind'} the server's`,
      'Set the clock, best by network time: certificates, days of budgets and prices go by it.',
    );
  }

  /** Of several servers the one that agrees best counts. */
  #see(skewMs: number): void {
    if (this.#skewMs === null || Math.abs(skewMs) < Math.abs(this.#skewMs)) this.#skewMs = skewMs;
  }
}
