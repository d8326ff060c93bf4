import { systemClock, type Clock } from '../clock.js';
import { ConfigurationError, RouteLLError } from '../errors.js';
import type { EventBus } from '../events.js';
import type { Charge, CreditsMode, CreditStatus, CreditUnit, Logger } from '../types.js';
import { type AccountReading, isRicher, knownReading, type Reading, shownSince } from './account-reading.js';
import { checkRate, creditIn, knownAmount } from './booking.js';
import { CreditThresholds } from './credit-thresholds.js';
import { LocalCharges } from './local-charges.js';

export interface CreditBalanceOptions {
  /** Reads the upstream's account page; gives `null` where there is none. @default there is none */
  readonly readAccount?: (signal: AbortSignal) => Promise<AccountReading | null>;
  /** Credits to start from where the upstream reports none. @default none */
  readonly allotment?: number;
  /**
   * What a USD is in credits. @default none: of an account in credits only what is charged in credits is counted,
   * and for one in USD the thresholds do not hold
   */
  readonly creditsPerUsd?: number;
  /** Credits at or below which `credits-low` is told. @default 100 */
  readonly lowThreshold?: number;
  /** Credits at or below which `credits-critical` is told. @default 10 */
  readonly criticalThreshold?: number;
  /** How long a reading of the account serves. @default 60_000 */
  readonly maxAgeMs?: number;
  /** How long a reading may take. @default 10_000 */
  readonly readTimeoutMs?: number;
  /** @default the clock of the machine */
  readonly clock?: Clock;
  readonly events?: EventBus;
  readonly logger?: Logger;
}

/** How many times as long the background waits where there is no page: it is no use to ask each minute. */
const WITHOUT_PAGE = 60;

/** What else would be one is not known to be. */
const UNIT = /^[a-z]{2,20}$/;

/**
 * The credits left, from the best source there is, in this order:
 *
 * 1. `account`: what the account page says, in its own unit. It may lag (`lagSeconds`).
 * 2. `account+local`: the same, less what was charged to this client after `asOf` and, where the page lags, before
 *    it, until the page shows so much more or its lag is over.
 * 3. `estimate`: the allotment less everything charged to this client.
 * 4. `unknown`: `remainingCredits` is null; `usedCredits` is what was charged to this client, if anything.
 */
export class CreditBalance {
  readonly #options: CreditBalanceOptions;
  readonly #clock: Clock;
  readonly #thresholds: CreditThresholds;
  readonly #criticalThreshold: number;
  readonly #lowThreshold: number;
  #isClosed = false;
  #readingController = new AbortController();
  #reading: Reading | null = null;
  #readAtMs = -Infinity;
  /** Whether the last reading found that there is no page. */
  #isWithoutPage = false;
  #refreshing: Promise<CreditStatus> | null = null;
  readonly #charges: LocalCharges;
  readonly #creditIn: (unit: CreditUnit) => number | null;

  /** @throws {ConfigurationError} for an option that makes no sense. */
  constructor(options: CreditBalanceOptions = {}) {
    const { lowThreshold = 100, criticalThreshold = 10, clock = systemClock } = options;
    checkOptions(options, lowThreshold, criticalThreshold);
    this.#options = options;
    this.#clock = clock;
    this.#lowThreshold = lowThreshold;
    this.#criticalThreshold = criticalThreshold;
    const { events } = options;
    const creditsPerUsd = options.creditsPerUsd ?? null;
    this.#charges = new LocalCharges(creditsPerUsd);
    this.#creditIn = (unit) => creditIn(unit, creditsPerUsd);
    const inCredits = { low: lowThreshold, critical: criticalThreshold };
    this.#thresholds = new CreditThresholds({ ...inCredits, creditIn: this.#creditIn, events });
  }

