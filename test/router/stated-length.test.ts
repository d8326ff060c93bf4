import { describe, expect, it } from 'vitest';
import { statedOutputTokens } from '../../src/router/stated-length.js';

describe('statedOutputTokens', () => {
  it.each([
    ['Write a 2000-word essay on tides.', 6000],
    ['Write 1,500 words on tides.', 4500],
    ['Schreibe 2.000 Wörter über Gezeiten.', 6000],
    ['Escribe 800 palabras.', 2400],
    ['About 5k words, please.', 15_000],
    ['A report of 10 pages, each with 3 paragraphs.', 15_000],
    ['写一篇500字的文章', 1000],
    ['「潮」について500文字で', 1000],
    ['Give 40 examples.', 4000],
  ])('reads %s', (ask, tokens) => {
    expect(statedOutputTokens(ask)).toBe(tokens);
  });

  it.each(['', 'Write about tides.', 'In 2024 there were 12 boats.', 'Room 101', 'words 500'])(
    'finds none in %o',
    (ask) => {
      expect(statedOutputTokens(ask)).toBe(0);
    },
  );

  it('is bounded, whatever stands there', () => {
    expect(statedOutputTokens('9999999 chapters')).toBe(1_000_000);
    expect(statedOutputTokens(`${'9'.repeat(50_000)} words`)).toBe(0);
  });
});
