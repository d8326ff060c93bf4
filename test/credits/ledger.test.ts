import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Budget } from '../../src/credits/budgets.js';
import { Ledger, type LedgerOptions } from '../../src/credits/ledger.js';
import type { ReservationLease, ReservationRequest } from '../../src/credits/reservation.js';
import { BudgetExceededError, ConfigurationError, InvalidRequestError } from '../../src/errors.js';
import { EventBus, type RouteLLEvent } from '../../src/events.js';
import type { BudgetsStore } from '../../src/stores.js';
import { memoryBudgetsStore } from '../../src/stores/memory-budgets.js';
import type { Charge, MaybePromise } from '../../src/types.js';
import { fakeClock, type FakeClock } from '../fake-clock.js';
import { keptLogger } from '../stores/file-scene.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Fixture {
  readonly ledger: Ledger;
  readonly clock: FakeClock;
  readonly told: RouteLLEvent[];
  readonly ofType: (type: string) => RouteLLEvent[];
}

function fixture(budgets: readonly Budget[] = [], options: LedgerOptions = {}): Fixture {
  const clock = fakeClock();
  const events = new EventBus();
  const told: RouteLLEvent[] = [];
  events.subscribe((event) => told.push(event));
  const ledger = new Ledger({ budgets, clock, events, ...options });
  return { ledger, clock, told, ofType: (type) => told.filter((event) => event.type === type) };
}

let attempts = 0;
function request(boundUsd: number | null, more: Partial<ReservationRequest> = {}): ReservationRequest {
  const attemptId = `attempt-${++attempts}`;
  const attempt = { callId: `call-${attempts}`, attemptId, model: 'gpt', provider: 'p' };
  return { ...attempt, session: 's', tags: [], boundUsd, ...more };
}

function now<Value>(value: MaybePromise<Value>): Value {
  if (value instanceof Promise) throw new Error('expected a synchronous value');
  return value;
}

const usd = (costUsd: number | null): { costUsd: number | null; charged: null } => ({
  costUsd,
  charged: null,
});
const credits = (amount: number): { costUsd: null; charged: Charge } => ({
  costUsd: null,
  charged: { amount, unit: 'credits' },
});

const state = (ledger: Ledger, index = 0) => now(ledger.budgetStates({ session: 's' }))[index]!;

