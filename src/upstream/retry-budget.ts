/** A retry costs one, a success returns a tenth. Sources: the tables of docs/upstream.md. */
const FIRST_TOKENS = 10;
/** As many as 64 calls at once have in their back-off where each fifth attempt fails. */
const CAPACITY = 24;
/** What an outage can cost at most beyond one attempt per call, all calls together. */
const MOST_WITHOUT_SUCCESS = 10;
const RETRY_COST = 1;
const SUCCESS_REFUND = 0.1;

/**
 * The client-wide budget of attempts beyond a call's first. A retry that succeeds gets its cost back,
 * so independent faults are retried freely and an outage is not amplified.
 */
export class RetryBudget {
  #tokens = FIRST_TOKENS;
  /** Retries since a call has succeeded last. */
  #inVain = 0;

  /** Takes the cost of one retry, or refuses. */
  tryRetry(): boolean {
    if (this.#tokens < RETRY_COST || this.#inVain >= MOST_WITHOUT_SUCCESS) return false;
    this.#tokens -= RETRY_COST;
    this.#inVain += 1;
    return true;
  }

  /** A retry that was taken was not sent after all. */
  giveBack(): void {
    this.#tokens = Math.min(CAPACITY, this.#tokens + RETRY_COST);
    this.#inVain = Math.max(0, this.#inVain - 1);
  }

  /** A call has succeeded after this many retries. */
  succeeded(retries: number): void {
    this.#inVain = 0;
    this.#tokens = Math.min(CAPACITY, this.#tokens + SUCCESS_REFUND + retries * RETRY_COST);
  }
}
