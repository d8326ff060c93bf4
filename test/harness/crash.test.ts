/** The crash run, tiny: so that it cannot rot, and finds what it is there to find. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCrashes } from './crash-run.js';

describe('crash', () => {
  it(
    'finds every acknowledged record, once, and budgets not under, after 4 kills',
    { timeout: 120_000 },
    async () => {
      const report = await runCrashes({ kills: 4, seed: 3 });
      expect(report.findings.filter(({ broken }) => broken > 0)).toEqual([]);
      expect(report.acknowledged).toBeGreaterThan(0);
      expect(report.findings).toHaveLength(5);
    },
  );

  it.each([
    ['a lost record', 'journal/00000001.jsonl', (text: string) => text.slice(text.indexOf('\n') + 1)],
    [
      'a record twice',
      'journal/00000001.jsonl',
      (text: string) => text.slice(0, text.indexOf('\n') + 1) + text,
    ],
    ['money that was lost', 'budgets.jsonl', () => ''],
  ])('finds %s', { timeout: 120_000 }, async (_, file, damage) => {
    const onKilled = (directory: string): void => {
      const path = join(directory, file);
      writeFileSync(path, damage(readFileSync(path, 'utf8')));
    };
    const report = await runCrashes({ kills: 2, seed: 3, onKilled });
    expect(report.findings.filter(({ broken }) => broken > 0)).not.toEqual([]);
  });
});
