/**
 * What docs/cli.md shows is what the commands print, in an environment without keys and a folder without files but
 * those that the page speaks of.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/workspace.mjs';
import { readCommandLine } from '../../src/cli/command-line.js';
import { CHECK_NAMES } from '../../src/cli/doctor/check.js';
import { argumentsOf } from '../cli/arguments-of.js';
import { folderOf, runCli } from '../cli/run-cli.js';
import { simulatedJournal } from '../evaluation/simulated-journal.js';
import { blocksOf } from '../readme/documentation.js';

/** Without what differs from run to run and from machine to machine. */
function likeness(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:…')
    .replaceAll(/\b\d+ ms\b/g, '… ms')
    .replaceAll(/\b[\d.]+ µs/g, '… µs')
    .replaceAll(/^routell \d+\.\d+\.\d+$/gm, 'routell …')
    .replaceAll(/\bNode \d+\.\d+\.\d+/g, 'Node …');
}

const blocks = blocksOf('docs/cli.md');
const samples = blocks.flatMap(({ language, text, place }, index) =>
  language === 'text' ? [{ place, command: blocks[index - 1]?.text ?? '', sample: text }] : [],
);
/** Those that `routell replay` is shown with. */
function filesOf(command: string): Readonly<Record<string, unknown>> {
  if (!command.includes(' replay ')) return {};
  const policy = blocks.find(({ language }) => language === 'json')?.text ?? '';
  return { 'policy.json': policy, 'journal.jsonl': simulatedJournal({ calls: 2000 }).text };
}

const page = readFileSync(join(root, 'docs/cli.md'), 'utf8');

/** Some prices have their hours: those of the page are these. The doctor compares its clock with the server's. */
function instantOf(command: string): { readonly now?: () => number } {
  return command.includes(' doctor') ? {} : { now: () => Date.UTC(2026, 10, 27, 12) };
}

describe('docs/cli.md', () => {
  it('has a sample of each command', () => {
    const shown = samples.map(({ command }) => command.split(' ')[2]);
    expect([...new Set(shown)].sort()).toEqual(['chat', 'doctor', 'eval', 'models', 'replay', 'route']);
  });

  it.each(samples)('$place is what $command prints', async ({ command, sample }) => {
    // What `eval` reads stands in the repository; the files of the others stand on the page.
    const cwd = command.includes(' eval ') ? root : folderOf(filesOf(command));
    const { stdout, stderr } = await runCli(argumentsOf(command), { cwd, ...instantOf(command) });
    expect(likeness(`${stdout}${stderr}`.trimEnd())).toBe(likeness(sample));
  });

  it('has a row for each check', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name);
    expect(rows).toEqual(expect.arrayContaining([...CHECK_NAMES]));
  });

  it.each(['doctor', 'route', 'chat', 'models', 'replay', 'eval'])(
    'speaks of each option of %s',
    (command) => {
      const help = readCommandLine([command, '--help']);
      const options = help.kind === 'answer' ? [...help.text.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)] : [];
      expect(options.length).toBeGreaterThan(2);
      expect(options.map(([, name]) => name ?? '').filter((name) => !page.includes(name))).toEqual([
        '--version',
      ]);
    },
  );
});
