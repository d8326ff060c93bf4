import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', 'testing/index': 'src/testing/index.ts', 'cli/index': 'src/cli/index.ts' },
  format: 'esm',
  target: 'node20',
  dts: {
    entry: { index: 'src/index.ts', 'testing/index': 'src/testing/index.ts' },
    // A consumer's compiler may not bring it by itself.
    banner: '/// <reference lib="esnext.disposable" />',
  },
  // One copy of every class, whichever entry it is imported from.
  splitting: true,
  treeshake: true,
  clean: true,
  // Not minified, so the code is its own map.
  sourcemap: false,
  minify: false,
  removeNodeProtocol: false,
  // Words of other scripts stay words: \u escapes would double them.
  esbuildOptions: (options) => {
    options.charset = 'utf8';
  },
});
