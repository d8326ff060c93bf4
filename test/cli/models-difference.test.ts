import { describe, expect, it } from 'vitest';
import type { DifferenceReport } from '../../src/cli/models-difference.js';
import { JSON_TYPE, serveLoopback } from '../loopback.js';
import { CONFIG, environmentOf, folderOf, runCli, runJson } from './run-cli.js';

const environmentWith = async (data: readonly object[]): Promise<Readonly<Record<string, string>>> => {
  const server = await serveLoopback((response) => {
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({ data }));
  });
  return environmentOf({ baseURL: server.baseURL, apiKey: 'none' });
};

/** As it stands in the catalogue, per token. */
const HAIKU = {
  id: 'claude-haiku-4-5',
  input_token_rate: 1e-6,
  output_token_rate: '0.000005',
  cached_input_token_rate: 1e-7,
};

const differing = async (data: readonly object[], cwd = folderOf()): Promise<DifferenceReport> => {
  const environment = await environmentWith(data);
  return (await runJson(['models', '--diff'], { environment, cwd })).report as DifferenceReport;
};

describe('routell models --diff', () => {
  it('has nothing to show where the upstream lists what the catalogue says', async () => {
    expect(await differing([HAIKU])).toMatchObject({ compared: 1, differences: [], added: [] });
  });

  it('shows each figure that is another one, and what only one of the two has', async () => {
    const report = await differing([
      { ...HAIKU, input_token_rate: 2e-6, context_length: 1000, free: false },
      { id: 'brand-new', input_token_rate: 1e-6, output_token_rate: 1e-6 },
      { id: 'google/gemini-2.5-flash-lite', free: true },
    ]);
    const of = (name: string): object =>
      Object.fromEntries(
        report.differences
          .filter((row) => row.name === name)
          .map(({ figure, catalogue, inForce }) => [figure, [catalogue, inForce]]),
      );
    expect(of('claude-haiku-4-5')).toEqual({
      input: [1, 2],
      // What the list leaves out keeps its proportion to the input.
      cacheWrite: [1.25, 2.5],
      context: [200_000, 1000],
    });
    expect(of('google/gemini-2.5-flash-lite')).toMatchObject({ input: [0.1, 0], unlimited: [false, true] });
    expect(report.added).toEqual(['brand-new']);
    expect(report.missing).toContain('gpt-6-sol');
    expect(report.missing).not.toContain('gpt-4');
    expect(report.missing).not.toContain('claude-haiku-4-5');
  });

  it('counts what the configuration says of a model', async () => {
    const cwd = folderOf({ [CONFIG]: { credit_system: { unlimited_models: ['claude-haiku-4-5'] } } });
    expect((await differing([HAIKU], cwd)).differences).toMatchObject([
      { name: 'claude-haiku-4-5', figure: 'unlimited', catalogue: false, inForce: true },
    ]);
  });

  it('tells it in words', async () => {
    const environment = await environmentWith([{ ...HAIKU, output_token_rate: 6e-6 }, { id: 'brand-new' }]);
    const { code, stdout } = await runCli(['models', '--diff'], { environment });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^model +provider +figure +catalogue +in force\n/);
    expect(stdout).toMatch(/\nclaude-haiku-4-5 +127\S+ +output +5 +6\n/);
    expect(stdout).toMatch(/\n1 model of the catalogue listed, 1 figure of them different\.\n/);
    expect(stdout).toMatch(/\nNot in the catalogue: brand-new\.\n/);
  });
});
