/** A retry costs one, a success returns a tenth. Sources: the tables of docs/upstream.md. */
const FIRST_TOKENS = 10;
/** As many as 64 calls at once have in their back-off where each fifth attempt fails. */
const CAPACITY = 24;
const RETRY_COST = 1;
const SUCCESS_REFUND = 0.1;

/**
 * The client-wide budget of attempts beyond a call's first. A retry that succeeds gets its cost back,
 * so independent faults are retried freely and an outage is not amplified.
 */
export class RetryBudget {
  #tokens = FIRST_TOKENS;

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
