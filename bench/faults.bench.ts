/**
 * Clients side by side under faults, each with its defaults, against one server on this machine in one run: what
 * a caller sees, and how often the upstream was asked. Each cell is cut off after some seconds.
 */
import { getEventListeners, setMaxListeners } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { RouteLLClient } from 'routell';

const PATIENCE_MS = Number(process.env['BENCH_PATIENCE_MS'] ?? 8000);
const OUTAGE_CALLS = 100;
const MODEL = 'bench-model';

const json = { 'content-type': 'application/json' };
const stream = { 'content-type': 'text/event-stream' };
const chunk = (delta: object, finish_reason: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: MODEL,
    choices: [{ index: 0, delta, finish_reason }],
  })}\n\n`;
const fiveTokens = Array.from({ length: 5 }, (_, index) =>
  chunk({ role: 'assistant', content: `t${index} ` }),
).join('');
const refuse =
  (status: number, code: string, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { ...json, ...headers });
    response.end(JSON.stringify({ error: { message: code, type: 'bench', code } }));
  };
const whole = (response: ServerResponse): void => {
  const message = { role: 'assistant', content: 'Fine.' };
  const choices = [{ index: 0, finish_reason: 'stop', message }];
  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
  const head = { id: 'chatcmpl-bench', object: 'chat.completion', created: 1_790_000_000, model: MODEL };
  response.writeHead(200, json).end(JSON.stringify({ ...head, choices, usage }));
};

let answer: (response: ServerResponse) => void = whole;
let asked = 0;
/** Each cell has a path of its own: what the client of an earlier one still sends is not counted. */
let cellPath = '';
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    if (request.url?.endsWith('/models') === true) {
      response
        .writeHead(200, json)
        .end(JSON.stringify({ object: 'list', data: [{ id: MODEL, object: 'model' }] }));
      return;
    }
    if (request.url?.startsWith(cellPath) === true) asked += 1;
    answer(response);
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** A client of its own for each cell: none remembers the fault of another. */
interface Contender {
  readonly name: string;
  readonly start: (baseURL: string) => {
    readonly call: (signal: AbortSignal) => Promise<unknown>;
    readonly read: (signal: AbortSignal) => Promise<unknown>;
  };
}

const prompt = 'Hello?';
const messages = [{ role: 'user' as const, content: prompt }];
const drained = async (source: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of source);
};

const contenders: readonly Contender[] = [
  {
    name: 'openai',
    start: (baseURL) => {
      const client = new OpenAI({ apiKey: 'bench', baseURL });
      const body = { model: MODEL, messages };
      return {
        call: (signal) => client.chat.completions.create(body, { signal }),
        read: async (signal) =>
          drained(await client.chat.completions.create({ ...body, stream: true }, { signal })),
      };
    },
  },
  {
    name: 'ai',
    start: (baseURL) => {
      const model = createOpenAICompatible({ name: 'bench', apiKey: 'bench', baseURL })(MODEL);
      return {
        call: (abortSignal) => generateText({ model, prompt, abortSignal }),
        read: async (abortSignal) => {
          const failed: unknown[] = [];
          const result = streamText({
            model,
            prompt,
            abortSignal,
            onError: ({ error }) => void failed.push(error),
          });
          await drained(result.textStream);
          if (failed.length > 0) throw failed[0] as Error;
          await result.finishReason;
        },
      };
    },
  },
  {
    name: '@langchain/openai',
    start: (baseURL) => {
      const client = new ChatOpenAI({ apiKey: 'bench', model: MODEL, configuration: { baseURL } });
      return {
        call: (signal) => client.invoke(prompt, { signal }),
        read: async (signal) => drained(await client.stream(prompt, { signal })),
      };
    },
  },
  {
    name: 'routell',
    start: (baseURL) => {
      const client = new RouteLLClient({
        apiKey: 'bench',
        baseURL,
        rateLimits: { requestsPerMinute: null, requestsPerHour: null, burst: null },
        monitoring: { logLevel: 'silent' },
        timeouts: { idleMs: 3000 },
      });
      return {
        call: async (signal) => {
          const result = await client.chatCompletion(messages, { model: MODEL, signal });
          if (!result.success) throw result.error;
        },
        read: async (signal) => drained(client.streamCompletion(messages, { model: MODEL, signal })),
      };
    },
  },
];

/** How it ended: in what time, and with which error. */
async function ending(
  run: (signal: AbortSignal) => Promise<unknown>,
  abortAfterMs?: number,
): Promise<string> {
  asked = 0;
  const controller = new AbortController();
  const beganMs = performance.now();
  let cutOff: NodeJS.Timeout | undefined;
  const patience = new Promise<string>((resolve) => {
    cutOff = setTimeout(() => resolve('hangs'), PATIENCE_MS);
  });
  const abort = abortAfterMs === undefined ? undefined : setTimeout(() => controller.abort(), abortAfterMs);
  const told = run(controller.signal).then(
    () => '**success**',
    (error: unknown) => nameOf(error),
  );
  const how = await Promise.race([told, patience]);
  clearTimeout(cutOff);
  clearTimeout(abort);
  const ms = performance.now() - beganMs - (abortAfterMs ?? 0);
  controller.abort();
  return `${how}, ${asked} ×, ${(ms / 1000).toFixed(1)} s`;
}

function nameOf(error: unknown): string {
  const { name, code } = error as { readonly name?: string; readonly code?: unknown };
  return typeof code === 'string' ? code : (name ?? typeof error);
}

type Row = readonly [title: string, cell: (contender: ReturnType<Contender['start']>) => Promise<string>];

const whileAnswering =
  (next: (response: ServerResponse) => void, kind: 'call' | 'read', abortAfterMs?: number): Row[1] =>
  (client) => {
    answer = next;
    return ending(client[kind], abortAfterMs);
  };

async function outage(client: ReturnType<Contender['start']>): Promise<string> {
  answer = refuse(503, 'overloaded');
  asked = 0;
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  let calls = 0;
  const worker = async (): Promise<void> => {
    while (calls < OUTAGE_CALLS) {
      calls += 1;
      await client.call(controller.signal).catch(() => undefined);
    }
  };
  const timer = setTimeout(() => controller.abort(), 2 * PATIENCE_MS);
  await Promise.all(Array.from({ length: OUTAGE_CALLS }, worker));
  clearTimeout(timer);
  return `${(asked / calls).toFixed(2)} attempts per call (${calls} calls)`;
}

async function listenersLeft(client: ReturnType<Contender['start']>): Promise<string> {
  answer = whole;
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  for (let call = 0; call < 300; call++) await client.call(signal);
  return String(getEventListeners(signal, 'abort').length);
}

const write =
  (text: string, end: 'open' | 'end') =>
  (response: ServerResponse): void => {
    response.writeHead(200, stream).write(text);
    if (end === 'end') response.end();
  };

const rows: readonly Row[] = [
  ['total outage, 503', outage],
  ['429 `insufficient_quota`', whileAnswering(refuse(429, 'insufficient_quota'), 'call')],
  ['`Retry-After: 120`', whileAnswering(refuse(429, 'rate_limit', { 'retry-after': '120' }), 'call')],
  ['`Retry-After: 1e9`', whileAnswering(refuse(429, 'rate_limit', { 'retry-after': '1e9' }), 'call')],
  [
    'abort after 0.3 s of a 5 s back-off',
    whileAnswering(refuse(503, 'overloaded', { 'retry-after': '5' }), 'call', 300),
  ],
  [
    '200 with an HTML page',
    whileAnswering(
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>busy</html>'),
      'call',
    ),
  ],
  ['stream ends without finish_reason or `[DONE]`', whileAnswering(write(fiveTokens, 'end'), 'read')],
  ['stream stalls after 5 tokens (routell: `idleMs` 3 s)', whileAnswering(write(fiveTokens, 'open'), 'read')],
  [
    '`[DONE]` sent, socket left open',
    whileAnswering(write(`${fiveTokens}${chunk({}, 'stop')}data: [DONE]\n\n`, 'open'), 'read'),
  ],
  ['one event of 8 MiB', whileAnswering(write(`data: ${'x'.repeat(2 ** 23)}`, 'end'), 'read')],
  ['300 calls on one signal: listeners left', listenersLeft],
];

let cellCount = 0;
process.on('unhandledRejection', () => undefined);
console.log(`| fault | ${contenders.map(({ name }) => name).join(' | ')} |`);
console.log(`| --- | ${contenders.map(() => '---').join(' | ')} |`);
for (const [title, cell] of rows) {
  const cells: string[] = [];
  for (const { start } of contenders) {
    cellPath = `/cell-${++cellCount}/`;
    cells.push(await cell(start(`${origin}${cellPath}v1`)));
    server.closeAllConnections();
    // Pools have seen by then that their connections are closed: the next cell begins on a new one.
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  console.log(`| ${title} | ${cells.join(' | ')} |`);
}
process.exit();
