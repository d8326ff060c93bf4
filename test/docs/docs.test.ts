import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as library from 'routell';
import { faultNames } from 'routell/testing';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/workspace.mjs';
import { DEFAULTS } from '../../src/options.js';
import { Declarations } from './declarations.js';

const declared = new Declarations(
  'src/types.ts',
  'src/credit-status.ts',
  'src/errors.ts',
  'src/events.ts',
  'src/stores.ts',
  'src/options.ts',
  'src/config/effective-config.ts',
  'src/chat-options.ts',
  'src/config/providers.ts',
  'src/call/batch-options.ts',
  'src/credits/budgets.ts',
  'src/rate-limiter/limits.ts',
  'src/testing/simulator.ts',
  'src/testing/faults/fields.ts',
);

interface Row {
  /** The first cell: a name between backticks. */
  readonly key: string;
  readonly cells: readonly string[];
  readonly text: string;
}

/** The rows of those tables of a page whose first column has this heading. */
function rowsOf(page: string, heading: string): readonly Row[] {
  const rows: Row[] = [];
  let isWanted = false;
  for (const line of readFileSync(join(root, 'docs', page), 'utf8').split('\n')) {
    const cells = line.startsWith('|') ? line.split('|').map((cell) => cell.trim()) : [];
    if (cells.length === 0) isWanted = false;
    if (cells[1] === heading) {
      isWanted = true;
      continue;
    }
    const key = /^`([^`]+)`$/.exec(cells[1] ?? '')?.[1];
    if (isWanted && key !== undefined) rows.push({ key, cells: cells.slice(2, -1), text: line });
  }
  return rows;
}

const keysOf = (rows: readonly Row[]): readonly string[] => rows.map(({ key }) => key).sort();

/** Which of the names the row does not speak of. */
function unsaid(row: Row | undefined, names: Iterable<string>): readonly string[] {
  return [...names].filter((name) => row?.text.includes(`\`${name}\``) !== true);
}

