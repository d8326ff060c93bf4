import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Tests that need the build: what is packed, and the code of the documentation, which runs on it. */
const onTheBuild = ['test/package/**/*.test.ts', 'test/readme/**/*.test.ts'];

/** What looks at the whole process, as sockets and timers, has one of its own. */
const ofTheProcess = ['test/harness/**/*.test.ts'];

export default defineConfig({
  resolve: {
    alias: [
      { find: /^routell\/testing$/, replacement: at('./src/testing/index.ts') },
      { find: /^routell$/, replacement: at('./src/index.ts') },
    ],
  },
  test: {
    // No test leaves anything in a module: one worker reads each module once for all its files.
    isolate: false,
    maxWorkers: '100%',
    // Some start programs, and a busy machine takes seconds for one; no test measures time by this.
    testTimeout: 30_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: [...onTheBuild, ...ofTheProcess] },
      },
      {
        extends: true,
        test: { name: 'harness', include: ofTheProcess, isolate: true },
      },
      {
        extends: true,
        test: { name: 'package', include: onTheBuild, globalSetup: './test/package/build.ts' },
      },
    ],
    // How often every property runs that does not say otherwise, and from which seed.
    setupFiles: ['./test/fast-check-runs.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 90 },
    },
  },
});
