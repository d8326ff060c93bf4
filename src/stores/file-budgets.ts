import type { AccountBalance, BudgetEntry, BudgetsStore, ReserveDecision } from '../stores.js';
import type { Logger, MaybePromise } from '../types.js';
import { checkedLine, readCheckedLine } from './checked-line.js';
import { codeOf, writeError } from './file-errors.js';
import { closedError } from './file-journal.js';
import { LineFile, type LineFileContext } from './line-file.js';
import { MemoryBudgets } from './memory-budgets.js';

/** Periods of one budget that outlive the process. In memory there are more. */
const KEPT_PERIODS = 10_000;
/** Below it nothing is gained by writing the file anew. */
const SMALL_BYTES = 2 ** 18;

type Spent = readonly Omit<BudgetEntry, 'limit'>[];

/** A line of the file: what happened, or, at its beginning, what was spent before. */
type Line =
  | { readonly reserve: string; readonly entries: Spent }
  | { readonly settle: string; readonly spent: Spent }
  | { readonly release: string }
  | { readonly balances: readonly (readonly [account: string, spent: number])[] };

export interface FileBudgetsOptions extends LineFileContext {
  readonly path: string;
  readonly logger: Logger;
  /** @default 256 KiB */
  readonly smallBytes?: number;
}

/**
 * Budgets whose every step is written before it counts. Opening does the steps again. A reservation that was open when
 * the process ended may have been spent: it is booked in full, so that a budget is never under what was spent.
 */
export class FileBudgets implements BudgetsStore {
  readonly #options: FileBudgetsOptions;
  readonly #memory = new MemoryBudgets();
  readonly #smallBytes: number;
  #file: LineFile;
  /** Lines that count in memory and could not be written: they go before the next. */
  #owed: string[] = [];
  #rewriteAboveBytes: number;
  #isClosed = false;
  readonly #closing = new Set<Promise<void>>();

  constructor(options: FileBudgetsOptions) {
    const { path, host, smallBytes = SMALL_BYTES } = options;
    this.#options = options;
    this.#smallBytes = smallBytes;
    const content = readIfThere(host.fs, path);
    this.#file = new LineFile(path, content, options);
    this.#rewriteAboveBytes = Math.max(smallBytes, 2 * this.#file.size);
    if (content !== null) this.#restore(content);
  }

  reserve(reservationId: string, entries: readonly BudgetEntry[]): MaybePromise<ReserveDecision> {
    this.#checkOpen();
    const isNew = !this.#memory.isOpen(reservationId);
    const decision = this.#memory.reserve(reservationId, entries);
    if (!decision.granted || !isNew) return decision;
    const amounts = entries.map(({ account, amount }) => ({ account, amount }));
    const line = this.#lineOf({ reserve: reservationId, entries: amounts });
    try {
      const written = this.#write(line);
      return written === undefined ? decision : this.#unlessFailed(written, reservationId, decision);
    } catch (error) {
      this.#memory.release(reservationId);
      throw error;
    }
  }

  settle(reservationId: string, spent: Spent): MaybePromise<void> {
    this.#checkOpen();
    const isOpen = this.#memory.isOpen(reservationId);
    this.#memory.settle(reservationId, spent);
    if (!isOpen) return;
    const amounts = spent.map(({ account, amount }) => ({ account, amount }));
    return this.#writeSurely(this.#lineOf({ settle: reservationId, spent: amounts }));
  }

  release(reservationId: string): MaybePromise<void> {
    this.#checkOpen();
    if (!this.#memory.isOpen(reservationId)) return;
    this.#memory.release(reservationId);
    return this.#writeSurely(this.#lineOf({ release: reservationId }));
  }

  balance(account: string): AccountBalance {
    return this.#memory.balance(account);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#file.close(), ...this.#closing]);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw closedError();
  }

  /** What the disk did not take was not reserved, whatever there is of it after all. */
  async #unlessFailed<Decision>(written: Promise<void>, id: string, decision: Decision): Promise<Decision> {
    try {
      await written;
      return decision;
    } catch (error) {
      this.#memory.release(id);
      this.#owed.push(this.#lineOf({ release: id }));
      throw error;
    }
  }

