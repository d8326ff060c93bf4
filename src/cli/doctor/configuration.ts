import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RouteLLError, type RouteLLClientOptions } from '../../index.js';
import type { CommonOptions } from '../command-line.js';
import type { CommandLineIO } from '../io.js';
import { configurationFile, readEnvironmentFile, readSettings, type Settings } from '../settings.js';
import { type Check, failed, ok } from './check.js';

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
    checks.push(ok(subject, told(settings, environmentFile)));
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

/**
 * Whether the environment alone says where its key goes although the configuration is broken: it names the
 * address itself, or nothing names another than that of RouteLLM.
 */
function mayUseEnvironment(options: CommonOptions, io: CommandLineIO): boolean {
  const isSet = (name: string): boolean => (io.environment[name]?.trim() ?? '') !== '';
  if (isSet('ROUTELLM_BASE_URL')) return true;
  if (isSet('ROUTELL_API_BASE_URL')) return false;
  const file = configurationFile(options, io);
  if (file === null) return true;
  return [file, providersFile(file)].filter((path) => existsSync(path)).every(namesOnlyRouteLLM);
}

const OURS = /^https:\/\/(?:[\w-]+\.)*abacus\.ai(?:\/|$)/;

/** Of a text that may be no JSON: whether every address in it, and whatever is set as one, is RouteLLM's. */
function namesOnlyRouteLLM(path: string): boolean {
  try {
    const text = readFileSync(path, 'utf8');
    const addresses = text.match(/https?:[^\s"']+/gi) ?? [];
    const settings = [...text.matchAll(/url["']?\s*:\s*["']?([^\s"',}]*)/gi)].map(([, value = '']) => value);
    // An escape may hide anything.
    return !text.includes('\\') && [...addresses, ...settings].every((address) => OURS.test(address));
  } catch {
    return false;
  }
}
