/** Every example is a program that runs offline and ends by itself. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/workspace.mjs';
import { runProgram } from '../run-program.js';

/** What each example must have printed to have done its work. */
const printed: Readonly<Record<string, readonly RegExp[]>> = {
  'first-call.ts': [/\[simulated /, /for \$0\.\d+, because:\n {2}\S/],
  'streaming.ts': [/\[simulated /, /tokens, finish reason (stop|length)/, /Total cost: \$0\.0\d*[1-9]/],
  'custom-model-and-router.ts': [/code goes to house-coder/, /short prompts go to the cheapest model/],
  'alert-handler.ts': [/Low credits: \d/, /High usage: \d+ requests/, /requests today: 10/],
  'batch.ts': [/10\/10, 2 failed, .+\/s, 0\.0 s left, \$0\.\d+/, /8 answered\. Failed: \w+: invalid-request/],
  'budget.ts': [/\d+ answered, [1-9]\d* refused before anything was sent/, /Spent: \$0\.0[01]\d* of \$0\.02/],
  'drop-in.ts': [/\[simulated [^]*\n\[simulated /],
  'main-job.ts': [
    /simulated: figures show how it works/,
    /26\/26 JSON schema/,
    /alert: /,
    /^prompt +task +difficulty +model/m,
    /Credits: \d+\.\d before, \d+\.\d after/,
    /on the strongest model \(.+\): \$\d.+; on the cheapest \(.+\): \$\d/,
    /Next: /,
  ],
};

describe('examples', () => {
  it('are all listed here', () => {
    const files = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'));
    expect(files.sort()).toEqual(Object.keys(printed).sort());
  });

  it.concurrent.each(Object.entries(printed))(
    '%s runs',
    async (name, patterns) => {
      const environment = { ROUTELLM_API_KEY: '', ROUTELLM_BASE_URL: '' };
      const { code, output } = await runProgram(['--import', 'tsx', `examples/${name}`], {
        env: environment,
      });
      expect(code, output).toBe(0);
      for (const pattern of patterns) expect(output).toMatch(pattern);
    },
    30_000,
  );

  it('main-job.ts asks for a key before it goes live', async () => {
    const environment = { ROUTELLM_API_KEY: '', ROUTELLM_BASE_URL: '' };
    const { code, output } = await runProgram(['--import', 'tsx', 'examples/main-job.ts', '--live'], {
      env: environment,
    });
    expect(code).toBe(2);
    expect(output).toContain('set ROUTELLM_API_KEY');
  });

  it('main-job.ts says how to go live where a key is set, and does not use it', async () => {
    const { code, output } = await runProgram(['--import', 'tsx', 'examples/main-job.ts'], {
      env: { ROUTELLM_API_KEY: 'a-key', ROUTELLM_BASE_URL: '' },
    });
    expect(code, output).toBe(0);
    expect(output).toMatch(/within \$0\.25: npm start -- --live/);
  }, 30_000);
});
