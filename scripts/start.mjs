/** `npm start`: installs and builds what is missing, then runs the main job. */
import { ensureBuilt, ensureInstalled, runOnBuild } from './workspace.mjs';

ensureInstalled();
ensureBuilt();
process.exitCode = runOnBuild('examples/main-job.ts', process.argv.slice(2));
