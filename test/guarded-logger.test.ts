import { describe, expect, it } from 'vitest';
import { guardedLogger } from '../src/guarded-logger.js';

const levels = ['debug', 'info', 'warn', 'error'] as const;

describe('guardedLogger', () => {
  it.each(levels)('passes %s on with its fields, to the logger’s own method', (level) => {
    class Notebook {
      readonly lines: unknown[] = [];
      readonly debug = (): void => this.note('debug');
      info(...line: unknown[]): void {
        this.note('info', ...line);
      }
      warn(...line: unknown[]): void {
        this.note('warn', ...line);
      }
      error(...line: unknown[]): void {
        this.note('error', ...line);
      }
      private note(...line: unknown[]): void {
        this.lines.push(line[0]);
      }
    }
    const notebook = new Notebook();
    guardedLogger(notebook)[level]('message', { a: 1 });
    expect(notebook.lines).toEqual([level]);
  });

  it.each(levels)('drops what %s throws or rejects', async (level) => {
    const fails = (): never => {
      throw new Error('no pen');
    };
    // A logger may be asynchronous, whatever its type says.
    const rejects = (() => Promise.reject(new Error('no ink'))) as () => void;
    for (const log of [fails, rejects]) {
      const logger = guardedLogger({ debug: log, info: log, warn: log, error: log });
      expect(() => logger[level]('message')).not.toThrow();
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  });
});
