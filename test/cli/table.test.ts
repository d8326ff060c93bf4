import { describe, expect, it } from 'vitest';
import { table } from '../../src/cli/table.js';

describe('table', () => {
  it('puts rows under headings, figures to the right', () => {
    const rows = [
      { name: 'a', price: 10 },
      { name: 'longer', price: 0.5 },
    ];
    const text = table(rows, [
      { heading: 'name', cell: ({ name }) => name },
      { heading: 'price', cell: ({ price }) => String(price), align: 'right' },
    ]);
    expect(text).toBe('name    price\na          10\nlonger    0.5');
  });

  it('has its headings where it has no rows', () => {
    expect(table([], [{ heading: 'name', cell: () => '' }])).toBe('name');
  });

  it('keeps a cell on its line', () => {
    expect(table(['a\n\u001b[2Jb'], [{ heading: 'x', cell: (row) => row }])).toBe('x\na\\u000a\\u001b[2Jb');
  });
});
