import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { FaultRule, Simulator, SimulatorOptions } from '../../src/testing/index.js';
import { user, withSimulator } from './with-simulator.js';

/** What came over the wire, byte for byte. */
export interface RawAnswer {
  readonly text: string;
  readonly bytes: Buffer;
  /** How the connection ended. */
  readonly end: 'fin' | 'reset';
  /** Of the last response: interim ones aside. */
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Chunks as HTTP framed them; without `transfer-encoding: chunked` the whole body. */
  readonly pieces: readonly Buffer[];
  /** Whether the last chunk says that it is the last. */
  readonly isWhole: boolean;
  readonly body: string;
}

/** A connection of the test's own, without any HTTP library. */
export class RawClient {
  readonly socket: Socket;
  readonly ended: Promise<'fin' | 'reset'>;
  readonly #parts: Buffer[] = [];
  #bytes = 0;

  constructor(url: string) {
    this.socket = connect(Number(new URL(url).port), '127.0.0.1');
    this.ended = new Promise((resolve) => {
      let end: 'fin' | 'reset' = 'fin';
      this.socket.on('error', () => (end = 'reset'));
      this.socket.on('close', () => resolve(end));
    });
    this.socket.on('data', (part: Buffer) => {
      this.#parts.push(part);
      this.#bytes += part.length;
    });
  }

  get bytesRead(): number {
    return this.#bytes;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }

  /** Asks on this connection, which is kept unless `connection` says otherwise. */
  ask(simulator: Simulator, body: object = {}, connection = 'close'): this {
    const json = JSON.stringify({
      model: 'claude-haiku-4-5',
      messages: [user('Tell me a story')],
      ...body,
    });
    const head = [
      'POST /v1/chat/completions HTTP/1.1',
      'host: 127.0.0.1',
      `authorization: Bearer ${simulator.apiKey}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(json)}`,
      `connection: ${connection}`,
    ];
    this.socket.write(`${head.join('\r\n')}\r\n\r\n${json}`);
    return this;
  }

  /** Resolves once this text has come, or the connection is over. */
  async until(text: string): Promise<void> {
    while (!this.socket.closed && !this.bytes.includes(text)) await new Promise(setImmediate);
  }

  /** Reads to the end of the connection. */
  async answer(): Promise<RawAnswer> {
    const end = await this.ended;
    let rest = this.bytes;
    let head = '';
    do {
      const headEnd = rest.indexOf('\r\n\r\n');
      head = rest.subarray(0, Math.max(0, headEnd)).toString('latin1');
      rest = rest.subarray(headEnd + 4);
    } while (/^HTTP\/1.1 1/.test(head) && rest.length > 0);
    const [statusLine = '', ...lines] = head.split('\r\n');
    const headers = lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    });
    const isChunked = headers.some(([name, value]) => name === 'transfer-encoding' && value === 'chunked');
    const { pieces, isWhole } = isChunked ? chunksOf(rest) : { pieces: [rest], isWhole: true };
    return {
      text: this.text,
      bytes: this.bytes,
      end,
      status: Number(statusLine.split(' ')[1]),
      headers,
      pieces,
      isWhole,
      body: Buffer.concat(pieces).toString('utf8'),
    };
  }
}

function chunksOf(bytes: Buffer): { pieces: Buffer[]; isWhole: boolean } {
  const pieces: Buffer[] = [];
  for (let from = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', from);
    if (lineEnd < 0) return { pieces, isWhole: false };
    const size = parseInt(bytes.subarray(from, lineEnd).toString('latin1'), 16);
    if (size === 0) return { pieces, isWhole: true };
    pieces.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    from = lineEnd + 2 + size + 2;
  }
}

/** Asks once, struck by this fault, and reads to the end. */
export async function struck(
  fault: FaultRule,
  body: object = {},
  options: SimulatorOptions = {},
): Promise<{ simulator: Simulator; answer: RawAnswer }> {
  const { simulator } = await withSimulator({ ...options, faults: [fault] });
  const answer = await new RawClient(simulator.url).ask(simulator, body).answer();
  await simulator.settled();
  return { simulator, answer };
}

export const STREAM = { stream: true, stream_options: { include_usage: true } };

/** The data of the events of a well-formed stream with `\n` for line ends. */
export function eventsOf(body: string): string[] {
  return body
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) =>
      event
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.replace(/^data: ?/, ''))
        .join('\n'),
    );
}

export interface Chunk {
  readonly choices: readonly {
    readonly index: number;
    readonly delta: {
      readonly content?: string | null;
      readonly tool_calls?: readonly {
        readonly index: number;
        readonly function: { readonly arguments: string };
      }[];
    };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
}

/** The chunks of a stream, `[DONE]` aside. */
export function chunksIn(body: string): Chunk[] {
  return eventsOf(body)
    .filter((data) => data.startsWith('{'))
    .map((data) => JSON.parse(data) as Chunk);
}

/** The text of one choice. */
export function contentIn(body: string, index = 0): string {
  return chunksIn(body)
    .flatMap(({ choices }) => choices)
    .filter((choice) => choice.index === index)
    .map(({ delta }) => delta.content ?? '')
    .join('');
}

/** The sockets that servers of this process accept from now on, until the test is over. */
export function servedSockets(): { of(simulator: Simulator): readonly Socket[] } {
  const sockets: { readonly socket: Socket; readonly port: number | undefined }[] = [];
  const note = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    sockets.push({ socket, port: socket.localPort });
  };
  subscribe('net.server.socket', note);
  onTestFinished(() => {
    unsubscribe('net.server.socket', note);
  });
  return {
    of: ({ url }) =>
      sockets.filter(({ port }) => port === Number(new URL(url).port)).map(({ socket }) => socket),
  };
}