describe('docs/events.md', () => {
  const rows = rowsOf('events.md', 'event');
  const events = declared.payloads('EventMap');

  it('has one row for each event, and no other', () => {
    expect(keysOf(rows)).toEqual([...events.keys()].sort());
  });

  it.each([...events])('tells the payload of %s, and when it comes', (type, payload) => {
    const row = rows.find(({ key }) => key === type);
    const told = payload.filter((name) => name !== 'at');
    expect(unsaid(row, told)).toEqual([]);
    expect(row?.cells.at(-1)).not.toBe('');
  });

  it('tells the payload that is a type of its own', () => {
    const row = rows.find(({ key }) => key === 'credits-update');
    expect(unsaid(row, declared.properties('CreditStatus').keys())).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  const classes = declared.classes();
  const classRows = rowsOf('errors.md', 'class');

  it('has one row for each code, and no other', () => {
    const rows = rowsOf('errors.md', 'code');
    expect(keysOf(rows)).toEqual([...declared.literals('RouteLLErrorCode')].sort());
    expect(rows.filter(({ cells }) => cells[0] === '')).toEqual([]);
  });

  it('has one row for each exported class, and no other', () => {
    const exported = Object.keys(library).filter((name) => name.endsWith('Error'));
    expect(keysOf(classRows)).toEqual(exported.sort());
  });

  it.each(keysOf(classRows))('tells the data of %s', (name) => {
    const data = classes.get(name)?.filter((property) => property !== 'name') ?? ['a class'];
    expect(
      unsaid(
        classRows.find(({ key }) => key === name),
        data,
      ),
    ).toEqual([]);
  });

  it('tells every phase of a timeout', () => {
    const row = classRows.find(({ key }) => key === 'TimeoutError');
    expect(unsaid(row, declared.literals('TimeoutPhase'))).toEqual([]);
  });
});

describe('docs/options.md', () => {
  const rows = rowsOf('options.md', 'option');

  /** The options of an interface by their paths and, where one is made of options itself, those too. */
  function pathsOf(name: string, prefix = ''): string[] {
    return [...declared.properties(name)].flatMap(([property, type]) => {
      const [, list] = /^readonly \(?(\w+)(?: \| \w+\))?\[\]$/.exec(type) ?? [];
      const [, partial] = /^Partial<(\w+)>$/.exec(type) ?? [];
      const below = list ?? partial ?? type;
      const path = `${prefix}${property}`;
      // The limits of an entry are those of the client, which have their rows.
      if (!declared.hasInterface(below) || prefix.endsWith('[].')) return [path];
      return [path, ...pathsOf(below, list === undefined ? `${path}.` : `${path}[].`)];
    });
  }
  const known = new Set([
    ...pathsOf('RouteLLClientOptions'),
    ...pathsOf('CallOptions'),
    ...pathsOf('BatchOptions'),
  ]);

  it('reads what it is compared with', () => {
    const samples = ['apiKey', 'timeouts.idleMs', 'budgets[].tag', 'stores.journal', 'constraints.models'];
    expect([...known]).toEqual(expect.arrayContaining([...samples, 'rateLimits.burst', 'timeoutMs']));
  });

  it('has a row for each option, and no other', () => {
    expect([...new Set(keysOf(rows))]).toEqual([...known].sort());
  });

  it('states the need that each option serves', () => {
    expect(keysOf(rows.filter(({ cells }) => cells.at(-1) === ''))).toEqual([]);
  });

  it('has as many cells in each row as in the head of its table', () => {
    const lines = readFileSync(join(root, 'docs', 'options.md'), 'utf8').split('\n');
    const columns = (line = ''): number => line.split(/(?<!\\)\|/).length;
    const uneven = lines.filter(
      (line, index) =>
        line.startsWith('|') &&
        lines[index - 1]?.startsWith('|') === true &&
        columns(line) !== columns(lines[index - 1]),
    );
    expect(uneven).toEqual([]);
  });

  it('has each option of a provider, and no other, in the table of providers', () => {
    const page = readFileSync(join(root, 'docs', 'options.md'), 'utf8');
    const section = page.split('## Of a provider')[1]?.split('\n## ')[0] ?? '';
    const first = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);
    expect(first).toEqual(rows.map(({ key }) => key).filter((key) => key.startsWith('providers[].')));
  });

  const defaults = Object.entries(DEFAULTS).flatMap(([name, value]): [path: string, value: unknown][] => {
    if (typeof value !== 'object' || name === 'preferences') return [[name, value]];
    return Object.entries(value).map(([key, below]) => [`${name}.${key}`, below]);
  });

  it.each(defaults)('tells the default of %s: %o', (path, value) => {
    const shown = rows.filter(({ key }) => key === path).map(({ cells }) => plain(cells[0] ?? ''));
    expect(shown).toContain(plain(JSON.stringify(value)));
  });

  it('speaks of each field of a model', () => {
    const page = readFileSync(join(root, 'docs', 'options.md'), 'utf8').split('## Of a model')[1] ?? '';
    const fields = [...declared.properties('ModelCapability').keys()].filter((field) => field !== 'name');
    expect(fields.filter((field) => !page.includes(`\`${field}\``))).toEqual([]);
  });
});

describe('docs/guide-coverage.md', () => {
  const table = readFileSync(join(root, 'docs', 'guide-coverage.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[ -]+\|/.test(line) && !line.startsWith('| guide '));
  const named = table.flatMap((line) => [
    ...line.matchAll(/`((?:test|docs|examples)\/[^`]+|\.env\.example)`/g),
  ]);

  it('names only files that there are', () => {
    expect(named.length).toBeGreaterThan(80);
    expect(named.map(([, file]) => file ?? '').filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('explains each row: a file that shows it, or the version it is left to', () => {
    const unexplained = table.filter(
      (line) => !/`(?:test|docs|examples|src)\/|\.env\.example|later/.test(line),
    );
    expect(unexplained).toEqual([]);
  });
});

describe('docs/simulator.md', () => {
  it('has one row for each fault and each option, and no other', () => {
    expect(keysOf(rowsOf('simulator.md', '`fault`'))).toEqual([...faultNames].sort());
    const options = [...declared.properties('SimulatorOptions').keys()];
    expect(keysOf(rowsOf('simulator.md', 'option'))).toEqual(options.sort());
  });

  it('speaks of each field of a fault rule', () => {
    const page = readFileSync(join(root, 'docs', 'simulator.md'), 'utf8').split('## Faults')[1] ?? '';
    const fields = [...declared.properties('FaultFields').keys()];
    expect(fields.filter((field) => !page.includes(`\`${field}\``))).toEqual([]);
  });
});

/** A value as it is written, without quotes, spaces and separators of thousands. */
function plain(text: string): string {
  return text.replaceAll(/["'`\s]|(?<=\d),(?=\d{3})/g, '');
}
