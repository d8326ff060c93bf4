/** A server of bytes on this machine: it can break HTTP in every way, and keeps its own book. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach } from 'vitest';

/** A chat request that has arrived whole; `count` starts at 1. */
export interface RawRequest {
  readonly head: string;
  readonly body: Record<string, unknown>;
  readonly count: number;
  readonly atMs: number;
}

export type RawAnswer = (socket: Socket, request: RawRequest) => void;

export interface RawServer {
  readonly baseURL: string;
  readonly received: readonly RawRequest[];
  /** Every connection that was ever made. */
  readonly sockets: readonly Socket[];
  /** Connections on which a request has not had its answer. */
  readonly held: number;
}

const MODELS = '{"object":"list","data":[{"id":"test-model","object":"model","owned_by":"test"}]}';

const running: (() => void)[] = [];

afterEach(() => {
  for (const end of running.splice(0)) end();
});

/** Takes whole requests off what has arrived: the head and as many bytes as it announces. */
function takeRequest(bytes: Buffer): { head: string; body: string; rest: Buffer } | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const head = bytes.toString('latin1', 0, end);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const after = end + 4 + length;
  if (bytes.length < after) return null;
  return { head, body: bytes.toString('utf8', end + 4, after), rest: bytes.subarray(after) };
}

export async function serveRaw(answer: RawAnswer): Promise<RawServer> {
  const received: RawRequest[] = [];
  const sockets: Socket[] = [];
  const asked = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.push(socket);
    // Clients of these tests reset what they no longer want.
    socket.on('error', () => undefined);
    socket.on('close', () => asked.delete(socket));
    let pending: Buffer = Buffer.alloc(0);
    socket.on('data', (part: Buffer) => {
      pending = Buffer.concat([pending, part]);
      for (let taken = takeRequest(pending); taken !== null; taken = takeRequest(pending)) {
        pending = taken.rest;
        if (taken.head.startsWith('GET')) {
          socket.write(http(200, MODELS));
          continue;
        }
        const body = JSON.parse(taken.body) as Record<string, unknown>;
        const request = { head: taken.head, body, count: received.length + 1, atMs: performance.now() };
        received.push(request);
        asked.add(socket);
        answer(socket, request);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  running.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    received,
    sockets,
    get held() {
      return [...asked].filter((socket) => !socket.destroyed).length;
    },
  };
}

/** A whole answer, its connection closed after it. */
export function http(status: number, body: string | Buffer, headers: readonly string[] = []): Buffer {
  const bytes = Buffer.from(body);
  const lines = [
    `HTTP/1.1 ${status} Whatever`,
    'content-type: application/json',
    `content-length: ${bytes.length}`,
    'connection: close',
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes]);
}

/** The head of a stream whose end is the end of the connection. */
export const STREAM_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n';

export function error(status: number, code: string, headers: readonly string[] = []): Buffer {
  return http(status, JSON.stringify({ error: { message: `told ${code}`, type: 'test', code } }), headers);
}
