import type { FaultRule } from '../../src/testing/index.js';

/** A fault of the mix, and how often it is drawn beside the others. */
type MixedFault = Omit<FaultRule, 'rate'> & { /** @default 1 */ readonly weight?: number };

/** Of the connection and of time. What keeps a client waiting, or costs much processor time, is rare. */
const connectionFaults: readonly MixedFault[] = [
  { fault: 'reset' },
  { fault: 'hang', weight: 0.2 },
  { fault: 'stale-socket', close: 'reset' },
  { fault: 'stale-socket', close: 'fin' },
  { fault: 'slow', delayMs: 20, tokenDelayMs: 1 },
  { fault: 'drip', bytes: 64, delayMs: 1, weight: 0.2 },
  { fault: 'cut-stream', tokens: 0 },
  { fault: 'cut-stream', tokens: 3 },
  { fault: 'cut-stream', tokens: 3, close: 'reset' },
  { fault: 'stall', tokens: 0, weight: 0.2 },
  { fault: 'stall', tokens: 4, weight: 0.2 },
  { fault: 'flap', upMs: 800, downMs: 200 },
];

const headFaults: readonly MixedFault[] = [
  { fault: 'status', status: 500 },
  { fault: 'status', status: 503, weight: 3 },
  { fault: 'status', status: 429, retryAfter: '0' },
  { fault: 'status', status: 429, retryAfter: '0.02' },
  { fault: 'status', status: 429, code: 'insufficient_quota', weight: 0.2 },
  { fault: 'status', status: 408 },
  { fault: 'status', status: 400, weight: 0.5 },
  { fault: 'status', status: 401, weight: 0.2 },
  { fault: 'status', status: 404, weight: 0.2 },
  { fault: 'redirect', weight: 0.2 },
  { fault: 'informational', count: 3 },
  { fault: 'informational', status: 101, weight: 0.1 },
  { fault: 'slow-headers', delayMs: 1, weight: 0.2 },
  { fault: 'huge-headers', weight: 0.2 },
  { fault: 'huge-headers', bytes: 2 ** 14, count: 100, weight: 0.2 },
  { fault: 'bad-headers', variant: 'folded', weight: 0.2 },
  { fault: 'bad-headers', variant: 'two-lengths', weight: 0.2 },
  { fault: 'bad-headers', variant: 'no-colon', weight: 0.2 },
  { fault: 'bad-headers', variant: 'control-character', weight: 0.2 },
  { fault: 'bad-headers', variant: 'bad-status-line', weight: 0.2 },
];

const bodyFaults: readonly MixedFault[] = [
  { fault: 'html', weight: 0.2 },
  { fault: 'error-in-200', weight: 0.5 },
  { fault: 'empty-body', weight: 0.5 },
  { fault: 'null-body', weight: 0.2 },
  { fault: 'no-choices', weight: 0.5 },
  { fault: 'wrong-content-type' },
  { fault: 'truncated-json', weight: 0.5 },
  { fault: 'wrong-length', weight: 0.5 },
  { fault: 'huge-body', bytes: 2 ** 21, weight: 0.02 },
  { fault: 'deep-json', count: 2000, weight: 0.1 },
  { fault: 'odd-json', weight: 0.5 },
  { fault: 'compressed' },
  { fault: 'compressed', encoding: 'br', weight: 0.5 },
  { fault: 'compressed', encoding: 'deflate', weight: 0.5 },
  { fault: 'bad-encoding', variant: 'corrupt', weight: 0.2 },
  { fault: 'bad-encoding', variant: 'truncated', weight: 0.2 },
  { fault: 'bad-encoding', variant: 'plain', weight: 0.2 },
  { fault: 'bad-encoding', variant: 'unknown', weight: 0.2 },
  { fault: 'encoding-chain', count: 10, weight: 0.2 },
  { fault: 'bomb', bytes: 2 ** 21, weight: 0.02 },
];

