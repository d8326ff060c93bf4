import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test server does with one chat request; `count` starts at 1. */
export type Answer = (response: ServerResponse, request: ReceivedRequest, count: number) => void;

export interface ReceivedRequest {
  readonly atMs: number;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

/** A server of the tests' own making: it keeps its own book of what it received. */
export interface LoopbackUpstream {
  readonly baseURL: string;
  /** Chat requests, in order of arrival. */
  readonly received: ReceivedRequest[];
  /** Chat requests whose connection is still held. */
  readonly openResponses: number;
  close(): Promise<void>;
}

export const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

export function completionOf(content: string, model = 'test-model'): Record<string, unknown> {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_790_000_000,
    model,
    choices: [
      {
        index: 0,
        finish_reason: 'stop',
        logprobs: null,
        message: { role: 'assistant', content, refusal: null },
      },
    ],
    usage,
  };
}

export function chunkOf(delta: object, finish_reason: string | null = null, extra: object = {}): string {
  const chunk = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'test-model',
    choices: [{ index: 0, delta, finish_reason, logprobs: null }],
    ...extra,
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

export function sendJson(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_1', ...headers });
  response.end(JSON.stringify(body));
}

export function sendError(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendJson(
    response,
    { error: { message: `told ${code}`, type: 'test', param: null, code } },
    status,
    headers,
  );
}

export function startEvents(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_1' });
}

const MODELS = { object: 'list', data: [{ id: 'test-model', object: 'model', owned_by: 'test' }] };

/** A page is what it answers, or a function that answers. */
type Respond = (response: ServerResponse, request: IncomingMessage) => void;
type Page = object | Respond;

function servePage(page: Page, response: ServerResponse, request: IncomingMessage): void {
  if (typeof page === 'function') (page as Respond)(response, request);
  else sendJson(response, page);
}

/** @param account Its account page. Without one there is none. */
export async function startUpstream(
  answer: Answer,
  models: Page = MODELS,
  account?: Page,
): Promise<LoopbackUpstream> {
  const received: ReceivedRequest[] = [];
  let openResponses = 0;
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => (text += part));
    request.on('end', () => {
      if (request.url === '/v1/models') {
        servePage(models, response, request);
        return;
      }
      if (request.url === '/v1/account' && account !== undefined) {
        servePage(account, response, request);
        return;
      }
      if (request.url !== '/v1/chat/completions') {
        sendError(response, 404, 'not_found');
        return;
      }
      const body = JSON.parse(text) as Record<string, unknown>;
      const entry = { atMs: performance.now(), path: request.url, headers: request.headers, body };
      received.push(entry);
      openResponses += 1;
      response.on('close', () => (openResponses -= 1));
      answer(response, entry, received.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    received,
    get openResponses() {
      return openResponses;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
