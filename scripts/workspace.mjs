/**
 * What every command needs first: a Node that fits, the packages of the lock file, a build.
 * Only Node itself is used here: nothing may be installed yet.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Steps write to pipes and files: no colours, whatever the terminal. */
export const plainOutput = { NO_COLOR: '1', FORCE_COLOR: undefined };

const oldestNode = /** @type {const} */ ([20, 19]);

/**
 * @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} Lock
 */

/**
 * @template T
 * @param {string} path relative to the root
 * @returns {T} what the caller says it is
 */
export function readJson(path) {
  /** @type {unknown} */
  const value = JSON.parse(readFileSync(join(root, path), 'utf8'));
  return /** @type {T} */ (value);
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  console.error(
    `routell needs Node ${oldestNode.join('.')} or later; this is Node ${process.versions.node}.`,
  );
  process.exit(1);
}

/** Paths of locked packages that are not installed in the locked version. */
function missingPackages() {
  const hiddenLock = 'node_modules/.package-lock.json';
  /** @type {Lock} */
  const wanted = readJson('package-lock.json');
  /** @type {Lock} */
  const installed = existsSync(join(root, hiddenLock)) ? readJson(hiddenLock) : { packages: {} };
  return Object.entries(wanted.packages)
    .filter(([path, locked]) => path !== '' && locked.optional !== true && locked.link !== true)
    .filter(
      ([path, locked]) =>
        installed.packages[path]?.version !== locked.version || !existsSync(join(root, path, 'package.json')),
    )
    .map(([path]) => path);
}

/** @param {readonly string[]} args */
function runNpm(args) {
  const started = process.env['npm_execpath'] ?? '';
  const throughNode = basename(started) === 'npm-cli.js';
  const { status } = throughNode
    ? spawnSync(process.execPath, [started, ...args], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', [...args], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  return status ?? 1;
}

/** Installs what the lock file names and `node_modules` lacks. Ends the process where that fails. */
export function ensureInstalled() {
  refuseOldNode();
  const missing = missingPackages();
  if (missing.length === 0) return;
  console.log(`Installing ${missing.length} missing packages …`);
  const status = runNpm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  if (status === 0) return;
  console.error('npm ci failed: see above. The package registry has to be reachable.');
  process.exit(status);
}

/**
 * @param {string} path
 * @returns {number[]} the times of a file, or of a folder and all that is in it: a deleted file touches its folder
 */
function changeTimes(path) {
  if (!existsSync(path)) return [];
  const stats = statSync(path);
  if (!stats.isDirectory()) return [stats.mtimeMs];
  return [stats.mtimeMs, ...readdirSync(path).flatMap((name) => changeTimes(join(path, name)))];
}

function buildIsFresh() {
  const built = ['index.js', 'index.d.ts', 'testing/index.js', 'testing/index.d.ts', 'cli/index.js'].map(
    (file) => join(root, 'dist', file),
  );
  if (!built.every((file) => existsSync(file))) return false;
  const sources = ['src', 'config', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsup.config.ts'];
  const changed = Math.max(...sources.flatMap((source) => changeTimes(join(root, source))));
  return Math.min(...built.map((file) => statSync(file).mtimeMs)) >= changed;
}

/** Builds `dist`. Returns the exit code; what the build said is shown only where it failed. */
export function build() {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin('tsup'), '--silent'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...plainOutput },
  });
  if (status !== 0) console.error(`${stdout}${stderr}`);
  return status ?? 1;
}

/** Builds `dist` where it is missing or older than the source. Ends the process where that fails. */
export function ensureBuilt() {
  if (buildIsFresh()) return;
  console.log('Building …');
  const status = build();
  if (status !== 0) process.exit(status);
}

/**
 * The program behind a package's command, to be run by Node itself: the same on every platform.
 * @param {string} packageName
 * @param {string} [command]
 */
export function bin(packageName, command = basename(packageName)) {
  /** @type {{ bin: string | Record<string, string> }} */
  const { bin: commands } = readJson(`node_modules/${packageName}/package.json`);
  const path = typeof commands === 'string' ? commands : commands[command];
  if (path === undefined) throw new Error(`${packageName} has no command ${command}.`);
  return join(root, 'node_modules', packageName, path);
}

/**
 * Runs a program with this terminal.
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {number} its exit code
 */
export function runNode(args, env = {}) {
  const { status } = spawnSync(process.execPath, [...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return status ?? 1;
}

/**
 * Runs a TypeScript program as a user of the package would: `routell` is the build, not the source.
 * @param {string} file
 * @param {readonly string[]} [args]
 */
export function runOnBuild(file, args = []) {
  return runNode(['--import', 'tsx', file, ...args], { TSX_TSCONFIG_PATH: join(root, 'tsconfig.dist.json') });
}

/**
 * @param {number} sinceMs as `performance.now()` gave it
 * @returns {string} seconds, for a person
 */
export function secondsSince(sinceMs) {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}
