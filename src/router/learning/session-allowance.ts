/** Weight of evidence that one session may add in any hour: three ratings. */
export const SESSION_WEIGHT_PER_HOUR = 3;
const HOUR_MS = 3_600_000;
/** Sessions remembered; the one longest without evidence goes first. */
const MOST_SESSIONS = 4096;
/** What is less is not worth an update. */
const LEAST_WEIGHT = 0.01;

interface Spending {
  readonly at: number;
  readonly weight: number;
}

/** Bounds what a session can teach: at most 3 in any 60 minutes, whatever it reports. */
export class SessionAllowance {
  /** In the order of their last evidence. */
  readonly #sessions = new Map<string, Spending[]>();

  /** The part of `weight` that the session may still add at `at`, epoch milliseconds; 0 where that is nothing. */
  take(session: string, weight: number, at: number): number {
    const recent = (this.#sessions.get(session) ?? []).filter((spent) => spent.at > at - HOUR_MS);
    const spent = recent.reduce((sum, spending) => sum + spending.weight, 0);
    const granted = Math.min(weight, SESSION_WEIGHT_PER_HOUR - spent);
    if (granted < LEAST_WEIGHT) return 0;
    this.#sessions.delete(session);
    this.#sessions.set(session, [...recent, { at, weight: granted }]);
    if (this.#sessions.size > MOST_SESSIONS) {
      for (const oldest of this.#sessions.keys()) {
        this.#sessions.delete(oldest);
        break;
      }
    }
    return granted;
  }
}
