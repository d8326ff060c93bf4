/** Texts that some reader of prompts has been slow at, or has failed at. Each is built up to a length. */

const filled = (unit: string, length: number): string =>
  unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

/** Base64 of nothing in particular: no two lines alike. */
function base64(length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let state = 1;
  const characters: string[] = [];
  for (let index = 0; index < 9973; index++) {
    state = (state * 48_271) % 2_147_483_647;
    characters.push(alphabet.charAt(state % 64));
  }
  return filled(characters.join(''), length);
}

export const HOSTILE_TEXTS: Readonly<Record<string, (length: number) => string>> = {
  'one letter': (length) => filled('a', length),
  spaces: (length) => filled(' ', length),
  'kinds of white space': (length) => filled(' \t\u00a0\u3000\r\n\u200b\ufeff', length),
  newlines: (length) => filled('\n', length),
  backticks: (length) => filled('`', length),
  'unclosed fences': (length) => filled('```\ncode\n', length),
  'a word of asking': (length) => filled('please fix ', length),
  'Chinese without a space': (length) => filled('汉', length),
  digits: (length) => filled('7', length),
  'numbers and operators': (length) => filled('1+2*3=', length),
  'lone high surrogates': (length) => filled('\ud800', length),
  'lone low surrogates': (length) => filled('\udc00', length),
  'combining marks': (length) => filled('e\u0301\u0302\u0303', length),
  'emoji joined': (length) => filled('👩\u200d👩\u200d👧\u200d👦', length),
  emoji: (length) => filled('😀', length),
  braces: (length) => filled('{', length),
  base64,
  NULs: (length) => filled('\0', length),
  'control characters': (length) => filled('\u0001\u001b[31m\u0007', length),
  'opened tags': (length) => filled('<file>', length),
  'closed tags': (length) => filled('</file>', length),
  'reminders that do not end': (length) => filled('<system-reminder>be kind ', length),
  'tags in tags': (length) => filled('<a>', length / 2) + filled('</a>', length / 2),
  'less-than signs': (length) => filled('<', length),
  'question marks': (length) => filled('?', length),
  options: (length) => filled('(A) x (B) y ', length),
  'capitals and small letters': (length) => filled('aB', length),
  'Turkish dotted capitals': (length) => filled('İ', length),
  'right-to-left marks': (length) => filled('\u202eabc\u202c', length),
  'a stated length again and again': (length) => filled('in 1,000,000 words ', length),
};
