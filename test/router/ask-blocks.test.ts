import { describe, expect, it } from 'vitest';
import { separateBlocks } from '../../src/router/ask-blocks.js';

describe('separateBlocks', () => {
  it('leaves a plain text as it is', () => {
    expect(separateBlocks('  What is 2 < 3 in <b>HTML</b>?  ')).toEqual({
      ask: 'What is 2 < 3 in <b>HTML</b>?',
      material: '',
      reminderCharacters: 0,
      files: 0,
      fences: 0,
    });
  });

  it('drops reminder blocks wherever they stand, and counts them', () => {
    const block = '<system-reminder>Use the todo list.</system-reminder>';
    const separated = separateBlocks(`${block}\nFix the login.${block}`);
    expect(separated.ask).toBe('Fix the login.');
    expect(separated.reminderCharacters).toBe(2 * block.length);
    expect(separated.material).toBe('');
  });

  it('keeps fences apart and leaves a mark of each', () => {
    const separated = separateBlocks('Why does this fail?\n```js\nlet a = ;\n```\nThanks.');
    expect(separated.ask).toBe('Why does this fail?\n```\n\nThanks.');
    expect(separated.material).toBe('```js\nlet a = ;\n```');
    expect(separated.fences).toBe(1);
  });

  it('takes an open fence to the end of the text', () => {
    expect(separateBlocks('Explain:\n```\ncode').material).toBe('```\ncode');
  });

  it('keeps tagged files apart, where the tag opens a line', () => {
    const separated = separateBlocks('<file path="a.ts">let a;</file>\nWhat does it do?');
    expect(separated).toMatchObject({ ask: 'What does it do?', files: 1 });
    expect(separateBlocks('What does <code>let a;</code> do?').ask).toBe('What does <code>let a;</code> do?');
  });

  it('leaves a tag that never closes, and text that only looks like one', () => {
    const text = 'a <system-reminder> without end, <> and <1> and < file>';
    expect(separateBlocks(text).ask).toBe(text);
  });

  it('does not look for the end of the same open tag again and again', () => {
    const text = '<reminder>'.repeat(50_000);
    expect(separateBlocks(text).reminderCharacters).toBe(0);
  });
});
