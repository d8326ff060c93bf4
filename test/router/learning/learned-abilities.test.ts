import { describe, expect, it } from 'vitest';
import { abilitySnapshot, offsetsOf } from '../../../src/router/learning/ability-snapshot.js';
import { LEARNING_RATES, LearnedAbilities } from '../../../src/router/learning/learned-abilities.js';

const prior = { ability: 0.75, deviation: 0.1 };
const math = { key: 'task:math', share: 1 };
const invoices = { key: 'tag:invoices', share: 1 };
const answer = (quality: number, weight = 1) => ({ quality, weight, difficulty: 0.5, uncertainty: 0.2 });
const abilityOf = (
  learned: LearnedAbilities,
  segments: readonly { key: string; share: number }[],
  model = 'm',
) => learned.at(segments).abilityOf(model, prior);

function taught(times: number, quality: number, segments = [math]): LearnedAbilities {
  const learned = new LearnedAbilities();
  for (let time = 0; time < times; time++) learned.observe('m', prior, segments, answer(quality));
  return learned;
}

describe('LearnedAbilities', () => {
  it('is the prior before anything was seen', () => {
    expect(abilityOf(new LearnedAbilities(), [math])).toMatchObject({ ...prior, outcomes: 0 });
    expect(new LearnedAbilities().at([math]).isEmpty).toBe(true);
  });

  it('moves where it was seen most, elsewhere less, and other models not at all', () => {
    const learned = taught(20, 0);
    const here = abilityOf(learned, [math]).ability;
    const elsewhere = abilityOf(learned, [{ key: 'task:writing', share: 1 }]).ability;
    expect(here).toBeLessThan(0.5);
    expect(elsewhere).toBeGreaterThan(here);
    expect(elsewhere).toBeLessThan(prior.ability);
    expect(abilityOf(learned, [math], 'other').ability).toBe(prior.ability);
  });

  it('starts a finer segment from what the coarser ones taught', () => {
    const learned = taught(20, 0);
    expect(abilityOf(learned, [math, invoices]).ability).toBe(abilityOf(learned, [math]).ability);
  });

  it('tells a tag from its task', () => {
    const learned = new LearnedAbilities();
    for (let time = 0; time < 60; time++) {
      learned.observe('m', prior, [math], answer(1));
      learned.observe('m', prior, [math, invoices], answer(0));
    }
    expect(abilityOf(learned, [math]).ability).toBeGreaterThan(
      abilityOf(learned, [math, invoices]).ability + 0.3,
    );
  });

  it('grows surer, and never less sure of a decision than the prior', () => {
    const learned = taught(50, 0.8);
    expect(abilityOf(learned, [math, invoices]).deviation).toBeLessThanOrEqual(prior.deviation);
    expect(abilityOf(learned, [math]).drawDeviation).toBeLessThan(
      abilityOf(new LearnedAbilities(), [math]).drawDeviation,
    );
  });

  it('counts a share as a share', () => {
    const half = new LearnedAbilities();
    half.observe('m', prior, [{ ...math, share: 0.5 }], answer(0));
    expect(abilityOf(half, [math]).ability).toBeGreaterThan(abilityOf(taught(1, 0), [math]).ability);
  });

  it('forgets: a model that collapses after a long good time is known for it within 60 answers', () => {
    const learned = taught(5000, 0.9);
    for (let time = 0; time < 60; time++) learned.observe('m', prior, [math], answer(0.1));
    expect(abilityOf(learned, [math]).ability).toBeLessThan(0.85);
    expect(LEARNING_RATES.window).toBeLessThanOrEqual(500);
  });

  it('moves no farther than it may', () => {
    const learned = new LearnedAbilities();
    const { shift } = learned.observe('m', prior, [math, invoices], answer(0), { mostShift: 0.02 });
    expect(shift).toBeCloseTo(0.02, 12);
    expect(abilityOf(learned, [math, invoices]).ability).toBeCloseTo(prior.ability - 0.02, 12);
  });

  it('takes back what an answer taught', () => {
    const learned = taught(5, 0.7);
    const before = abilityOf(learned, [math]);
    const earlier = learned.observe('m', prior, [math], answer(0));
    const { shift } = learned.observe('m', prior, [math], answer(0.7, 1e-9), { earlier });
    expect(abilityOf(learned, [math]).ability).toBeCloseTo(before.ability, 2);
    expect(abilityOf(learned, [math]).outcomes).toBeCloseTo(before.outcomes, 6);
    expect(shift).toBeCloseTo(earlier.shift, 2);
  });

  it('takes back what is left of an answer, and nothing of an offset that is no longer there', () => {
    const learned = new LearnedAbilities();
    const old = learned.observe('m', prior, [math], answer(1));
    for (let time = 0; time < 2000; time++) learned.observe('m', prior, [math], answer((time % 10) / 9));
    const before = abilityOf(learned, [math]).ability;
    learned.observe('m', prior, [math], answer(0.5, 1e-9), { earlier: old });
    expect(abilityOf(learned, [math]).ability).toBeCloseTo(before, 3);
    learned.restore([]);
    learned.observe('m', prior, [math], answer(0.5, 1e-9), { earlier: old });
    expect(abilityOf(learned, [math]).ability).toBeCloseTo(prior.ability, 6);
  });

  it('moves both asks no farther than it may, where an answer is said to be to another', () => {
    const learned = taught(5, 0.7);
    const letters = { key: 'task:writing', share: 1 };
    const earlier = learned.observe('m', prior, [math], answer(0));
    const before = [abilityOf(learned, [math]).ability, abilityOf(learned, [letters], 'other').ability];
    const { shift } = learned.observe('other', prior, [letters], answer(0), { mostShift: 0.01, earlier });
    const after = [abilityOf(learned, [math]).ability, abilityOf(learned, [letters], 'other').ability];
    const moved = after.map((ability, index) => Math.abs(ability - (before[index] ?? 0)));
    expect(shift).toBeCloseTo(0.01, 9);
    expect((moved[0] ?? 0) + (moved[1] ?? 0)).toBeCloseTo(0.01, 9);
  });

  it('keeps to its bounds, the segments in use before the others', () => {
    const learned = new LearnedAbilities();
    for (let index = 0; index < 20_000; index++) {
      learned.observe('m', prior, [math, { key: `tag:${index}`, share: 1 }], answer(0.5));
    }
    expect([...learned.entries()].length).toBeLessThanOrEqual(8192);
    expect(learned.at([{ key: 'tag:0', share: 1 }]).abilityOf('m', prior).outcomes).toBeGreaterThan(1);
    expect(abilityOf(learned, [math]).outcomes).toBe(20_000);
  });

  it('keeps to its bounds with ever more models of one kind, the latest kept', () => {
    const learned = new LearnedAbilities();
    const nameOf = (index: number): string => `m${index}`;
    for (let index = 0; index < 9000; index++) learned.observe(nameOf(index), prior, [], answer(0.5));
    const entries = [...learned.entries()];
    expect(entries).toHaveLength(8192);
    expect(abilityOf(learned, [], nameOf(8999)).outcomes).toBe(1);
    expect(abilityOf(learned, [], nameOf(0)).outcomes).toBe(0);
    expect(offsetsOf(abilitySnapshot(entries))).toHaveLength(8192);
  });

  it('is determined by the outcomes and their order', () => {
    expect([...taught(30, 0.4).entries()]).toEqual([...taught(30, 0.4).entries()]);
  });
});
