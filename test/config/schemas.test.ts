/** The JSON schemas of the configuration files: current, and of one mind with what loads them. */
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from 'routell';
import * as z from 'zod';
import { readJson, root } from '../../scripts/workspace.mjs';
import { runProgram } from '../run-program.js';
import { providersFile, settingsFile } from './arbitrary-files.js';
import { writeFiles } from './files.js';

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly default?: unknown;
}

const FILES = ['routellm.config', 'integrations.providers'] as const;
const schemaOf = (name: string): JsonSchema => readJson<JsonSchema>(`config/${name}.schema.json`);

describe('the JSON schemas', () => {
  it('are what the generator writes', async () => {
    const args = ['--import', 'tsx', 'scripts/generate-config-schemas.ts', '--check'];
    const { code, output } = await runProgram(args);
    expect(code, output).toBe(0);
  }, 30_000);

  it.each(FILES)('are named by the shipped file %s.json', (name) => {
    const { $schema } = readJson<{ $schema: string }>(`config/${name}.json`);
    expect($schema).toBe(`./${name}.schema.json`);
    expect(readFileSync(join(root, 'config', $schema), 'utf8')).toContain('draft-07');
  });

  it('describe every setting, with its default', () => {
    for (const section of Object.values(schemaOf('routellm.config').properties ?? {})) {
      for (const [key, setting] of Object.entries(section.properties ?? {})) {
        expect(setting.description, key).toMatch(/\.$/);
        expect(setting, key).toHaveProperty('default');
      }
    }
    const provider = schemaOf('integrations.providers').additionalProperties as JsonSchema;
    for (const [key, setting] of Object.entries(provider.properties ?? {})) {
      if (key !== 'features') expect(setting.description, key).toMatch(/\.$/);
    }
  });

  it.each([
    ['routellm.config', settingsFile],
    ['integrations.providers', providersFile],
  ] as const)('take what loadConfig() takes: %s', (name, files) => {
    const schema = z.fromJSONSchema(schemaOf(name) as never);
    fc.assert(
      fc.property(files, (file) => {
        const isSettings = name === 'routellm.config';
        const { path } = writeFiles(isSettings ? file : {}, isSettings ? {} : file);
        expect(() => loadConfig(path, { environment: {} })).not.toThrow();
        expect(schema.safeParse(file).error).toBeUndefined();
      }),
    );
  });
});
