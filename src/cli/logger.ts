import type { Logger, MonitoringOptions } from '../index.js';
import type { Output } from './output.js';
import { printable } from './printable.js';

export type LogLevel = NonNullable<MonitoringOptions['logLevel']>;

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export function isLogLevel(text: string | undefined): text is LogLevel {
  return [...LEVELS, 'silent'].some((level) => level === text);
}

/** For clients that are made only to see whether they can be. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Writes messages of the given level and above, one line each. */
export function stderrLogger(level: LogLevel, stderr: Output): Logger {
  const told = level === 'silent' ? [] : LEVELS.slice(LEVELS.indexOf(level));
  const write =
    (own: (typeof LEVELS)[number]) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      if (!told.includes(own)) return;
      const details = fields === undefined ? '' : ` ${JSON.stringify(fields)}`;
      void stderr.write(`routell ${own}: ${printable(`${message}${details}`)}\n`);
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
