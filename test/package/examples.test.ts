import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/workspace.mjs';
import { runProgram } from '../run-program.js';

const examples = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.ts'));

/** On the build, as `npm start` does, and without a key. */
const env = {
  TSX_TSCONFIG_PATH: join(root, 'tsconfig.dist.json'),
  ROUTELLM_API_KEY: '',
  ROUTELLM_BASE_URL: '',
};

describe('the examples run offline, to their end', () => {
  it.concurrent.each(examples)(
    '%s',
    async (example) => {
      const args = ['--import', 'tsx', join('examples', example)];
      const { code, output } = await runProgram(args, { env, timeoutMs: 30_000 });
      expect(code, output).toBe(0);
      expect(output).not.toBe('');
    },
    40_000,
  );
});
