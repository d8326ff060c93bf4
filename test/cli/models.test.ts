import { describe, expect, it } from 'vitest';
import type { ModelsReport } from '../../src/cli/models.js';
import { closedPort, JSON_TYPE, serveLoopback } from '../loopback.js';
import { withSimulator } from '../testing/with-simulator.js';
import { containing } from './expected.js';
import { CONFIG, environmentOf, folderOf, PROVIDERS, runCli, runJson } from './run-cli.js';

async function listed(...run: Parameters<typeof runJson>): Promise<ModelsReport> {
  return (await runJson(...run)).report as ModelsReport;
}

describe('routell models', () => {
  it('lists what there is in a table', async () => {
    const { simulator } = await withSimulator();
    const { code, stdout } = await runCli(['models'], { environment: environmentOf(simulator) });
    const host = new URL(simulator.url).host;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^model +provider +tier +\$ in\/1M +\$ out\/1M +context +unlimited +routed to\n/);
    expect(stdout).toMatch(
      new RegExp(`\nroute-llm +${host} +strong +2 +10 +200,000 +no: it routes by itself\n`),
    );
    expect(stdout).toMatch(new RegExp(`\ngpt-6-luna +${host} +economy +0\\.1 +0\\.5 +1,050,000 +yes\n`));
    expect(stdout).toMatch(/\n16 listed, 15 of them routed to\.\n$/);
  });

  it('says why a model is not routed to, and when', async () => {
    const { simulator } = await withSimulator({
      models: {
        'free-model': { prices: { input: 0, output: 0 }, free: true },
        'claude-haiku-4-5-20251001': { prices: { input: 1, output: 5 } },
      },
    });
    const cwd = folderOf({ [CONFIG]: { credit_system: { high_cost_models: ['claude-opus-5-5'] } } });
    const { models } = await listed(['models'], {
      cwd,
      environment: environmentOf(simulator),
    });
    const row = (name: string): unknown => models.find((model) => model.name === name);
    expect(row('free-model')).toMatchObject({
      unlimited: true,
      routedTo: true,
      pricesUsdPerMillion: { input: 0, output: 0 },
    });
    expect(row('claude-opus-5-5')).toMatchObject({
      routedTo: true,
      why: containing('hard prompts'),
    });
    expect(row('route-llm')).toMatchObject({ routedTo: false, why: 'it routes by itself' });
    const haikus = models.filter(({ name }) => name.startsWith('claude-haiku'));
    expect(haikus.filter(({ routedTo }) => !routedTo)).toMatchObject([
      { why: 'the same model is listed under another name' },
    ]);
  });

  it('knows no price where nobody says one', async () => {
    const server = await serveLoopback((response) => {
      response.writeHead(200, JSON_TYPE).end(JSON.stringify({ data: [{ id: 'llama-of-mine' }] }));
    });
    const environment = environmentOf({ baseURL: server.baseURL, apiKey: 'none' });
    const { stdout } = await runCli(['models'], { environment });
    expect(stdout).toMatch(/\nllama-of-mine +127\S+ +\? +\? +\? +no: its price is unknown\n/);
  });

  it('says that routing is off', async () => {
    const cwd = folderOf({ [CONFIG]: { model_routing: { enabled: false, fallback_model: 'gpt-6-luna' } } });
    const { models } = await listed(['models', '--simulate'], { cwd });
    const routed = models.filter(({ routedTo }) => routedTo);
    expect(routed.map(({ name }) => name)).toEqual(['gpt-6-luna']);
    expect(models.find(({ name }) => name === 'gpt-6-sol')?.why).toBe('routing is off');
  });

  it('has a row for each provider of a model, and names those that could not be asked', async () => {
    const [first, second] = [await withSimulator(), await withSimulator()];
    const cwd = folderOf({
      [CONFIG]: {},
      [PROVIDERS]: {
        main: { base_url: first.simulator.baseURL, key_env_var: 'TEST_CLI_KEY' },
        spare: { base_url: second.simulator.baseURL, key_env_var: 'TEST_CLI_KEY' },
        gone: { base_url: await closedPort(), key_env_var: 'TEST_CLI_KEY' },
      },
    });
    const environment = { TEST_CLI_KEY: first.simulator.apiKey };
    const { code, stdout } = await runCli(['models'], { cwd, environment });
    expect(code).toBe(0);
    expect(stdout).toMatch(/\ngpt-6-luna +main +.*yes\ngpt-6-luna +spare +.*yes: if main fails\n/);
    expect(stdout).toMatch(/\ngone could not be asked for its models: see routell doctor\.\n/);
  });

  it('fails where nothing can be asked', async () => {
    const environment = environmentOf({ baseURL: await closedPort(), apiKey: 'k' });
    const { code, stdout, stderr } = await runCli(['models'], { environment });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^upstream: .*ECONNREFUSED/);
  });
});