function refusal(reserve: () => unknown): BudgetExceededError {
  try {
    reserve();
  } catch (error) {
    if (error instanceof BudgetExceededError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

/** The same store, as one that answers later. */
function laterStore(store: BudgetsStore): BudgetsStore {
  return {
    reserve: async (...given) => store.reserve(...given),
    settle: async (...given) => store.settle(...given),
    release: async (...given) => store.release(...given),
    balance: async (...given) => store.balance(...given),
  };
}

describe('Ledger without budgets', () => {
  it('grants anything and touches no store', () => {
    const untouched = new Proxy({} as BudgetsStore, {
      get: () => {
        throw new Error('touched');
      },
    });
    const { ledger, ofType } = fixture([], { store: untouched });
    for (const bound of [0, 12, null]) {
      const lease = now(ledger.reserve(request(bound)));
      expect(lease.reservedUsd).toBe(bound);
      now(lease.settle(usd(0.25)));
    }
    expect(now(ledger.remainingUsd({ session: 's', tags: [] }))).toBe(Infinity);
    expect(now(ledger.budgetStates())).toEqual([]);
    expect(ofType('credit-reserve')).toHaveLength(3);
    expect(ofType('credit-settle')).toHaveLength(3);
  });
});

describe('Ledger.reserve', () => {
  it('sets the bound aside, then books what it cost', () => {
    const { ledger } = fixture([{ limitUsd: 5, per: 'day' }]);
    const lease = now(ledger.reserve(request(2)));
    expect(lease.reservedUsd).toBe(2);
    expect(state(ledger)).toMatchObject({ spent: 0, reserved: 2, remaining: 3 });
    now(lease.settle(usd(0.5)));
    expect(state(ledger)).toEqual({
      scope: 'day',
      mode: 'hard',
      unit: 'usd',
      limit: 5,
      spent: 0.5,
      reserved: 0,
      remaining: 4.5,
      resetsAt: Date.UTC(2026, 9, 16),
    });
  });

  it('refuses what a hard budget does not cover, says what is left and when it resets', () => {
    const { ledger, ofType } = fixture([{ limitUsd: 5, per: 'day' }]);
    const lease = now(ledger.reserve(request(4.58)));
    const error = refusal(() => ledger.reserve(request(0.61, { callId: 'c', attemptId: 'a' })));
    expect(error).toMatchObject({ code: 'budget', scope: 'day', remainingCredits: null, retryable: false });
    expect(error.remainingUsd).toBeCloseTo(0.42, 12);
    expect(error.resetsAt).toBe(Date.UTC(2026, 9, 16));
    expect(error.message).toBe(
      'The day budget has $0.42 left of $5, and an attempt at gpt may cost up to $0.61. ' +
        'It resets at 2026-10-16T00:00:00.000Z. ' +
        'Lower max_tokens, choose a cheaper model or raise budgets[0].limitUsd.',
    );
    expect(ofType('credit-deny')).toEqual([
      expect.objectContaining({
        callId: 'c',
        attemptId: 'a',
        scope: 'day',
        remainingUsd: error.remainingUsd,
      }),
    ]);
    expect(state(ledger).reserved).toBeCloseTo(4.58);
    now(lease.release());
    now(ledger.reserve(request(0.61)));
  });

  it('reserves in every budget or in none', () => {
    const { ledger } = fixture([
      { limitUsd: 100, per: 'month' },
      { limitUsd: 1, per: 'session' },
    ]);
    const error = refusal(() => ledger.reserve(request(2)));
    expect(error).toMatchObject({ scope: 'session', resetsAt: null });
    expect(error.message).toContain('It does not reset.');
    expect([state(ledger, 0), state(ledger, 1)]).toMatchObject([{ reserved: 0 }, { reserved: 0 }]);
  });

  it('counts the attempts of one call together, and calls and sessions apart', () => {
    const { ledger } = fixture([
      { limitUsd: 1, per: 'call' },
      { limitUsd: 3, per: 'session' },
    ]);
    now(now(ledger.reserve(request(0.75, { callId: 'one' }))).settle(usd(0.75)));
    expect(refusal(() => ledger.reserve(request(0.5, { callId: 'one' }))).scope).toBe('call');
    now(now(ledger.reserve(request(1, { callId: 'two' }))).settle(usd(1)));
    now(now(ledger.reserve(request(1, { callId: 'three' }))).settle(usd(1)));
    expect(refusal(() => ledger.reserve(request(1, { callId: 'four' }))).scope).toBe('session');
    now(ledger.reserve(request(1, { callId: 'four', session: 'another' })));
  });

  it('counts a tagged budget for its calls only', () => {
    const { ledger } = fixture([{ limitUsd: 1, per: 'day', tag: 'research' }]);
    now(ledger.reserve(request(50)));
    expect(refusal(() => ledger.reserve(request(2, { tags: ['research'] }))).scope).toBe('day:research');
  });

  it('tells budgets that count the same apart', () => {
    const { ledger } = fixture([
      { limitUsd: 4, per: 'day', mode: 'soft' },
      { limitUsd: 5, per: 'day' },
    ]);
    now(now(ledger.reserve(request(4.5))).settle(usd(4.5)));
    expect(state(ledger, 0)).toMatchObject({ mode: 'soft', limit: 4, spent: 4.5, remaining: 0 });
    expect(state(ledger, 1)).toMatchObject({ mode: 'hard', limit: 5, spent: 4.5, remaining: 0.5 });
  });

  it('starts anew with the period, at the right instant', async () => {
    const { ledger, clock } = fixture([{ limitUsd: 1, per: 'day', timeZone: 'Europe/Berlin' }]);
    now(now(ledger.reserve(request(1))).settle(usd(1)));
    await clock.advance(10 * HOUR_MS - 1);
    expect(refusal(() => ledger.reserve(request(1))).resetsAt).toBe(clock.now() + 1);
    await clock.advance(1);
    now(ledger.reserve(request(1)));
  });

  it('settles where it reserved, also after the period ended', async () => {
    const store = memoryBudgetsStore();
    const { ledger, clock } = fixture([{ limitUsd: 1, per: 'day' }], { store });
    const lease = now(ledger.reserve(request(0.75)));
    await clock.advance(DAY_MS);
    now(lease.settle(usd(0.5)));
    expect(state(ledger)).toMatchObject({ spent: 0, reserved: 0 });
    expect(store.balance('0/usd/day/UTC#2026-10-15')).toEqual({ spent: 0.5, reserved: 0 });
  });

  it('admits at no cost what costs nothing, even when nothing is left', () => {
    const { ledger } = fixture([
      { limitUsd: 1, per: 'day' },
      { limitCredits: 10, per: 'day' },
    ]);
    now(now(ledger.reserve(request(1))).settle({ costUsd: 7, charged: { amount: 20, unit: 'credits' } }));
    expect(state(ledger)).toMatchObject({ spent: 7, remaining: 0 });
    now(now(ledger.reserve(request(0))).settle(usd(0)));
  });

  it('refuses an unknown price under a hard budget unless that is allowed', () => {
    const { ledger, ofType } = fixture([{ limitUsd: 1, per: 'day' }]);
    const error = refusal(() => ledger.reserve(request(null)));
    expect(error).toMatchObject({ remainingUsd: 1, scope: 'day' });
    expect(error.message).toContain('the price of gpt is not known');
    expect(error.message).toContain('credits.allowUnpriced');
    expect(ofType('credit-deny')).toHaveLength(1);
    const lease = now(ledger.reserve(request(null, { allowUnpriced: true })));
    now(lease.settle(usd(null)));
    expect(state(ledger)).toMatchObject({ spent: 0, reserved: 0 });
    now(now(ledger.reserve(request(null, { allowUnpriced: true }))).settle(usd(0.5)));
    expect(state(ledger)).toMatchObject({ spent: 0.5 });
  });

  it('lets an unknown price pass a soft budget', () => {
    const { ledger } = fixture([{ limitUsd: 1, per: 'day', mode: 'soft' }]);
    now(now(ledger.reserve(request(null))).settle(usd(2)));
    expect(state(ledger).spent).toBe(2);
  });

  it.each([NaN, -0.01, Infinity])('refuses a bound of %d', (bound) => {
    const { ledger } = fixture([{ limitUsd: 1, per: 'day' }]);
    expect(() => ledger.reserve(request(bound))).toThrow(InvalidRequestError);
    expect(() => fixture().ledger.reserve(request(bound))).toThrow(InvalidRequestError);
  });

  it('refuses budgets and rates that make no sense', () => {
    expect(() => fixture([{ limitUsd: NaN, per: 'day' }])).toThrow(ConfigurationError);
    expect(() => fixture([], { creditsPerUsd: 0 })).toThrow(ConfigurationError);
    expect(() => fixture([], { creditsPerUsd: NaN })).toThrow(ConfigurationError);
  });

  it('admits 0.1 three times under 0.3, and no more', () => {
    const { ledger } = fixture([{ limitUsd: 0.3, per: 'day' }]);
    for (let i = 0; i < 3; i++) now(now(ledger.reserve(request(0.1))).settle(usd(0.1)));
    expect(refusal(() => ledger.reserve(request(1e-6))).remainingUsd).toBeLessThanOrEqual(1e-12);
  });
});

describe('ReservationLease', () => {
  it('settles or releases once, whichever comes first', () => {
    const { ledger, ofType } = fixture([{ limitUsd: 5, per: 'day' }]);
    const settled = now(ledger.reserve(request(2)));
    now(settled.settle(usd(1)));
    now(settled.settle(usd(1)));
    now(settled.release());
    const released = now(ledger.reserve(request(2)));
    now(released.release());
    now(released.settle(usd(1)));
    expect(state(ledger)).toMatchObject({ spent: 1, reserved: 0 });
    expect(ofType('credit-reserve')).toHaveLength(2);
    expect(ofType('credit-settle')).toMatchObject([{ costUsd: 1 }, { costUsd: 0 }]);
  });

  it('books more than was reserved in full', () => {
    const { ledger } = fixture([{ limitUsd: 5, per: 'day' }]);
    now(now(ledger.reserve(request(1))).settle(usd(6)));
    expect(state(ledger)).toMatchObject({ spent: 6, remaining: 0 });
  });

  it.each([null, NaN, -1, Infinity])('books the bound where the cost is %d', (cost) => {
    const { ledger, ofType } = fixture([{ limitUsd: 5, per: 'day' }]);
    now(now(ledger.reserve(request(1.5))).settle(usd(cost)));
    expect(state(ledger)).toMatchObject({ spent: 1.5, reserved: 0 });
    expect(ofType('credit-settle')).toMatchObject([{ costUsd: null }]);
  });

  it('takes what was charged in USD where the cost is not computed', () => {
    const { ledger } = fixture([{ limitUsd: 5, per: 'day' }]);
    const charged: Charge = { amount: 0.25, unit: 'usd' };
    now(now(ledger.reserve(request(1))).settle({ costUsd: null, charged }));
    expect(state(ledger).spent).toBe(0.25);
  });
});

describe('budgets in credits', () => {
  const budgets: Budget[] = [{ limitCredits: 100, per: 'month' }];

  it('reserve by a given rate, and count what was charged', () => {
    const { ledger } = fixture(budgets, { creditsPerUsd: 1000 });
    const lease = now(ledger.reserve(request(0.06)));
    expect(state(ledger)).toMatchObject({ unit: 'credits', reserved: 60, remaining: 40 });
    const error = refusal(() => ledger.reserve(request(0.05)));
    expect(error).toMatchObject({ scope: 'month', remainingUsd: null, remainingCredits: 40 });
    expect(error.message).toContain('40 credits left of 100 credits');
    now(lease.settle(credits(12)));
    expect(state(ledger)).toMatchObject({ spent: 12, reserved: 0 });
    now(now(ledger.reserve(request(0.05))).settle(usd(0.02)));
    expect(state(ledger).spent).toBe(32);
    expect(refusal(() => ledger.reserve(request(null))).message).toContain('price of gpt is not known');
  });

  it('without a rate count at settlement, and refuse once nothing is left', () => {
    const { ledger } = fixture(budgets);
    now(now(ledger.reserve(request(5))).settle(credits(60)));
    now(now(ledger.reserve(request(null))).settle(credits(40)));
    const error = refusal(() => ledger.reserve(request(0.01)));
    expect(error).toMatchObject({ remainingCredits: 0, remainingUsd: null });
    expect(error.message).toContain('0 credits left of 100 credits. It resets at');
    expect(error.message).toContain('budgets[0].limitCredits');
  });

  it('without a rate count nothing that is not charged in credits, and warn of it once', () => {
    const logger = keptLogger();
    const { ledger } = fixture([...budgets, { limitUsd: 100, per: 'day' }], { logger });
    for (let attempt = 0; attempt < 3; attempt++) now(now(ledger.reserve(request(5))).settle(usd(5)));
    now(now(ledger.reserve(request(5))).release());
    expect(state(ledger)).toMatchObject({ spent: 0, reserved: 0 });
    expect(logger.told).toEqual([
      'warn: budgets[0].limitCredits does not hold at p: it told no credits for an answer of gpt. Give credits.creditsPerUsd, or a budget in USD.',
    ]);
    now(now(ledger.reserve(request(5))).settle(credits(1)));
    expect(logger.told).toHaveLength(1);
  });
});

describe('Ledger.remainingUsd', () => {
  const scope = { session: 's', tags: [] };

  it('is the least that a hard budget leaves', () => {
    const { ledger } = fixture([
      { limitUsd: 5, per: 'day' },
      { limitUsd: 2, per: 'session' },
      { limitUsd: 0.5, per: 'call' },
      { limitUsd: 0.01, per: 'day', mode: 'soft' },
      { limitUsd: 0.02, per: 'day', tag: 'research' },
      { limitCredits: 70, per: 'month' },
    ]);
    expect(now(ledger.remainingUsd(scope))).toBe(0.5);
    now(now(ledger.reserve(request(0.25, { callId: 'c' }))).settle(usd(0.25)));
    expect(now(ledger.remainingUsd({ ...scope, callId: 'c' }))).toBe(0.25);
    expect(now(ledger.remainingUsd(scope))).toBe(0.5);
    expect(now(ledger.remainingUsd({ ...scope, tags: ['research'] }))).toBe(0.02);
  });

  it('counts credits as USD only by a given rate', () => {
    const { ledger } = fixture([{ limitCredits: 70, per: 'month' }], { creditsPerUsd: 100 });
    const most = now(ledger.remainingUsd(scope));
    expect(most).toBeCloseTo(0.7, 12);
    now(ledger.reserve(request(most)));
    expect(now(ledger.remainingUsd(scope))).toBe(0);
    expect(now(fixture([{ limitCredits: 70, per: 'month' }]).ledger.remainingUsd(scope))).toBe(Infinity);
  });
});

describe('thresholds', () => {
  const shares = (told: readonly RouteLLEvent[]): number[] =>
    told.flatMap((event) => (event.type === 'budget-threshold' ? [event.share] : []));
  const spend = (ledger: Ledger, amount: number): void => {
    now(now(ledger.reserve(request(amount))).settle(usd(amount)));
  };

  it('are told once per crossing, of what is spent', () => {
    const { ledger, told, ofType } = fixture([{ limitUsd: 10, per: 'day' }]);
    now(ledger.reserve(request(0.5)));
    spend(ledger, 7.9);
    expect(shares(told)).toEqual([]);
    spend(ledger, 0.1);
    spend(ledger, 0.1);
    expect(ofType('budget-threshold')).toEqual([
      {
        type: 'budget-threshold',
        ...{ at: Date.UTC(2026, 9, 15, 12), scope: 'day', share: 0.8, spent: 8, limit: 10, unit: 'usd' },
      },
    ]);
    spend(ledger, 1.4);
    expect(shares(told)).toEqual([0.8, 0.95]);
  });

  it('are told together when passed at one leap, and at 100 % for a soft budget', () => {
    const hard = fixture([{ limitUsd: 1, per: 'day' }]);
    spend(hard.ledger, 1);
    expect(shares(hard.told)).toEqual([0.8, 0.95]);
    const soft = fixture([{ limitUsd: 1, per: 'day', mode: 'soft' }]);
    spend(soft.ledger, 3);
    spend(soft.ledger, 3);
    expect(shares(soft.told)).toEqual([0.8, 0.95, 1]);
  });

  it('are told again in the next period, and for each session', async () => {
    const { ledger, told, clock } = fixture([{ limitUsd: 1, per: 'day' }]);
    spend(ledger, 0.9);
    await clock.advance(DAY_MS);
    spend(ledger, 0.9);
    expect(shares(told)).toEqual([0.8, 0.8]);
  });
});

describe('Ledger on a store that answers later', () => {
  it('does the same', async () => {
    const { ledger, ofType } = fixture(
      [
        { limitUsd: 5, per: 'day' },
        { limitCredits: 50, per: 'month' },
      ],
      { store: laterStore(memoryBudgetsStore()) },
    );
    const lease = await ledger.reserve(request(4));
    await expect(ledger.reserve(request(2))).rejects.toThrow(BudgetExceededError);
    await expect(ledger.reserve(request(null))).rejects.toThrow(/not known/);
    expect(await ledger.remainingUsd({ session: 's', tags: [] })).toBe(1);
    await Promise.all([
      lease.settle({ costUsd: 4, charged: { amount: 3, unit: 'credits' } }),
      lease.release(),
    ]);
    expect(await ledger.budgetStates()).toMatchObject([{ spent: 4, reserved: 0 }, { spent: 3 }]);
    expect(ofType('budget-threshold')).toHaveLength(1);
    expect(ofType('credit-settle')).toHaveLength(1);
  });

  it('tells the end of a reservation that a store cannot note', async () => {
    const full = (): never => {
      throw new Error('the disk is full');
    };
    for (const fail of [full, async () => full()]) {
      const store = { ...laterStore(memoryBudgetsStore()), settle: fail, release: fail };
      const { ledger, ofType } = fixture([{ limitUsd: 1, per: 'day' }], { store });
      const [settled, released] = [await ledger.reserve(request(0.5)), await ledger.reserve(request(0.5))];
      await expect(async () => settled.settle(usd(0.25))).rejects.toThrow('the disk is full');
      await expect(async () => released.release()).rejects.toThrow('the disk is full');
      expect(ofType('credit-settle')).toMatchObject([{ costUsd: 0.25 }, { costUsd: 0 }]);
    }
  });

  it('passes the failure of a store on', async () => {
    const broken: BudgetsStore = {
      ...laterStore(memoryBudgetsStore()),
      reserve: () => Promise.resolve({ granted: false, account: '?', balance: { spent: 0, reserved: 0 } }),
    };
    const { ledger } = fixture([{ limitUsd: 5, per: 'day' }], { store: broken });
    await expect(ledger.reserve(request(1))).rejects.toThrow('unknown account');
  });
});

describe.each([
  ['memory', (): BudgetsStore => memoryBudgetsStore()],
  ['a store that answers later', (): BudgetsStore => laterStore(memoryBudgetsStore())],
])('concurrent attempts on %s', (_, make) => {
  it('never pass a hard budget: 200 at the edge', async () => {
    const { ledger } = fixture([{ limitUsd: 5, per: 'day' }], { store: make() });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, async () => {
        const lease = await ledger.reserve(request(0.03));
        await Promise.resolve();
        await lease.settle(usd(0.03));
      }),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(166);
    const [booked] = await ledger.budgetStates();
    expect(booked?.spent).toBeLessThanOrEqual(5 + 1e-12);
    expect(booked?.reserved).toBe(0);
  });

  it('keep spent + reserved within every limit, and lose nothing, in any order', async () => {
    const attempt = fc.record({
      bound: fc.integer({ min: 0, max: 120 }),
      share: fc.integer({ min: 0, max: 10 }),
      end: fc.constantFrom('settle', 'release', 'both', 'unknown'),
      turns: fc.nat(4),
      call: fc.nat(5),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { maxLength: 40 }), async (plan) => {
        const { ledger, ofType } = fixture(
          [
            { limitUsd: 3, per: 'day' },
            { limitUsd: 1, per: 'call' },
          ],
          { store: make() },
        );
        let bookedUsd = 0;
        const check = async (): Promise<void> => {
          for (const { spent, reserved, limit } of await ledger.budgetStates({ callId: 'call-0' })) {
            expect(spent + reserved).toBeLessThanOrEqual(limit + 1e-12);
          }
        };
        const finish = async (lease: ReservationLease, { bound, share, end }: (typeof plan)[number]) => {
          const cost = end === 'unknown' ? null : (bound * share) / 1000;
          if (end !== 'release') bookedUsd += cost ?? bound / 100;
          if (end === 'release') await lease.release();
          else await lease.settle(usd(cost));
          if (end === 'both') await lease.release();
        };
        await Promise.all(
          plan.map(async (each) => {
            for (let turn = 0; turn < each.turns; turn++) await Promise.resolve();
            try {
              const lease = await ledger.reserve(request(each.bound / 100, { callId: `call-${each.call}` }));
              await check();
              await finish(lease, each);
            } catch (error) {
              if (!(error instanceof BudgetExceededError)) throw error;
            }
            await check();
          }),
        );
        const [day] = await ledger.budgetStates();
        expect(day?.reserved).toBe(0);
        expect(day?.spent).toBeCloseTo(bookedUsd, 10);
        expect(ofType('credit-settle')).toHaveLength(ofType('credit-reserve').length);
      }),
      { numRuns: 40 },
    );
  });
});