  /** Counts a settled attempt, as far as its cost is known in the unit of the account. */
  record(charged: Charge | null, costUsd: number | null): void {
    const isCountedIn = this.#charges.record({ charged, costUsd });
    if (isCountedIn(this.#accountReading()?.unit ?? 'credits')) this.#tell(false);
  }

  /** The best that is known now. */
  status(): CreditStatus {
    const { allotment = null } = this.#options;
    const reading = this.#accountReading();
    if (reading !== null) return this.#accountStatus(reading);
    const charged = this.#charges.total('credits');
    return {
      remainingCredits: allotment === null ? null : Math.max(0, allotment - (charged ?? 0)),
      usedCredits: allotment === null ? charged : (charged ?? 0),
      grantedCredits: allotment,
      unit: 'credits',
      source: allotment === null ? 'unknown' : 'estimate',
      asOf: null,
      lagSeconds: null,
    };
  }

  /**
   * Reads the account, at most once per `maxAgeMs`; concurrent calls share one reading. Where that
   * fails, what is known serves. Never rejects.
   */
  refresh(): Promise<CreditStatus> {
    if (this.#refreshing !== null) return this.#refreshing;
    if (!this.#isDue()) return Promise.resolve(this.status());
    this.#refreshing = this.#read().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** The same without waiting: no call is delayed by it. */
  refreshInBackground(): void {
    if (this.#refreshing === null && this.#isDue(this.#isWithoutPage ? WITHOUT_PAGE : 1)) void this.refresh();
  }

  /** Whether credits run short. Unknown is `normal`. */
  mode(): CreditsMode {
    const { remainingCredits, unit } = this.status();
    const credit = this.#creditIn(unit);
    if (remainingCredits === null || credit === null) return 'normal';
    if (remainingCredits > this.#lowThreshold * credit) return 'normal';
    return remainingCredits <= this.#criticalThreshold * credit ? 'critical' : 'low';
  }

  /** Ends a reading under way, and reads no more. */
  close(): void {
    this.#isClosed = true;
    this.#readingController.abort(new Error('the client was closed'));
  }

  #isDue(times = 1): boolean {
    const { readAccount, maxAgeMs = 60_000 } = this.#options;
    if (readAccount === undefined || this.#isClosed) return false;
    return this.#clock.monotonic() - this.#readAtMs >= times * maxAgeMs;
  }

  async #read(): Promise<CreditStatus> {
    const { readTimeoutMs = 10_000, logger } = this.#options;
    const controller = (this.#readingController = new AbortController());
    const cancel = this.#clock.startTimer(readTimeoutMs, () => {
      controller.abort(new Error(`the account was not read within ${readTimeoutMs} ms`));
    });
    const asOf = this.#clock.now();
    this.#readAtMs = this.#clock.monotonic();
    this.#charges.beginReading();
    try {
      const reading = await this.#readUntil(controller.signal);
      this.#isWithoutPage = reading === null;
      if (reading !== null) this.#take(reading, asOf);
    } catch (error) {
      logger?.debug('the credit account could not be read; what is known serves', { error: inBrief(error) });
    } finally {
      cancel();
    }
    return this.status();
  }

  /** Ends with the signal, even where the reader does not heed it. */
  #readUntil(signal: AbortSignal): Promise<AccountReading | null> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      const reading = this.#options.readAccount?.(signal) ?? Promise.resolve(null);
      reading.then(resolve, reject);
    });
  }

  #take(given: AccountReading, asOf: number): void {
    const reading = { ...knownReading(given), asOf };
    if (!UNIT.test(reading.unit)) return;
    const { usedCredits, grantedCredits, remainingCredits } = reading;
    if (usedCredits === null && grantedCredits === null && remainingCredits === null) return;
    const previous = this.#reading;
    this.#reading = reading;
    this.#charges.endReading({
      atMs: this.#readAtMs,
      lagMs: 1000 * (reading.lagSeconds ?? 0),
      shown: shownSince(reading, previous),
    });
    this.#tell(isRicher(reading, previous));
  }

  /** The reading that counts: one that does not say what is left gives way to an allotment. */
  #accountReading(): Reading | null {
    const reading = this.#reading;
    if (reading === null || this.#options.allotment === undefined) return reading;
    return reading.remainingCredits === null ? null : reading;
  }

  #accountStatus({ usedCredits, grantedCredits, remainingCredits, ...reading }: Reading): CreditStatus {
    const { unit, asOf, lagSeconds } = reading;
    const since = this.#charges.beyondPage(unit);
    const isKnown = usedCredits !== null || remainingCredits !== null;
    return {
      remainingCredits: remainingCredits === null ? null : Math.max(0, remainingCredits - (since ?? 0)),
      usedCredits: usedCredits === null ? null : usedCredits + (since ?? 0),
      grantedCredits,
      unit,
      source: isKnown && since !== null ? 'account+local' : 'account',
      asOf,
      lagSeconds,
    };
  }

  #tell(isRicher: boolean): void {
    const status = this.status();
    const at = this.#clock.now();
    this.#options.events?.emit('credits-update', { at, ...status });
    this.#thresholds.consider(status, { at, isRicher });
  }
}

/** Without the words of the service, which may repeat what its page says of a person. */
function inBrief(error: unknown): string {
  if (RouteLLError.isInstance(error)) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

function checkOptions(options: CreditBalanceOptions, low: number, critical: number): void {
  const { allotment, creditsPerUsd, maxAgeMs, readTimeoutMs } = options;
  checkAmount('lowThreshold', low);
  checkAmount('criticalThreshold', critical);
  for (const [name, amount] of Object.entries({ allotment, maxAgeMs, readTimeoutMs })) {
    if (amount !== undefined) checkAmount(name, amount);
  }
  checkRate(creditsPerUsd ?? null);
  if (critical <= low) return;
  throw new ConfigurationError(
    'credits.criticalThreshold',
    `credits.criticalThreshold (${critical}) must not be above credits.lowThreshold (${low}).`,
  );
}

function checkAmount(name: string, amount: number): void {
  if (knownAmount(amount) !== null) return;
  throw new ConfigurationError(
    `credits.${name}`,
    `credits.${name} must be a finite number, 0 or more, got ${amount}.`,
  );
}
