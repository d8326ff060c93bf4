/** `npm test`: installs what is missing, then runs all tests, or those of the paths given. */
import { bin, ensureInstalled, runNode } from './workspace.mjs';

ensureInstalled();
process.exitCode = runNode([bin('vitest'), 'run', ...process.argv.slice(2)]);
