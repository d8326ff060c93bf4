import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccountReading } from '../../src/credits/account-reading.js';
import { CreditBalance, type CreditBalanceOptions } from '../../src/credits/balance.js';
import { ConfigurationError } from '../../src/errors.js';
import { EventBus, type RouteLLEvent } from '../../src/events.js';
import type { Charge, Logger } from '../../src/types.js';
import { fakeClock } from '../fake-clock.js';

const credits = (amount: number): Charge => ({ amount, unit: 'credits' });
const account = (usedCredits: number | null, grantedCredits: number | null): AccountReading => ({
  usedCredits,
  grantedCredits,
});

function fixture(options: CreditBalanceOptions = {}) {
  const clock = fakeClock();
  const events = new EventBus();
  const told: RouteLLEvent[] = [];
  events.subscribe((event) => told.push(event));
  const logged: unknown[] = [];
  const logger: Logger = {
    debug: (...line) => logged.push(line),
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const balance = new CreditBalance({ clock, events, logger, ...options });
  const alerts = (): string[] =>
    told.map(({ type }) => type).filter((type) => type === 'credits-low' || type === 'credits-critical');
  const shares = (): number[] =>
    told.flatMap((event) => (event.type === 'budget-threshold' ? [event.share] : []));
  return { balance, clock, told, logged, alerts, shares };
}

describe('CreditBalance.status', () => {
  it('is unknown, never 0, where nothing tells it', () => {
    const { balance } = fixture();
    const unknown = { remainingCredits: null, usedCredits: null, grantedCredits: null, source: 'unknown' };
    expect(balance.status()).toEqual({ ...unknown, unit: 'credits', asOf: null, lagSeconds: null });
    balance.record(null, 0.5);
    balance.record({ amount: 0.5, unit: 'usd' }, null);
    expect(balance.status()).toMatchObject(unknown);
    balance.record(credits(3), 0.5);
    expect(balance.status()).toMatchObject({ ...unknown, usedCredits: 3 });
    expect(balance.mode()).toBe('normal');
  });

  it('is an estimate from an allotment', () => {
    const { balance } = fixture({ allotment: 500, creditsPerUsd: 100 });
    expect(balance.status()).toMatchObject({ remainingCredits: 500, usedCredits: 0, source: 'estimate' });
    balance.record(credits(30), 0.1);
    balance.record(null, 0.2);
    expect(balance.status()).toEqual({
      remainingCredits: 450,
      usedCredits: 50,
      grantedCredits: 500,
      unit: 'credits',
      source: 'estimate',
      asOf: null,
      lagSeconds: null,
    });
    balance.record(credits(10_000), null);
    expect(balance.status().remainingCredits).toBe(0);
  });

  it('is what the account says, then less what was charged since', async () => {
    const { balance, clock } = fixture({
      readAccount: async () => ({ ...account(200, 2000), lagSeconds: null }),
    });
    balance.record(credits(7), null);
    const read = await balance.refresh();
    expect(read).toEqual({
      remainingCredits: 1800,
      usedCredits: 200,
      grantedCredits: 2000,
      unit: 'credits',
      source: 'account',
      asOf: clock.now(),
      lagSeconds: null,
    });
    expect(balance.status()).toEqual(read);
    await clock.advance(1000);
    balance.record(credits(5), 0.1);
    expect(balance.status()).toEqual({
      ...read,
      remainingCredits: 1795,
      usedCredits: 205,
      source: 'account+local',
    });
  });

  describe('of a page that lags', () => {
    const lagging = () => {
      const page = { used: 200, granted: 2000 };
      const held = fixture({
        readAccount: async () => ({ ...account(page.used, page.granted), lagSeconds: 3600 }),
        criticalThreshold: 100,
      });
      const left = async (used: number, minutes = 1): Promise<number | null> => {
        page.used = used;
        await held.clock.advance(minutes * 60_000);
        return (await held.balance.refresh()).remainingCredits;
      };
      return { ...held, page, left };
    };

    it('counts what was charged here until the page knows of it', async () => {
      const { balance, left } = lagging();
      balance.record(credits(7), null);
      expect(await left(200)).toBe(1793);
      balance.record(credits(53), null);
      expect(await left(200)).toBe(1740);
      expect(balance.status()).toMatchObject({ usedCredits: 260, source: 'account+local' });
      // Read again, the page knows no more than before: nothing was given back.
      expect(await left(200)).toBe(1740);
      expect(await left(230)).toBe(1740);
      expect(await left(260)).toBe(1740);
      expect(balance.status().source).toBe('account');
      expect(await left(300)).toBe(1700);
    });

    it('stays critical while the page is late', async () => {
      const { balance, left, alerts } = lagging();
      await left(1800);
      balance.record(credits(150), null);
      expect(balance.mode()).toBe('critical');
      expect(await left(1800)).toBe(50);
      expect(balance.mode()).toBe('critical');
      expect(alerts()).toEqual(['credits-low', 'credits-critical']);
    });

    it('counts it no longer than the page lags, and not in a new period', async () => {
      const { balance, left } = lagging();
      await left(200);
      balance.record(credits(40), null);
      expect(await left(200, 30)).toBe(1760);
      expect(await left(200, 61)).toBe(1800);
      balance.record(credits(40), null);
      expect(await left(5)).toBe(1995);
    });
  });

  it.each([NaN, -1, Infinity, 'an hour'])('knows no lag of %s', async (lagSeconds) => {
    const { balance } = fixture({
      readAccount: async () => ({ ...account(1, 2), lagSeconds: lagSeconds as number }),
    });
    expect((await balance.refresh()).lagSeconds).toBeNull();
  });

  it('counts what was charged while the account was read', async () => {
    let answer: (reading: AccountReading) => void = () => undefined;
    const { balance, clock } = fixture({
      readAccount: () => new Promise((resolve) => (answer = resolve)),
    });
    const asOf = clock.now();
    balance.record(credits(1), null);
    const reading = balance.refresh();
    await clock.advance(500);
    balance.record(credits(2), null);
    answer(account(100, 1000));
    expect(await reading).toMatchObject({ remainingCredits: 898, source: 'account+local', asOf });
  });

  it.each<[string, AccountReading, number | undefined, Record<string, unknown>]>([
    ['no used figure', account(null, 900), undefined, { source: 'account', grantedCredits: 900 }],
    ['no granted figure', account(40, null), undefined, { source: 'account', usedCredits: 40 }],
    ['neither figure', account(null, null), undefined, { source: 'unknown' }],
    ['nonsense', account(NaN, -5), undefined, { source: 'unknown' }],
  ])('does not guess from %s', async (_, reading, allotment, expected) => {
    const { balance } = fixture({
      readAccount: async () => reading,
      ...(allotment === undefined ? {} : { allotment }),
    });
    expect(await balance.refresh()).toMatchObject({ remainingCredits: null, ...expected });
  });

  it('falls back to the allotment where the account tells only one figure', async () => {
    const { balance } = fixture({ readAccount: async () => account(40, null), allotment: 100 });
    expect(await balance.refresh()).toMatchObject({ remainingCredits: 100, source: 'estimate', asOf: null });
  });

  it('is never below 0 where the account is overdrawn', async () => {
    const { balance } = fixture({ readAccount: async () => account(120, 100) });
    expect(await balance.refresh()).toMatchObject({ remainingCredits: 0, usedCredits: 120 });
  });

  it.each([NaN, -4, Infinity])('takes a charge of %d for unknown', (amount) => {
    const { balance, told } = fixture({ allotment: 100 });
    balance.record(credits(amount), null);
    expect(balance.status().remainingCredits).toBe(100);
    expect(told).toEqual([]);
  });
});

describe('an account in another unit', () => {
  const dollars = (remainingCredits: number, more: Partial<AccountReading> = {}): AccountReading => ({
    usedCredits: null,
    grantedCredits: null,
    remainingCredits,
    unit: 'usd',
    ...more,
  });

  it('in USD counts what calls cost in USD, and never credits', async () => {
    const { balance, clock } = fixture({ readAccount: async () => dollars(20) });
    balance.record(credits(500), 3);
    const read = await balance.refresh();
    expect(read).toEqual({
      remainingCredits: 20,
      usedCredits: null,
      grantedCredits: null,
      unit: 'usd',
      source: 'account',
      asOf: clock.now(),
      lagSeconds: null,
    });
    balance.record(credits(500), 0.5);
    balance.record({ amount: 1.25, unit: 'usd' }, 1);
    balance.record(credits(500), null);
    expect(balance.status()).toMatchObject({ remainingCredits: 18.25, source: 'account+local' });
    balance.record(null, 40);
    expect(balance.status().remainingCredits).toBe(0);
  });

  it('in a currency that no call is counted in is what the page says', async () => {
    const { balance } = fixture({ readAccount: async () => dollars(110, { unit: 'cny' }), creditsPerUsd: 1 });
    await balance.refresh();
    balance.record({ amount: 2, unit: 'usd' }, 2);
    expect(balance.status()).toMatchObject({ remainingCredits: 110, unit: 'cny', source: 'account' });
    expect(balance.mode()).toBe('normal');
  });

  it('knows no thresholds in credits, unless a rate says what they are', async () => {
    const without = fixture({ readAccount: async () => dollars(5) });
    await without.balance.refresh();
    expect(without.balance.mode()).toBe('normal');
    expect(without.alerts()).toEqual([]);
    const { balance, told } = fixture({ readAccount: async () => dollars(5), creditsPerUsd: 10 });
    await balance.refresh();
    expect(balance.mode()).toBe('low');
    expect(told.find(({ type }) => type === 'credits-low')).toMatchObject({
      remainingCredits: 5,
      threshold: 10,
      unit: 'usd',
    });
  });

  it('tells shares in its unit', async () => {
    const { balance, told } = fixture({
      readAccount: async () => ({ ...account(8, 10), unit: 'usd' }),
    });
    await balance.refresh();
    expect(told.find(({ type }) => type === 'budget-threshold')).toMatchObject({ spent: 8, unit: 'usd' });
  });

  it('tells again after it was topped up, though only what is left is known', async () => {
    let left = 50;
    const { balance, clock, alerts } = fixture({
      readAccount: async () => dollars(left, { unit: 'credits' }),
      maxAgeMs: 1000,
    });
    const next = async (remaining: number): Promise<void> => {
      left = remaining;
      await clock.advance(1000);
      await balance.refresh();
    };
    await balance.refresh();
    await next(40);
    expect(alerts()).toEqual(['credits-low']);
    await next(500);
    await next(60);
    expect(alerts()).toEqual(['credits-low', 'credits-low']);
  });

  it.each(['', 'USD', 'us dollars', 'usd\n'])('%j is no unit: its amounts are unknown', async (unit) => {
    const { balance } = fixture({ readAccount: async () => dollars(5, { unit }) });
    expect(await balance.refresh()).toMatchObject({ remainingCredits: null, source: 'unknown' });
  });
});

describe('CreditBalance.refresh', () => {
  it('reads at most once per maxAgeMs, and shares a reading', async () => {
    let reads = 0;
    const { balance, clock } = fixture({
      readAccount: async () => account(++reads, 100),
      maxAgeMs: 1000,
    });
    await Promise.all([balance.refresh(), balance.refresh(), balance.refresh()]);
    await clock.advance(999);
    expect((await balance.refresh()).usedCredits).toBe(1);
    await clock.advance(1);
    expect((await balance.refresh()).usedCredits).toBe(2);
    expect(reads).toBe(2);
    expect(clock.pending).toBe(0);
  });

  it('falls back to what is known when a reading fails, and asks no more often for it', async () => {
    let reads = 0;
    const { balance, clock, logged } = fixture({
      readAccount: async () => {
        if (++reads > 1) throw new Error('no route');
        return account(10, 100);
      },
      maxAgeMs: 1000,
    });
    const known = await balance.refresh();
    await clock.advance(1000);
    expect(await balance.refresh()).toEqual(known);
    expect(await balance.refresh()).toEqual(known);
    expect(reads).toBe(2);
    expect(logged).toEqual([[expect.stringContaining('could not be read'), { error: 'Error' }]]);
  });

  it('survives a reader that throws at once, and one without a page', async () => {
    const thrower = fixture({
      readAccount: () => {
        throw new Error('broken');
      },
    });
    expect(await thrower.balance.refresh()).toMatchObject({ source: 'unknown' });
    const pageless = fixture({ readAccount: async () => null, allotment: 5 });
    expect(await pageless.balance.refresh()).toMatchObject({ source: 'estimate' });
    expect(pageless.logged).toEqual([]);
    expect(await fixture().balance.refresh()).toMatchObject({ source: 'unknown' });
  });

  it('gives up a reading that takes too long, even if the reader ignores it', async () => {
    const { balance, clock, logged } = fixture({
      readAccount: () => new Promise(() => undefined),
      readTimeoutMs: 300,
    });
    const reading = balance.refresh();
    await clock.advance(300);
    expect(await reading).toMatchObject({ source: 'unknown' });
    expect(logged).toHaveLength(1);
  });

  it('in the background delays nothing and rejects nowhere', async () => {
    let reads = 0;
    const { balance, clock } = fixture({
      readAccount: async () => {
        reads++;
        throw new Error('down');
      },
    });
    balance.refreshInBackground();
    balance.refreshInBackground();
    await clock.advance(0);
    balance.refreshInBackground();
    expect(reads).toBe(1);
  });

  it('asks in the background only now and then where there is no page', async () => {
    let reads = 0;
    const { balance, clock } = fixture({
      readAccount: async () => {
        reads++;
        return null;
      },
    });
    for (let minute = 0; minute < 120; minute++) {
      balance.refreshInBackground();
      await clock.advance(60_000);
    }
    expect(reads).toBe(2);
    await balance.refresh();
    expect(reads).toBe(3);
  });

  it('ends a reading under way on close, and reads no more', async () => {
    const signals: AbortSignal[] = [];
    const { balance, clock } = fixture({
      readAccount: (signal) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    });
    const reading = balance.refresh();
    balance.close();
    expect(await reading).toMatchObject({ source: 'unknown' });
    await clock.advance(60_000);
    await balance.refresh();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(clock.pending).toBe(0);
  });
});

describe('CreditBalance thresholds', () => {
  it('are told once per crossing', () => {
    const { balance, alerts, told } = fixture({ allotment: 120 });
    balance.record(credits(19), null);
    expect(alerts()).toEqual([]);
    balance.record(credits(1), null);
    balance.record(credits(1), null);
    expect(alerts()).toEqual(['credits-low']);
    expect(told.find(({ type }) => type === 'credits-low')).toMatchObject({
      remainingCredits: 100,
      threshold: 100,
    });
    balance.record(credits(89), null);
    balance.record(credits(1), null);
    expect(alerts()).toEqual(['credits-low', 'credits-critical']);
  });

  it('are both told when passed at one leap', () => {
    const { balance, alerts } = fixture({ allotment: 120 });
    balance.record(credits(115), null);
    expect(alerts()).toEqual(['credits-low', 'credits-critical']);
  });

  it('are told again only after the balance rose well above', async () => {
    let used = 0;
    const { balance, alerts, clock } = fixture({ readAccount: async () => account(used, 1000), maxAgeMs: 0 });
    const read = async (remaining: number): Promise<void> => {
      used = 1000 - remaining;
      await clock.advance(1);
      await balance.refresh();
    };
    await read(500);
    await read(100);
    await read(110);
    await read(99);
    expect(alerts()).toEqual(['credits-low']);
    await read(111);
    await read(100);
    expect(alerts()).toEqual(['credits-low', 'credits-low']);
  });

  it('are not told again for a page that lags behind what was charged here', async () => {
    const { balance, alerts, clock } = fixture({ readAccount: async () => account(850, 1000), maxAgeMs: 0 });
    for (let minute = 0; minute < 3; minute++) {
      await clock.advance(1);
      await balance.refresh();
      balance.record(credits(60), null);
    }
    expect(balance.status().remainingCredits).toBe(90);
    expect(alerts()).toEqual(['credits-low']);
  });

  it('tell every change of the balance', async () => {
    const { balance, told } = fixture({ readAccount: async () => account(10, 5000) });
    await balance.refresh();
    balance.record(credits(2), null);
    balance.record(null, null);
    expect(told).toMatchObject([
      { type: 'credits-update', remainingCredits: 4990, source: 'account' },
      { type: 'credits-update', remainingCredits: 4988, source: 'account+local' },
    ]);
  });

  it('set the mode', () => {
    const { balance } = fixture({ allotment: 30, lowThreshold: 20, criticalThreshold: 10 });
    const modes: string[] = [];
    for (let i = 0; i < 3; i++) {
      modes.push(balance.mode());
      balance.record(credits(10), null);
    }
    expect(modes).toEqual(['normal', 'low', 'critical']);
  });
});

describe('CreditBalance shares', () => {
  it('are told once, at 80 % and at 95 % of an allotment', () => {
    const { balance, told, shares, clock } = fixture({ allotment: 1000 });
    balance.record(credits(799), null);
    expect(shares()).toEqual([]);
    balance.record(credits(1), null);
    balance.record(credits(149), null);
    expect(shares()).toEqual([0.8]);
    balance.record(credits(1), null);
    balance.record(credits(500), null);
    expect(told.filter(({ type }) => type === 'budget-threshold')).toEqual([
      expect.objectContaining({ share: 0.8, spent: 800, limit: 1000 }),
      {
        type: 'budget-threshold',
        at: clock.now(),
        scope: 'credits',
        unit: 'credits',
        share: 0.95,
        spent: 950,
        limit: 1000,
      },
    ]);
  });

  it('are told at the first reading where they are passed already', async () => {
    const { balance, shares } = fixture({ readAccount: async () => account(900, 1000) });
    await balance.refresh();
    expect(shares()).toEqual([0.8]);
    balance.record(credits(60), null);
    expect(shares()).toEqual([0.8, 0.95]);
  });

  it('are told as a share of what the account grants, the charges here included', async () => {
    const { balance, told } = fixture({ readAccount: async () => account(15_990, 20_000), allotment: 5 });
    await balance.refresh();
    balance.record(credits(15), null);
    expect(told.at(-1)).toMatchObject({ scope: 'credits', share: 0.8, spent: 16_005, limit: 20_000 });
  });

  it.each<[string, AccountReading]>([
    ['nothing was granted', account(0, 0)],
    ['what is granted is unknown', account(40, null)],
    ['what is used is unknown', account(null, 40)],
  ])('are not told where %s', async (_, reading) => {
    const { balance, shares } = fixture({ readAccount: async () => reading });
    await balance.refresh();
    balance.record(credits(1000), null);
    expect(shares()).toEqual([]);
  });

  it.each<[string, AccountReading, readonly number[]]>([
    ['a small top-up', account(960, 1050), [0.8, 0.95]],
    ['a top-up that leaves more than 80 % used', account(960, 1100), [0.8, 0.95, 0.95]],
    ['a large grant', account(960, 2000), [0.8, 0.95, 0.8, 0.95]],
    ['a new period', account(3, 1000), [0.8, 0.95, 0.8, 0.95]],
    ['a grant together with what the page did not know yet', account(1400, 2500), [0.8, 0.95, 0.8, 0.95]],
  ])('are told again after %s', async (_, reading, expected) => {
    let page = account(900, 1000);
    const { balance, shares, clock } = fixture({ readAccount: async () => page, maxAgeMs: 0 });
    const read = async (next: AccountReading): Promise<void> => {
      page = next;
      await clock.advance(1);
      await balance.refresh();
    };
    await read(page);
    balance.record(credits(60), null);
    await read(reading);
    await read(account(reading.grantedCredits, reading.grantedCredits));
    expect(shares()).toEqual(expected);
  });

  type Step = { readonly charge: number } | { readonly lag: number } | { readonly topUp: number };

  /** An account whose page knows only a part of what was charged, and never less than it knew before. */
  async function run(granted: number, steps: readonly Step[]) {
    const page = { used: 0, granted };
    let used = 0;
    const held = fixture({ readAccount: async () => account(page.used, page.granted), maxAgeMs: 0 });
    let highest = 0;
    let seen = 0;
    /** The least share of the credits that was known to be used since each share was last told. */
    const leastSince = new Map<number, number>();
    const dips: number[] = [];
    for (const step of steps) {
      if ('charge' in step) {
        used += step.charge;
        held.balance.record(credits(step.charge), null);
      } else {
        if ('topUp' in step) page.granted += step.topUp;
        else page.used = Math.max(page.used, Math.floor(used * (1 - step.lag)));
        await held.clock.advance(1);
        await held.balance.refresh();
      }
      const { usedCredits, grantedCredits } = held.balance.status();
      const share = grantedCredits === null ? 0 : (usedCredits ?? 0) / grantedCredits;
      highest = Math.max(highest, share);
      for (const [told, least] of leastSince) leastSince.set(told, Math.min(least, share));
      for (const told of held.shares().slice(seen)) {
        dips.push(told - (leastSince.get(told) ?? 0));
        leastSince.set(told, share);
      }
      seen = held.shares().length;
    }
    return { highest, shares: held.shares(), dips };
  }

  const granted = fc.integer({ min: 500, max: 2000 });
  const charge = fc.record({ charge: fc.integer({ min: 0, max: 800 }).map((quarters) => quarters / 4) });
  const lag = fc.record({ lag: fc.integer({ min: 0, max: 40 }).map((percent) => percent / 100) });
  const topUp = fc.record({ topUp: fc.integer({ min: 1, max: 200 }) });
  const long = { minLength: 20, maxLength: 60 };

  it('are told exactly once when passed, however much the page lags behind', () =>
    fc.assert(
      fc.asyncProperty(granted, fc.array(fc.oneof(charge, lag), long), async (limit, steps) => {
        const { highest, shares } = await run(limit, [{ lag: 1 }, ...steps]);
        expect(shares).toEqual([0.8, 0.95].filter((share) => highest >= share));
      }),
    ));

  it('are told again only after the balance was well below them', () =>
    fc.assert(
      fc.asyncProperty(granted, fc.array(fc.oneof(charge, lag, topUp), long), async (limit, steps) => {
        const { highest, shares, dips } = await run(limit, [{ lag: 1 }, ...steps]);
        for (const share of [0.8, 0.95]) expect(shares.includes(share)).toBe(highest >= share);
        for (const dip of dips) expect(dip).toBeGreaterThanOrEqual(0.05 - 1e-9);
      }),
    ));
});

describe('CreditBalance options', () => {
  it.each<[CreditBalanceOptions, string]>([
    [{ lowThreshold: NaN }, 'credits.lowThreshold'],
    [{ criticalThreshold: -1 }, 'credits.criticalThreshold'],
    [{ lowThreshold: 5, criticalThreshold: 6 }, 'credits.criticalThreshold'],
    [{ allotment: -1 }, 'credits.allotment'],
    [{ maxAgeMs: NaN }, 'credits.maxAgeMs'],
    [{ creditsPerUsd: 0 }, 'credits.creditsPerUsd'],
  ])('%j', (options, field) => {
    expect(() => new CreditBalance(options)).toThrow(ConfigurationError);
    expect(() => new CreditBalance(options)).toThrow(expect.objectContaining({ field }));
  });
});
