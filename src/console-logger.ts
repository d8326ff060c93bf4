import type { Logger } from './types.js';

/** How much the default logger tells. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** Writes messages of the given level and above to the console, one line each. */
export function consoleLogger(level: LogLevel): Logger {
  const lowest = level === 'silent' ? LEVELS.length : LEVELS.indexOf(level);
  const write =
    (own: (typeof LEVELS)[number]) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      if (LEVELS.indexOf(own) < lowest) return;
      const details = fields === undefined ? '' : ` ${JSON.stringify(fields)}`;
      globalThis.console[own](`routell ${own}: ${message}${details}`);
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
