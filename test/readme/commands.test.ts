import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJson, root } from '../../scripts/workspace.mjs';
import { readCommandLine } from '../../src/cli/command-line.js';
import { argumentsOf } from '../cli/arguments-of.js';
import { runProgram } from '../run-program.js';
import { blocksOf, pages } from './documentation.js';

const { scripts, bin } =
  readJson<Record<'scripts' | 'bin', Readonly<Record<string, string>>>>('package.json');

/** Commands that are not this project's to test, as they may stand in the documentation. */
const known = [
  /^npm (install|ci|i)( routell)?( openai)?$/,
  /^git clone \S+( && cd \S+)?$/,
  /^cd \S+$/,
  /^cp \.env\.example \.env$/,
  /^export [A-Z_]+=\S+$/,
];

/** Where npm takes the script from: `npm test`, `npm start`, `npm run x`. Variables may stand before it. */
const npmScript = /^(?:[A-Z_]+=\S+ )*npm (?:run ([\w:-]+)|(test|start))(?: -- .*)?$/;

/** An example, which the tests of the examples run. */
const program = /^(?:[A-Z_]+=\S+ )*npx tsx (\S+)/;

/** The command line of the package; what stands before it is piped in. */
const ownCommand = /(?:^|\| )npx routell /;

function works(command: string): boolean {
  if (ownCommand.test(command)) return readCommandLine(argumentsOf(command)).kind !== 'mistake';
  const [, run, short] = npmScript.exec(command) ?? [];
  const script = run ?? short;
  if (script !== undefined) return script in scripts;
  const file = program.exec(command)?.[1];
  if (file !== undefined) return existsSync(join(root, file));
  return known.some((pattern) => pattern.test(command));
}

const commands = pages()
  .flatMap((page) => blocksOf(page))
  .filter(({ language }) => ['sh', 'bash', 'shell', 'console'].includes(language))
  .flatMap(({ place, text }) =>
    text
      .split('\n')
      .map((line) =>
        line
          .replace(/^\$ /, '')
          .replace(/(^|\s+)#.*$/, '')
          .trim(),
      )
      .filter((command) => command !== '')
      .map((command) => ({ place, command })),
  );

describe('the commands of the documentation', () => {
  it('start the main job and the tests', () => {
    const readme = commands.filter(({ place }) => place.startsWith('README.md'));
    expect(readme.map(({ command }) => command)).toEqual(expect.arrayContaining(['npm start', 'npm test']));
  });

  it.each(commands)('$place: $command', ({ command }) => {
    expect(works(command)).toBe(true);
  });

  const offline = commands.filter(({ command }) => /^npx routell .*--simulate/.test(command));

  it('show the command line where nobody has a key', () => {
    const readme = offline.filter(({ place }) => place.startsWith('README.md'));
    expect(readme.map(({ command }) => command)).toContain('npx routell doctor --simulate');
  });

  it.concurrent.each(offline)(
    '$place: $command runs, on the build',
    async ({ command }) => {
      const { code, output } = await runProgram([join(root, bin['routell'] ?? ''), ...argumentsOf(command)]);
      expect(code, output).toBe(0);
    },
    30_000,
  );

  it.each(['npm run nothing', 'npx tsx examples/nothing.ts', 'curl example.org', 'npx routell doctr'])(
    'are not: %s',
    (command) => {
      expect(works(command)).toBe(false);
    },
  );
});