const streamFaults: readonly MixedFault[] = [
  { fault: 'split-stream', pieceBytes: 7, weight: 0.2 },
  { fault: 'split-stream', pieceBytes: [3, 50], lineEnding: 'mixed', byteOrderMark: true, weight: 0.2 },
  { fault: 'split-stream', pieceBytes: 200, lineEnding: 'crlf', comments: true, weight: 0.5 },
  { fault: 'split-stream', pieceBytes: 90, lineEnding: 'cr', multiLine: true, weight: 0.5 },
  { fault: 'pings', tokens: 2, delayMs: 2, count: 5 },
  { fault: 'odd-events' },
  { fault: 'end-early', tokens: 0 },
  { fault: 'end-early', tokens: 4 },
  { fault: 'no-done' },
  { fault: 'no-finish' },
  { fault: 'open-after-done' },
  { fault: 'data-after-done', weight: 0.5 },
  { fault: 'done-twice', weight: 0.5 },
  { fault: 'odd-done', variant: 'space-after', weight: 0.2 },
  { fault: 'odd-done', variant: 'no-space', weight: 0.2 },
  { fault: 'odd-done', variant: 'lower-case', weight: 0.2 },
  { fault: 'error-event', tokens: 0, weight: 0.5 },
  { fault: 'error-event', tokens: 3, variant: 'named', weight: 0.5 },
  { fault: 'finish-reason', weight: 0.5 },
  { fault: 'usage', variant: 'missing' },
  { fault: 'usage', variant: 'null' },
  { fault: 'usage', variant: 'twice', weight: 0.5 },
  { fault: 'usage', variant: 'zero', weight: 0.2 },
  { fault: 'usage', variant: 'decreasing', weight: 0.5 },
  { fault: 'usage', variant: 'every-chunk' },
  { fault: 'usage', variant: 'with-finish', weight: 0.5 },
  { fault: 'usage', variant: 'after-finish', weight: 0.5 },
  { fault: 'huge-event', tokens: 3, bytes: 2 ** 21, weight: 0.02 },
  { fault: 'huge-event', tokens: 3, variant: 'delta', bytes: 2 ** 21, weight: 0.02 },
  { fault: 'many-events', tokens: 3, count: 500, weight: 0.1 },
  { fault: 'many-events', tokens: 3, variant: 'empty', count: 500, weight: 0.1 },
  { fault: 'many-events', tokens: 3, variant: 'comment', count: 500, weight: 0.1 },
  { fault: 'odd-tool-calls', variant: 'one-byte-arguments', weight: 0.5 },
  { fault: 'odd-tool-calls', variant: 'index-gap', weight: 0.5 },
  { fault: 'odd-tool-calls', variant: 'huge-index', weight: 0.2 },
  { fault: 'odd-choices', variant: 'interleaved', weight: 0.5 },
  { fault: 'odd-choices', variant: 'wrong-index', weight: 0.5 },
  { fault: 'odd-choices', variant: 'finish-on-one', weight: 0.5 },
];

/** What strikes: to add a fault, add a line. */
const chaosFaults: readonly MixedFault[] = [
  ...connectionFaults,
  ...headFaults,
  ...bodyFaults,
  ...streamFaults,
];

/**
 * The port is closed, and every connection broken off, now and then: not drawn by request. Not for long, or the
 * breakers would leave the upstream alone for most of the run.
 */
const outage: FaultRule = { fault: 'refuse', upMs: 20_000, downMs: 1 };

/** What strikes over a run: the mix, and outages if there are faults at all. */
export function chaosRules(share: number): readonly FaultRule[] {
  return share === 0 ? [] : [...chaosMix(share), outage];
}

/** The rules under which faults strike the given share of the requests. */
export function chaosMix(share: number, faults: readonly MixedFault[] = chaosFaults): readonly FaultRule[] {
  const whole = faults.reduce((sum, { weight = 1 }) => sum + weight, 0);
  // Of several rules the first that would strike does: each is drawn among what those before it left.
  let left = 1;
  return faults.map(({ weight = 1, ...fault }) => {
    const own = (share * weight) / whole;
    const rate = Math.min(1, own / left);
    left -= own;
    return { ...fault, rate };
  });
}
