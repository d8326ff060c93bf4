import type { FaultRule } from '../../src/testing/index.js';

/** A fault of the mix, and how often it is drawn beside the others. */
type MixedFault = Omit<FaultRule, 'rate'> & { /** @default 1 */ readonly weight?: number };

/** What strikes: to add a fault, add a line. */
const chaosFaults: readonly MixedFault[] = [
  { fault: 'status', status: 500 },
  { fault: 'status', status: 503, weight: 3 },
  { fault: 'status', status: 429, retryAfter: '0' },
  { fault: 'status', status: 429, retryAfter: '0.02' },
  { fault: 'status', status: 429, code: 'insufficient_quota', weight: 0.2 },
  { fault: 'status', status: 408 },
  { fault: 'status', status: 400, weight: 0.5 },
  { fault: 'status', status: 401, weight: 0.2 },
  { fault: 'status', status: 404, weight: 0.2 },
  { fault: 'hang', weight: 0.2 },
  { fault: 'slow', delayMs: 20, tokenDelayMs: 1 },
  { fault: 'cut-stream', tokens: 0 },
  { fault: 'cut-stream', tokens: 3 },
  { fault: 'end-early', tokens: 0 },
  { fault: 'end-early', tokens: 4 },
  { fault: 'stall', tokens: 0, weight: 0.2 },
  { fault: 'stall', tokens: 4, weight: 0.2 },
];

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
