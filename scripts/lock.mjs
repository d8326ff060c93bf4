/**
 * Tells what package-lock.json names but does not hold. The lock of a fresh release can lack other platforms'
 * optional packages, and then `npm ci` fails there: an override to an older release cures it.
 */
import { pathToFileURL } from 'node:url';
import { readJson } from './workspace.mjs';

/** @typedef {{ packages: Record<string, { optionalDependencies?: Record<string, string> }> }} Lock */

/**
 * @param {Lock} lock
 * @returns {string[]} `dependent: package`, where the lock has no entry that the dependent would find
 */
export function incompleteOptionalDependencies(lock) {
  return Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter(
        (name) => !foldersAbove(path).some((folder) => `${folder}node_modules/${name}` in lock.packages),
      )
      .map((name) => `${path}: ${name}`),
  );
}

/**
 * The folders in which Node looks for `node_modules`, nearest first.
 * @param {string} path of a package in the lock, '' for the project
 * @returns {string[]}
 */
function foldersAbove(path) {
  if (path === '') return [''];
  const cut = path.lastIndexOf('node_modules/');
  return [`${path}/`, ...foldersAbove(path.slice(0, Math.max(0, cut - 1)))];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  /** @type {Lock} */
  const lock = readJson('package-lock.json');
  const incomplete = incompleteOptionalDependencies(lock);
  for (const line of incomplete) console.error(`package-lock.json has no entry for ${line}`);
  process.exitCode = incomplete.length === 0 ? 0 : 1;
}
