/** What docs/debugging.md shows is what its program prints. */
import { expect, it } from 'vitest';
import { blocksOf } from '../readme/documentation.js';
import { runProgram } from '../run-program.js';

/** Without what differs from run to run: ids, ports, and how long things took. */
const likeness = (lines: readonly string[]): string[] =>
  lines.map((line) =>
    line
      .replace(/^(routell debug:) \w{6} +\+\d+ ms/, '$1 …')
      .replace(/\b(call|session)_\w+/g, '$1_…')
      .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:…')
      .replace(/\b\d+ ms\b/g, '… ms'),
  );

it('the sample of a call is what its program prints', async () => {
  const blocks = blocksOf('docs/debugging.md');
  const at = blocks.findIndex(({ language }) => language === 'text');
  const [program, sample] = [blocks[at - 1]?.text ?? '', blocks[at]?.text ?? ''];
  const source = program
    .replaceAll("from 'routell/testing'", "from './src/testing/index.ts'")
    .replaceAll("from 'routell'", "from './src/index.ts'");
  const { code, output } = await runProgram(['--import', 'tsx', '--input-type=module', '--eval', source], {
    env: { ROUTELL_LOG: '' },
  });
  expect(code, output).toBe(0);
  const [shownOptions = '', ...shown] = sample.split('\n');
  const [options = '', ...lines] = output.trimEnd().split('\n');
  // The first line is long: the page has its beginning.
  const [start = ''] = likeness([shownOptions.replace(/…$/, '')]);
  expect(likeness([options])[0]?.startsWith(start)).toBe(true);
  expect(likeness(lines)).toEqual(likeness(shown));
}, 60_000);
