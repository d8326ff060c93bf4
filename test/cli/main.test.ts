import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { ModelsReport } from '../../src/cli/models.js';
import { withSimulator } from '../testing/with-simulator.js';
import { containing } from './expected.js';
import { CONFIG, environmentOf, folderOf, runCli, runJson } from './run-cli.js';

describe('a command line that makes no sense', () => {
  it('is told on stderr, with code 2', async () => {
    const { code, stdout, stderr } = await runCli(['doctr']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/unknown command 'doctr'[^]*Did you mean doctor\?/);
  });

  it('is JSON where that is asked for', async () => {
    const { code, report, stderr } = await runJson(['chat', 'hi', '--cost', 'much']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(report).toMatchObject({ success: false, error: { code: 'usage' } });
  });

  it.each([
    [['chat'], undefined, /No prompt/],
    [['route', '-'], '  \n', /The prompt is empty/],
    [['route', ''], undefined, /The prompt is empty/],
  ])('lacks its prompt: %j', async (argv, stdin, told) => {
    const { code, stderr } = await runCli(argv, { stdin });
    expect(code).toBe(2);
    expect(stderr).toMatch(told);
  });

  it('shows the help on stdout where it is asked for, and on stderr where it is missing', async () => {
    const asked = await runCli(['--help']);
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout).toContain('Usage: routell');
    const missing = await runCli([]);
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toContain('Usage: routell');
  });
});

describe('configuration', () => {
  it('is read from its usual place', async () => {
    const { simulator } = await withSimulator();
    const cwd = folderOf({ [CONFIG]: { model_routing: { enabled: false, fallback_model: 'gpt-6-luna' } } });
    const { stdout } = await runCli(['route', 'hi'], { cwd, environment: environmentOf(simulator) });
    expect(stdout).toMatch(/^gpt-6-luna[^]*is the fallback model: routing is off/);
  });

  it.each([
    ['--config', ['--config', 'my.json'], {}],
    ['ROUTELL_CONFIG', [], { ROUTELL_CONFIG: 'my.json' }],
  ])('is read from where %s says', async (_, argv, more) => {
    const { simulator } = await withSimulator();
    const cwd = folderOf({ 'my.json': { model_routing: { enabled: false, fallback_model: 'gpt-6-luna' } } });
    const environment = { ...environmentOf(simulator), ...more };
    const { report } = await runJson(['route', 'hi', ...argv], { cwd, environment });
    expect(report).toMatchObject({ success: true, routingDecision: { selectedModel: 'gpt-6-luna' } });
  });

  it.each(['chat', 'route'])('that is broken ends %s, naming file and field', async (command) => {
    const cwd = folderOf({ [CONFIG]: { rate_limiting: { burst_limt: 1 } } });
    const run = await runCli([command, 'hi'], { cwd });
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(
      /^configuration: .*routellm\.config\.json: rate_limiting\.burst_limt is not known\. Did you mean 'burst_limit'\?/,
    );
    const { code, report } = await runJson(['models'], { cwd });
    expect(code).toBe(1);
    expect(report).toMatchObject({
      success: false,
      error: { code: 'configuration', field: 'rate_limiting.burst_limt' },
    });
  });

  it('that is asked for and is not there is an error', async () => {
    const { code, stderr } = await runCli(['models', '--config', 'nowhere.json']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/nowhere\.json does not exist/);
  });

  it('without a key says where it goes', async () => {
    const { code, report } = await runJson(['chat', 'hi']);
    expect(code).toBe(1);
    expect(report).toMatchObject({
      error: { field: 'apiKey', message: containing('ROUTELLM_API_KEY') },
    });
  });
});

describe('.env', () => {
  it('is read, and what the environment has goes before it', async () => {
    const { simulator } = await withSimulator();
    const cwd = folderOf({
      '.env': `ROUTELLM_API_KEY=${simulator.apiKey}\nROUTELLM_BASE_URL=${simulator.baseURL}\nROUTELL_CONFIG=no.json\n`,
      'my.json': {},
    });
    const run = await runCli(['models'], { cwd, environment: { ROUTELL_CONFIG: 'my.json' } });
    expect(run).toMatchObject({ code: 0, stderr: '' });
  });

  it('is left alone where it is a folder', async () => {
    const cwd = folderOf();
    mkdirSync(join(cwd, '.env'));
    const { code } = await runCli(['models', '--simulate'], { cwd });
    expect(code).toBe(0);
  });
});

