import { type Environment, processEnvironment, unlessBlank } from './environment.js';
import { ConfigurationError } from './errors.js';
import { oneLine, printableName } from './one-line.js';
import type { Logger } from './types.js';

/** How much the default logger tells. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** Every level, from the one that tells the most. */
export const LOG_LEVELS = [...LEVELS, 'silent'] as const satisfies readonly LogLevel[];

/** Levels as other logging systems call them. */
const OTHER_NAMES: Readonly<Record<string, LogLevel | undefined>> = { warning: 'warn', critical: 'error' };

/** The level of a name, in capitals or not; `undefined` where it is none. */
export function logLevelOf(name: string): LogLevel | undefined {
  const lower = name.toLowerCase();
  return (
    LOG_LEVELS.find((level) => level === lower) ??
    (Object.hasOwn(OTHER_NAMES, lower) ? OTHER_NAMES[lower] : undefined)
  );
}

/**
 * The level in force: that of ROUTELL_LOG in the environment, whatever the program says, so that a
 * deployed one can be looked into without a change; else the one given.
 * @throws {ConfigurationError} where ROUTELL_LOG names no level.
 */
export function resolveLogLevel(given: LogLevel, environment: Environment = processEnvironment()): LogLevel {
  const asked = unlessBlank(environment['ROUTELL_LOG']);
  if (asked === undefined) return given;
  const level = logLevelOf(asked);
  if (level !== undefined) return level;
  throw new ConfigurationError(
    'ROUTELL_LOG',
    `ROUTELL_LOG is ${printableName(asked)}, which is no level. Set it to one of ${LOG_LEVELS.join(', ')}, or unset it.`,
  );
}

/** Writes messages of the given level and above to the console, one line each. */
export function consoleLogger(level: LogLevel): Logger {
  const lowest = LOG_LEVELS.indexOf(level);
  const write =
    (own: (typeof LEVELS)[number]) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      if (LEVELS.indexOf(own) < lowest) return;
      const details = fields === undefined ? '' : ` ${JSON.stringify(fields)}`;
      globalThis.console[own](oneLine(`routell ${own}: ${message}${details}`));
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
