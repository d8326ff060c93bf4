/** docs/configuration.md has every setting, with its default. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJson, root } from '../../scripts/workspace.mjs';
import { readOverrides } from '../../src/config/overrides.js';

interface Schema {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly additionalProperties: Schema;
  readonly default?: unknown;
}

const page = readFileSync(join(root, 'docs', 'configuration.md'), 'utf8');

/** The cells of the rows whose first cell names one of these, without backticks. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );

function settings(): [path: string, preset: string][] {
  const { properties } = readJson<Schema>('config/routellm.config.schema.json');
  return Object.entries(properties)
    .filter(([section]) => section !== '$schema')
    .flatMap(([section, below]) =>
      Object.entries(below.properties).map(([key, { default: preset }]): [string, string] => [
        `${section}.${key}`,
        Array.isArray(preset) ? 'none' : String(preset),
      ]),
    );
}

describe('docs/configuration.md', () => {
  it.each(settings())('tells %s, and its default, %s', (path, preset) => {
    const row = rows.find(([name]) => name === path);
    expect(row?.[2]).toBe(preset);
    expect(row?.[3]).not.toBe('');
  });

  it('tells every field of a provider', () => {
    const { properties } = readJson<Schema>('config/integrations.providers.schema.json').additionalProperties;
    const paths = Object.entries(properties).flatMap(([key, below]) =>
      key === 'features' ? Object.keys(below.properties).map((name) => `features.${name}`) : [key],
    );
    const told = rows.flatMap(([name = '']) => name.split(', '));
    expect(paths.filter((path) => !told.includes(path))).toEqual([]);
  });

  it('names variables that there are', () => {
    const variables = [...page.matchAll(/`(ROUTELL_[A-Z_]+)=([^`]+)`/g)];
    expect(variables.length).toBeGreaterThan(3);
    for (const [, name = '', value] of variables)
      expect(() => readOverrides({ [name]: value })).not.toThrow();
  });
});
