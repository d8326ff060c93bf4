import { describe, expect, it } from 'vitest';
import { readAsk } from '../../src/router/ask-reading.js';
import { CONCEPTS, type Concept } from '../../src/router/concepts.js';
import { buildLexicon, defaultLexicon } from '../../src/router/lexicon.js';

const strength = (text: string, concept: Concept): number =>
  readAsk(text).concepts[CONCEPTS.indexOf(concept)] ?? 0;

describe('buildLexicon', () => {
  it('refuses what could never be matched', () => {
    expect(() => buildLexicon([{ code: 'three_words_here' }])).toThrow(/at most two words/);
    expect(() => buildLexicon([{ code: 'ab*' }])).toThrow(/too short/);
    expect(() => buildLexicon([{ code: 'aa', make: 'bB' }])).toThrow(/has the hash of/);
  });

  it('files a word under every concept it stands under', () => {
    const { words } = buildLexicon([{ code: 'en: script' }, { prose: 'script' }]);
    expect([...words.values()]).toEqual([
      { text: 'script', concepts: [CONCEPTS.indexOf('code'), CONCEPTS.indexOf('prose')] },
    ]);
  });

  it('matches the longest part of a glued word first', () => {
    const lexicon = buildLexicon([{ make: '写', rewrite: '改写' }, { code: '写代码' }]);
    const { concepts } = readAsk('写代码', lexicon);
    expect(concepts[CONCEPTS.indexOf('code')]).toBeGreaterThan(0);
    expect(concepts[CONCEPTS.indexOf('make')]).toBe(0);
  });

  it('finds each entry of its own lexicons', () => {
    const { words, stems, parts } = defaultLexicon();
    const missed: string[] = [];
    for (const filed of [...words.values(), ...[...stems.values(), ...parts.values()].flat()]) {
      const { concepts } = readAsk(filed.text);
      if (filed.concepts.some((id) => (concepts[id] ?? 0) === 0)) missed.push(filed.text);
    }
    expect(missed).toEqual([]);
  });
});

describe('words', () => {
  it.each<[string, Concept]>([
    ['a classic glass of brass', 'classify'],
    ['the encoded decoder', 'code'],
    ['prefix and suffix', 'fix'],
    ['he is bugged by terrors', 'error'],
  ])('are whole: "%s" does not speak of %s', (text, concept) => {
    expect(strength(text, concept)).toBe(0);
  });

  it('are found whatever their case, by pairs and by stems', () => {
    expect(strength('TRANSLATE!', 'translate')).toBeGreaterThan(0);
    expect(strength('How many are there', 'count')).toBeGreaterThan(0);
    expect(strength('How are many there', 'count')).toBe(0);
    expect(strength('Übersetzungen', 'translate')).toBeGreaterThan(0);
    expect(strength('İngilizceye çevir', 'language')).toBeGreaterThan(0);
  });
});
