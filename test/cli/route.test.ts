import { describe, expect, it } from 'vitest';
import type { RouteReport } from '../../src/cli/route.js';
import { closedPort } from '../loopback.js';
import { withSimulator } from '../testing/with-simulator.js';
import { aList, aNumber, aText } from './expected.js';
import { environmentOf, runCli, runJson } from './run-cli.js';

const PROMPT = 'Write a Rust function that merges overlapping intervals.';

describe('routell route', () => {
  it('tells the model and why, and has nothing answered', async () => {
    const { simulator } = await withSimulator();
    const { code, stdout } = await runCli(['route', PROMPT], { environment: environmentOf(simulator) });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\S+ \(\w+, at \S+\)\n {2}- code_generation \(confidence [\d.]+\), difficulty /);
    expect(stdout).toMatch(/\n {2}Fallbacks: \S+, \S+, \S+\n$/);
    expect(simulator.ledger.received).toBe(0);
  });

  it('shows every figure with --explain', async () => {
    const { simulator } = await withSimulator();
    const { stdout } = await runCli(['route', PROMPT, '--explain', '--max-cost-usd', '0.001'], {
      environment: environmentOf(simulator),
    });
    expect(stdout).toMatch(/\ntask +P\ncode_generation +[01]\.\d\d\n/);
    expect(stdout).toMatch(/\nDifficulty: [01]\.\d\d ± [01]\.\d\d, of 0 to 1\n/);
    expect(stdout).toMatch(
      /\nmodel +P\(good\) +cost +latency +score\n\S+ +[01]\.\d\d +\$0\.0\d+ +\d+\.\d s +-?\d\.\d{3}\n/,
    );
    expect(stdout).toMatch(/\nLeft out\nmodel +why\n/);
    expect(stdout).toMatch(/\nclaude-fable-5-1 +\S.*0\.001/);
  });

  it('is the whole decision with --json', async () => {
    const { simulator } = await withSimulator();
    const { report } = await runJson(['route', PROMPT, '--quality', '1'], {
      environment: environmentOf(simulator),
    });
    expect(report).toMatchObject({
      success: true,
      simulated: false,
      provider: aText,
      routingDecision: { taskType: 'code_generation', reasons: aList },
      modelInfo: { contextWindow: aNumber },
      basis: { preferences: { cost: 0, quality: 1, speed: 0 }, difficultyUncertainty: aNumber },
    });
    expect((report as RouteReport).alternatives).toHaveLength(15);
  });

  it('reads the prompt from stdin', async () => {
    const { code, stdout } = await runCli(['route', '-', '--simulate'], { stdin: PROMPT });
    expect(code).toBe(0);
    expect(stdout).toContain('code_generation');
  });

  it('tells where no model is left, with exit code 1', async () => {
    const { simulator } = await withSimulator();
    const environment = environmentOf(simulator);
    const { code, stderr } = await runCli(['route', 'hi', '--min-context-window', '1e9'], { environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^no-model: None of 15 models can take this request/);
  });

  it('goes to the fallback model where nothing can be listed, and says so', async () => {
    const environment = environmentOf({ baseURL: await closedPort(), apiKey: 'k' });
    const { code, stdout } = await runCli(['route', 'hi'], { environment });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^route-llm[^]*is the fallback model: the upstream lists no models/);
  });
});
