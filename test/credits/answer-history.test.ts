import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerHistory, type SeenAnswer, type Snapshot } from 'routell';
import { seededRandom } from '../../src/evaluation/random.js';
import { MOST_CELLS } from '../../src/credits/answer-history.js';

const answer: SeenAnswer = {
  model: 'm',
  effort: null,
  taskType: 'math',
  outputTokens: 1000,
  reasoningTokens: 0,
  priorTokens: 500,
  isCut: false,
  isOurCap: false,
  latencyMs: 100,
};
const of = { model: 'm', effort: null, taskType: 'math' } as const;
const taught = (...answers: readonly Partial<SeenAnswer>[]): AnswerHistory => {
  const history = new AnswerHistory();
  for (const one of answers) history.recordEvidence({ ...answer, ...one });
  return history;
};
const times = (count: number, one: Partial<SeenAnswer> = {}): Partial<SeenAnswer>[] =>
  Array.from({ length: count }, () => one);

describe('AnswerHistory', () => {
  it('expects what the prior does before anything was seen, and more of what was as more is seen', () => {
    expect(new AnswerHistory().expectedTokens(of, 500)).toBe(500);
    const [one, many] = [taught(answer), taught(...times(500))].map((history) =>
      history.expectedTokens(of, 500),
    );
    expect(one).toBeGreaterThan(500);
    expect(one).toBeLessThan(600);
    expect(many).toBeGreaterThan(950);
    expect(many).toBeLessThan(1060);
  });

  it('takes a model not seen for one like the others at the task, without their thoughts', () => {
    const thinking = taught(...times(300, { outputTokens: 5000, reasoningTokens: 4000 }));
    expect(thinking.expectedTokens({ ...of, model: 'other' }, 500)).toBeGreaterThan(900);
    expect(thinking.expectedTokens({ ...of, model: 'other' }, 500)).toBeLessThan(1100);
    expect(thinking.expectedTokens(of, 500)).toBeGreaterThan(4500);
    expect(thinking.expectedTokens({ ...of, taskType: 'writing' }, 700)).toBe(700);
  });

  it('keeps lengths in parts of the prior, and efforts apart', () => {
    const history = taught(...times(200), ...times(200, { effort: 'high', outputTokens: 10_000 }));
    expect(history.lengths(of)!.long! * 500).toBeGreaterThan(999);
    expect(history.lengths(of)!.long! * 500).toBeLessThan(1101);
    expect(history.lengths({ ...of, effort: 'high' })!.mean).toBeGreaterThan(18);
    expect(history.lengths({ ...of, model: 'other' })).toBeNull();
  });

  it('widens caps that cut, and narrows them again as none does', () => {
    const cut = { isOurCap: true, isCut: true };
    const stretchOf = (...answers: readonly Partial<SeenAnswer>[]): number =>
      taught(...answers).lengths(of)!.stretch;
    expect(stretchOf(cut)).toBe(2);
    expect(stretchOf(cut, cut)).toBe(4);
    expect(stretchOf(cut, ...times(200, { isOurCap: true }))).toBeCloseTo(1, 9);
    expect(stretchOf({ isCut: true })).toBe(1);
    expect(stretchOf(cut, ...times(5000, { isOurCap: false }))).toBe(2);
  });

  it('cuts at most one of 200 in the long run, whatever lengths do', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.5, max: 2, noNaN: true }), (seed, drift) => {
        const random = seededRandom(seed);
        const history = new AnswerHistory();
        let cuts = 0;
        const calls = 4000;
        for (let call = 0; call < calls; call++) {
          // Pareto with α = 1, whose median drifts: as bad as it gets.
          const length = (500 * drift ** (4 * Math.sin(call / 500))) / (1 - random());
          const seen = history.lengths(of);
          const room = seen?.room ?? seen?.longest ?? 8;
          const cap = 500 * 2 * (seen?.stretch ?? 1) * room;
          const isCut = length > cap;
          if (isCut) cuts++;
          const outputTokens = Math.min(length, cap);
          history.recordEvidence({ ...answer, outputTokens, isCut, isOurCap: true });
        }
        expect(cuts).toBeLessThanOrEqual(10 + calls / 200);
      }),
      { numRuns: 4 },
    );
  });

  it('tells latencies from the third on', () => {
    expect(taught(answer, answer).latencyMs(of)).toBeNull();
    expect(taught({ latencyMs: 100 }, { latencyMs: 200 }, { latencyMs: 600 }).latencyMs(of)).toBeCloseTo(
      300,
      9,
    );
  });

  it('leaves out what makes no sense', () => {
    const history = taught(
      { outputTokens: NaN },
      { outputTokens: -1 },
      { outputTokens: 0 },
      { priorTokens: NaN },
      { priorTokens: 0 },
      { latencyMs: Infinity },
      { taskType: '__proto__' as never },
    );
    expect(history.knows('math')).toBe(false);
    expect(history.snapshot().data).toEqual([]);
  });

  it('is bounded: the cell not seen for longest goes first', () => {
    const history = taught(...Array.from({ length: 2 * MOST_CELLS }, (_, index) => ({ model: `m${index}` })));
    expect(history.snapshot().data).toHaveLength(MOST_CELLS);
    expect(history.lengths({ ...of, model: 'm0' })).toBeNull();
    expect(history.knows('math')).toBe(true);
  });

  it('is the same after it was kept', () => {
    const before = taught(...times(150), { isCut: true, isOurCap: true });
    const after = new AnswerHistory();
    after.restore(JSON.parse(JSON.stringify(before.snapshot())) as Snapshot);
    expect(after.lengths(of)).toEqual(before.lengths(of));
    expect(after.latencyMs(of)).toBe(before.latencyMs(of));
    expect(after.snapshot()).toEqual(before.snapshot());
  });

  it.each([
    ['nothing', null],
    ['of another format', { format: 'x', version: 1, data: [] }],
    ['of another version', { format: 'routell-answers', version: 2, data: [] }],
    ['no list', { format: 'routell-answers', version: 1, data: {} }],
    ['with a row that makes no sense', { format: 'routell-answers', version: 1, data: [['a', 0, 1, 1, []]] }],
    [
      'with a bin that makes none',
      { format: 'routell-answers', version: 1, data: [['a', 1, 1, 1, [[-1, 1, 1]]]] },
    ],
    [
      'too large',
      { format: 'routell-answers', version: 1, data: Array.from({ length: MOST_CELLS + 1 }, () => []) },
    ],
  ])('takes over no snapshot that is %s, and keeps what it has', (_, snapshot) => {
    const history = taught(answer);
    expect(() => history.restore(snapshot as never)).toThrow(TypeError);
    expect(history.knows('math')).toBe(true);
  });
});
