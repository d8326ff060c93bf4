import { describe, expect, it } from 'vitest';
import { readAsk } from '../../src/router/ask-reading.js';
import { CONCEPTS } from '../../src/router/concepts.js';

describe('readAsk', () => {
  it('counts words, lines, numbers, questions and operators', () => {
    expect(readAsk('What is 12 + 30?\nAnd why??')).toMatchObject({
      words: 4,
      lines: 2,
      questions: 2,
      endsAsking: true,
      operators: 1,
      fences: 0,
    });
    expect(readAsk('12 and 30').numbers).toBeGreaterThan(1.9);
  });

  it('counts two characters of a script without spaces as one word', () => {
    expect(readAsk('天地玄黄').words).toBe(2);
    expect(readAsk('总结一下').words).toBe(2);
  });

  it('knows the question marks of other scripts', () => {
    expect(readAsk('这是什么？').endsAsking).toBe(true);
    expect(readAsk('ما هذا؟').endsAsking).toBe(true);
    expect(readAsk('This is a statement.').endsAsking).toBe(false);
  });

  it('sees program lines, fences and options', () => {
    expect(readAsk('int main() {\n    return 0;\n}').codeLines).toBe(3);
    expect(readAsk('A line.\nAnother line.').codeLines).toBe(0);
    expect(readAsk('Why?\n```\n').fences).toBe(1);
    expect(readAsk('(A) red (B) blue (C) green').options).toBe(3);
  });

  it('gives words amid pasted text less weight than those at the ends', () => {
    const filler = 'lorem ipsum dolor sit amet consectetur adipiscing elit. '.repeat(20);
    const at = CONCEPTS.indexOf('translate');
    const first = readAsk(`Please translate: ${filler}${filler}`).concepts[at] ?? 0;
    const amid = readAsk(`${filler} translate ${filler}`).concepts[at] ?? 0;
    const last = readAsk(`${filler}${filler} Please translate.`).concepts[at] ?? 0;
    expect(amid).toBeGreaterThan(0);
    expect(first).toBeGreaterThan(2 * amid);
    expect(last).toBeGreaterThan(2 * amid);
  });
});
