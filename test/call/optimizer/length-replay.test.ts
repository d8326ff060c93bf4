/** Caps and intervals on lengths that the history had not seen: what `npm run eval:lengths` prints, in small. */
import { describe, expect, it } from 'vitest';
import { replayLengths } from '../../../eval/lengths/replay.js';
import { syntheticStreams } from '../../../eval/lengths/synthetic.js';

describe.each(syntheticStreams(5000).map((stream) => [stream.name, stream] as const))('%s', (_, stream) => {
  const replayed = replayLengths(stream, 'history');

  it('cuts at most one of 100 answers', () => {
    expect(replayed.cut / replayed.answers).toBeLessThanOrEqual(0.01);
  });

  it('has nine of ten costs in their intervals', () => {
    expect(replayed.judged).toBeGreaterThan(4000);
    expect(replayed.covered / replayed.judged).toBeGreaterThan(0.89);
  });
});
