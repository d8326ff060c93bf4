import { usualError } from '../api-error.js';
import type { Exchange, ResponseHeaders } from '../exchange.js';
import type { FaultFields, FaultVariant } from './fields.js';
import type { FaultGroup } from './implementation.js';

/** Faults of the status and the headers. */
export const headFaults = {
  /** An error status with its plausible body. */
  status: {
    instead: (exchange, fields) => {
      refuse(exchange, { status: 500, ...fields });
    },
  },
  /** Works for a while, fails with a status for a while, and so on. */
  flap: {
    applies: ({ upMs = 1000, downMs = 1000 }, { elapsedMs }) => elapsedMs % (upMs + downMs) >= upMs,
    instead: (exchange, fields) => {
      refuse(exchange, { status: 503, ...fields });
    },
  },
  /** Sends elsewhere. */
  redirect: {
    statuses: [300, 399],
    instead: (exchange, { status = 307, location = exchange.path }) => {
      exchange.answer(status, '', { location });
    },
  },
  /** Interim responses before the answer; after a 101, which nobody asked for, comes nothing more. */
  informational: {
    statuses: [100, 199],
    frames: async function* (frames, exchange, fields) {
      const { status = 103, count = status === 101 ? 1 : 1000 } = fields;
      const upgrade = status === 101 ? 'connection: upgrade\r\nupgrade: websocket\r\n' : '';
      for (let sent = 0; sent < count; sent++) {
        await exchange.writeRaw(`HTTP/1.1 ${status} Interim\r\n${upgrade}\r\n`);
      }
      if (status === 101) await exchange.waitUntilGone();
      else yield* frames;
    },
  },
  /** Headers that come a byte at a time. */
  'slow-headers': {
    frames: async function* (frames, exchange, { delayMs = 1000 }) {
      await exchange.sendRawHead(200, rawHead(exchange), delayMs);
      yield* frames;
    },
  },
  /** Far more headers than anybody needs, in bytes or in number. */
  'huge-headers': {
    frames: async function* (frames, exchange, { bytes = 2 ** 16, count = 1 }) {
      const value = 'x'.repeat(Math.ceil(bytes / Math.max(1, count)));
      const padding = Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`x-padding-${index}`, value]),
      );
      exchange.head = { ...exchange.head, headers: { ...exchange.head.headers, ...padding } };
      yield* frames;
    },
  },
  /** Headers that break the rules of HTTP. */
  'bad-headers': {
    variants: ['folded', 'two-lengths', 'no-colon', 'control-character', 'bad-status-line'],
    frames: async function* (frames, exchange, { variant = 'folded' }) {
      exchange.broken = true;
      await exchange.sendRawHead(200, rawHead(exchange, BAD_LINES[variant], variant));
      yield* frames;
    },
  },
} satisfies FaultGroup;

function refuse(exchange: Exchange, fields: FaultFields & { readonly status: number }): void {
  const { status, code, headers = {}, retryAfter } = fields;
  const told: ResponseHeaders = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  exchange.refuse(usualError(status, code), { ...headers, ...told });
}

const BAD_LINES: Partial<Record<FaultVariant, readonly string[]>> = {
  folded: ['x-folded: one', '  two'],
  'two-lengths': ['content-length: 10', 'content-length: 11'],
  'no-colon': ['this line has no colon'],
  'control-character': ['x-control: \u0000\u0007'],
};

/** What node:http would have written, and these lines too. */
function rawHead(
  { head, requestId }: Exchange,
  lines: readonly string[] = [],
  variant: FaultVariant = 'plain',
): string {
  const headers = { ...head.headers, 'x-request-id': requestId, connection: 'close' };
  const named = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${one}`),
  );
  const statusLine = variant === 'bad-status-line' ? 'HTTQ/1.1 two hundred' : 'HTTP/1.1 200 OK';
  return [statusLine, ...named, ...lines, '', ''].join('\r\n');
}
