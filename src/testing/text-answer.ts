import { byLanguage, byTask, general, languageOf, type Phrases } from './phrases.js';
import { pick, type SeededRandom } from './random.js';
import { countTokens, startOf } from './tokens.js';

/** Usual lengths of an answer in tokens, by task. */
const LENGTHS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  code_generation: [120, 320],
  code_debug: [100, 260],
  code_explanation: [90, 220],
  math: [70, 200],
  reasoning: [80, 220],
  creative_writing: [160, 420],
  writing: [120, 320],
  analysis: [160, 360],
  brainstorming: [70, 160],
  summarization: [60, 140],
  extraction: [20, 50],
  classification: [8, 16],
  conversation: [16, 40],
};

/** Enough to repeat something readable, too little to matter. */
const TOPIC_CHARACTERS = 48;

/** A readable answer of plausible length that says in its first words that it is simulated. */
export function textAnswer(model: string, task: string, ask: string, random: SeededRandom): string {
  const [least, most] = LENGTHS[task] ?? [40, 140];
  const foreign = byLanguage[languageOf(ask)];
  const phrases = foreign ?? byTask[task] ?? general;
  // There are fewer sentences to choose from in other languages.
  const target = (least + random() * (most - least)) / (foreign === undefined ? 1 : 2);
  const opening = `[simulated ${model}] ${phrases.opening(topicOf(ask))}`;
  const isCode = task === 'code_generation' || task === 'code_debug';
  const start = isCode ? `${opening}\n\n${codeBlock(ask, random)}\n\n` : opening;
  return start + sentences(phrases.body, target - countTokens(start), isCode ? '' : undefined, random);
}

/** Sentences until there are tokens enough; what comes again comes in a paragraph of its own. */
function sentences(
  body: Phrases['body'],
  tokens: number,
  beginWith: string | undefined,
  random: SeededRandom,
): string {
  const separator = body[0].startsWith('- ') ? '\n' : ' ';
  let text = '';
  let left = tokens;
  for (let round = 0; left > 0; round++) {
    // From the second paragraph on some are left out, never the first.
    const chosen = body.filter((_, index) => index === 0 || round === 0 || random() >= 0.25);
    for (const [index, sentence] of chosen.entries()) {
      if (left <= 0) break;
      const first = round === 0 ? (beginWith ?? separator) : '\n\n';
      text += (index === 0 ? first : separator) + sentence;
      left -= countTokens(sentence);
    }
  }
  return text;
}

/** What a model says once it has been told what its tools found. */
export function toolFollowUp(model: string, results: readonly string[]): string {
  const told = results.map((result) => startOf(result, 200)).join('; ');
  return `[simulated ${model}] According to the ${results.length === 1 ? 'tool' : 'tools'}: ${told}`;
}

function withoutEndMarks(line: string): string {
  let end = line.length;
  while (end > 0 && '.?!:。？！'.includes(line.charAt(end - 1))) end--;
  return line.slice(0, end);
}

function topicOf(ask: string): string {
  const line = ask.trim().split('\n', 1)[0] ?? '';
  const characters = Array.from(startOf(line, 2 * TOPIC_CHARACTERS));
  if (characters.length <= TOPIC_CHARACTERS) return withoutEndMarks(line);
  return `${characters.slice(0, TOPIC_CHARACTERS).join('').trimEnd()}…`;
}

const LANGUAGES: readonly (readonly [name: string, words: RegExp, lines: readonly string[]])[] = [
  [
    'typescript',
    /typescript|javascript|\bts\b|\bjs\b|node/i,
    [
      'export function solve(items: readonly number[]): number {',
      '  // Simulated: a stand-in for what a model would write.',
      '  let total = 0;',
      '  for (const item of items) total += item;',
      '  return total;',
      '}',
    ],
  ],
  [
    'sql',
    /\bsql\b|query|select\b/i,
    [
      '-- Simulated: a stand-in for what a model would write.',
      'select id, count(*) as total',
      'from items group by id;',
    ],
  ],
  [
    'rust',
    /rust|cargo/i,
    [
      '// Simulated: a stand-in for what a model would write.',
      'fn solve(items: &[i64]) -> i64 {',
      '    items.iter().sum()',
      '}',
    ],
  ],
];

const PYTHON = [
  'def solve(items):',
  '    """Simulated: a stand-in for what a model would write."""',
  '    total = 0',
  '    for item in items:',
  '        total += item',
  '    return total',
] as const;

function codeBlock(ask: string, random: SeededRandom): string {
  const start = ask.slice(0, 2000);
  const [name, , lines] = LANGUAGES.find(([, words]) => words.test(start)) ?? ['python', null, PYTHON];
  const verb = pick(random, ['solve', 'handle', 'process', 'collect']);
  return ['```' + name, ...lines.map((line) => line.replace('solve', verb)), '```'].join('\n');
}