  /** What counts already is written with the next line, where it cannot be now. */
  #writeSurely(line: string): MaybePromise<void> {
    try {
      return this.#write(line);
    } catch (error) {
      this.#owed.push(line);
      throw error;
    }
  }

  #write(line: string): Promise<void> | undefined {
    const isDue = this.#file.size > this.#rewriteAboveBytes || this.#file.isDoubtful;
    // What the line says counts in memory, so that it is in the new file.
    if (isDue && this.#rewrite()) return this.#file.append('');
    const written = this.#file.append(this.#owed.join('') + line);
    this.#owed = [];
    return written;
  }

  #lineOf(line: Line): string {
    return checkedLine(line, this.#options.host.crc32);
  }

  #restore(content: Uint8Array): void {
    const { path, logger, host } = this.#options;
    let damagedLines = 0;
    for (const text of new TextDecoder().decode(content.subarray(0, this.#file.size)).split('\n')) {
      if (text === '') continue;
      const line = readCheckedLine(text, host.crc32) as Line | null;
      if (line === null) damagedLines++;
      else this.#repeat(line);
    }
    if (damagedLines > 0) logger.error('damaged lines of the budgets are skipped', { path, damagedLines });
    this.#bookOpen();
  }

  #repeat(line: Line): void {
    if ('balances' in line) {
      for (const [account, amount] of line.balances) this.#memory.book(account, amount);
    } else if ('reserve' in line) {
      this.#memory.reserve(
        line.reserve,
        line.entries.map((entry) => ({ ...entry, limit: null })),
      );
    } else if ('release' in line) {
      this.#memory.release(line.release);
    } else if (this.#memory.isOpen(line.settle)) {
      this.#memory.settle(line.settle, line.spent);
    } else {
      // Its reservation was in a line that is damaged.
      for (const { account, amount } of line.spent) this.#memory.book(account, amount);
    }
  }

  /** Nobody is left to settle what was reserved. */
  #bookOpen(): void {
    const open = [...this.#memory.openReservations()];
    if (open.length === 0) return;
    const { path, logger } = this.#options;
    for (const [id, entries] of open) {
      this.#memory.settle(id, entries);
      this.#owed.push(
        this.#lineOf({ settle: id, spent: entries.map(({ account, amount }) => ({ account, amount })) }),
      );
    }
    logger.warn('what was reserved when the process ended is booked as spent', {
      path,
      reservations: open.length,
    });
    try {
      void this.#write('')?.catch(() => undefined);
    } catch {
      // On a full disk the lines are owed: without them the same is booked at the next opening.
    }
  }

  /** The file anew, without what is over: it takes the place of the old one at once, or not at all. */
  #rewrite(): boolean {
    const { path, host, isForced, checkOwner, logger } = this.#options;
    checkOwner();
    const fresh = `${path}.new`;
    const lines = [
      this.#lineOf({ balances: this.#memory.spent(KEPT_PERIODS) }),
      ...[...this.#memory.openReservations()].map(([reserve, entries]) =>
        this.#lineOf({ reserve, entries: entries.map(({ account, amount }) => ({ account, amount })) }),
      ),
    ];
    const content = new TextEncoder().encode(lines.join(''));
    try {
      host.fs.writeFileSync(fresh, content, { mode: 0o600, flush: isForced });
      host.fs.renameSync(fresh, path);
    } catch (error) {
      logger.warn('the file of the budgets could not be made smaller', { path, code: codeOf(error) });
      this.#rewriteAboveBytes = 2 * this.#file.size;
      if (this.#file.isDoubtful) throw writeError(path, error);
      return false;
    }
    const old = this.#file;
    this.#file = this.#openNew(content);
    // All that it held is in the new one.
    const closing = old.close().catch(() => undefined);
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
    this.#owed = [];
    this.#rewriteAboveBytes = Math.max(this.#smallBytes, 4 * content.length);
    return true;
  }

  /** Before the old one is closed: its number may be given to another file, and must not be written to. */
  #openNew(content: Uint8Array): LineFile {
    const { path } = this.#options;
    try {
      return new LineFile(path, content, { ...this.#options, isNew: true });
    } catch (error) {
      throw writeError(path, error);
    }
  }
}

function readIfThere(fs: LineFileContext['host']['fs'], path: string): Uint8Array | null {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
