import type { IncomingMessage, NodeZlib } from './node-modules.js';

/** What is held of a body that nobody reads for now. */
const HELD_BYTES = 2 ** 16;

/** More than a server that means well puts one around the other. */
const MOST_CODINGS = 2;

/** A body as it arrives, and how it ends before its time. */
export interface NodeBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** The reader's next read fails with this, whatever has arrived. */
  readonly fail: (reason: unknown) => void;
}

/**
 * The decoded body of a response. It is read from the socket as fast as it is read here; what has arrived before
 * the connection broke is read before the error.
 * @throws {TypeError} for a coding that is not known.
 */
export function nodeBody(incoming: IncomingMessage, zlib: NodeZlib, onCancel: () => void): NodeBody {
  const source = decoded(incoming, zlib, onCancel);
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let isOver = false;
  let failure: TypeError | null = null;
  const isDrained = (): boolean => controller.desiredSize === HELD_BYTES;
  const fail = (reason: unknown): void => {
    if (isOver) return;
    isOver = true;
    controller.error(reason);
  };
  source.on('data', (bytes: Uint8Array) => {
    if (isOver) return;
    controller.enqueue(bytes);
    if ((controller.desiredSize ?? 0) <= 0) source.pause();
  });
  source.once('end', () => {
    if (isOver) return;
    isOver = true;
    controller.close();
  });
  source.on('error', (cause: Error) => {
    failure ??= new TypeError('terminated', { cause });
    onCancel();
    if (isDrained()) fail(failure);
  });
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (made) => void (controller = made),
      pull: () => {
        if (failure === null) source.resume();
        else if (isDrained()) fail(failure);
      },
      cancel: () => {
        isOver = true;
        onCancel();
      },
    },
    { highWaterMark: HELD_BYTES, size: (bytes) => bytes.byteLength },
  );
  return { stream, fail };
}

function decoded(incoming: IncomingMessage, zlib: NodeZlib, onCancel: () => void): IncomingMessage | Decoder {
  const header = incoming.headers['content-encoding'];
  if (header === undefined) return incoming;
  const codings = header
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > MOST_CODINGS) throw new TypeError(`a body in ${codings.length} codings`);
  return codings.reduceRight<IncomingMessage | Decoder>((source, coding) => {
    const decoder = decoderOf(coding, zlib);
    source.once('error', (error: Error) => {
      onCancel();
      decoder.destroy(error);
    });
    return source.pipe(decoder);
  }, incoming);
}

type Decoder = ReturnType<NodeZlib['createUnzip']> | ReturnType<NodeZlib['createBrotliDecompress']>;

/** A cut body is an error here, which the global fetch takes for whole. */
function decoderOf(coding: string, { createUnzip, createBrotliDecompress, constants }: NodeZlib): Decoder {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
    case 'deflate':
      return createUnzip({ flush: constants.Z_SYNC_FLUSH });
    case 'br':
      return createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH });
    default:
      throw new TypeError(`a body in the coding '${coding}', which is not known`);
  }
}
