/**
 * What a decision takes: `previewRequest` of prompts of several sizes, warm, beside two anchors in the same run: the
 * parsing of the request's JSON, which every server does, and a scorer of 14 regular expressions, as other routers use.
 * Contenders take turns, one decision each, so that a busy machine meets all alike.
 */
import { type ChatMessage, type ModelCapability, ModelRouter } from 'routell';

const RUNS = Number(process.env['BENCH_RUNS'] ?? 4000);

const SENTENCES = [
  'Write a function that merges overlapping intervals and returns them sorted.',
  'The committee published its report on regional transport after several months of study.',
  'Explain why the second call is slower than the first, and what to do about it.',
  'Für die Übersetzung gilt: höchstens 200 Wörter, kein Konjunktiv, alle Namen bleiben stehen.',
  'If every customer of the north orders twice, by how many percent does the revenue grow?',
  'const total = rows.filter((row) => row.region === "north").length;',
  'Je voudrais une liste de cinq idées pour un atelier avec des enfants.',
  'Compare both drafts, name three differences, and say which one you would send.',
  '请把下面的段落翻译成英文，并保持原来的语气。',
  'It must not use recursion, at least one test has to cover the empty list.',
];

/** Texts of about so many characters, no two the same. */
function texts(characters: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, text) => {
    let written = '';
    for (let at = text * 7; written.length < characters; at += 1 + (at % 3)) {
      written += `${SENTENCES[at % SENTENCES.length]}${at % 4 === 0 ? '\n' : ' '}`;
    }
    // Flat, as a text from the wire is.
    return JSON.parse(JSON.stringify(written.slice(0, characters))) as string;
  });
}

const KEYWORDS: readonly RegExp[] = [
  /\b(function|class|import|const|let|def|return|async|await)\b/i,
  /\b(debug|fix|error|exception|traceback|bug)\b/i,
  /\b(explain|what does|how does|why)\b/i,
  /\b(prove|theorem|integral|derivative|equation|solve)\b/i,
  /\b(puzzle|riddle|logic|deduce|step by step)\b/i,
  /\b(poem|story|haiku|song|novel|lyrics)\b/i,
  /\b(email|letter|essay|article|draft|report)\b/i,
  /\b(rewrite|rephrase|paraphrase|proofread|polish)\b/i,
  /\b(summari[sz]e|summary|tl;?dr|key points)\b/i,
  /\b(translate|translation|übersetze|traduire|翻译)\b/i,
  /\b(extract|list all|find all|json|csv)\b/i,
  /\b(classify|categori[sz]e|label|sentiment)\b/i,
  /\b(compare|analy[sz]e|evaluate|trade-?offs?|pros and cons)\b/i,
  /\b(ideas?|brainstorm|suggest|plan|recommend)\b/i,
];

function keywordScore(text: string): number {
  let best = -1;
  let most = 0;
  for (const [index, keyword] of KEYWORDS.entries()) {
    const hits = text.match(new RegExp(keyword, 'gi'))?.length ?? 0;
    if (hits <= most) continue;
    most = hits;
    best = index;
  }
  return best;
}

type Contender = readonly [name: string, decide: (turn: number) => unknown];

function measure(title: string, runs: number, contenders: readonly Contender[]): void {
  const times = contenders.map(() => new Float64Array(runs));
  for (let turn = -Math.ceil(runs / 2); turn < runs; turn++) {
    for (const [index, [, decide]] of contenders.entries()) {
      const began = performance.now();
      decide(Math.abs(turn));
      if (turn >= 0) times[index]![turn] = (performance.now() - began) * 1000;
    }
  }
  console.log(`\n${title} (${runs} each)`);
  for (const [index, [name]] of contenders.entries()) {
    const sorted = times[index]!.sort();
    const at = (share: number): string => (sorted[Math.floor(share * runs)] ?? 0).toFixed(1).padStart(9);
    console.log(`  ${name.padEnd(24)} p50 ${at(0.5)} µs  p99 ${at(0.99)} µs  least ${at(0)} µs`);
  }
}

const conversation = (content: string): readonly ChatMessage[] => [{ role: 'user', content }];
/** Takes prompts of any length: of the shipped models none has a window for 10 MB. */
const models = { 'any-length': { prices: { input: 0.1, output: 0.4 } } };
const router = new ModelRouter({ models });

function ofSize(title: string, characters: number, runs: number): void {
  const prompts = texts(characters, characters > 1e6 ? 2 : 64);
  const messages = prompts.map(conversation);
  const bodies = messages.map((one) => JSON.stringify({ model: 'auto', messages: one }));
  const pick = <T>(list: readonly T[], turn: number): T => list[turn % list.length]!;
  measure(`${title}, ${router.models.routable().length} models`, runs, [
    ['previewRequest', (turn) => router.previewRequest(pick(messages, turn))],
    ['JSON.parse of the body', (turn) => JSON.parse(pick(bodies, turn)) as unknown],
    ['14 regular expressions', (turn) => keywordScore(pick(prompts, turn))],
  ]);
}

ofSize('1 kB', 1000, RUNS);
ofSize('100 kB', 100_000, Math.ceil(RUNS / 20));
ofSize('10 MB', 10_000_000, Math.ceil(RUNS / 400));

/** Prices and ratings of no model in particular. */
const many: Record<string, Omit<ModelCapability, 'name'>> = {};
for (let index = 0; index < 1000; index++) {
  many[`model-${index}`] = {
    prices: { input: 0.1 + (index % 97) / 20, output: 0.4 + (index % 89) / 4, cached: 0.01 },
    quality: { overall: 1200 + (index % 331), confidence: index % 2 === 0 ? 'high' : 'low' },
    contextWindow: 32_000 * (1 + (index % 5)),
    typicalTokensPerSecond: 40 + (index % 160),
  };
}
const crowded = new ModelRouter({ models: many });
const asks = texts(1000, 64).map(conversation);
measure(`1 kB, ${crowded.models.routable().length} models`, Math.ceil(RUNS / 4), [
  ['previewRequest', (turn) => crowded.previewRequest(asks[turn % asks.length]!)],
]);

const turns: readonly ChatMessage[] = Array.from({ length: 100_000 }, (_, turn) => ({
  role: turn % 2 === 0 ? 'user' : 'assistant',
  content: `${SENTENCES[turn % SENTENCES.length]} ${turn}`,
}));
measure('100,000 messages', Math.ceil(RUNS / 400), [
  ['previewRequest', () => router.previewRequest(turns)],
  [
    'JSON.parse of the body',
    (() => {
      const body = JSON.stringify({ model: 'auto', messages: turns });
      return () => JSON.parse(body) as unknown;
    })(),
  ],
]);
