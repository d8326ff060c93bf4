import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { separatePasted } from '../../src/router/pasted-lines.js';

const MARK = '```';
const PROGRAM = `function add(a, b) {
  return a + b;
}

const total = add(1, 2);
console.log(total);`;

describe('separatePasted', () => {
  it('leaves a plain text as it is', () => {
    const text = 'Dear team,\nplease summarize the talk.\nTwo lines will do.\nThanks!\nAnna';
    expect(separatePasted(text, MARK)).toEqual({ ask: text, material: '', fences: 0 });
  });

  it('takes out a program, and leaves a mark', () => {
    const { ask, material, fences } = separatePasted(`Why does this fail?\n\n${PROGRAM}`, MARK);
    expect(ask).toBe(`Why does this fail?\n\n${MARK}`);
    expect(material).toBe(PROGRAM);
    expect(fences).toBe(1);
  });

  it('finds the ask after the program', () => {
    expect(separatePasted(`${PROGRAM}\n\nWhat does it print?`, MARK).ask).toBe(
      `${MARK}\n\nWhat does it print?`,
    );
  });

  it.each([
    ['a table', 'name,age,city,pet\nAnna,31,Rome,cat\nBen,22,Oslo,dog\nCleo,45,Bern,fox'],
    ['a log', Array.from({ length: 5 }, (_, line) => `2026-03-01 10:0${line}:00 lost the line`).join('\n')],
    ['levels of a log', 'INFO started\nWARN slow\nERROR lost\nINFO ended'],
    [
      'JSON',
      JSON.stringify(
        [
          { id: 1, name: 'a' },
          { id: 2, name: 'b' },
        ],
        null,
        2,
      ),
    ],
    ['Markdown under its name', 'notes.md\n\n# Minutes\n\nThe team spoke about costs.\nAnna was there.'],
  ])('takes out %s, without a mark', (_name, pasted) => {
    const { ask, fences } = separatePasted(`Write a poem about rain.\n\n${pasted}`, MARK);
    expect(ask).toBe('Write a poem about rain.');
    expect(fences).toBe(0);
  });

  it('takes a file that opens the text up to the last paragraph', () => {
    const text = 'notes.md\n\nThe team spoke.\n\nAnna was there.\n\nWho was there?';
    expect(separatePasted(text, MARK).ask).toBe('Who was there?');
  });

  it('keeps lines of a program that are part of what is said: fewer than four', () => {
    const text = 'Explain these two lines:\nconst a = f(1);\nconst b = f(a);\nto a beginner.';
    expect(separatePasted(text, MARK).ask).toBe(text);
  });

  it('keeps the choices of a question', () => {
    const text = 'Which is prime?\nA) 9\nB) 15\nC) 17\nD) 21';
    expect(separatePasted(text, MARK)).toEqual({ ask: text, material: '', fences: 0 });
  });

  it('never throws, and makes up nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom(...PROGRAM.split('\n'))), {
          maxLength: 30,
        }),
        (lines) => {
          const text = lines.join('\n');
          const { ask, material, fences } = separatePasted(text, MARK);
          expect(ask.length).toBeLessThanOrEqual(text.length + fences * (MARK.length + 1));
          const given = new Set(text.split('\n'));
          expect(material.split('\n').filter((line) => line !== '' && !given.has(line))).toEqual([]);
        },
      ),
    );
  });
});
