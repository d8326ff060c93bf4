import { checkSettings, settingError } from './check-settings.js';
import { PROVIDER_ID, providerSchema, type ProviderSettings } from './provider-schema.js';
import { readJsonFile } from './read-json-file.js';
import { schemaPointer } from './setting-types.js';

/** The providers of a file, by id, in its order. */
export type ProvidersById = ReadonlyMap<string, ProviderSettings>;

/**
 * Reads and checks `integrations.providers.json`.
 * @throws {ConfigurationError} naming the file and the field.
 */
export function readProviders(file: string): ProvidersById {
  const records = readJsonFile(file);
  if (typeof records !== 'object' || records === null || Array.isArray(records)) {
    throw settingError(file, '', 'expected an object of providers by id');
  }
  const providers = new Map<string, ProviderSettings>();
  for (const [id, record] of Object.entries(records as Record<string, unknown>)) {
    if (id === '$schema') checkSettings(schemaPointer, record, { file, prefix: [id] });
    else providers.set(id, readProvider(file, id, record));
  }
  return providers;
}

function readProvider(file: string, id: string, record: unknown): ProviderSettings {
  if (!PROVIDER_ID.test(id)) {
    throw settingError(file, id, 'expected an id of letters, digits, dots, dashes and underscores');
  }
  const provider = checkSettings(providerSchema, record, { file, prefix: [id] });
  if (provider.id !== undefined && provider.id !== id) {
    throw settingError(file, `${id}.id`, `expected '${id}', the name of the record`);
  }
  return provider;
}
