/**
 * `npm run check`: the fast gate, two steps side by side. `npm run check -- lint types` runs only those named
 * (and what they need). What a step said is shown only where it failed.
 */
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bin, ensureInstalled, plainOutput, readJson, root, secondsSince } from './workspace.mjs';

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {() => string[]} args what Node runs
 * @property {string} [after] the step it needs
 * @property {() => string} [note] a figure for the line of a step that passed
 */

const cache = 'node_modules/.cache';
const coverageFile = 'coverage/coverage-summary.json';

function linesCovered() {
  /** @type {{ total: { lines: { pct: number } } }} */
  const { total } = readJson(coverageFile);
  return total.lines.pct;
}

/** The longest first, so that the last to end are short. @type {readonly Step[]} */
const steps = [
  { name: 'build', args: () => ['scripts/build.mjs'] },
  {
    name: 'lint',
    args: () => [bin('oxlint'), '--type-aware', '--deny-warnings', '--report-unused-disable-directives'],
  },
  {
    name: 'tests',
    args: () => [bin('vitest'), 'run', '--project', 'unit', '--project', 'harness', '--coverage'],
    note: () => `${linesCovered()} % of lines`,
  },
  { name: 'types', args: () => [bin('typescript', 'tsc'), '-p', '.'] },
  {
    name: 'package-types',
    after: 'build',
    args: () => [bin('typescript', 'tsc'), '-p', 'tsconfig.dist.json'],
  },
  {
    name: 'package-tests',
    after: 'build',
    args: () => [bin('vitest'), 'run', '--project', 'package'],
  },
  { name: 'api', after: 'build', args: () => ['scripts/api.mjs'] },
  {
    name: 'imports',
    args: () =>
      [
        bin('dependency-cruiser', 'depcruise'),
        '--config',
        '.dependency-cruiser.cjs',
        '--output-type',
        'err',
      ].concat(
        ['src', 'test', 'examples', 'bench', 'eval', 'scripts'].filter((folder) =>
          existsSync(join(root, folder)),
        ),
      ),
  },
  { name: 'unused', args: () => [bin('knip'), '--no-progress'] },
  {
    name: 'format',
    args: () => [bin('prettier'), '--check', '.', '--cache', '--cache-location', `${cache}/prettier-check`],
  },
  {
    name: 'attw',
    after: 'build',
    args: () => [bin('@arethetypeswrong/cli', 'attw'), '--pack', '.', '--profile', 'esm-only', '--no-emoji'],
  },
  { name: 'regexes', args: () => [bin('tsx'), 'scripts/regexes.ts'] },
  { name: 'publint', after: 'build', args: () => [bin('publint'), 'run', '--strict'] },
  { name: 'size', after: 'build', args: () => [bin('size-limit')] },
  { name: 'lock', args: () => ['scripts/lock.mjs'] },
];

/** @param {Step} step */
function start(step) {
  const startedMs = performance.now();
  const child = spawn(process.execPath, step.args(), {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...plainOutput },
  });
  let output = '';
  child.stdout.on('data', (data) => (output += String(data)));
  child.stderr.on('data', (data) => (output += String(data)));
  return new Promise((/** @type {(passed: boolean) => void} */ resolve) => {
    child.on('close', (code) => {
      const note = code === 0 && step.note !== undefined ? `  ${step.note()}` : '';
      const seconds = secondsSince(startedMs).padStart(7);
      console.log(`${code === 0 ? 'passed' : 'FAILED'}  ${step.name.padEnd(14)}${seconds}${note}`);
      if (code !== 0) console.log(output.trimEnd().replaceAll(/^/gm, '    '));
      resolve(code === 0);
    });
  });
}

/** @param {readonly string[]} asked */
function stepsFor(asked) {
  const unknown = asked.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    console.error(
      `No such step: ${unknown.join(', ')}. There are: ${steps.map((step) => step.name).join(', ')}.`,
    );
    process.exit(1);
  }
  if (asked.length === 0) return [...steps];
  const needed = steps.filter((step) => asked.includes(step.name)).map((step) => step.after);
  return steps.filter((step) => asked.includes(step.name) || needed.includes(step.name));
}

/** @param {Step[]} waiting */
async function runAll(waiting) {
  /** @type {Map<string, boolean>} */
  const ended = new Map();
  /** @type {Set<Promise<void>>} */
  const running = new Set();
  for (;;) {
    for (const step of waiting.filter(({ after }) => after !== undefined && ended.get(after) === false)) {
      waiting.splice(waiting.indexOf(step), 1);
      ended.set(step.name, false);
      console.log(`FAILED  ${step.name.padEnd(14)} not run: it needs ${String(step.after)}`);
    }
    const next = waiting.findIndex(({ after }) => after === undefined || ended.get(after) === true);
    if (next !== -1 && running.size < 2) {
      const [step] = waiting.splice(next, 1);
      if (step === undefined) continue;
      const run = start(step).then((passed) => {
        ended.set(step.name, passed);
        running.delete(run);
      });
      running.add(run);
    } else if (running.size > 0) {
      await Promise.race(running);
    } else if (waiting.length === 0) {
      return [...ended].filter(([, passed]) => !passed).map(([name]) => name);
    }
  }
}

const startedMs = performance.now();
ensureInstalled();
rmSync(join(root, coverageFile), { force: true });
const failed = await runAll(stepsFor(process.argv.slice(2)));
console.log(
  `\ncheck ${failed.length === 0 ? 'passed' : `FAILED (${failed.join(', ')})`} in ${secondsSince(startedMs)}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
