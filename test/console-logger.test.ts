import { afterEach, describe, expect, it, vi } from 'vitest';
import { consoleLogger, type LogLevel } from '../src/console-logger.js';

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
});