describe('--simulate', () => {
  it.each([['doctor'], ['route', 'hi'], ['models']])('says so of the output of %s', async (...argv) => {
    const { code, stdout, stderr } = await runCli([...argv, '--simulate']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Simulated: /);
    const { report } = await runJson([...argv, '--simulate']);
    expect(report).toMatchObject({ success: true, simulated: true });
  });

  it('uses no address of the configuration, and no key of the environment', async () => {
    const { simulator } = await withSimulator();
    const cwd = folderOf({
      [CONFIG]: { api: { base_url: simulator.baseURL } },
      'config/integrations.providers.json': {
        routellm: { key_env_var: 'ROUTELLM_API_KEY' },
        other: { base_url: simulator.baseURL, key_env_var: 'ROUTELL_TEST_KEY' },
      },
    });
    const { report } = await runJson(['models', '--simulate'], { cwd });
    expect(new Set((report as ModelsReport).models.map(({ provider }) => provider))).toEqual(
      new Set(['routellm', 'other']),
    );
    expect(simulator.ledger.lookups).toMatchObject({ models: 0, account: 0 });
  });
});

describe('what comes from elsewhere', () => {
  it('does nothing to the terminal: a model with an escape in its name', async () => {
    const { simulator } = await withSimulator({
      only: true,
      models: { 'evil\u001b[2J\u202e': { prices: { input: 1, output: 1 }, ownedBy: 'x' } },
    });
    const environment = environmentOf(simulator);
    for (const argv of [['models'], ['route', 'hi', '--explain'], ['doctor'], ['models', '--json']]) {
      const { stdout, stderr } = await runCli(argv, { environment });
      expect(stdout + stderr).not.toMatch(/[\u001b\u202e]/);
      expect(stdout).toContain('\\u001b[2J');
    }
  });
});

describe('the log', () => {
  it('goes to stderr, from warnings on unless ROUTELL_LOG wants more', async () => {
    const { simulator } = await withSimulator();
    const environment = environmentOf(simulator);
    const quiet = await runCli(['chat', 'hi'], { environment });
    expect(quiet.stderr).not.toContain('routell debug');
    const debug = await runCli(['chat', 'hi'], { environment: { ...environment, ROUTELL_LOG: 'debug' } });
    expect(debug.stderr).toMatch(/^routell debug: .*call-start/m);
    expect(debug.stdout).toBe(quiet.stdout);
    const json = await runJson(['chat', 'hi'], { environment: { ...environment, ROUTELL_LOG: 'debug' } });
    expect(json.report).toMatchObject({ success: true });
  });

  it('has the level of the configuration', async () => {
    const { simulator } = await withSimulator();
    const cwd = folderOf({ [CONFIG]: { monitoring: { log_level: 'DEBUG' } } });
    const { stderr } = await runCli(['models'], { cwd, environment: environmentOf(simulator) });
    expect(stderr).toMatch(/^routell debug: /m);
  });
});

describe('stdout', () => {
  it('that is full is an error', async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space left'), { code: 'ENOSPC' })),
    });
    const { code, stderr } = await runCli(['models', '--simulate'], { stdout });
    expect(code).toBe(1);
    expect(stderr).toContain('stdout could not be written: no space left');
  });
});

describe('Ctrl-C', () => {
  it.each([['doctor'], ['models'], ['route', 'hi'], ['chat', 'hi'], ['chat', 'hi', '--json']])(
    'ends %s with 130',
    async (...argv) => {
      const { simulator } = await withSimulator({
        faults: [
          { fault: 'hang', on: 'models' },
          { fault: 'hang', on: 'account' },
          { fault: 'hang', on: 'chat' },
        ],
      });
      const interrupt = new AbortController();
      const running = runCli(argv, { environment: environmentOf(simulator), interrupt: interrupt.signal });
      while (simulator.ledger.lookups.models === 0) await new Promise(setImmediate);
      interrupt.abort();
      const { code, stdout, stderr } = await running;
      expect(code).toBe(130);
      if (argv.includes('--json')) expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'aborted' } });
      else expect({ stdout, stderr }).toEqual({ stdout: '', stderr: 'Interrupted.\n' });
    },
  );

  it('ends the wait for a prompt', async () => {
    const interrupt = new AbortController();
    interrupt.abort();
    const { code } = await runCli(['chat', '-'], { interrupt: interrupt.signal, stdin: 'hi' });
    expect(code).toBe(130);
  });
});
