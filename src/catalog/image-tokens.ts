/** OpenAI's tiles, as published for gpt-4o and gpt-4.1: within 2048², the shorter side at most 768, 170 for each 512². */
const BASE_TOKENS = 85;
const TOKENS_PER_TILE = 170;
const TILE = 512;
const LONGEST_SIDE = 2048;
const SHORTER_SIDE = 768;
/** Of a picture behind an address nothing is known but that; a square of so many pixels a side counts 765. */
const ASSUMED_SIDE = 1024;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The tokens of a picture. `low` counts the same whatever the size; `auto` counts as `high`. */
export function imageTokens(url: string, detail: string): number {
  if (detail === 'low') return BASE_TOKENS;
  const { width, height } = sizeOf(url) ?? { width: ASSUMED_SIDE, height: ASSUMED_SIDE };
  const within = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const scale = Math.min(within, SHORTER_SIDE / Math.min(width, height));
  // A rounding error must not make a tile of its own.
  const tiles = (side: number): number => Math.ceil((side * scale) / TILE - 1e-9);
  return BASE_TOKENS + TOKENS_PER_TILE * tiles(width) * tiles(height);
}

const ENCODED = /^data:image\/[a-z+.-]{1,20};base64,/i;
/** Base64 that is read of a picture: the size of a JPEG stands behind its metadata. */
const MOST_ENCODED = 2 ** 17;
const FIRST_ENCODED = 64;

/** The size that a PNG, GIF or JPEG given as a data URL states in its first bytes. */
function sizeOf(url: string): Size | undefined {
  const start = ENCODED.exec(url.slice(0, FIRST_ENCODED))?.[0].length;
  if (start === undefined) return undefined;
  const first = bytesOf(url.slice(start, start + FIRST_ENCODED));
  const jpeg = number(first, 0, 2) === 0xffd8;
  const size = jpeg ? jpegSize(bytesOf(url.slice(start, start + MOST_ENCODED))) : plainSize(first);
  return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined;
}

function plainSize(bytes: DataView): Size | undefined {
  if (number(bytes, 0, 4) === 0x89504e47)
    return { width: number(bytes, 16, 4), height: number(bytes, 20, 4) };
  if (number(bytes, 0, 4) !== 0x47494638 || bytes.byteLength < 10) return undefined;
  return { width: bytes.getUint16(6, true), height: bytes.getUint16(8, true) };
}

/** Walks the segments to the start of a frame, SOF0 to SOF15, which are not tables. */
function jpegSize(bytes: DataView): Size | undefined {
  let at = 2;
  while (number(bytes, at, 1) === 0xff) {
    const marker = number(bytes, at + 1, 1);
    const frame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (frame) return { width: number(bytes, at + 7, 2), height: number(bytes, at + 5, 2) };
    at += 2 + Math.max(2, number(bytes, at + 2, 2));
  }
  return undefined;
}

/** Of what is no base64, none. Not by Node's Buffer, which other runtimes lack. */
function bytesOf(base64: string): DataView {
  return new DataView(Uint8Array.from(decoded(base64), (character) => character.charCodeAt(0)).buffer);
}

function decoded(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return '';
  }
}

/** Zero where the bytes end before. */
function number(bytes: DataView, at: number, length: 1 | 2 | 4): number {
  if (at + length > bytes.byteLength) return 0;
  if (length === 4) return bytes.getUint32(at);
  return length === 2 ? bytes.getUint16(at) : bytes.getUint8(at);
}
