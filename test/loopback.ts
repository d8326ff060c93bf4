import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach } from 'vitest';

/** A request that a loopback server has received. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real HTTP server on this machine, of the test's own making; it ends with the test. */
export interface Loopback {
  readonly url: string;
  /** `url` and `/v1`. */
  readonly baseURL: string;
  readonly requests: readonly ReceivedRequest[];
  /** Every connection that was ever made. */
  readonly sockets: readonly Socket[];
  /** Resolves with the first request, once it has been read. */
  received(): Promise<void>;
  /** Resolves once every connection is closed. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

type Handler = (response: ServerResponse, request: ReceivedRequest) => void | Promise<void>;

const running: Server[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map(closeServer));
});

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export async function serveLoopback(handler: Handler): Promise<Loopback> {
  const requests: ReceivedRequest[] = [];
  const sockets: Socket[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const part of request) body += String(part);
      const received = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
      };
      requests.push(received);
      for (const resolve of waiting.splice(0)) resolve();
      await handler(response, received);
    })().catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    // Clients of these tests may reset what they no longer want.
    socket.on('error', () => undefined);
    sockets.push(socket);
  });
  running.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    baseURL: `${url}/v1`,
    requests,
    sockets,
    received: async () => {
      if (requests.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    idle: async () => {
      const open = sockets.filter((socket) => !socket.closed);
      await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    },
    close: () => closeServer(server),
  };
}

/** The base URL of a port at which nobody listens. */
export async function closedPort(): Promise<string> {
  const { baseURL, close } = await serveLoopback(() => undefined);
  await close();
  return baseURL;
}

export const JSON_TYPE = { 'content-type': 'application/json' };
export const EVENT_STREAM = { 'content-type': 'text/event-stream' };

/** A whole answer of a chat completion. */
export function completionBody(content = 'Hello', extra: object = {}): string {
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: 'some-model',
    choices: [
      {
        index: 0,
        finish_reason: 'stop',
        logprobs: null,
        message: { role: 'assistant', content, refusal: null },
      },
    ],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    ...extra,
  });
}

/** One event of a streamed answer. */
export function chunkEvent(content: string, finishReason: string | null = null): string {
  return `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'some-model',
    choices: [{ index: 0, finish_reason: finishReason, logprobs: null, delta: { content } }],
  })}\n\n`;
}
