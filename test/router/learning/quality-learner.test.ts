import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QualityLearner } from '../../../src/router/learning/quality-learner.js';
import type { QualityEvidence } from '../../../src/router/router.js';
import { seededRandom } from '../../../src/evaluation/random.js';

const prior = { ability: 0.75, deviation: 0.1 };
const segments = [{ key: 'task:math', share: 1 }];
const rating = (quality: number, more: Partial<QualityEvidence> = {}): QualityEvidence => ({
  model: 'm',
  segments,
  difficulty: 0.5,
  difficultyUncertainty: 0.2,
  quality,
  weight: 1,
  source: 'feedback',
  ...more,
});
const abilityOf = (learner: QualityLearner, model = 'm'): number =>
  learner.at(segments).abilityOf(model, prior).ability;
const taught = (evidence: readonly QualityEvidence[]): QualityLearner => {
  const learner = new QualityLearner();
  for (const one of evidence) learner.learn(one, prior, 0);
  return learner;
};
const of = (count: number, one: QualityEvidence): QualityEvidence[] =>
  Array.from({ length: count }, () => one);

/** The most that one session moves an ability within an hour. */
const FARTHEST = 0.15;
const HOUR_MS = 3_600_000;

describe('QualityLearner', () => {
  const reports = fc.array(
    fc.record({
      quality: fc.double({ min: 0, max: 1, noNaN: true }),
      weight: fc.double({ min: 0.01, max: 1, noNaN: true }),
      difficulty: fc.double({ min: 0, max: 1, noNaN: true }),
      difficultyUncertainty: fc.double({ min: 0, max: 0.4, noNaN: true }),
      source: fc.constantFrom('feedback' as const, 'implicit' as const),
      callId: fc.constantFrom('a', 'b', 'c', undefined),
    }),
    { maxLength: 40 },
  );

  it('lets no session move an ability farther than it may, whatever it reports', () => {
    fc.assert(
      fc.property(reports, fc.constantFrom(0, 100), (given, others) => {
        const learner = taught(of(others, rating(0.8)));
        const before = abilityOf(learner);
        for (const { callId, ...report } of given) {
          const known = callId === undefined ? {} : { callId };
          learner.learn(rating(report.quality, { ...report, ...known, session: 'attacker' }), prior, 0);
        }
        expect(Math.abs(abilityOf(learner) - before)).toBeLessThanOrEqual(FARTHEST + 1e-9);
      }),
    );
  });

  it('is moved as far by a thousand ratings of a session as by three', () => {
    const worst = rating(0, { session: 'attacker', difficulty: 0 });
    expect(abilityOf(taught(of(1000, worst)))).toBe(abilityOf(taught(of(3, worst))));
    expect(abilityOf(taught(of(1000, worst)))).toBeGreaterThanOrEqual(prior.ability - FARTHEST - 1e-9);
  });

  it('puts a rating in the place of signs and of the rating before', () => {
    const told = taught([
      rating(0, { callId: 'a', source: 'implicit', weight: 0.8 }),
      rating(0.2, { callId: 'a' }),
      rating(1, { callId: 'a' }),
    ]);
    expect(abilityOf(told)).toBeCloseTo(abilityOf(taught([rating(1)])), 2);
  });

  it('is not changed by the same rating of a call again and again', () => {
    const learner = taught(Array.from({ length: 200 }, (_, index) => rating(0, { callId: `${index}` })));
    learner.learn(rating(0, { callId: 'same' }), prior, 0);
    const before = learner.learned();
    for (let time = 0; time < 2000; time++) learner.learn(rating(0, { callId: 'same' }), prior, 0);
    for (const [index, { offset, deviation, outcomes }] of learner.learned().entries()) {
      expect(offset).toBeCloseTo(before[index]?.offset ?? Number.NaN, 6);
      expect(deviation).toBeCloseTo(before[index]?.deviation ?? Number.NaN, 6);
      expect(outcomes).toBeCloseTo(before[index]?.outcomes ?? Number.NaN, 6);
    }
  });

  it('is hardly changed by ratings anew of what is forgotten', () => {
    const old = (quality: number): QualityEvidence[] =>
      Array.from({ length: 40 }, (_, index) => rating(quality, { callId: `old ${index}` }));
    const learner = taught([
      ...old(1),
      ...Array.from({ length: 1900 }, (_, index) => rating(index % 2, { callId: `${index}` })),
    ]);
    const before = abilityOf(learner);
    for (const one of old(0.5)) learner.learn(one, prior, 0);
    expect(Math.abs(abilityOf(learner) - before)).toBeLessThan(0.01);
  });

  it('lets a session that rates what it rated in other hours anew move no more than in any hour', () => {
    const learner = new QualityLearner();
    const rate = (callId: string, quality: number, at: number): void => {
      const difficulty = quality === 1 ? 0.9 : 0.1;
      learner.learn(rating(quality, { callId, session: 'attacker', difficulty }), prior, at);
    };
    for (let hour = 0; hour < 4; hour++) rate(`${hour}`, 1, 1.1 * hour * HOUR_MS);
    const before = abilityOf(learner);
    expect(before).toBeGreaterThan(prior.ability + 0.05);
    for (let hour = 0; hour < 4; hour++) rate(`${hour}`, 0, 20 * HOUR_MS);
    expect(abilityOf(learner)).toBeGreaterThanOrEqual(before - FARTHEST - 1e-9);
  });

  it('takes no sign in the place of a rating', () => {
    const rated = taught([rating(1, { callId: 'a' })]);
    const before = abilityOf(rated);
    rated.learn(rating(0, { callId: 'a', source: 'implicit' }), prior, 0);
    expect(abilityOf(rated)).toBe(before);
  });

  it('is not moved by signs as frequent as with everybody, but by more than that', () => {
    const learner = new QualityLearner();
    for (let index = 0; index < 3000; index++) {
      const model = `m${index % 3}`;
      // m0 and m1 give a sign once in twenty answers, m2 once in four.
      const every = model === 'm2' ? 4 : 20;
      const isSign = Math.floor(index / 3) % every === 0;
      const signed = { model, source: 'implicit', weight: isSign ? 0.5 : 1 } as const;
      learner.learn(rating(isSign ? 0 : 1, signed), prior, 0);
    }
    expect(abilityOf(learner, 'm2')).toBeLessThan(abilityOf(learner, 'm0') - 0.1);
    expect(abilityOf(learner, 'm0')).toBeGreaterThan(prior.ability - 0.05);
  });

  it.each([0.002, 0.01])('does not drift with signs at a rate of %d, in sessions named or not', (rate) => {
    const driftOf = (isNamed: boolean): number => {
      const random = seededRandom(7);
      const learner = new QualityLearner();
      const own = { ability: 0.55, deviation: 0.1 };
      for (let index = 0; index < 2500; index++) {
        const isSign = random() < rate;
        const more = isNamed ? { session: `visitor ${index}` } : {};
        const answer = { callId: `${index}`, source: 'implicit', weight: isSign ? 0.4 : 1, ...more } as const;
        learner.learn(rating(isSign ? 0 : 1, answer), own, index * 1000);
      }
      return learner.at(segments).abilityOf('m', own).ability - own.ability;
    };
    expect(driftOf(true)).toBeGreaterThan(-0.08);
    expect(driftOf(true)).toBeCloseTo(driftOf(false), 2);
  });

  it('learns from the ratings of a session that had many answers without a sign', () => {
    const learner = new QualityLearner();
    const named = { session: 'anna' };
    for (let index = 0; index < 1000; index++) {
      learner.learn(rating(1, { source: 'implicit', ...named }), prior, 0);
    }
    const before = abilityOf(learner);
    learner.learn(rating(0, named), prior, 0);
    expect(abilityOf(learner)).toBeLessThan(before - 0.01);
  });

  it('learns next to nothing from answers that never give a sign', () => {
    const signless = taught(of(3000, rating(1, { source: 'implicit' })));
    expect(Math.abs(abilityOf(signless) - prior.ability)).toBeLessThan(0.1);
  });

  it('goes on after a restart where it was', () => {
    const before = taught([...of(7, rating(0)), rating(0.5, { model: 'other' })]);
    const after = new QualityLearner();
    after.restore(JSON.parse(JSON.stringify(before.snapshot())));
    expect(after.learned()).toEqual(before.learned());
    before.learn(rating(0.3), prior, 0);
    after.learn(rating(0.3), prior, 0);
    expect(after.learned()).toEqual(before.learned());
  });

  it.each<[string, unknown]>([
    ['no object', 'router'],
    ['nothing', null],
    ['another format', { format: 'other', version: 1, data: [] }],
    ['another version', { format: 'routell-abilities', version: 2, data: [] }],
    ['no rows', { format: 'routell-abilities', version: 1, data: {} }],
    ['a broken row', { format: 'routell-abilities', version: 1, data: [['all', 'm', 0, 1]] }],
    [
      'a row that is no number',
      { format: 'routell-abilities', version: 1, data: [['all', 'm', null, 0.1, 0.1, 1]] },
    ],
    ['a variance below 0', { format: 'routell-abilities', version: 1, data: [['all', 'm', 0, -1, 0.1, 1]] }],
    [
      'too many rows',
      {
        format: 'routell-abilities',
        version: 1,
        data: Array.from({ length: 8193 }, () => ['all', 'm', 0, 0.1, 0.1, 1]),
      },
    ],
  ])('refuses a snapshot that is %s and keeps what it knows', (_, snapshot) => {
    const learner = taught([rating(0)]);
    const before = learner.learned();
    expect(() => {
      learner.restore(snapshot);
    }).toThrow(TypeError);
    expect(learner.learned()).toEqual(before);
  });
});
