/** What one session may teach in any hour: the weight of three ratings, and so far an ability may move by them. */
export const SESSION_LIMITS: Allowance = { weight: 3, shift: 0.15 };
const HOUR_MS = 3_600_000;
/** What is spent within so short a time is kept as one spending, at the time of the last. */
const TOGETHER_MS = 60_000;
/** Sessions remembered; the one longest without evidence goes first. */
const MOST_SESSIONS = 4096;
/** With less left of an hour it is used up. Says nothing of how little evidence may weigh. */
const LEAST_LEFT: Allowance = { weight: 0.01, shift: 0.001 };

interface Spending extends Allowance {
  readonly fromMs: number;
  readonly atMs: number;
}

/** What a session may still teach, or what it taught. */
export interface Allowance {
  readonly weight: number;
  readonly shift: number;
}

/** Bounds what a session can teach, whatever it reports: in any 60 minutes no more than the limits. */
export class SessionAllowance {
  /** In the order of their last evidence. */
  readonly #sessions = new Map<string, readonly Spending[]>();

  /** What is left of the session's hour at epoch milliseconds; `null` where it is used up. */
  left(session: string, atMs: number): Allowance | null {
    let { weight, shift } = SESSION_LIMITS;
    for (const spent of this.#recent(session, atMs)) {
      weight -= spent.weight;
      shift -= spent.shift;
    }
    return weight < LEAST_LEFT.weight || shift < LEAST_LEFT.shift ? null : { weight, shift };
  }

  spend(session: string, { weight, shift }: Allowance, atMs: number): void {
    const recent = this.#recent(session, atMs);
    const last = recent.at(-1);
    const spendings =
      last === undefined || atMs - last.fromMs > TOGETHER_MS
        ? [...recent, { fromMs: atMs, atMs, weight, shift }]
        : [
            ...recent.slice(0, -1),
            { fromMs: last.fromMs, atMs, weight: last.weight + weight, shift: last.shift + shift },
          ];
    this.#sessions.delete(session);
    this.#sessions.set(session, spendings);
    if (this.#sessions.size <= MOST_SESSIONS) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      return;
    }
  }

  #recent(session: string, atMs: number): readonly Spending[] {
    return (this.#sessions.get(session) ?? []).filter((spending) => spending.atMs > atMs - HOUR_MS);
  }
}
