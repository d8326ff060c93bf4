import { count } from '../figures.js';
import type { Fetch } from '../../index.js';
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

/** Compares the machine's clock with those of the servers that answer. */
export class ServerClock {
  /** To be given to the client. */
  readonly fetch: Fetch;
  #skewMs: number | null = null;

  /** @param now Epoch milliseconds. */
  constructor(now: () => number) {
    this.fetch = async (input, init) => {
      const response = await globalThis.fetch(input, init);
      const serverMs = Date.parse(response.headers.get('date') ?? '');
      // A page out of a cache has the date of its making.
      if (Number.isFinite(serverMs) && !response.headers.has('age')) this.#see(now() - serverMs);
      return response;
    };
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
