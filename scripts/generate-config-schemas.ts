/**
 * Writes the JSON schemas of the configuration files from the zod schemas that check them. `--check` writes
 * nothing and exits 1 where a file is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import * as z from 'zod';
import { PROVIDER_ID, providerSchema } from '../src/config/provider-schema.js';
import { schemaPointer } from '../src/config/setting-types.js';
import { settingsSchema } from '../src/config/settings-schema.js';

const schemas: readonly (readonly [file: string, title: string, schema: z.ZodType])[] = [
  ['routellm.config.schema.json', 'Configuration of routell', settingsSchema],
  [
    'integrations.providers.schema.json',
    'Providers of routell, by id',
    z
      .object({ $schema: schemaPointer })
      .catchall(providerSchema)
      .meta({ propertyNames: { anyOf: [{ const: '$schema' }, { pattern: PROVIDER_ID.source }] } }),
  ],
];

async function render(path: string, title: string, schema: z.ZodType): Promise<string> {
  // Draft 7 is what editors know best.
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
  return format(JSON.stringify({ $schema, title, ...rest }), {
    ...(await resolveConfig(path)),
    parser: 'json',
  });
}

for (const [file, title, schema] of schemas) {
  const path = fileURLToPath(new URL(`../config/${file}`, import.meta.url));
  const rendered = await render(path, title, schema);
  if (!process.argv.includes('--check')) {
    writeFileSync(path, rendered);
    console.log(`config/${file} is written.`);
  } else if (readFileSync(path, 'utf8') !== rendered) {
    console.error(`config/${file} is out of date: run \`npm run config-schemas\` and commit it.`);
    process.exitCode = 1;
  }
}
