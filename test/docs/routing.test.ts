/** The worked example of docs/routing.md is what the command prints, and its arithmetic is that of the router. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/workspace.mjs';
import { argumentsOf } from '../cli/arguments-of.js';
import { folderOf, runCli } from '../cli/run-cli.js';
import { blocksOf } from '../readme/documentation.js';

const blocks = blocksOf('docs/routing.md');
const place = blocks.findIndex(({ language, text }) => language === 'sh' && text.includes(' --explain'));
const command = blocks[place]?.text ?? '';
const sample = blocks[place + 1]?.text ?? '';

interface Alternative {
  readonly score: number;
  readonly pGood: number;
  readonly costUsd: number;
  readonly latencyMs: number;
}

/** Some prices have their hours: those of the page are these. */
const now = (): number => Date.UTC(2026, 10, 27, 12);

describe('the worked example of docs/routing.md', () => {
  it('is what its command prints in a directory without files', async () => {
    const { stdout, stderr } = await runCli(argumentsOf(command), { cwd: folderOf(), now });
    expect(sample).not.toBe('');
    expect(`${stdout}${stderr}`.trimEnd()).toBe(sample.trimEnd());
  });

  it('differs in a clone by the name of the provider that is configured there, as the page says', async () => {
    const { stdout, stderr } = await runCli(argumentsOf(command), { cwd: root, now });
    const configured = sample.replace('(economy, at simulator)', '(economy, at routellm)');
    expect(`${stdout}${stderr}`.trimEnd()).toBe(configured.trimEnd());
    expect(readFileSync(join(root, 'docs/routing.md'), 'utf8')).toContain('there, `at routellm`');
  });

  it('adds up: quality · P(good) − cost · ∛(USD / 0.50) − speed · latency / 30 s', async () => {
    const { stdout } = await runCli([
      ...argumentsOf(command).filter((word) => word !== '--explain'),
      '--json',
    ]);
    const { alternatives } = JSON.parse(stdout) as { readonly alternatives: readonly Alternative[] };
    expect(alternatives.length).toBeGreaterThan(10);
    for (const { score, pGood, costUsd, latencyMs } of alternatives) {
      expect(0.4 * pGood - 0.4 * Math.cbrt(costUsd / 0.5) - (0.2 * latencyMs) / 30_000).toBeCloseTo(
        score,
        10,
      );
    }
  });
});
