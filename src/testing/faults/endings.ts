import { usualError } from '../api-error.js';
import type { Frame } from '../frames.js';
import type { FaultVariant } from './fields.js';
import type { FaultGroup } from './implementation.js';
import { beginningOf, choicesOf, edited, extraFrame, mapped } from './reshape.js';

const DONE = 'data: [DONE]\n\n';

/** Faults of how a stream ends. */
export const endingFaults = {
  /** Ends properly after some tokens, as if that were all: no finish reason, no `[DONE]`. */
  'end-early': { frames: (frames, _exchange, { tokens = 5 }) => beginningOf(frames, tokens) },
  /** A finish reason and no `[DONE]`. */
  'no-done': {
    frames: (frames) => mapped(frames, (frame) => (frame.stage === 'done' ? [] : frame)),
  },
  /** `[DONE]` without a finish reason. */
  'no-finish': {
    frames: (frames, exchange) => {
      exchange.broken = true;
      return mapped(frames, (frame) => (frame.stage === 'finish' ? [] : withFinishReason(frame, null)));
    },
  },
  /** The whole answer, and then the connection stays open. */
  'open-after-done': {
    frames: async function* (frames, exchange) {
      yield* frames;
      await exchange.waitUntilGone();
    },
  },
  /** A further token after `[DONE]`. */
  'data-after-done': {
    frames: async function* (frames) {
      let delta: Frame | undefined;
      for await (const frame of frames) {
        if (frame.stage === 'delta') delta = frame;
        yield frame;
      }
      if (delta !== undefined) yield extraFrame(delta.text);
    },
  },
  /** `[DONE]` twice. */
  'done-twice': {
    frames: (frames) =>
      mapped(frames, (frame) => (frame.stage === 'done' ? [frame, extraFrame(DONE)] : frame)),
  },
  /** `[DONE]` written otherwise. */
  'odd-done': {
    variants: ['space-after', 'no-space', 'lower-case'],
    frames: (frames, _exchange, { variant = 'space-after' }) =>
      mapped(frames, (frame) =>
        frame.stage === 'done' ? { ...frame, text: ODD_DONE[variant] ?? DONE } : frame,
      ),
  },
  /** An error in the stream after some tokens, which ends it. */
  'error-event': {
    variants: ['object', 'named'],
    frames: async function* (frames, exchange, { tokens = 5, variant = 'object', code }) {
      for await (const frame of beginningOf(frames, tokens, true)) {
        yield frame;
        if (frame.stage === 'body') return;
      }
      exchange.broken = true;
      const data = JSON.stringify(usualError(502, code).body);
      yield extraFrame(`${variant === 'named' ? 'event: error\n' : ''}data: ${data}\n\n`);
    },
  },
  /** Another finish reason than the true one. */
  'finish-reason': {
    frames: (frames, _exchange, { finishReason = 'content_filter' }) =>
      mapped(frames, (frame) => withFinishReason(frame, finishReason)),
  },
} satisfies FaultGroup;

const ODD_DONE: Partial<Record<FaultVariant, string>> = {
  'space-after': 'data: [DONE] \n\n',
  'no-space': 'data:[DONE]\n\n',
  'lower-case': 'data: [done]\n\n',
};

/** The frame with this finish reason where it has one. */
function withFinishReason(frame: Frame, finishReason: string | null): Frame {
  if (frame.stage !== 'finish' && frame.stage !== 'body') return frame;
  return edited(frame, (value) => ({
    ...value,
    choices: choicesOf(value).map((choice) => ({ ...choice, finish_reason: finishReason })),
  }));
}
