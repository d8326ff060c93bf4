/** `npm run bench`: runs every bench/*.bench.ts, or those named (`npm run bench -- overhead`), on the build. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root, runOnBuild } from './workspace.mjs';

const suffix = '.bench.ts';
const folder = join(root, 'bench');
const all = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((file) => file.endsWith(suffix))
  .map((file) => file.slice(0, -suffix.length))
  .sort();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`No such bench: ${unknown.join(', ')}. There are: ${all.join(', ')}.`);
  process.exit(1);
}

ensureInstalled();
ensureBuilt();
for (const name of asked.length > 0 ? asked : all) {
  console.log(`\n${name}`);
  const status = runOnBuild(`bench/${name}${suffix}`);
  if (status !== 0) process.exitCode = status;
}
