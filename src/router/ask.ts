import type { ChatMessage } from '../types.js';
import { separateBlocks, type SeparatedText } from './ask-blocks.js';

/** How large what surrounds the ask is. Counts and sizes, never text. */
export interface EnvelopeMeasures {
  readonly turns: number;
  readonly systemCharacters: number;
  /** Of everything said before the ask, and of tool results. */
  readonly earlierCharacters: number;
  readonly reminderCharacters: number;
  /** Of fenced blocks and pasted files beside the ask. */
  readonly materialCharacters: number;
  readonly fences: number;
  readonly files: number;
  readonly images: number;
  /** User turns passed over because they only said to go on. */
  readonly turnsBack: number;
}

interface ExtractedAsk {
  /** What the user asks for, in the user's words; empty where nobody asked anything. */
  readonly ask: string;
  readonly envelope: EnvelopeMeasures;
}

/** Of a longer text only this many characters from each end are read: an ask stands first or last. */
const SAMPLE_CHARACTERS = 8192;
/** How many user turns a chain of "yes, go on" is followed back. */
const LONGEST_LOOK_BACK = 20;

/**
 * Separates what is asked from what surrounds it: system prompt, reminder blocks, tool results, pasted files,
 * earlier turns. A bare "yes, do it" asks for what the turn before it asked.
 */
export function extractAsk(messages: readonly ChatMessage[]): ExtractedAsk {
  const found = findAsk(messages);
  const { separated } = found;
  let systemCharacters = 0;
  let earlierCharacters = 0;
  for (const [index, message] of messages.entries()) {
    if (index === found.index) continue;
    const characters = charactersOf(message.content);
    if (message.role === 'system' || message.role === 'developer') systemCharacters += characters;
    else earlierCharacters += characters;
  }
  const content = messages[found.index]?.content;
  return {
    ask: found.ask,
    envelope: {
      turns: messages.length,
      systemCharacters,
      earlierCharacters,
      reminderCharacters: separated.reminderCharacters,
      materialCharacters: separated.material.length,
      fences: separated.fences,
      files: separated.files + countParts(content, 'file'),
      images: countParts(content, 'image_url'),
      turnsBack: found.turnsBack,
    },
  };
}

interface FoundAsk {
  readonly index: number;
  readonly ask: string;
  readonly separated: SeparatedText;
  readonly turnsBack: number;
}

const NOTHING: FoundAsk = { index: -1, ask: '', separated: separateBlocks(''), turnsBack: 0 };

function findAsk(messages: readonly ChatMessage[]): FoundAsk {
  let bare: FoundAsk | null = null;
  let turnsBack = 0;
  for (let index = messages.length - 1; index >= 0 && turnsBack <= LONGEST_LOOK_BACK; index--) {
    if (messages[index]?.role !== 'user') continue;
    const separated = separateBlocks(sample(textOf(messages[index]?.content)));
    const ask = hasWords(separated.ask) ? separated.ask : separated.material;
    if (ask === '') continue;
    const found = { index, ask, separated, turnsBack };
    if (!isBareContinuation(ask)) return found;
    bare ??= found;
    turnsBack++;
  }
  return bare ?? withoutUser(messages);
}

/** A request without any user turn asks for what its last message says. */
function withoutUser(messages: readonly ChatMessage[]): FoundAsk {
  const index = messages.length - 1;
  const separated = separateBlocks(sample(textOf(messages[index]?.content)));
  return index < 0 ? NOTHING : { index, ask: separated.ask, separated, turnsBack: 0 };
}

function hasWords(ask: string): boolean {
  return ask.replaceAll('```', '').trim() !== '';
}

function sample(text: string): string {
  if (text.length <= 2 * SAMPLE_CHARACTERS) return text;
  return `${text.slice(0, SAMPLE_CHARACTERS)}\n${text.slice(-SAMPLE_CHARACTERS)}`;
}

type Content = ChatMessage['content'];
type Part = Exclude<Content, string | null | undefined>[number];

/** What a router is given was not checked by anybody. */
function isText(part: Part | null): part is Extract<Part, { readonly type: 'text' }> {
  return part?.type === 'text' && typeof part.text === 'string';
}

function textOf(content: Content): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const texts: string[] = [];
  for (const part of content) if (isText(part)) texts.push(part.text);
  return texts.join('\n');
}

function charactersOf(content: Content): number {
  if (typeof content === 'string') return content.length;
  if (!Array.isArray(content)) return 0;
  let characters = 0;
  for (const part of content) if (isText(part)) characters += part.text.length;
  return characters;
}

function countParts(content: Content, type: 'file' | 'image_url'): number {
  if (!Array.isArray(content)) return 0;
  let count = 0;
  for (const part of content as readonly (Part | null)[]) if (part?.type === type) count++;
  return count;
}

/** Words that say to go on with what was asked before. */
const GO_ON = new Set(
  `yes yeah yep yup y ok okay sure continue go proceed next more again do retry a b c d
  ja weiter mach fortfahren nochmal oui continue continuez vas encore sí si dale adelante continúa continua sigue
  sì certo avanti ancora sim continue prossegue mais да давай продолжай продолжайте дальше ещё еще хорошо
  是 是的 好 好的 继续 请继续 可以 行 はい 続けて 続けてください お願いします もっと 네 예 응 계속 계속해 계속해줘 좋아요
  نعم تابع أكمل استمر حسنا हाँ हां जारी ठीक आगे evet devam tamam`.split(/\s+/),
);
/** Words that may stand beside them without changing anything. */
const ALONGSIDE = new Set(
  `please on ahead it that this one now then keep going and thanks thank you great good perfect right correct
  let us try so the option with bitte das es danke so y por favor hazlo il fallo per favore faça isso merci plait
  s il te vous le пожалуйста сделай это 请 吧 谢谢 いいです 그래 해주세요 من فضلك कृपया रखें करो है et lütfen yap`.split(
    /\s+/,
  ),
);
const LONGEST_CONTINUATION = 40;

/** Whether a turn says nothing but to go on: "yes, do it", "continue", "2". */
export function isBareContinuation(ask: string): boolean {
  if (ask.length > LONGEST_CONTINUATION) return false;
  let goesOn = false;
  for (const word of ask.toLowerCase().split(/[\s,.!;:'’。，！、-]+/)) {
    if (word === '') continue;
    if (GO_ON.has(word) || /^\d{1,2}$/.test(word)) goesOn = true;
    else if (!ALONGSIDE.has(word)) return false;
  }
  return goesOn;
}
