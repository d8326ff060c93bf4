import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  GROUP_LIMIT,
  GROUP_SLACK,
  OTHER_GROUP,
  addSample,
  emptyBreakdown,
  foldGroups,
  mergeBreakdown,
} from '../../src/usage-monitor/totals.js';
import { sampleAt } from './samples.js';

describe('addSample', () => {
  it('keeps the unknown apart from zero', () => {
    const breakdown = emptyBreakdown();
    addSample(breakdown, sampleAt(0, { costUsd: 0.5, credits: 3 }));
    addSample(breakdown, sampleAt(0, { costUsd: null }));
    expect(breakdown.totals).toMatchObject({
      requests: 2,
      costUsd: 0.5,
      unknownCostRequests: 1,
      credits: 3,
      creditRequests: 1,
      totalTokens: 200,
    });
  });

  it('counts a failure by code and leaves its latency out', () => {
    const breakdown = emptyBreakdown();
    addSample(breakdown, sampleAt(0, { latencyMs: 100 }));
    addSample(
      breakdown,
      sampleAt(0, { latencyMs: 30_000, errorCode: 'timeout', model: null, provider: null }),
    );
    expect(breakdown.totals).toMatchObject({ requests: 2, failures: 1, latencyMs: 100 });
    expect([...breakdown.errorsByCode]).toEqual([['timeout', 1]]);
    expect(breakdown.groups.model.get('gpt-5')?.requests).toBe(1);
  });

  it('counts a call under each of its tags', () => {
    const breakdown = emptyBreakdown();
    addSample(breakdown, sampleAt(0, { tags: ['a', 'b'] }));
    expect([...breakdown.groups.tag.keys()]).toEqual(['a', 'b']);
    expect(breakdown.totals.requests).toBe(1);
  });

  it('is bounded in names, keeps the busy ones and loses no call', () => {
    const breakdown = emptyBreakdown();
    for (let index = 0; index < 3000; index++) {
      addSample(breakdown, sampleAt(0, { tags: [`tag-${index}`] }));
      addSample(breakdown, sampleAt(0, { tags: ['busy'] }));
    }
    const { tag } = breakdown.groups;
    expect(tag.size).toBeLessThanOrEqual(GROUP_LIMIT + GROUP_SLACK + 1);
    expect(tag.get('busy')?.requests).toBe(3000);
    expect([...tag.values()].reduce((sum, totals) => sum + totals.requests, 0)).toBe(6000);
  });

  it('takes a tag that is called other as it is', () => {
    const breakdown = emptyBreakdown();
    for (let index = 0; index < GROUP_LIMIT + GROUP_SLACK; index++) {
      addSample(breakdown, sampleAt(0, { tags: [`tag-${index}`] }));
    }
    addSample(breakdown, sampleAt(0, { tags: [OTHER_GROUP] }));
    expect(breakdown.groups.tag.get(OTHER_GROUP)?.requests).toBe(GROUP_SLACK + 1);
  });
});

describe('mergeBreakdown', () => {
  it('says of the parts together what one count of all would say', () => {
    const samples = fc.array(
      fc.record({
        model: fc.constantFrom('a', 'b', null),
        tags: fc.constantFrom([], ['x'], ['x', 'y']),
        costUsd: fc.constantFrom(null, 0, 1, 2),
        credits: fc.constantFrom(null, 4),
        errorCode: fc.constantFrom(null, 'timeout' as const, 'upstream' as const),
      }),
    );
    fc.assert(
      fc.property(samples, samples, (left, right) => {
        const [first, second, whole] = [emptyBreakdown(), emptyBreakdown(), emptyBreakdown()];
        for (const sample of left) addSample(first, sampleAt(0, sample));
        for (const sample of right) addSample(second, sampleAt(0, sample));
        for (const sample of [...left, ...right]) addSample(whole, sampleAt(0, sample));
        mergeBreakdown(first, second);
        expect(first).toEqual(whole);
      }),
    );
  });
});

describe('foldGroups', () => {
  it('leaves what fits alone and adds to an other that is there', () => {
    const { groups } = emptyBreakdown();
    const breakdown = { ...emptyBreakdown(), groups };
    for (const tag of ['a', 'a', 'a', 'b', 'b', 'c']) addSample(breakdown, sampleAt(0, { tags: [tag] }));
    foldGroups(groups.tag, 3);
    expect([...groups.tag.keys()]).toEqual(['a', 'b', 'c']);
    foldGroups(groups.tag, 2);
    foldGroups(groups.tag, 1);
    expect([...groups.tag].map(([name, totals]) => [name, totals.requests])).toEqual([
      ['a', 3],
      [OTHER_GROUP, 3],
    ]);
  });
});
