/** Prints `N passed, N failed, N skipped` from the report that vitest's JSON reporter wrote. */
import { readJson } from './workspace.mjs';

/** @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number }} */
const report = readJson(process.argv[2] ?? 'temp/tests.json');
const skipped = report.numPendingTests + report.numTodoTests;
console.log(`${report.numPassedTests} passed, ${report.numFailedTests} failed, ${skipped} skipped`);
