import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { root } from '../../scripts/workspace.mjs';
import { runProgram } from '../run-program.js';

const folder = mkdtempSync(join(tmpdir(), 'routell-eval-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = 100_000;
/** About 45 MB of prompts, at one byte a character. */
const PROMPT_CHARACTERS = 450;
const HEAP_MB = 56;

function writeRows(path: string): void {
  const file = openSync(path, 'w');
  const filler = 'x'.repeat(PROMPT_CHARACTERS);
  for (let start = 0; start < ROWS; start += 1000) {
    const rows = Array.from({ length: 1000 }, (_, index) => {
      return `${JSON.stringify({ prompt: `${start + index} ${filler}`, difficulty: (index % 10) / 10 })}\n`;
    });
    writeSync(file, rows.join(''));
  }
  closeSync(file);
}

describe('routell eval', () => {
  it('evaluates a file that does not fit into its memory', { timeout: 120_000 }, async () => {
    const path = join(folder, 'rows.jsonl');
    writeRows(path);
    const args = [`--max-old-space-size=${HEAP_MB}`, join(root, 'dist/cli/index.js'), 'eval', '--data', path];
    const { code, output } = await runProgram(args, { timeoutMs: 110_000 });
    expect(code, output).toBe(0);
    expect(output).toContain('1 file, 100,000 prompts.');
  });
});
