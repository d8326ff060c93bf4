/**
 * What carries a request: the global fetch, undici's fetch, undici's `request` behind a fetch signature, and the
 * library's own transport on `node:http`, in turn, in rounds, against one loopback server in one run. Each makes
 * a Response, which is read to its end as a stream. Figures are medians over the rounds; quote the ratios.
 */
import { Agent, fetch as undiciFetch, request } from 'undici';
import { createNodeTransport } from '../src/upstream/node-transport.js';
import { nodeModules } from '../src/upstream/node-modules.js';
import { startLoopbackServer } from './loopback-server.js';
import { type Measured, measure, median } from './measured.js';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 7);
const CALLS = Number(process.env['BENCH_CALLS'] ?? 1500);
const STREAMS = Number(process.env['BENCH_STREAMS'] ?? 150);

type Fetch = typeof globalThis.fetch;

const agent = new Agent();

/** As much of fetch as the requests below need: no decoding, no retry. */
const undiciRequest = (async (input: string, init: RequestInit) => {
  const { statusCode, headers, body } = await request(input, {
    dispatcher: agent,
    method: init.method as 'POST',
    headers: init.headers as Record<string, string>,
    body: init.body as string,
    signal: init.signal,
  });
  const source = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const stream = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await source.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: () => void body.destroy(),
  });
  return new Response(stream, { status: statusCode, headers: headers as Record<string, string> });
}) as Fetch;

const nodeTransport = createNodeTransport(nodeModules()!);

const contenders: readonly (readonly [name: string, fetch: Fetch])[] = [
  ['global fetch', globalThis.fetch],
  ['undici fetch', undiciFetch as unknown as Fetch],
  ['undici request', undiciRequest],
  ['node:http', (input, init) => nodeTransport(10_000, input, init)],
];

const server = await startLoopbackServer();
const headers = {
  accept: 'application/json',
  'content-type': 'application/json',
  authorization: 'Bearer bench',
};

async function exchange(fetch: Fetch, stream: boolean): Promise<void> {
  const { signal } = new AbortController();
  const messages = [
    { role: 'user', content: 'Write a function that reverses a linked list, and explain it.' },
  ];
  const body = JSON.stringify({ model: server.model, messages, stream });
  const url = `${server.baseURL}/chat/completions`;
  const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const reader = response.body!.getReader();
  while (!(await reader.read()).done);
}

async function compare(stream: boolean, concurrency: number, calls: number): Promise<void> {
  const rounds = contenders.map((): Measured[] => []);
  for (const [, fetch] of contenders) {
    await measure(concurrency, Math.ceil(calls / 2), () => exchange(fetch, stream));
  }
  for (let round = 0; round < ROUNDS; round++) {
    // The order alternates, so that a drift of the machine meets all alike.
    const order = contenders.map((_, index) => (round % 2 === 0 ? index : contenders.length - 1 - index));
    for (const index of order) {
      const fetch = contenders[index]![1];
      rounds[index]!.push(await measure(concurrency, calls, () => exchange(fetch, stream)));
    }
  }
  const what = stream ? 'Streams' : 'Requests';
  console.log(
    `\n${what}, concurrency ${concurrency} (median of ${ROUNDS} rounds of ${calls}; ratios against the global fetch, round by round)`,
  );
  contenders.forEach(([name], index) => {
    const own = rounds[index]!;
    const of = (read: (measured: Measured) => number): number => median(own.map(read));
    const ratio = (read: (measured: Measured) => number): string =>
      `×${median(own.map((measured, round) => read(measured) / read(rounds[0]![round]!))).toFixed(2)}`;
    const perCall = stream ? server.chunks : 1;
    const figures = [
      `${(of((m) => m.perSecond) * perCall).toFixed(0).padStart(8)} ${stream ? 'chunks' : 'requests'}/s ${ratio((m) => m.perSecond)}`,
      `p50 ${of((m) => m.p50Ms).toFixed(3)} ms`,
      `p99 ${of((m) => m.p99Ms).toFixed(3)} ms`,
      `cpu ${of((m) => m.cpuUs).toFixed(0)} µs ${ratio((m) => m.cpuUs)}`,
    ];
    console.log(`  ${name.padEnd(16)} ${figures.join('  ')}`);
  });
}

for (const concurrency of [1, 32]) await compare(false, concurrency, CALLS);
for (const concurrency of [1, 32]) await compare(true, concurrency, STREAMS);
await agent.close();
server.close();
