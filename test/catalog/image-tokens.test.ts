import { afterEach, describe, expect, it, vi } from 'vitest';
import { imageTokens } from '../../src/catalog/image-tokens.js';

function big(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32BE(number, index * 4);
  return bytes;
}

const url = (type: string, bytes: Buffer): string => `data:image/${type};base64,${bytes.toString('base64')}`;

function png(width: number, height: number): string {
  return url('png', big(0x89504e47, 0x0d0a1a0a, 13, 0x49484452, width, height, 0));
}

/** A frame of 300 × 600 behind so many bytes of metadata. */
function jpeg(metadata: number): string {
  const app = Buffer.concat([
    Buffer.from([0xff, 0xe1, metadata >> 8, metadata & 255]),
    Buffer.alloc(metadata - 2),
  ]);
  const frame = Buffer.from([0xff, 0xc2, 0, 17, 8, 600 >> 8, 600 & 255, 300 >> 8, 300 & 255, 3]);
  return url('jpeg', Buffer.concat([Buffer.from([0xff, 0xd8]), app, frame]));
}

afterEach(() => vi.unstubAllGlobals());

describe('imageTokens', () => {
  it('needs nothing of Node: other runtimes have no Buffer', () => {
    const picture = png(512, 512);
    vi.stubGlobal('Buffer', undefined);
    expect(imageTokens(picture, 'high')).toBe(255);
  });

  it.each([
    // The first two are the examples of OpenAI's documentation; what is small is not scaled up.
    [1024, 1024, 765],
    [2048, 4096, 1105],
    [512, 512, 255],
    [4096, 512, 85 + 170 * 4],
    [1, 1, 255],
  ])('counts the tiles of a picture of %d × %d', (width, height, tokens) => {
    expect(imageTokens(png(width, height), 'high')).toBe(tokens);
    expect(imageTokens(png(width, height), '')).toBe(tokens);
    expect(imageTokens(png(width, height), 'low')).toBe(85);
  });

  it('reads the size of a JPEG behind its metadata, and of a GIF', () => {
    expect(imageTokens(jpeg(10), 'auto')).toBe(imageTokens(png(300, 600), 'auto'));
    expect(imageTokens(jpeg(60_000), 'auto')).toBe(imageTokens(png(300, 600), 'auto'));
    const gif = Buffer.from('GIF89a\0\0\0\0', 'latin1');
    gif.writeUInt16LE(300, 6);
    gif.writeUInt16LE(600, 8);
    expect(imageTokens(url('gif', gif), 'auto')).toBe(imageTokens(png(300, 600), 'auto'));
  });

  it('takes a picture of unknown size for a square of 1,024 pixels', () => {
    const unknown = [
      'https://example.com/a.png',
      '',
      'data:image/png;base64,',
      png(0, 0),
      url('webp', Buffer.from('RIFF')),
      url('jpeg', Buffer.from([0xff, 0xd8, 0xff, 0xff, 0xff, 0xff])),
    ];
    for (const one of unknown) expect(imageTokens(one, 'high')).toBe(765);
  });
});
