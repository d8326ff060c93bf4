import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.js';
import { matching } from './expected.js';

function invocationOf(...argv: string[]): object {
  const asked = readCommandLine(argv);
  if (asked.kind !== 'command') throw new Error(asked.text);
  return asked.invocation;
}

describe('readCommandLine', () => {
  it.each([
    [['doctor'], { command: 'doctor', options: { json: false, simulate: false, call: false } }],
    [
      ['doctor', '--call', '--json'],
      { command: 'doctor', options: { json: true, simulate: false, call: true } },
    ],
    [
      ['--json', 'models', '--simulate'],
      { command: 'models', options: { json: true, simulate: true, diff: false } },
    ],
    [['models', '--diff'], { command: 'models', options: { json: false, simulate: false, diff: true } }],
    [
      ['models', '--config', 'my.json'],
      { command: 'models', options: { json: false, simulate: false, diff: false, config: 'my.json' } },
    ],
    [
      ['route', 'a b', '--explain'],
      { command: 'route', prompt: 'a b', options: { json: false, simulate: false, explain: true } },
    ],
    [
      ['route', '-'],
      { command: 'route', prompt: '-', options: { json: false, simulate: false, explain: false } },
    ],
    [
      ['replay', '--log', 'a.jsonl', '--policy', 'b.json'],
      {
        command: 'replay',
        options: { json: false, simulate: false, log: 'a.jsonl', policy: 'b.json' },
      },
    ],
    [
      ['chat', '--', '--cost'],
      { command: 'chat', prompt: '--cost', options: { json: false, simulate: false } },
    ],
  ])('%j', (argv, expected) => {
    expect(invocationOf(...argv)).toEqual(expected);
  });

  it('reads every option of a request', () => {
    const argv = [
      '--model',
      'm',
      '--system',
      's',
      '--temperature',
      '0.5',
      '--max-tokens',
      '10',
      '--cost',
      '1',
    ];
    const more = [
      '--quality',
      '0',
      '--speed',
      '.2',
      '--max-cost-usd',
      '0.01',
      '--max-cost-per-token',
      '1e-6',
    ];
    const last = ['--max-time-ms', '2000', '--min-context-window', '8000', '--models', 'a, b'];
    expect(invocationOf('chat', 'hi', ...argv, ...more, ...last)).toEqual({
      command: 'chat',
      prompt: 'hi',
      options: {
        json: false,
        simulate: false,
        model: 'm',
        system: 's',
        temperature: 0.5,
        maxTokens: 10,
        cost: 1,
        quality: 0,
        speed: 0.2,
        maxCostUsd: 0.01,
        maxCostPerToken: 1e-6,
        maxTimeMs: 2000,
        minContextWindow: 8000,
        models: ['a', 'b'],
      },
    });
  });

  it.each([
    [[], /Usage: routell/],
    [['nothing'], /unknown command 'nothing'/],
    [['doctr'], /Did you mean doctor\?/],
    [['models', '--simulte'], /unknown option '--simulte'\n\(Did you mean --simulate\?\)/],
    [['chat', 'two', 'words'], /too many arguments/],
    [
      ['chat', 'x', '--cost', '-1'],
      /'--cost <weight>' argument '-1' is invalid\. Expected a number, 0 or more/,
    ],
    [['chat', 'x', '--cost', ''], /Expected a number/],
    [['chat', 'x', '--quality', 'Infinity'], /Expected a number/],
    [['chat', 'x', '--temperature', '3'], /Expected a number, 0 to 2/],
    [['chat', 'x', '--max-cost-usd', '0'], /Expected a number above 0/],
    [['chat', 'x', '--max-time-ms', ''], /Expected a number above 0/],
    [['chat', 'x', '--max-tokens', '1.5'], /Expected a whole number, 1 or more/],
    [['chat', 'x', '--models', 'a,,b'], /Expected names separated by commas/],
    [['chat', 'x', '--model'], /argument missing/],
    [['route', 'x', '--model', 'm'], /unknown option '--model'/],
    [['models', '--call'], /unknown option '--call'/],
    [['replay', '--policy', 'p.json'], /required option '--log <file>' not specified/],
  ])('%j is a mistake', (argv, told) => {
    const asked = readCommandLine(argv);
    expect(asked.kind).toBe('mistake');
    expect(asked).toHaveProperty('text', matching(told));
  });

  it.each([
    [['--help'], /Examples:[^]*Exit codes: 0 well, 1 failed, 2/],
    [['chat', '--help'], /--temperature[^]*Global Options:[^]*--simulate/],
    [['help', 'doctor'], /--call/],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
  ])('%j is answered', (argv, told) => {
    const asked = readCommandLine(argv);
    expect(asked.kind).toBe('answer');
    expect(asked).toHaveProperty('text', matching(told));
  });

  it.each(['serve', 'dashboard', 'usage', 'init'])('does not know %s', (command) => {
    expect(readCommandLine([command]).kind).toBe('mistake');
  });
});
