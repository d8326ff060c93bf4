import { countTokens } from './tokens.js';

/** What the simulator thinks a prompt asks for. Answers never tell; the ledger does. */
export interface Judgement {
  /** The name of the task, as `code_generation`. */
  readonly task: string;
  /** 0 (anybody can) to 1 (hardly anybody can). */
  readonly difficulty: number;
}

/** Judges a prompt. Give your own to `startSimulator` where the truth is known. */
export type Judge = (messages: readonly { readonly role: string; readonly text: string }[]) => Judgement;

/** The first that matches is the task; more special ones come first. */
const TASKS: readonly (readonly [task: string, base: number, words: RegExp])[] = [
  ['translation', 0.2, /\b(translat|übersetz|tradu[icz])|翻译|翻訳|переве|번역|ترجم|अनुवाद/iu],
  [
    'summarization',
    0.25,
    /\b(summar|tl;?dr|zusammenfass|fasse|résume|resum[aei]|riassum)|总结|要約|кратко|요약/iu,
  ],
  ['extraction', 0.2, /\b(extract|extrah|extrai|estrai|pull out|list all the)|提取|抽出|извлек/iu],
  ['classification', 0.15, /\b(classif|klassifiz|sentiment|label (this|the)|spam or)|分类|分類/iu],
  ['code_debug', 0.5, /\b(debug|bug|stack ?trace|traceback|exception|segfault|fix (this|the|my))\b/iu],
  ['code_explanation', 0.3, /\bexplain (this|the|what this) (code|function|regex|query)/iu],
  [
    'code_generation',
    0.4,
    /```|\b(code|function|python|javascript|typescript|rust|golang|java|sql|regex|script|funktion|fonction|función|class|api|algorithm)\b|函数|代码|関数/iu,
  ],
  [
    'math',
    0.45,
    /\b(solve|prove|integral|derivative|equation|theorem|probability|calculate|compute|berechne|löse|beweise|calcul|résous)|\d\s{0,3}[-+*/×÷^=]\s{0,3}\d|证明|計算|计算|решите/iu,
  ],
  ['rewriting', 0.2, /\b(rewrite|rephrase|paraphrase|proofread|improve this|polish|umformulier|reformul)/iu],
  [
    'creative_writing',
    0.4,
    /\b(poem|story|haiku|song|novel|lyrics|gedicht|geschichte|poème|poema|cuento)\b|诗|物語|стих/iu,
  ],
  ['brainstorming', 0.25, /\b(brainstorm|ideas?|suggest|ideen|idées)\b/iu],
  ['reasoning', 0.55, /\b(puzzle|riddle|logic|step by step|deduce|rätsel)\b/iu],
  ['analysis', 0.5, /\b(analy[sz]|compare|evaluate|trade-?offs?|pros and cons|vergleich|compar[ae])/iu],
  ['writing', 0.3, /\b(write|draft|compose|email|letter|essay|schreib|écris|escribe)/iu],
  [
    'conversation',
    0.05,
    /^\W{0,9}(hi|hello|hey|thanks|thank you|hallo|danke|bonjour|merci|hola|gracias|ciao|good (morning|evening)|你好|こんにちは|привет|안녕)/iu,
  ],
  ['question_answering', 0.2, /[?？¿]|\b(what|who|when|where|why|how|was ist|qu'est|qué)\b/iu],
];

const HARD =
  /\b(?:(?:prove|proof|optimi[sz]e|distributed|lock-?free|np-hard|complexity|theorem|integral|formal|formally|race conditions?|derive|compiler|multi-?step|edge cases?|demuestra)\b|concurren|rigorous|cryptograph|beweise|démontre)|证明|証明|докажите/giu;
const EASY =
  /\b(?:(?:simple|simply|short|brief|quick|basic|one[- ]line|hello|simplement|breve)\b|einfach|kurz)/giu;

/** Reads no further than this: what is asked stands in the beginning or at the end. */
const READ_CHARACTERS = 4000;

/** The simulator's own simple judgement: words of several languages and the length of the prompt. */
export const judgePrompt: Judge = (messages) => {
  const last = messages.findLast((message) => message.role === 'user')?.text ?? '';
  const ask =
    last.length <= READ_CHARACTERS
      ? last
      : `${last.slice(0, READ_CHARACTERS / 2)}\n${last.slice(-READ_CHARACTERS / 2)}`;
  const [task, base] = TASKS.find(([, , words]) => words.test(ask)) ?? ['conversation', 0.15];
  const hard = Math.min(4, ask.match(HARD)?.length ?? 0);
  const easy = Math.min(2, ask.match(EASY)?.length ?? 0);
  const length = Math.log2(1 + countTokens(ask) / 60) / 20;
  const difficulty = base + 0.11 * hard - 0.08 * easy + length;
  return { task, difficulty: Math.min(0.98, Math.max(0.02, difficulty)) };
};

/**
 * Probability that an answer is good: an Elo comparison of the model with the prompt, whose rating runs
 * from 900 (difficulty 0) to 1600 (difficulty 1). An invention that orders models plausibly.
 */
export function probabilityOfGood(skill: number, difficulty: number): number {
  return 1 / (1 + 10 ** ((900 + 700 * difficulty - skill) / 200));
}
