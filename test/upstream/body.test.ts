import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { BodyTooLargeError, readStart, readText } from '../../src/upstream/body.js';

const text = 'Grüße, 世界 👩‍🚀';
const bytes = new TextEncoder().encode(text);

function inParts(
  parts: readonly Uint8Array[],
  end: 'end' | 'fail' = 'end',
): { response: Response; left: () => number } {
  const queue = [...parts];
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const part = queue.shift();
        if (part !== undefined) controller.enqueue(part);
        else if (end === 'end') controller.close();
        else controller.error(new TypeError('terminated'));
      },
    },
    { highWaterMark: 0 },
  );
  return { response: new Response(stream), left: () => queue.length };
}

describe('readText', () => {
  it('reads a body in whatever parts, up to the very limit', async () => {
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(await readText(inParts(single).response, bytes.length)).toBe(text);
    expect(await readText(new Response(null), 1)).toBe('');
  });

  it('refuses a byte more, and reads no further', async () => {
    const { response, left } = inParts(Array.from({ length: 100 }, () => bytes));
    await expect(readText(response, 3 * bytes.length - 1)).rejects.toBeInstanceOf(BodyTooLargeError);
    expect(left()).toBe(97);
  });

  it('makes nothing up where bytes are no UTF-8, or are cut in a letter', async () => {
    await expect(readText(inParts([Uint8Array.of(0xff)]).response, 10)).rejects.toThrow(TypeError);
    await expect(readText(inParts([bytes.slice(0, 3)]).response, 10)).rejects.toThrow(TypeError);
  });

  it('takes the bodies of other implementations of fetch', async () => {
    const other = { body: Readable.from([text]), text: () => Promise.resolve(text) } as unknown as Response;
    expect(await readText(other, 100)).toBe(text);
    await expect(readText(other, 5)).rejects.toBeInstanceOf(BodyTooLargeError);
  });
});

describe('readStart', () => {
  it('gives what came, whatever happens then', async () => {
    expect(await readStart(inParts([bytes], 'fail').response, 100)).toBe(text);
    expect(await readStart(inParts([bytes, bytes]).response, bytes.length)).toBe(text);
    expect(await readStart(inParts([Uint8Array.of(0xff)]).response, 10)).toBe('\ufffd');
  });
});
