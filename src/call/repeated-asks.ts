import { isBareContinuation } from '../router/ask.js';
import { isGlued } from '../router/lexicon.js';
import type { ChatMessage } from '../types.js';
import type { AskEvidence } from './ask-evidence.js';

/** An answered ask, as hashes of its words: nothing of its text can be read off it. */
interface RememberedAsk {
  readonly evidence: AskEvidence;
  readonly endedMs: number;
  readonly turns: number;
  readonly sketch: ReadonlySet<number>;
}

/** How soon an ask must come again to be a complaint. */
const SOON_MS = 120_000;
/** Sessions remembered, each with its last ask; the one longest silent goes first. */
const MOST_SESSIONS = 1024;
/** Hashes kept of an ask: the least ones, a fair sample of all (bottom-k, Cohen and Kaplan 2007). */
const SKETCH_SIZE = 32;
/** An ask of fewer words may well be meant anew: "tell me more". */
const LEAST_WORDS = 4;
/** Characters that are looked at. */
const LONGEST = 20_000;
/** Share of the pairs of words, or of characters, that two asks must have in common to be nearly the same. */
const NEARLY_SAME = 0.8;

/**
 * Notices that a session asks nearly the same again shortly after it was answered. Kept in memory only, never
 * recorded. Only for sessions that the caller names: in another many people may ask.
 */
export class RepeatedAsks {
  /** In the order of their last answer. */
  readonly #sessions = new Map<string, RememberedAsk>();

  /**
   * The answer that the session was not content with; `null` where it asks something else.
   * @param startedMs When it asked: what it asked before that was answered.
   */
  earlier(session: string, messages: readonly ChatMessage[], startedMs: number): AskEvidence | null {
    const last = this.#sessions.get(session);
    if (last === undefined || startedMs < last.endedMs || startedMs - last.endedMs > SOON_MS) return null;
    // Asked again in place of the first time, or right after its answer; an agent's next step is neither.
    const grown = messages.length - last.turns;
    if (grown !== 0 && grown !== 2) return null;
    const sketch = sketchOf(messages);
    return sketch !== null && resemblance(last.sketch, sketch) >= NEARLY_SAME ? last.evidence : null;
  }

  /** The session was answered. */
  answered(
    session: string,
    evidence: AskEvidence,
    { messages, nowMs }: { readonly messages: readonly ChatMessage[]; readonly nowMs: number },
  ): void {
    this.#sessions.delete(session);
    const sketch = sketchOf(messages);
    if (sketch === null) return;
    this.#sessions.set(session, { evidence, endedMs: nowMs, turns: messages.length, sketch });
    if (this.#sessions.size <= MOST_SESSIONS) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      return;
    }
  }
}

/** Of the last turn, where the user has it and asks for something in it; else `null`. */
function sketchOf(messages: readonly ChatMessage[]): ReadonlySet<number> | null {
  const last = messages.at(-1);
  const text = last?.role === 'user' ? textOf(last.content) : null;
  if (text === null || isBareContinuation(text)) return null;
  const { pieces, words } = piecesOf(text.slice(0, LONGEST).toLowerCase());
  if (words < LEAST_WORDS) return null;
  const hashes = new Set<number>();
  let before = 0;
  for (const piece of pieces) {
    const hash = hashOf(piece);
    hashes.add((Math.imul(before, 31) + hash) >>> 0);
    before = hash;
  }
  return new Set([...hashes].sort((a, b) => a - b).slice(0, SKETCH_SIZE));
}

/** `null` where there is more than text: another picture with the same words is another ask. */
function textOf(content: ChatMessage['content']): string | null {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : null;
  const texts: string[] = [];
  for (const part of content) {
    if (part.type !== 'text') return null;
    texts.push(part.text);
  }
  return texts.join('\n');
}

/** Words; of scripts that set none apart the characters, two of which count as a word. */
function piecesOf(text: string): { readonly pieces: readonly string[]; readonly words: number } {
  const pieces: string[] = [];
  let words = 0;
  for (const word of text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []) {
    let start = 0;
    for (let index = 0; index < word.length; index++) {
      if (!isUnspaced(word.charCodeAt(index))) continue;
      if (index > start) pieces.push(word.slice(start, index));
      pieces.push(word.charAt(index));
      words += (index > start ? 1 : 0) + 0.5;
      start = index + 1;
    }
    if (start === word.length) continue;
    pieces.push(word.slice(start));
    words++;
  }
  return { pieces, words };
}

/** Chinese, Japanese, Korean; Thai and Lao, Burmese, Khmer. */
function isUnspaced(code: number): boolean {
  return (
    isGlued(code) ||
    (code >= 0x0e00 && code <= 0x0eff) ||
    (code >= 0x1000 && code <= 0x109f) ||
    (code >= 0x1780 && code <= 0x17ff)
  );
}

/** Share of the least hashes of both that both have. */
function resemblance(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  const least = [...new Set([...a, ...b])].sort((x, y) => x - y).slice(0, SKETCH_SIZE);
  return least.filter((hash) => a.has(hash) && b.has(hash)).length / least.length;
}

/** FNV-1a, 32 bits. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < word.length; index++) {
    hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
