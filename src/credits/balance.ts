import { COST_MULTIPLIERS } from '../catalog/cost.js';
import { systemClock, type Clock } from '../clock.js';
import { ConfigurationError } from '../errors.js';
import type { EventBus } from '../events.js';
import type { Charge, CreditsMode, CreditStatus, Logger } from '../types.js';
import { costIn, knownAmount, knownCost } from './booking.js';
import { CreditThresholds } from './credit-thresholds.js';

/** What an account page says. `null` is unknown. */
export interface AccountReading {
  readonly usedCredits: number | null;
  readonly grantedCredits: number | null;
}

export interface CreditBalanceOptions {
  /** Reads the upstream's account page; gives `null` where there is none. @default there is none */
  readonly readAccount?: (signal: AbortSignal) => Promise<AccountReading | null>;
  /** Credits to start from where the upstream reports none. @default none */
  readonly allotment?: number;
  /** What a USD is in credits. @default none: only what is charged in credits is counted */
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

/** How far the account page lags behind, as measured on the RouteLLM API. */
const ACCOUNT_LAG_SECONDS = 3600;

interface Reading extends AccountReading {
  readonly asOf: number;
}

/**
 * The credits left, from the best source there is, in this order:
 *
 * 1. `account`: granted − used, as the account page says. It lags by about an hour (`lagSeconds`).
 * 2. `account+local`: the same, less what was charged to this client after `asOf`. What was charged
 *    before is taken to stand in the account already, which its lag may belie.
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
  #refreshing: Promise<CreditStatus> | null = null;
  /** Credits charged: in all, after `asOf`, and since the reading under way began. `null`: none known. */
  #charged: number | null = null;
  #chargedSinceReading: number | null = null;
  #chargedWhileReading: number | null = null;

  /** @throws {ConfigurationError} for an option that makes no sense. */
  constructor(options: CreditBalanceOptions = {}) {
    const { lowThreshold = 100, criticalThreshold = 10, clock = systemClock } = options;
    checkOptions(options, lowThreshold, criticalThreshold);
    this.#options = options;
    this.#clock = clock;
    this.#lowThreshold = lowThreshold;
    this.#criticalThreshold = criticalThreshold;
    const { events } = options;
    this.#thresholds = new CreditThresholds({ low: lowThreshold, critical: criticalThreshold, events });
  }

  /** Counts a settled attempt. What was not charged in credits counts only where `creditsPerUsd` is given. */
  record(charged: Charge | null, costUsd: number | null): void {
    const credits = costIn('credits', knownCost({ charged, costUsd }), this.#options.creditsPerUsd ?? null);
    if (credits === null) return;
    this.#charged = (this.#charged ?? 0) + credits;
    this.#chargedSinceReading = (this.#chargedSinceReading ?? 0) + credits;
    this.#chargedWhileReading = (this.#chargedWhileReading ?? 0) + credits;
    this.#tell(false);
  }

  /** The best that is known now. */
  status(): CreditStatus {
    const { allotment = null } = this.#options;
    const reading = this.#reading;
    if (reading !== null && (allotment === null || isComplete(reading))) {
      return this.#accountStatus(reading);
    }
    return {
      remainingCredits: allotment === null ? null : Math.max(0, allotment - (this.#charged ?? 0)),
      usedCredits: allotment === null ? this.#charged : (this.#charged ?? 0),
      grantedCredits: allotment,
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
    if (this.#refreshing === null && this.#isDue()) void this.refresh();
  }

  /** Whether credits run short. Unknown is `normal`. */
  mode(): CreditsMode {
    const { remainingCredits } = this.status();
    if (remainingCredits === null || remainingCredits > this.#lowThreshold) return 'normal';
    return remainingCredits <= this.#criticalThreshold ? 'critical' : 'low';
  }

  /** Factor on cost when models are compared: 1, when low 2, when critical 4. A signal; it forbids nothing. */
  costMultiplier(): number {
    return COST_MULTIPLIERS[this.mode()];
  }

  /** Ends a reading under way, and reads no more. */
  close(): void {
    this.#isClosed = true;
    this.#readingController.abort(new Error('the client was closed'));
  }

  #isDue(): boolean {
    const { readAccount, maxAgeMs = 60_000 } = this.#options;
    if (readAccount === undefined || this.#isClosed) return false;
    return this.#clock.monotonic() - this.#readAtMs >= maxAgeMs;
  }

  async #read(): Promise<CreditStatus> {
    const { readTimeoutMs = 10_000, logger } = this.#options;
    const controller = (this.#readingController = new AbortController());
    const cancel = this.#clock.startTimer(readTimeoutMs, () => {
      controller.abort(new Error(`the account was not read within ${readTimeoutMs} ms`));
    });
    const asOf = this.#clock.now();
    this.#readAtMs = this.#clock.monotonic();
    this.#chargedWhileReading = null;
    try {
      const reading = await this.#readUntil(controller.signal);
      if (reading !== null) this.#take(reading, asOf);
    } catch (error) {
      logger?.debug('the credit account could not be read; what is known serves', { error: String(error) });
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

  #take(reading: AccountReading, asOf: number): void {
    const usedCredits = knownAmount(reading.usedCredits);
    const grantedCredits = knownAmount(reading.grantedCredits);
    if (usedCredits === null && grantedCredits === null) return;
    const previous = this.#reading;
    this.#reading = { usedCredits, grantedCredits, asOf };
    this.#chargedSinceReading = this.#chargedWhileReading;
    this.#tell(isRicher(this.#reading, previous));
  }

  #accountStatus({ usedCredits, grantedCredits, asOf }: Reading): CreditStatus {
    const since = this.#chargedSinceReading;
    const used = usedCredits === null ? null : usedCredits + (since ?? 0);
    return {
      remainingCredits: used === null || grantedCredits === null ? null : Math.max(0, grantedCredits - used),
      usedCredits: used,
      grantedCredits,
      source: used === null || since === null ? 'account' : 'account+local',
      asOf,
      lagSeconds: ACCOUNT_LAG_SECONDS,
    };
  }

  #tell(isRicher: boolean): void {
    const status = this.status();
    const at = this.#clock.now();
    this.#options.events?.emit('credits-update', { at, ...status });
    this.#thresholds.consider(status, { at, isRicher });
  }
}

type CompleteReading = { readonly [Figure in keyof AccountReading]: number };

function isComplete(reading: AccountReading): reading is CompleteReading {
  return reading.usedCredits !== null && reading.grantedCredits !== null;
}

/** Whether the account says that more is granted, or less used, than it said before. */
function isRicher(reading: AccountReading, previous: AccountReading | null): boolean {
  if (!isComplete(reading)) return false;
  if (previous === null || !isComplete(previous)) return true;
  return reading.grantedCredits > previous.grantedCredits || reading.usedCredits < previous.usedCredits;
}

function checkOptions(options: CreditBalanceOptions, low: number, critical: number): void {
  const { allotment, creditsPerUsd, maxAgeMs, readTimeoutMs } = options;
  checkAmount('lowThreshold', low);
  checkAmount('criticalThreshold', critical);
  for (const [name, amount] of Object.entries({ allotment, maxAgeMs, readTimeoutMs })) {
    if (amount !== undefined) checkAmount(name, amount);
  }
  if (creditsPerUsd !== undefined && !(creditsPerUsd > 0 && creditsPerUsd < Infinity)) {
    throw new ConfigurationError(
      'credits.creditsPerUsd',
      `credits.creditsPerUsd must be a finite number above 0, got ${creditsPerUsd}. Leave it out if unknown.`,
    );
  }
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
