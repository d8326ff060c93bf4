import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { RouteLLError, type RouteLLClientOptions } from '../../index.js';
import type { CommonOptions } from '../command-line.js';
import type { CommandLineIO } from '../io.js';
import { configurationFile, readEnvironmentFile, readSettings, type Settings } from '../settings.js';
import { type Check, failed, ok, warning } from './check.js';

/** What could be read of the configuration. */
export interface ReadConfiguration {
  readonly checks: readonly Check[];
  /** `null`: nobody can say for sure where the key may be sent. */
  readonly options: RouteLLClientOptions | null;
  readonly isLoaded: boolean;
}

const subject = { check: 'configuration' } as const;

/** Reads `.env` and the configuration. What is broken is a check that failed, and the rest serves. */
export function readConfiguration(options: CommonOptions, io: CommandLineIO): ReadConfiguration {
  const checks: Check[] = [];
  let environmentFile = false;
  try {
    environmentFile = readEnvironmentFile(io);
  } catch (error) {
    checks.push(broken(error, 'The variables of .env are missing until then.'));
  }
  try {
    const settings = readSettings(options, io);
    const orphans = settings.file === null ? settingVariables(io) : [];
    checks.push(
      orphans.length === 0
        ? ok(subject, told(settings, environmentFile))
        : warning(
            subject,
            `${orphans.join(', ')}: without a configuration file these variables have no effect`,
            'Create config/routellm.config.json; {} is enough.',
          ),
    );
    return { checks, options: settings.options, isLoaded: settings.file !== null };
  } catch (error) {
    const isSafe = options.simulate || mayUseEnvironment(options, io);
    const rest = isSafe
      ? 'Until then the checks below go by the environment alone.'
      : 'Until then nothing is sent: the files may name another address for the key.';
    checks.push(broken(error, rest));
    return { checks, options: isSafe ? {} : null, isLoaded: false };
  }
}

function broken(error: unknown, rest: string): Check {
  if (!RouteLLError.isInstance(error)) throw error;
  return failed(
    subject,
    error.message,
    `Mend it: the JSON schemas in config/ of the package say what is known. ${rest}`,
  );
}

function told({ file, options }: Settings, environmentFile: boolean): string {
  const providers = file === null || options.providers === undefined ? null : providersFile(file);
  const sources = [file, providers, environmentFile ? '.env' : null, 'the environment'];
  const read = `read from ${sources.filter((source) => source !== null).join(', ')}`;
  return file === null ? `${read}; no configuration file, so the defaults hold` : read;
}

/** Where loadConfig() looks for the providers. */
function providersFile(file: string): string {
  return join(dirname(file), 'integrations.providers.json');
}

/** Variables that would replace settings of a file. */
function settingVariables({ environment }: CommandLineIO): readonly string[] {
  return Object.keys(environment).filter(
    (name) => /^ROUTELL_[A-Z]+_[A-Z_]+$/.test(name) && environment[name]?.trim() !== '',
  );
}

/**
 * Whether the environment alone says where its key goes although the configuration is broken: it names the
 * address itself, or the files name no other than that of RouteLLM.
 */
function mayUseEnvironment(options: CommonOptions, io: CommandLineIO): boolean {
  if ((io.environment['ROUTELLM_BASE_URL']?.trim() ?? '') !== '') return true;
  const file = configurationFile(options, io);
  if (file === null) return true;
  const files = [file, providersFile(file)];
  return files.filter((path) => existsSync(resolve(path))).every(namesOnlyRouteLLM);
}

function namesOnlyRouteLLM(path: string): boolean {
  try {
    const addresses = readFileSync(path, 'utf8').match(/\bhttps?:[^\s"']+/gi) ?? [];
    return addresses.every((address) => /^https:\/\/(?:[\w-]+\.)*abacus\.ai(?:\/|$)/.test(address));
  } catch {
    return false;
  }
}
