import type { FaultGroup } from './implementation.js';
import {
  beginningOf,
  edited,
  extraEvent,
  longString,
  mapped,
  repeated,
  wholeOf,
  withMember,
} from './reshape.js';
import { usualError } from '../api-error.js';
import type { Frame } from '../frames.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const ODD_MEMBERS =
  '1,"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},' +
  '"created":1,"created":1e400,"lone_surrogate":"\\ud800"';

/** Answers that are not what they say they are. */
export const bodyFaults = {
  /** A page for people. */
  html: {
    instead: (exchange, { status = 200 }) => {
      const page = `<!doctype html><html><head><title>${status}</title></head><body><h1>One moment, please</h1></body></html>`;
      exchange.broken = true;
      exchange.answer(status, page, { 'content-type': 'text/html; charset=utf-8' });
    },
  },
  /** An error object under status 200. */
  'error-in-200': {
    instead: (exchange, { code }) => {
      exchange.broken = true;
      exchange.answer(200, JSON.stringify(usualError(502, code).body), JSON_TYPE);
    },
  },
  /** Status 200 and nothing. */
  'empty-body': {
    instead: (exchange) => {
      exchange.broken = true;
      exchange.answer(200, '', { ...JSON_TYPE, 'content-length': '0' });
    },
  },
  /** Status 200 and `null`. */
  'null-body': {
    instead: (exchange) => {
      exchange.broken = true;
      exchange.answer(200, 'null', JSON_TYPE);
    },
  },
  /** An answer, or a stream of chunks, whose `choices` are empty. */
  'no-choices': {
    frames: (frames, exchange) => {
      exchange.broken = true;
      return mapped(frames, (frame) => edited(frame, (value) => ({ ...value, choices: [] })));
    },
  },
  /** The answer under another content type. */
  'wrong-content-type': {
    frames: (frames, exchange, { contentType = 'text/plain' }) => {
      exchange.head = {
        ...exchange.head,
        headers: { ...exchange.head.headers, 'content-type': contentType },
      };
      return frames;
    },
  },
  /** JSON that ends in its midst, of a response that ends as it should; a stream after some tokens. */
  'truncated-json': {
    frames: async function* (frames, _exchange, { tokens = 5 }) {
      let isStream = false;
      for await (const frame of beginningOf(frames, tokens)) {
        isStream = frame.text.startsWith('data:');
        yield frame;
      }
      if (isStream) {
        const event = extraEvent({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: {} }] });
        yield { ...event, text: event.text.slice(0, event.text.length / 2) };
      }
    },
  },
  /** The whole answer at once, under a `content-length` that promises more; then the connection closes. */
  'wrong-length': {
    frames: async function* (frames, exchange, { bytes = 100 }) {
      const whole = await wholeOf(frames);
      const length = String(Buffer.byteLength(whole.text) + bytes);
      exchange.head = { ...exchange.head, headers: { ...exchange.head.headers, 'content-length': length } };
      yield whole;
      await exchange.breakOff();
    },
  },
  /** The answer, made huge by a member of its JSON that nobody asked for; of a stream its first chunk. */
  'huge-body': {
    frames: (frames, _exchange, { bytes = 100 * 2 ** 20 }) =>
      onceIn(frames, (frame) => withMember(frame, 'padding', longString(bytes))),
  },
  /** The answer, with a member that is nested very deep. */
  'deep-json': {
    frames: (frames, _exchange, { count = 100_000 }) => onceIn(frames, (frame) => nested(frame, count)),
  },
  /** The answer, with `__proto__`, members named twice, a number beyond all numbers and half a character. */
  'odd-json': {
    frames: (frames) => mapped(frames, (frame) => withMember(frame, 'odd', [ODD_MEMBERS])),
  },
} satisfies FaultGroup;

function* nested(frame: Frame, depth: number): Generator<Frame, void> {
  yield* withMember(frame, 'nested', [...repeated('[', depth), ...repeated(']', depth)]);
}

/** Changes the first frame only. */
function onceIn(
  frames: AsyncIterable<Frame>,
  change: (frame: Frame) => Iterable<Frame>,
): AsyncIterable<Frame> {
  let isFirst = true;
  return mapped(frames, (frame) => {
    if (!isFirst) return frame;
    isFirst = false;
    return change(frame);
  });
}
