/**
 * The contract of the ask: what surrounds it does not change what it is taken for. 500 asks in 13 languages, each in
 * every envelope, decided by the router. The classifier was trained on these very asks: that it knows them by heart says
 * nothing of how good it is, and here it need not; what is held is that an envelope moves no decision.
 * `npm run eval:envelopes` prints the same of any other asks.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ENVELOPES, keptShare, sampleOf } from '../../eval/envelopes/contract.js';
import { readPrompts } from '../../eval/envelopes/prompts.js';
import { root } from '../../scripts/workspace.mjs';

const asks = sampleOf(readPrompts(join(root, 'eval/asks')), 500);

describe('task and difficulty stay for at least 94 of 100 of our own asks, which are harder than others', () => {
  it.each(Object.entries(ENVELOPES))('%s', (_name, wrap) => {
    expect(keptShare(asks, wrap).both).toBeGreaterThanOrEqual(0.94);
  });

  it('has an envelope of tools, which the router is given as parameters', () => {
    const { parameters } = ENVELOPES['with 32 tools']?.('Hello.') ?? {};
    expect(parameters?.tools).toHaveLength(32);
    expect(keptShare(asks, ENVELOPES['with 32 tools']!).both).toBe(1);
  });
});
