import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { constants, gzipSync } from 'node:zlib';
import type { Random } from 'routell';
import { seededRandom } from '../../src/evaluation/random.js';

/** How a stream ends before its end. */
type CutKind = (typeof KINDS)[number] | 'whole';

const KINDS = [
  'reset',
  'closed in a chunk',
  'closed without framing',
  'shorter than its length',
  'broken chunk',
  'ended at a byte',
  'ended in a character',
  'ended after an event',
  '[DONE] without a reason',
  'error event',
  'gzip without its end',
] as const;

/** One stream: what the model would have said, and what of it is sent. */
export interface CutStream {
  readonly kind: CutKind;
  readonly text: string;
  /** The body, decoded, as far as it is sent. */
  readonly sent: Buffer;
  /** Tokens whose events are sent whole: what must arrive where the connection ends in good order. */
  readonly sentText: string;
}

export const isOrderly = ({ kind }: CutStream): boolean =>
  ['ended after an event', '[DONE] without a reason', 'error event'].includes(kind);

const WORDS = ['river ', 'Überfluß ', '日本語', '👩‍👩‍👧', 'a', '\n', '"quoted" ', ''];
const ONE_IN_WHOLE = 20;

const event = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

const draw = (random: Random, count: number): number => Math.floor(random() * count);

/** The stream of a seed. A cut lies anywhere before the event that tells the reason of the end is whole. */
export function cutStream(seed: number): CutStream {
  const random = seededRandom(seed);
  const tokens = Array.from({ length: 1 + draw(random, 12) }, () => WORDS[draw(random, WORDS.length)]!);
  const events = [event({ role: 'assistant', content: '' }), ...tokens.map((content) => event({ content }))];
  const text = tokens.join('');
  const whole = Buffer.from(`${events.join('')}${event({}, 'stop')}`);
  if (draw(random, ONE_IN_WHOLE) === 0) {
    return { kind: 'whole', text, sentText: text, sent: Buffer.concat([whole, DONE]) };
  }
  const kind = KINDS[draw(random, KINDS.length)]!;
  // The last event lacks at least its closing brace.
  const at = 1 + draw(random, whole.length - 4);
  if (isOrderly({ kind } as CutStream)) {
    const count = draw(random, events.length + 1);
    const tail = kind === 'error event' ? ERROR : kind === '[DONE] without a reason' ? DONE : '';
    const sent = Buffer.from(events.slice(0, count).join('') + tail.toString());
    return { kind, text, sent, sentText: tokens.slice(0, Math.max(0, count - 1)).join('') };
  }
  const inCharacter = whole.findIndex(
    (byte, index) => index >= at && index < whole.length - 4 && byte >= 0x80 && byte < 0xc0,
  );
  const end = kind === 'ended in a character' && inCharacter > 0 ? inCharacter : at;
  return { kind, text, sent: whole.subarray(0, end), sentText: '' };
}

const DONE = Buffer.from('data: [DONE]\n\n');
const ERROR = 'data: {"error":{"message":"broken","code":"server_error"}}\n\n';

/** A server that sends the stream of the seed that a model is named by. */
export async function startCutUpstream(): Promise<{ readonly baseURL: string; readonly close: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Clients reset what they no longer want.
    socket.on('error', () => undefined);
    let pending = '';
    socket.on('data', (part) => {
      pending += part.toString('latin1');
      if (pending.startsWith('GET') && pending.endsWith('\r\n\r\n')) {
        pending = '';
        socket.write('HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      const seed = /"model":"stream-(\d+)"/.exec(pending)?.[1];
      // The body's last brace: what is asked here ends with it.
      if (seed === undefined || !pending.endsWith('}')) return;
      pending = '';
      void answer(socket, Number(seed));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function answer(socket: Socket, seed: number): Promise<void> {
  const random = seededRandom(-1 - seed);
  const { kind, sent } = cutStream(seed);
  const isFramed = kind !== 'closed without framing' && kind !== 'shorter than its length';
  socket.write(
    `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n${FRAMING[kind] ?? 'transfer-encoding: chunked'}\r\n${kind.startsWith('gzip') ? 'content-encoding: gzip\r\n' : ''}\r\n`,
  );
  const bytes = kind.startsWith('gzip') ? gzipSync(sent, { finishFlush: constants.Z_SYNC_FLUSH }) : sent;
  const middle = draw(random, bytes.length);
  for (const part of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
    if (part.length === 0) continue;
    socket.write(
      isFramed
        ? Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')])
        : part,
    );
    if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
  }
  end(socket, kind);
}

const FRAMING: Readonly<Partial<Record<CutKind, string>>> = {
  'closed without framing': 'connection: close',
  'shorter than its length': 'content-length: 100000',
};

function end(socket: Socket, kind: CutKind): void {
  if (kind === 'reset') setImmediate(() => socket.resetAndDestroy());
  else if (kind === 'closed in a chunk') socket.end('ff\r\ndata: {');
  else if (kind === 'broken chunk') socket.end('no length\r\n');
  else if (FRAMING[kind] === undefined) socket.write('0\r\n\r\n');
  else socket.end();
}
