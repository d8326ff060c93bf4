/**
 * What the library adds to a call: the bare official client and `client.chatCompletion` in turn, in rounds,
 * against one loopback server in one run; streams also beside a fetch with eventsource-parser and nothing else.
 * Figures are medians over the rounds; quote the ratios.
 */
import { createParser } from 'eventsource-parser';
import OpenAI from 'openai';
import { RouteLLClient } from 'routell';
import { startLoopbackServer } from './loopback-server.js';
import { type Measured, measure, median } from './measured.js';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 9);
const CALLS = Number(process.env['BENCH_CALLS'] ?? 1200);
const STREAMS = Number(process.env['BENCH_STREAMS'] ?? 60);

const server = await startLoopbackServer();
const openai = new OpenAI({ apiKey: 'bench', baseURL: server.baseURL, maxRetries: 0 });
const client = new RouteLLClient({
  apiKey: 'bench',
  baseURL: server.baseURL,
  rateLimits: { requestsPerMinute: null, requestsPerHour: null, burst: null },
  monitoring: { logLevel: 'warn' },
});
const messages = [
  { role: 'user' as const, content: 'Write a function that reverses a linked list, and explain it.' },
];

type Contender = readonly [name: string, call: () => Promise<unknown>];

interface Comparison {
  readonly title: string;
  readonly unit: string;
  /** Units per call. */
  readonly factor: number;
  readonly concurrency: number;
  readonly calls: number;
}

async function compare(
  { title, unit, factor, concurrency, calls }: Comparison,
  contenders: readonly Contender[],
): Promise<void> {
  const rounds = contenders.map((): Measured[] => []);
  for (const [, call] of contenders) await measure(concurrency, Math.ceil(calls / 2), call);
  for (let round = 0; round < ROUNDS; round++) {
    // The order alternates, so that a drift of the machine meets all alike.
    const order = contenders.map((_, index) => (round % 2 === 0 ? index : contenders.length - 1 - index));
    for (const index of order) rounds[index]!.push(await measure(concurrency, calls, contenders[index]![1]));
  }
  console.log(
    `\n${title} (median of ${ROUNDS} rounds of ${calls}; ratios: rate and processor time against ${contenders[0]![0]}, round by round)`,
  );
  contenders.forEach(([name], index) => {
    const own = rounds[index]!;
    const perSecond = median(own.map((m) => m.perSecond * factor));
    const ratio = median(own.map((m, round) => m.perSecond / rounds[0]![round]!.perSecond));
    const cpuUs = median(own.map((m) => m.cpuUs));
    const cpuRatio = median(own.map((m, round) => m.cpuUs / rounds[0]![round]!.cpuUs));
    const figures = [
      `${perSecond.toFixed(0).padStart(8)} ${unit}`,
      `p50 ${median(own.map((m) => m.p50Ms)).toFixed(3)} ms`,
      `p99 ${median(own.map((m) => m.p99Ms)).toFixed(3)} ms`,
      `×${ratio.toFixed(3)}`,
      `cpu ${cpuUs.toFixed(0)} µs ×${cpuRatio.toFixed(3)}`,
    ];
    console.log(`  ${name.padEnd(22)} ${figures.join('  ')}`);
  });
}

async function must(result: Promise<{ success: boolean }>): Promise<void> {
  if (!(await result).success) throw new Error('a call failed');
}

/** The least that reads a stream: no errors, no abort, no usage. */
async function readBare(): Promise<void> {
  const response = await fetch(`${server.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
    body: JSON.stringify({ model: server.model, messages, stream: true }),
  });
  let chunks = 0;
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data !== '[DONE]') chunks += (JSON.parse(data) as { choices: unknown[] }).choices.length;
    },
  });
  const decoder = new TextDecoder();
  for await (const part of response.body!) parser.feed(decoder.decode(part, { stream: true }));
  if (chunks === 0) throw new Error('a stream said nothing');
}

const chat: readonly Contender[] = [
  ['openai', () => openai.chat.completions.create({ model: server.model, messages })],
  ['routell, model named', () => must(client.chatCompletion(messages, { model: server.model }))],
  ['routell, routed', () => must(client.chatCompletion(messages))],
];
const streams: readonly Contender[] = [
  [
    'openai',
    async () => {
      for await (const _ of await openai.chat.completions.create({
        model: server.model,
        messages,
        stream: true,
      }));
    },
  ],
  ['eventsource-parser', readBare],
  [
    'routell, model named',
    async () => {
      for await (const _ of client.streamCompletion(messages, { model: server.model }));
    },
  ],
];

for (const concurrency of [1, 32]) {
  const title = `Requests, concurrency ${concurrency}`;
  await compare({ title, unit: 'requests/s', factor: 1, concurrency, calls: CALLS }, chat);
}
for (const concurrency of [1, 32]) {
  const title = `Streams, concurrency ${concurrency}`;
  const calls = STREAMS * (concurrency === 1 ? 1 : 4);
  await compare({ title, unit: 'chunks/s', factor: server.chunks, concurrency, calls }, streams);
}
await client.close();
server.close();
