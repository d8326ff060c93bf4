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
  'alert-handler.ts': [
    /19899\.0 credits used, told at 16000\.\n19899\.0 credits used, told at 19000\./,
    /Low credits: \d/,
    /High usage: \d+ requests/,
    /requests today: 10/,
  ],
  'batch.ts': [/10\/10, 2 failed, .+\/s, 0\.0 s left, \$0\.\d+/, /8 answered\. Failed: \w+: invalid-request/],
  'budget.ts': [/\d+ answered, [1-9]\d* refused before anything was sent/, /Spent: \$0\.0[01]\d* of \$0\.02/],
  'several-providers.ts': [
    /main refuses key 1; 1 left\n.+ answered at main\n.+ at spare, since .+\n.+ answered at spare/,
    /main: failing, 3 requests/,
    /spare: ok, 1 requests/,
  ],
  'cache.ts': [
    /^99 of 100 answers were shared; 1 was sent\.$/m,
    /^Later: cached true, \$0\.$/m,
    /^Another tenant: cached false, \$0\.0\d*[1-9]/m,
    /^Saved: \$0\.0\d*[1-9]\d*; the upstream counts 2 requests\.$/m,
  ],
  'optimizer.ts': [
    /Optimized max_tokens: \d{4,}\nOptimized temperature: 0/,
    /Estimate: \$0\.0\d+, from \$0\.0\d+ to \$0\.\d+\nMonday \$9,/,
    /limitUsd: 10, per: 'day', mode: 'hard'/,
    /max_(completion_)?tokens: \d+, frees \$0\.\d+ \(extraction is expected/,
  ],
  'configuration.ts': [
    /^Seconds for a call, from the environment: 60$/m,
    /^Requests a minute, from the file: 60$/m,
    /^Provider routellm: RouteLL API at http:\/\/127\.0\.0\.1:/m,
    /\[simulated /,
    /^A slip: ROUTELL_API_TIMOUT is not known\. Did you mean ROUTELL_API_TIMEOUT\?/m,
  ],
  'drop-in.ts': [/\[simulated [^]*\n\[simulated /],
  'structured-output.ts': [
    /No invoice \(length\), for \$0\.\d+: .*Raise max_tokens/,
    /owes \$\d+\.\d\d by \w{3} \w{3} \d\d 2026: [1-9]\d* lines/,
  ],
  'tools-in-streams.ts': [
    /get_weather \{"city":"Lisbon"\}\nget_weather \{"city":"Porto"\}/,
    /\[simulated .*sun in Lisbon; .*sun in Porto/,
    /4 messages, \$0\.\d*[1-9]/,
  ],
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
    120_000,
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
  }, 120_000);
});
