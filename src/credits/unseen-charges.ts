/** A reading of the page that lags, as far as it tells which charges it knows of. */
export interface PageNews {
  /** Monotonic milliseconds at which the page was asked for. */
  readonly atMs: number;
  /** 0 where nobody knows of a lag. */
  readonly lagMs: number;
  /** By how much more it says is used than it said before; `null` where it began anew. */
  readonly shown: number | null;
}

interface UnseenCharge {
  readonly atMs: number;
  readonly amount: number;
}

/**
 * What was charged here before the page was read, and it does not know of yet: what it shows more than before are the
 * oldest of these charges, and none is older than the page lags.
 */
export class UnseenCharges {
  #charges: readonly UnseenCharge[] = [];

  get sum(): number {
    return this.#charges.reduce((sum, { amount }) => sum + amount, 0);
  }

  /** @param charged Since the reading before. */
  read(charged: number, { atMs, lagMs, shown }: PageNews): void {
    if (shown === null) {
      this.#charges = [];
      return;
    }
    let known = shown;
    this.#charges = [...this.#charges, { atMs, amount: charged }].flatMap((charge) => {
      const amount = charge.amount - known;
      known = Math.max(0, -amount);
      return amount > 0 && charge.atMs > atMs - lagMs ? [{ ...charge, amount }] : [];
    });
  }
}
