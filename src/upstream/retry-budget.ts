/** A full budget; a retry costs one, a success returns a tenth. Source: simulation in docs/upstream.md. */
const CAPACITY = 10;
const RETRY_COST = 1;
const SUCCESS_REFUND = 0.1;

/**
 * The client-wide budget of attempts beyond a call's first. A retry that succeeds gets its cost back,
 * so independent faults are retried freely and an outage is not amplified.
 */
export class RetryBudget {
  #tokens = CAPACITY;

  /** Takes the cost of one retry, or refuses. */
  tryRetry(): boolean {
    if (this.#tokens < RETRY_COST) return false;
    this.#tokens -= RETRY_COST;
    return true;
  }

  /** A call has succeeded after this many retries. */
  succeeded(retries: number): void {
    this.#tokens = Math.min(CAPACITY, this.#tokens + SUCCESS_REFUND + retries * RETRY_COST);
  }
}
