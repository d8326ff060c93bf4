import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf } from '../../../src/cli/eval/lines.js';

async function* inPieces(pieces: readonly string[]): AsyncGenerator<string, void> {
  yield* pieces;
}

async function read(pieces: readonly string[], longest?: number): Promise<readonly (string | null)[]> {
  const lines: (string | null)[] = [];
  for await (const { number, text } of linesOf(inPieces(pieces), longest)) {
    expect(number).toBe(lines.length + 1);
    lines.push(text);
  }
  return lines;
}

describe('linesOf', () => {
  it('has the lines however the text is cut', async () => {
    const cut = fc.array(fc.constantFrom('a', 'bc', '\n', '', 'd\ne', '\n\n'), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(cut, async (pieces) => {
        const lines = pieces.join('').split('\n');
        // What follows the last end of line is a line only where there is something.
        expect(await read(pieces)).toEqual(lines.at(-1) === '' ? lines.slice(0, -1) : lines);
      }),
    );
  });

  it('drops a line that is too long to be held, and goes on after it', async () => {
    expect(await read(['ab', 'cd', 'ef\ngh\n', 'x'.repeat(5)], 4)).toEqual([null, 'gh', null]);
  });
});
