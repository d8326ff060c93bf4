/** `npm run build`: always builds. */
import { build, ensureInstalled } from './workspace.mjs';

ensureInstalled();
process.exitCode = build();
