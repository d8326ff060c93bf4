import { once } from 'node:events';
import {
  brotliCompressSync,
  createBrotliCompress,
  createDeflate,
  createGzip,
  deflateSync,
  gzipSync,
  type BrotliCompress,
  type Deflate,
  type Gzip,
} from 'node:zlib';
import type { Exchange } from '../exchange.js';
import type { Frame } from '../frames.js';
import type { FaultFields } from './fields.js';
import type { FaultGroup } from './implementation.js';
import { extraFrame, repeated, wholeOf } from './reshape.js';

type Encoding = NonNullable<FaultFields['encoding']>;

const STREAMS: Readonly<Record<Encoding, () => Gzip | Deflate | BrotliCompress>> = {
  gzip: createGzip,
  br: createBrotliCompress,
  deflate: createDeflate,
};
const WHOLE: Readonly<Record<Encoding, (bytes: Uint8Array) => Buffer>> = {
  gzip: gzipSync,
  br: brotliCompressSync,
  deflate: deflateSync,
};

/** How many blanks of a bomb are compressed at once. */
const BLANKS_AT_ONCE = 2 ** 20;

/** Faults of the content encoding, and one that is none: a client may be sent compressed bodies. */
export const encodingFaults = {
  /** The answer, compressed as it should be, whatever the client accepts. */
  compressed: {
    frames: (frames, exchange, { encoding = 'gzip' }) => {
      claim(exchange, encoding);
      return compressedBy(STREAMS[encoding](), frames);
    },
  },
  /** The whole answer at once, in an encoding that does not hold what the header says. */
  'bad-encoding': {
    variants: ['corrupt', 'truncated', 'plain', 'unknown'],
    frames: async function* (frames, exchange, { encoding = 'gzip', variant = 'corrupt' }) {
      exchange.broken = true;
      const whole = await wholeOf(frames);
      const plain = Buffer.from(whole.text);
      claim(exchange, variant === 'unknown' ? 'x-unknown' : encoding);
      const isPlain = variant === 'plain' || variant === 'unknown';
      yield { ...whole, bytes: isPlain ? plain : damaged(WHOLE[encoding](plain), variant) };
    },
  },
  /** The whole answer at once, compressed over and over. */
  'encoding-chain': {
    frames: async function* (frames, exchange, { count = 1000 }) {
      const whole = await wholeOf(frames);
      let bytes = Buffer.from(whole.text);
      for (let layer = 0; layer < count; layer++) bytes = gzipSync(bytes, { level: 0 });
      claim(exchange, Array.from({ length: count }, () => 'gzip').join(', '));
      yield { ...whole, bytes };
    },
  },
  /** The answer after a great many blanks, which compress to almost nothing. */
  bomb: {
    frames: async function* (frames, exchange, fields) {
      claim(exchange, 'gzip');
      yield* compressedBy(createGzip({ level: 1 }), afterBlanks(frames, fields.bytes ?? 2 ** 30));
    },
  },
} satisfies FaultGroup;

function claim(exchange: Exchange, encoding: string): void {
  exchange.head = { ...exchange.head, headers: { ...exchange.head.headers, 'content-encoding': encoding } };
}

function damaged(bytes: Buffer, variant: FaultFields['variant']): Buffer {
  const middle = Math.floor(bytes.length / 2);
  if (variant === 'truncated') return bytes.subarray(0, middle);
  return Buffer.concat([bytes.subarray(0, middle), Buffer.alloc(16, 0xff), bytes.subarray(middle + 16)]);
}

async function* compressedBy(
  encoder: Gzip | Deflate | BrotliCompress,
  frames: AsyncIterable<Frame>,
): AsyncGenerator<Frame, void> {
  const ready: Uint8Array[] = [];
  // Read all along: an encoder that is not read from does not finish a large piece.
  encoder.on('data', (part: Uint8Array) => ready.push(part));
  const taken = (): Uint8Array => Buffer.concat(ready.splice(0));
  try {
    let last: Frame | undefined;
    for await (const frame of frames) {
      last = frame;
      encoder.write(frame.text);
      await new Promise<void>((resolve) => {
        encoder.flush(resolve);
      });
      yield { ...frame, bytes: taken() };
    }
    encoder.end();
    await once(encoder, 'end');
    yield { ...extraFrame(''), stage: last?.stage ?? 'body', bytes: taken() };
  } finally {
    encoder.destroy();
  }
}

/** Blanks are nothing to JSON, and to a stream as long as they stand in a comment. */
async function* afterBlanks(frames: AsyncIterable<Frame>, bytes: number): AsyncGenerator<Frame, void> {
  let isFirst = true;
  for await (const frame of frames) {
    if (isFirst) {
      const isStream = frame.stage !== 'body';
      if (isStream) yield extraFrame(':');
      for (const text of repeated(' ', bytes, BLANKS_AT_ONCE)) yield extraFrame(text);
      if (isStream) yield extraFrame('\n\n');
    }
    isFirst = false;
    yield frame;
  }
}
