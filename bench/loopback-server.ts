/** A bare OpenAI-compatible server in a process of its own, as cheap as can be: what is measured is the client. */
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const CHUNKS = 400;
const MODEL = 'bench-model';

const completion = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_790_000_000,
  model: MODEL,
  choices: [
    {
      index: 0,
      finish_reason: 'stop',
      logprobs: null,
      message: { role: 'assistant', content: 'A short answer of a few words.', refusal: null },
    },
  ],
  usage: { prompt_tokens: 20, completion_tokens: 8, total_tokens: 28 },
});

const chunk = (delta: object, finish_reason: string | null, extra: object = {}): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: MODEL,
    choices: [{ index: 0, delta, finish_reason, logprobs: null }],
    ...extra,
  })}\n\n`;

const stream =
  chunk({ role: 'assistant', content: '' }, null) +
  Array.from({ length: CHUNKS }, () => chunk({ content: 'token ' }, null)).join('') +
  chunk({}, 'stop', { usage: { prompt_tokens: 20, completion_tokens: CHUNKS, total_tokens: 20 + CHUNKS } }) +
  'data: [DONE]\n\n';

const models = JSON.stringify({
  object: 'list',
  data: [
    {
      id: MODEL,
      object: 'model',
      owned_by: 'bench',
      input_token_rate: 1e-7,
      output_token_rate: 4e-7,
      context_length: 128_000,
    },
    { id: 'gpt-6-luna', object: 'model', owned_by: 'bench' },
    { id: 'gpt-6-sol', object: 'model', owned_by: 'bench' },
    { id: 'claude-opus-5-5', object: 'model', owned_by: 'bench' },
    { id: 'gemini-3.8-flash', object: 'model', owned_by: 'bench' },
  ],
});

function serve(): void {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => (body += text));
    request.on('end', () => {
      if (request.url === '/v1/models') response.setHeader('content-type', 'application/json').end(models);
      else if (request.url !== '/v1/chat/completions') response.writeHead(404).end();
      else if (body.includes('"stream":true'))
        response.setHeader('content-type', 'text/event-stream').end(stream);
      else response.setHeader('content-type', 'application/json').end(completion);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object') process.send?.(address.port);
  });
  process.on('disconnect', () => process.exit(0));
}

export interface LoopbackServer {
  readonly baseURL: string;
  readonly model: string;
  /** Chunks that carry text in each stream. */
  readonly chunks: number;
  close(): void;
}

export function startLoopbackServer(): Promise<LoopbackServer> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['serve']);
    child.once('error', reject);
    child.once('message', (port: number) => {
      resolve({
        baseURL: `http://127.0.0.1:${port}/v1`,
        model: MODEL,
        chunks: CHUNKS,
        close: () => child.disconnect(),
      });
    });
  });
}

if (process.argv[2] === 'serve') serve();
