import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { UpstreamAddress, UpstreamBook, UpstreamOrder } from './chaos-upstream.js';

const TYPESCRIPT = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** The simulator in a process of its own: so the memory and the sockets of this one are the client's alone. */
export class UpstreamProcess implements UpstreamAddress {
  readonly apiKey: string;
  readonly baseURL: string;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, { apiKey, baseURL }: UpstreamAddress) {
    this.#process = child;
    this.apiKey = apiKey;
    this.baseURL = baseURL;
  }

  static async start(seed: number): Promise<UpstreamProcess> {
    const file = fileURLToPath(new URL('./chaos-upstream.ts', import.meta.url));
    const child = fork(file, [String(seed)], { execArgv: ['--import', TYPESCRIPT] });
    return new UpstreamProcess(child, (await replyOf(child)) as UpstreamAddress);
  }

  /** From here on faults strike this share of the requests. */
  async begin(faults: number): Promise<void> {
    await this.#ask({ order: 'begin', faults });
  }

  /** What was asked of it since the last time, once it is done with all of it. */
  async take(patienceMs: number): Promise<UpstreamBook> {
    const { book } = (await this.#ask({ order: 'take', patienceMs })) as { readonly book: UpstreamBook };
    return book;
  }

  async close(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.send({ order: 'close' } satisfies UpstreamOrder);
    await exited;
  }

  #ask(order: UpstreamOrder): Promise<unknown> {
    const reply = replyOf(this.#process);
    this.#process.send(order);
    return reply;
  }
}

async function replyOf(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const { signal } = ended;
  const gone = once(child, 'exit', { signal }).then(() => {
    throw new Error('The upstream of the run has ended by itself.');
  });
  gone.catch(() => undefined);
  try {
    const [reply] = (await Promise.race([once(child, 'message', { signal }), gone])) as [unknown];
    return reply;
  } finally {
    ended.abort();
  }
}
