/** The runs over streams, tiny: so that they cannot rot. */
import { describe, expect, it } from 'vitest';
import { runCutStreams } from './cut-streams.js';
import { cutStream } from './cut-upstream.js';
import { runSplits } from './split-streams.js';

describe('cut streams', () => {
  it('are never a success over 150 streams', { timeout: 120_000 }, async () => {
    const { findings, endings } = await runCutStreams({ streams: 150, seed: 5 });
    expect(findings.broken).toEqual([]);
    expect(findings.all).toHaveLength(7);
    expect(Object.values(endings).reduce((sum, count) => sum + count, 0)).toBe(150);
    expect(endings['whole: success']).toBeGreaterThan(0);
  });

  it('are those of their seed, in every way, and never hold the reason of their end', () => {
    const streams = Array.from({ length: 500 }, (_, seed) => cutStream(seed));
    expect(new Set(streams.map(({ kind }) => kind)).size).toBe(12);
    for (const [seed, { kind, sent }] of streams.entries()) {
      expect(cutStream(seed).sent).toEqual(sent);
      expect(sent.toString().includes('"finish_reason":"stop"}]}')).toBe(kind === 'whole');
    }
  });
});

describe('split streams', () => {
  it('say what they say whole, with each end of a line', async () => {
    const findings = await runSplits({ splits: 500, seed: 1 });
    expect(findings.all).toHaveLength(3);
    expect(findings.broken).toEqual([]);
  });
});
