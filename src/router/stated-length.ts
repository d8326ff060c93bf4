/**
 * Units in which an ask states how long the answer shall be, and tokens that cover one: set by hand, and
 * amply. A word is one to three tokens, by language; a page has about 500 words.
 */
const UNITS: readonly (readonly [tokens: number, names: string])[] = [
  [6000, 'chapters?|kapitel|chapitres?|capítulos?|capitoli|глав|章'],
  [1500, 'pages?|seiten?|páginas?|pagin[ae]|страниц|页|頁|ページ|페이지|sayfa|صفحات'],
  [400, 'paragraphs?|absätze|paragraphes?|párrafos?|paragrafi|parágrafos?|абзац|段落?|paragraf'],
  [100, 'items?|examples?|questions?|ideas?|rows?|entries|steps?|beispiele|fragen|ejemplos?|preguntas?'],
  [2, 'characters?|zeichen|caractères?|caracteres|caratteri|символ|字|文字|글자|karakter|حرف'],
  [80, 'sentences?|sätze|phrases?|frases?|frasi|oraciones|предложени|句|文|문장|cümle'],
  [40, 'lines?|zeilen|lignes?|líneas?|righe|linhas?|строк|行|줄|satır'],
  [3, 'words?|wörter|worte|mots?|palabras?|parole|palavras?|слов|단어|kelime|كلمة|शब्द'],
];

/** Of a number only so many digits are read, and from its first: linear in the text. */
export const STATED = new RegExp(
  String.raw`(?<![\d.,])(\d{1,7}(?:[., ]\d{3})?)(k)?[\s-]{0,2}(?:${UNITS.map(([, names]) => `(${names})`).join('|')})`,
  'gi',
);

/** More than any model answers with. */
const MOST_TOKENS = 1_000_000;

/** Tokens that cover the length which an ask states, as "in 2,000 words"; 0 where it states none. */
export function statedOutputTokens(ask: string): number {
  let most = 0;
  for (const [, digits = '', thousand, ...units] of ask.matchAll(STATED)) {
    const count = Number(digits.replace(/[., ]/, '')) * (thousand === undefined ? 1 : 1000);
    const unit = units.findIndex((name: string | undefined) => name !== undefined);
    most = Math.max(most, count * (UNITS[unit]?.[0] ?? 0));
  }
  return Math.min(MOST_TOKENS, most);
}
