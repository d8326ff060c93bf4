import { type Environment, unlessBlank } from '../environment.js';
import { ConfigurationError } from '../errors.js';
import { variableOf } from './overrides.js';
import { ROUTELLM } from './provider-schema.js';
import type { ProvidersFile } from './provider-settings.js';
import { isAddress } from './setting-types.js';
import type { Settings } from './settings-schema.js';

/** An address, and where it stands. */
interface AddressSource {
  /** The variable, or the path of the setting. */
  readonly field: string;
  /** The file that holds it. */
  readonly file?: string;
  readonly address: string | undefined;
}

/** Everything that may name the address of the RouteLLM API. */
interface AddressSources {
  readonly environment: Environment;
  readonly overrides: Settings;
  readonly settings: { readonly file: string; readonly written: Settings };
  readonly providers: ProvidersFile | null;
}

/**
 * The one address of the RouteLLM API: that of the environment, else that of the files. `undefined` where
 * nobody names one.
 * @throws {ConfigurationError} naming both places where two of them differ.
 */
export function agreedAddress({
  environment,
  overrides,
  settings,
  providers,
}: AddressSources): string | undefined {
  const provider = providers?.records.get(ROUTELLM.id);
  const fromFiles = oneOf(
    { field: 'api.base_url', file: settings.file, address: settings.written.api?.base_url },
    { field: `${ROUTELLM.id}.base_url`, file: providers?.file, address: provider?.base_url },
  );
  const fromEnvironment = oneOf(
    { field: 'ROUTELLM_BASE_URL', address: addressIn(environment) },
    { field: variableOf('api', 'base_url'), address: overrides.api?.base_url },
  );
  return fromEnvironment ?? fromFiles;
}

function addressIn(environment: Environment): string | undefined {
  const given: unknown = environment['ROUTELLM_BASE_URL'];
  const address = typeof given === 'string' ? unlessBlank(given) : given;
  if (address === undefined || (typeof address === 'string' && isAddress(address))) return address;
  throw new ConfigurationError(
    'ROUTELLM_BASE_URL',
    `ROUTELLM_BASE_URL is not valid: expected an https address, or http on this machine, as ${ROUTELLM.baseURL}.`,
  );
}

function oneOf(first: AddressSource, second: AddressSource): string | undefined {
  if (first.address === undefined || second.address === undefined) return first.address ?? second.address;
  if (plain(first.address) === plain(second.address)) return first.address;
  throw new ConfigurationError(
    first.field,
    `${shown(first)} and ${shown(second)} are one address, and differ. Remove one of them, or make them equal.`,
  );
}

function shown({ field, file, address }: AddressSource): string {
  return `${field}${file === undefined ? '' : ` in ${file}`} (${String(address)})`;
}

/** Without what makes no difference. */
function plain(address: string): string {
  return new URL(address).href.replace(/\/$/, '');
}
