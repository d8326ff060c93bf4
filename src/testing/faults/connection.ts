import type { FaultGroup } from './implementation.js';
import { beginningOf } from './reshape.js';

/** Faults of the connection, and of how long it is silent. */
export const connectionFaults = {
  /** The port is closed: no connection is made, and those there were are broken off. */
  refuse: { closesPort: true },
  /** Resets the connection once the request is read, before anything is answered. */
  reset: { instead: (exchange) => exchange.breakOff('reset') },
  /** Accepts the request and never answers. */
  hang: { instead: (exchange) => exchange.waitUntilGone() },
  /** Closes a kept connection exactly when it is used again. */
  'stale-socket': {
    applies: (_fields, { reused }) => reused,
    instead: (exchange, { close = 'reset' }) => exchange.breakOff(close),
  },
  /** Waits before the headers, and before each token. */
  slow: {
    frames: async function* (frames, exchange, { delayMs = 1000, tokenDelayMs = 0 }) {
      await exchange.wait(delayMs);
      for await (const frame of frames) {
        await exchange.wait(tokenDelayMs * frame.tokens);
        yield frame;
      }
    },
  },
  /** Sends the body a few bytes at a time. */
  drip: {
    frames: async function* (frames, exchange, { delayMs = 1000, bytes: size = 1 }) {
      for await (const frame of frames) {
        const all = Buffer.from(frame.text);
        for (let from = 0; from < all.length; from += size) {
          const isLast = from + size >= all.length;
          // What the frame costs is spent with its first byte.
          const cost = from === 0 ? {} : { tokens: 0, reasoningTokens: 0 };
          const stage = isLast ? frame.stage : 'delta';
          yield { ...frame, ...cost, stage, bytes: all.subarray(from, from + size) };
          if (!isLast) await exchange.wait(delayMs);
        }
      }
    },
  },
  /** Closes the connection after some tokens; a body that does not stream is cut in half. */
  'cut-stream': {
    frames: async function* (frames, exchange, { tokens = 5, close = 'fin' }) {
      yield* beginningOf(frames, tokens);
      exchange.sendHead();
      await exchange.breakOff(close);
    },
  },
  /** Falls silent after some tokens and leaves the connection open. */
  stall: {
    frames: async function* (frames, exchange, { tokens = 5 }) {
      yield* beginningOf(frames, tokens);
      exchange.sendHead();
      await exchange.waitUntilGone();
    },
  },
} satisfies FaultGroup;
