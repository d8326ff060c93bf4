import type { Frame } from '../frames.js';
import type { JsonObject } from '../json.js';

const EVENT_START = 'data: ';
const EVENT_END = '\n\n';
/** How much of something huge is handed over at once. */
const CHUNK_BYTES = 2 ** 16;

/** Text of the stream that the fault itself adds: it costs no tokens. */
export function extraFrame(text: string): Frame {
  return { text, stage: 'delta', tokens: 0, reasoningTokens: 0 };
}

/** An event of the stream that the fault itself adds. */
export function extraEvent(data: object | string): Frame {
  return extraFrame(`${EVENT_START}${typeof data === 'string' ? data : JSON.stringify(data)}${EVENT_END}`);
}

/** The JSON of a body or an event; `null` where there is none, as in `[DONE]`. */
export function valueOf(frame: Frame): JsonObject | null {
  if (frame.stage === 'done') return null;
  const json = frame.stage === 'body' ? frame.text : frame.text.slice(EVENT_START.length);
  return JSON.parse(json) as JsonObject;
}

/** The frame with its JSON changed. `[DONE]` stays as it is. */
export function edited(frame: Frame, edit: (value: JsonObject) => object): Frame {
  const value = valueOf(frame);
  if (value === null) return frame;
  const text = JSON.stringify(edit(value));
  return { ...frame, text: frame.stage === 'body' ? text : EVENT_START + text + EVENT_END };
}

/** The choices of a chunk or completion. */
export function choicesOf(value: JsonObject): readonly JsonObject[] {
  return Array.isArray(value['choices']) ? (value['choices'] as readonly JsonObject[]) : [];
}

/** Each frame, changed. */
export async function* mapped(
  frames: AsyncIterable<Frame>,
  change: (frame: Frame) => Frame | Iterable<Frame> | AsyncIterable<Frame>,
): AsyncGenerator<Frame, void> {
  for await (const frame of frames) {
    const changed = change(frame);
    if ('text' in changed) yield changed;
    else yield* changed;
  }
}

/** The frame with a further member in its JSON, which may be of any size: it is made as it is sent. */
export function* withMember(frame: Frame, name: string, value: Iterable<string>): Generator<Frame, void> {
  const end = frame.text.lastIndexOf('}');
  if (end < 0) {
    yield frame;
    return;
  }
  yield { ...frame, stage: 'delta', text: `${frame.text.slice(0, end)},"${name}":` };
  for (const text of value) yield extraFrame(text);
  yield { ...extraFrame(frame.text.slice(end)), stage: frame.stage };
}

/** A text so many times, in pieces that share their memory. */
export function* repeated(text: string, times: number, pieceBytes = CHUNK_BYTES): Generator<string, void> {
  const atOnce = Math.max(1, Math.floor(pieceBytes / text.length));
  const piece = text.repeat(Math.min(times, atOnce));
  let left = times;
  for (; left >= atOnce; left -= atOnce) yield piece;
  if (left > 0) yield piece.slice(0, left * text.length);
}

/** A JSON string of so many characters. */
export function* longString(length: number): Generator<string, void> {
  yield '"';
  yield* repeated('x', length);
  yield '"';
}

/** The first frames, up to so many tokens; of a body that does not stream the first half, unless it stays whole. */
export async function* beginningOf(
  frames: AsyncIterable<Frame>,
  tokens: number,
  isBodyWhole = false,
): AsyncGenerator<Frame, void> {
  let left = tokens;
  for await (const frame of frames) {
    if (frame.stage === 'body') {
      const half = frame.text.slice(0, frame.text.length / 2);
      yield isBodyWhole ? frame : { ...frame, text: half, stage: 'delta' };
      return;
    }
    if (frame.stage !== 'role' && frame.stage !== 'delta') return;
    if (frame.tokens > left) return;
    left -= frame.tokens;
    yield frame;
  }
}

/** A whole answer as one frame: what is spent is spent when it is sent. */
export async function wholeOf(frames: AsyncIterable<Frame>): Promise<Frame> {
  const whole = { text: '', stage: 'body' as Frame['stage'], tokens: 0, reasoningTokens: 0 };
  for await (const frame of frames) {
    whole.text += frame.text;
    whole.stage = frame.stage;
    whole.tokens += frame.tokens;
    whole.reasoningTokens += frame.reasoningTokens;
  }
  return whole;
}

/** Puts frames between: after so many tokens, or before what comes at the end. */
export async function* amidst(
  frames: AsyncIterable<Frame>,
  tokens: number,
  between: (next: Frame) => Iterable<Frame> | AsyncIterable<Frame>,
): AsyncGenerator<Frame, void> {
  let left = tokens;
  let isDone = false;
  for await (const frame of frames) {
    const isEnd = frame.stage !== 'role' && frame.stage !== 'delta';
    if (!isDone && (isEnd || frame.tokens > left)) {
      isDone = true;
      yield* between(frame);
    }
    left -= frame.tokens;
    yield frame;
  }
}
