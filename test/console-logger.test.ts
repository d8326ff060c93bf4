import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  consoleLogger,
  LOG_LEVELS,
  logLevelOf,
  type LogLevel,
  resolveLogLevel,
} from '../src/console-logger.js';
import { ConfigurationError } from '../src/errors.js';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

afterEach(() => {
  vi.restoreAllMocks();
});

function linesAt(level: LogLevel): string[] {
  const lines: string[] = [];
  for (const each of LEVELS) {
    vi.spyOn(console, each).mockImplementation((line: string) => void lines.push(`${each}|${line}`));
  }
  const logger = consoleLogger(level);
  for (const each of LEVELS) logger[each](`a message`, { amount: 1 });
  return lines;
}

describe('logLevelOf', () => {
  it('knows each level in any letters, and what other systems call them', () => {
    for (const level of LOG_LEVELS) expect(logLevelOf(level.toUpperCase())).toBe(level);
    expect(['WARNING', 'Critical'].map(logLevelOf)).toEqual(['warn', 'error']);
    expect(['loud', '', 'toString', '__proto__'].map(logLevelOf)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('consoleLogger', () => {
  it.each([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
    ['silent', 0],
  ] as const)('from %s on it writes %d of four', (level, count) => {
    const lines = linesAt(level);
    expect(lines).toHaveLength(count);
    expect(lines.map((line) => line.split('|')[0])).toEqual(LEVELS.slice(4 - count));
  });

  it('writes one line with the fields as JSON', () => {
    expect(linesAt('error')).toEqual(['error|routell error: a message {"amount":1}']);
  });

  it('writes a message alone', () => {
    const write = vi.spyOn(console, 'info').mockImplementation(() => undefined);
    consoleLogger('info').info('alone');
    expect(write).toHaveBeenCalledExactlyOnceWith('routell info: alone');
  });

  it('writes one line, whatever stands in it', () => {
    const write = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    consoleLogger('warn').warn('one\nroutell error: two', { note: 'three\u2028four' });
    expect(write).toHaveBeenCalledExactlyOnceWith(
      'routell warn: one\\u000aroutell error: two {"note":"three\\u2028four"}',
    );
  });
});

describe('resolveLogLevel', () => {
  it.each([undefined, '', '  '])('is the one given where ROUTELL_LOG is %j', (value) => {
    expect(resolveLogLevel('warn', { ROUTELL_LOG: value })).toBe('warn');
  });

  it.each(LOG_LEVELS)('is that of ROUTELL_LOG, in any spelling: %s', (level) => {
    expect(resolveLogLevel('info', { ROUTELL_LOG: level })).toBe(level);
    expect(resolveLogLevel('info', { ROUTELL_LOG: ` ${level.toUpperCase()}\n` })).toBe(level);
  });

  it.each(['verbose', 'true', '1', 'debug,info', 'de\nbug'])('refuses %j, on one line', (value) => {
    const resolve = (): unknown => resolveLogLevel('info', { ROUTELL_LOG: value });
    expect(resolve).toThrow(ConfigurationError);
    expect(resolve).toThrow(expect.objectContaining({ field: 'ROUTELL_LOG' }));
    expect(resolve).toThrow(/^ROUTELL_LOG is [^\n]*debug, info, warn, error, silent/);
  });
});
