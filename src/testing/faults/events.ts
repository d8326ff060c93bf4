import type { Exchange } from '../exchange.js';
import type { Frame } from '../frames.js';
import type { FaultFields, FaultVariant } from './fields.js';
import type { FaultGroup } from './implementation.js';
import {
  amidst,
  choicesOf,
  edited,
  extraFrame,
  longString,
  mapped,
  repeated,
  withMember,
} from './reshape.js';

/** Faults of the events of a stream: how they are written, how large, how many. */
export const eventFaults = {
  /** The same stream in other pieces, with other line ends, and whatever else the format allows. */
  'split-stream': {
    frames: (frames, _exchange, fields) => {
      let event = 0;
      const written = mapped(frames, (frame) =>
        frame.stage === 'body' ? frame : { ...frame, text: rewritten(frame.text, event++, fields) },
      );
      return inPieces(written, [fields.pieceBytes ?? 1].flat());
    },
  },
  /** Comments only, after some tokens; a body that does not stream begins with empty lines. */
  pings: {
    frames: (frames, exchange, { tokens = 0, count = Infinity, delayMs = 1000 }) =>
      amidst(frames, tokens, (next) => pings(exchange, count, { delayMs, isStream: next.stage !== 'body' })),
  },
  /** Everything else an event may hold by its standard, and a reader must pass over. */
  'odd-events': {
    frames: (frames) => mapped(frames, (frame) => (frame.stage === 'body' ? frame : oddEvent(frame))),
  },
  /** One event without end, after some tokens. */
  'huge-event': {
    variants: ['line', 'delta'],
    frames: (frames, _exchange, fields) => {
      const { tokens = 5, variant = 'line' } = fields;
      const { bytes = variant === 'line' ? 2 ** 30 : 10 * 2 ** 20 } = fields;
      return amidst(frames, tokens, (next) => {
        if (next.stage !== 'delta') return [];
        const free = { ...next, tokens: 0, reasoningTokens: 0 };
        return variant === 'line'
          ? withMember(edited(free, withoutContent), 'padding', longString(bytes))
          : hugeDelta(free, bytes);
      });
    },
  },
  /** A great many small events, after some tokens; they cost nothing. */
  'many-events': {
    variants: ['one-byte', 'empty', 'comment'],
    frames: (frames, _exchange, fields) => {
      const { tokens = 5, variant = 'one-byte' } = fields;
      const { count = variant === 'one-byte' ? 10_000_000 : 1_000_000 } = fields;
      return amidst(frames, tokens, (next) =>
        next.stage === 'delta' ? manyEvents(next, variant, count) : [],
      );
    },
  },
} satisfies FaultGroup;

const LINE_ENDS = { lf: '\n', crlf: '\r\n', cr: '\r' };

function rewritten(text: string, event: number, fields: FaultFields): string {
  const { lineEnding = 'lf', byteOrderMark = false, comments = false, multiLine = false } = fields;
  let result = multiLine ? overSeveralLines(text) : text;
  if (comments) result = `: comment ${event}\n${result}`;
  const kind = lineEnding === 'mixed' ? (['lf', 'crlf', 'cr'] as const)[event % 3] : lineEnding;
  result = result.replaceAll('\n', LINE_ENDS[kind ?? 'lf']);
  return byteOrderMark && event === 0 ? `\uFEFF${result}` : result;
}

/** JSON allows line ends between its parts, and the lines of an event are put together by them. */
function overSeveralLines(text: string): string {
  if (!text.startsWith('data: {')) return text;
  const lines = JSON.stringify(JSON.parse(text.slice(6)), null, 1).split('\n');
  return `${lines.map((line) => `data: ${line}`).join('\n')}\n\n`;
}

/** Cuts the bytes anew, through whatever stands at the cut; pieces reach across frames. */
async function* inPieces(
  frames: AsyncIterable<Frame>,
  sizes: readonly number[],
): AsyncGenerator<Frame, void> {
  let held = Buffer.alloc(0);
  let turn = 0;
  const owed = { tokens: 0, reasoningTokens: 0 };
  const piece = (size: number): Frame => {
    const frame = { ...extraFrame(''), ...owed, bytes: held.subarray(0, size) };
    held = held.subarray(size);
    owed.tokens = owed.reasoningTokens = 0;
    return frame;
  };
  for await (const frame of frames) {
    held = Buffer.concat([held, Buffer.from(frame.text)]);
    owed.tokens += frame.tokens;
    owed.reasoningTokens += frame.reasoningTokens;
    const size = (): number => sizes[turn % sizes.length] ?? 1;
    for (; held.length > size(); turn++) yield piece(size());
    if (frame.stage === 'body' || frame.stage === 'done') {
      yield { ...piece(held.length), stage: frame.stage };
    }
  }
  if (held.length > 0) yield piece(held.length);
}

async function* pings(
  exchange: Exchange,
  count: number,
  { delayMs, isStream }: { readonly delayMs: number; readonly isStream: boolean },
): AsyncGenerator<Frame, void> {
  for (let sent = 0; sent < count; sent++) {
    yield extraFrame(isStream ? ': ping\n\n' : '\n');
    await exchange.wait(delayMs);
  }
}

function oddEvent(frame: Frame): Frame {
  // A `data` without colon is an empty line, which JSON does not mind and `[DONE]` would.
  const bare = frame.stage === 'done' ? '' : 'data\n';
  const fields = `event: message\nid: 1\nid: \u0000\nretry: 3000\nunknown: field\nnonsense\n:\n${bare}`;
  return { ...frame, text: `${fields}${frame.text}event: nothing\n\n` };
}

function* hugeDelta(frame: Frame, bytes: number): Generator<Frame, void> {
  const mark = '\u2026';
  const event = edited(frame, (value) => withContent(value, mark));
  const [start = '', end = ''] = event.text.split(mark);
  yield extraFrame(start);
  for (const text of repeated('x', bytes)) yield extraFrame(text);
  yield extraFrame(end);
}

function* manyEvents(frame: Frame, variant: FaultVariant, count: number): Generator<Frame, void> {
  const content = variant === 'one-byte' ? 'x' : '';
  const event = variant === 'comment' ? ':\n\n' : edited(frame, (value) => withContent(value, content)).text;
  for (const text of repeated(event, count)) yield extraFrame(text);
}

function withContent(value: object, content: string): object {
  const choices = choicesOf(value as Readonly<Record<string, unknown>>);
  return { ...value, choices: choices.map((choice) => ({ ...choice, delta: { content } })) };
}

function withoutContent(value: object): object {
  return withContent(value, '');
}
