import { statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { ConfigurationError, loadConfig, type RouteLLClientOptions } from '../index.js';
import type { CommonOptions } from './command-line.js';
import type { CommandLineIO } from './io.js';

const DEFAULT_FILE = 'config/routellm.config.json';
const ENVIRONMENT_FILE = '.env';

/** The options of the client as files and environment have them, and which files those are. */
export interface Settings {
  readonly options: RouteLLClientOptions;
  /** `null`: there is none. */
  readonly file: string | null;
}

/**
 * Reads `.env` of the working directory into the environment, where real variables go first.
 * @returns whether there was one
 * @throws {ConfigurationError} where it cannot be read.
 */
export function readEnvironmentFile({ cwd }: CommandLineIO): boolean {
  const path = join(cwd, ENVIRONMENT_FILE);
  // A folder of this name is a Python environment.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  try {
    process.loadEnvFile(path);
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigurationError(
      ENVIRONMENT_FILE,
      `${ENVIRONMENT_FILE} cannot be read (${code ?? 'unknown reason'}). Check its permissions.`,
      { cause },
    );
  }
}

/** The configuration that is asked for, or the one at its usual place; `null` where there is none. */
export function configurationFile(
  { config }: CommonOptions,
  { environment, cwd }: CommandLineIO,
): string | null {
  const asked = config ?? environment['ROUTELL_CONFIG']?.trim();
  const path = resolve(cwd, asked === undefined || asked === '' ? DEFAULT_FILE : asked);
  const shown = relative(process.cwd(), path);
  if (asked !== undefined && asked !== '') return shown;
  return statSync(path, { throwIfNoEntry: false }) === undefined ? null : shown;
}

/** @throws {ConfigurationError} naming the file and the setting, or the variable. */
export function readSettings(options: CommonOptions, io: CommandLineIO): Settings {
  const { environment } = io;
  const file = configurationFile(options, io);
  if (file !== null) return { options: loadConfig(file, { environment }), file };
  const unread = Object.keys(environment).find(
    (name) => /^ROUTELL_[A-Z]+_[A-Z_]+$/.test(name) && environment[name]?.trim() !== '',
  );
  if (unread === undefined) return { options: {}, file };
  throw new ConfigurationError(
    unread,
    `${unread} has no effect without a configuration file. Create ${DEFAULT_FILE} ({} is enough), or unset it.`,
  );
}
