/** The main paths, third-party packages included, where no prototype can be changed. */
import { describe, expect, it } from 'vitest';
import { runProgram } from '../run-program.js';

const flags = ['--disable-proto=throw', '--frozen-intrinsics', '--no-warnings'];
const env = { ROUTELLM_API_KEY: '', ROUTELLM_BASE_URL: '' };

describe('with --disable-proto=throw and --frozen-intrinsics', () => {
  it('prototypes are out of reach', async () => {
    const program = 'try { Array.prototype.mine = 1 } catch (error) { ({}).__proto__ }';
    const { code, output } = await runProgram([...flags, '--input-type=module', '--eval', program]);
    expect(code).toBe(1);
    expect(output).toContain('ERR_PROTO_ACCESS');
  });

  // Routing, streams, tools, schemas, budgets, alerts; files and several providers; the official client.
  it.each(['main-job', 'configuration', 'several-providers', 'drop-in'])(
    'examples/%s.ts runs',
    async (name) => {
      const { code, output } = await runProgram([...flags, '--import', 'tsx', `examples/${name}.ts`], {
        env,
      });
      expect(code, output).toBe(0);
    },
    60_000,
  );
});
