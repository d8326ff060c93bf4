import { checkSettings, settingError } from './check-settings.js';
import { nearestName } from '../nearest-name.js';
import { anId, LLM_API, PROVIDER_ID, providerSchema, type ProviderSettings } from './provider-schema.js';
import { readJsonFile } from './read-json-file.js';
import { schemaPointer } from './setting-types.js';

/** What a file of providers holds. */
export interface ProvidersFile {
  readonly file: string;
  /** By id, in the order of the file. */
  readonly records: ReadonlyMap<string, ProviderSettings>;
}

/**
 * Reads and checks `integrations.providers.json`.
 * @throws {ConfigurationError} naming the file and the field.
 */
export function readProviders(file: string): ProvidersFile {
  const content = readJsonFile(file);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw settingError(file, '', 'expected an object of providers by id');
  }
  const records = new Map<string, ProviderSettings>();
  for (const [id, record] of Object.entries(content as Record<string, unknown>)) {
    if (id === '$schema') checkSettings(schemaPointer, record, { file, prefix: [id] });
    else if (!isOfAnotherKind(record)) records.set(id, readProvider(file, id, record));
  }
  return { file, records };
}

/** The file may list services that are no LLM API; what is nearly `llm_api` is a slip. */
function isOfAnotherKind(record: unknown): boolean {
  const { kind } = Object(record) as { readonly kind?: unknown };
  return typeof kind === 'string' && kind !== LLM_API && nearestName(kind, [LLM_API]) === null;
}

function readProvider(file: string, id: string, record: unknown): ProviderSettings {
  if (!PROVIDER_ID.test(id)) {
    throw settingError(file, id, anId);
  }
  const provider = checkSettings(providerSchema, record, { file, prefix: [id] });
  if (provider.id !== undefined && provider.id !== id) {
    throw settingError(file, `${id}.id`, `expected '${id}', the name of the record`);
  }
  return provider;
}
