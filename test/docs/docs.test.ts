import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as library from 'routell';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/workspace.mjs';
import { Declarations } from './declarations.js';

interface Row {
  /** What stands in the first cell between backticks. */
  readonly key: string;
  /** The cells after it. */
  readonly cells: readonly string[];
  readonly text: string;
}

/** The rows of the tables of a page whose first cell is a name between backticks and nothing else. */
function rowsOf(page: string, headings: readonly string[]): readonly Row[] {
  const markdown = readFileSync(join(root, 'docs', page), 'utf8');
  const rows: Row[] = [];
  let isWanted = false;
  for (const line of markdown.split('\n')) {
    if (!line.startsWith('|')) {
      isWanted = false;
      continue;
    }
    const [first = '', ...cells] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    if (headings.includes(first)) isWanted = true;
    const key = /^`([^`]+)`$/.exec(first)?.[1];
    if (isWanted && key !== undefined) rows.push({ key, cells, text: line });
  }
  return rows;
}

const keysOf = (rows: readonly Row[]): readonly string[] => rows.map(({ key }) => key).sort();

/** Which of the names the row does not speak of. */
function unsaid(row: Row | undefined, names: Iterable<string>): readonly string[] {
  return [...names].filter((name) => row?.text.includes(`\`${name}\``) !== true);
}

describe('docs/events.md', () => {
  const rows = rowsOf('events.md', ['event']);
  const events = new Declarations('src/events.ts').payloads('EventMap');

  it('has one row for each event, and no other', () => {
    expect(keysOf(rows)).toEqual([...events.keys()].sort());
  });

  it.each([...events])('tells the payload of %s', (type, payload) => {
    const row = rows.find(({ key }) => key === type);
    expect(
      unsaid(
        row,
        payload.filter((name) => name !== 'at'),
      ),
    ).toEqual([]);
    expect(row?.cells.at(-1)).not.toBe('');
  });

  it('tells the payload that is a type of its own', () => {
    const status = new Declarations('src/types.ts').properties('CreditStatus');
    expect(
      unsaid(
        rows.find(({ key }) => key === 'credits-update'),
        status.keys(),
      ),
    ).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  const declared = new Declarations('src/errors.ts');
  const classes = declared.classes();

  it('has one row for each code, and no other', () => {
    const rows = rowsOf('errors.md', ['code']);
    expect(keysOf(rows)).toEqual([...declared.literals('RouteLLErrorCode')].sort());
    expect(rows.filter(({ cells }) => cells[0] === '')).toEqual([]);
  });

  it('has one row for each exported class, and no other', () => {
    const exported = Object.keys(library).filter((name) => name.endsWith('Error'));
    expect(keysOf(rowsOf('errors.md', ['class']))).toEqual(exported.sort());
    expect([...classes.keys()].sort()).toEqual(exported);
  });

  it.each([...classes])('tells the data of %s', (name, properties) => {
    const row = rowsOf('errors.md', ['class']).find(({ key }) => key === name);
    expect(
      unsaid(
        row,
        properties.filter((property) => property !== 'name'),
      ),
    ).toEqual([]);
  });

  it('tells every phase of a timeout', () => {
    const row = rowsOf('errors.md', ['class']).find(({ key }) => key === 'TimeoutError');
    expect(unsaid(row, declared.literals('TimeoutPhase'))).toEqual([]);
  });
});

describe('docs/options.md', () => {
  const options = new Declarations('src/options.ts');
  const types = new Declarations('src/types.ts');
  const budgets = new Declarations('src/credits/budgets.ts');
  const limits = new Declarations('src/rate-limiter/limits.ts');
  const ports = new Declarations('src/stores.ts');
  const rows = rowsOf('options.md', ['option']);

  /** The paths of an interface's options and, below those whose type is an interface of the file, of theirs. */
  function pathsOf(name: string, prefix = ''): string[] {
    return [...options.properties(name)].flatMap(([property, type]) => {
      const path = `${prefix}${property}`;
      return options.interfaces.includes(type) ? [path, ...pathsOf(type, `${path}.`)] : [path];
    });
  }
  const below = (prefix: string, declarations: Declarations, name: string): string[] =>
    [...declarations.properties(name).keys()].map((property) => `${prefix}${property}`);

  const known = [
    ...pathsOf('RouteLLClientOptions'),
    ...pathsOf('CallOptions'),
    ...below('rateLimits.', limits, 'RateLimits'),
    ...below('budgets[].', budgets, 'Budget'),
    ...below('stores.', ports, 'Stores'),
    ...below('preferences.', types, 'Preferences'),
    ...below('constraints.', types, 'Constraints'),
  ];

  it('reads every interface of options there is', () => {
    const read = ['RouteLLClientOptions', 'CallOptions'].flatMap((name) => [
      ...options.properties(name).values(),
    ]);
    const unread = options.interfaces.filter(
      (name) => /Options$/.test(name) && !read.includes(name) && options.properties(name).size > 0,
    );
    expect(unread.sort()).toEqual(['CallOptions', 'ResolvedOptions', 'RouteLLClientOptions']);
  });

  it('has a row for each option, and no other', () => {
    expect(keysOf(rows)).toEqual([...known].sort());
  });

  it('states the need that each option serves', () => {
    expect(rows.filter(({ cells }) => cells.at(-1) === '').map(({ key }) => key)).toEqual([]);
  });

  it('speaks of each field of a model', () => {
    const text = rowsOf('options.md', ['field'])
      .concat()
      .map((row) => row.text)
      .join('');
    const page = readFileSync(join(root, 'docs', 'options.md'), 'utf8');
    const fields = [...types.properties('ModelCapability').keys()].filter((name) => name !== 'name');
    expect(fields.filter((field) => !`${text}${page}`.includes(`\`${field}\``))).toEqual([]);
  });
});

describe('the pages of docs/', () => {
  it('tell every default of the options that is a plain figure', () => {
    const rows = rowsOf('options.md', ['option']);
    const figures = [
      ['credits.lowThreshold', '100'],
      ['retries.maxRetries', '3'],
      ['retries.retryDelayMs', '1000'],
      ['timeouts.totalMs', '30,000'],
      ['timeouts.idleMs', '30,000'],
      ['routing.maxRoutingTimeMs', '100'],
    ];
    expect(figures.map(([key]) => [key, rows.find((row) => row.key === key)?.cells[0]])).toEqual(figures);
  });
});
