import * as z from 'zod';
import { processEnvironment } from '../environment.js';
import { ConfigurationError } from '../errors.js';
import { DEFAULTS, type RouteLLClientOptions } from '../options.js';
import { agreedAddress } from './addresses.js';
import { checkSettings, settingError } from './check-settings.js';
import { optionsOf, providersOf } from './client-options.js';
import { readOverrides } from './overrides.js';
import { adviceOn, fieldName, firstIssue } from './first-issue.js';
import { type ProvidersFile, readProviders } from './provider-settings.js';
import { readJsonFile, siblingOf } from './read-json-file.js';
import { text } from './setting-types.js';
import { type Settings, settingsSchema } from './settings-schema.js';

const FILE = 'routellm.config.json';
const DEFAULT_PATH = `config/${FILE}`;
/** The guide's name, in the same folder. */
const OTHER_NAME = 'routellm_config.json';
const PROVIDERS_FILE = 'integrations.providers.json';

export interface LoadConfigOptions {
  /** The file of the providers. @default `integrations.providers.json` beside the configuration, if there is one */
  readonly providers?: string;
  /** Read for `ROUTELL_<SECTION>_<KEY>` and ROUTELLM_BASE_URL; never for keys. @default that of the process */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * The options of a client, from configuration files and the environment, which goes before them:
 *
 * ```ts
 * const client = new RouteLLClient({ ...loadConfig(), budgets: [{ limitUsd: 5, per: 'day' }] });
 * ```
 *
 * Only what is set there is among them. Keys never are: the client reads them from the environment. Needs Node.
 * @param path The configuration. A relative path starts at the working directory. By default
 * `config/routellm.config.json` or, where only that is there, `config/routellm_config.json`.
 * @throws {ConfigurationError} naming the file and the setting, or the variable: all is right, or nothing is loaded.
 */
export function loadConfig(path = defaultPath(), options: LoadConfigOptions = {}): RouteLLClientOptions {
  checkArguments(path, options);
  const environment = options.environment ?? processEnvironment();
  const written = checkSettings(settingsSchema, readJsonFile(path), { file: path });
  const overrides = readOverrides(environment);
  const settings = withOverrides(written, overrides);
  checkThresholds(settings, path);
  const providers = readProvidersFile(path, options.providers);
  const sources = { environment, overrides, settings: { file: path, written }, providers };
  const baseURL = agreedAddress(sources);
  const fromSettings = optionsOf(settings);
  if (providers !== null) {
    return { ...fromSettings, providers: providersOf(providers, baseURL, environment) };
  }
  return baseURL === undefined ? fromSettings : { ...fromSettings, baseURL };
}

function defaultPath(): string {
  const [own, other] = [FILE, OTHER_NAME].map((name) => siblingOf(DEFAULT_PATH, name));
  return own ?? other ?? DEFAULT_PATH;
}

/** The providers of the file that is named, or of the one beside the configuration; `null` where there are none. */
function readProvidersFile(path: string, named: string | undefined): ProvidersFile | null {
  const file = named ?? siblingOf(path, PROVIDERS_FILE);
  const providers = file === null ? null : readProviders(file);
  return providers === null || providers.records.size === 0 ? null : providers;
}

/** The settings of the file, each replaced by that of the environment where there is one. */
function withOverrides(written: Settings, overrides: Settings): Settings {
  return {
    api: { ...written.api, ...overrides.api },
    credit_system: { ...written.credit_system, ...overrides.credit_system },
    rate_limiting: { ...written.rate_limiting, ...overrides.rate_limiting },
    model_routing: { ...written.model_routing, ...overrides.model_routing },
    monitoring: { ...written.monitoring, ...overrides.monitoring },
  };
}

function checkThresholds({ credit_system = {} }: Settings, path: string): void {
  const {
    low_credit_threshold: low = DEFAULTS.credits.lowThreshold,
    critical_credit_threshold: critical = DEFAULTS.credits.criticalThreshold,
  } = credit_system;
  if (critical <= low) return;
  throw settingError(
    path,
    'credit_system.critical_credit_threshold',
    `expected at most low_credit_threshold, which is ${low}; it is ${critical}, in the file, the environment or by default`,
  );
}

const argumentsSchema = z.strictObject({
  path: text,
  options: z.strictObject(
    {
      providers: text.optional(),
      environment: z
        .custom<unknown>(
          (value) => typeof value === 'object' && value !== null,
          'expected an object of texts',
        )
        .optional(),
    },
    'expected an object',
  ),
});

function checkArguments(path: unknown, options: unknown): void {
  const issue = firstIssue(argumentsSchema, { path, options });
  if (issue === null) return;
  const field = fieldName(issue.path);
  throw new ConfigurationError(
    field,
    issue.known === null
      ? `${field} of loadConfig() is not valid: ${issue.message}.`
      : `${field} of loadConfig() is not known.${adviceOn(issue)}`,
  );
}
