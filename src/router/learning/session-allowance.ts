/** What one session may teach in any hour: the weight of three ratings, and so far an ability may move by them. */
export const SESSION_LIMITS: Allowance = { weight: 3, shift: 0.15 };
const HOUR_MS = 3_600_000;
/** Sessions remembered; the one longest without evidence goes first. */
const MOST_SESSIONS = 4096;
/** What is less is not worth an update. */
const LEAST = { weight: 0.01, shift: 0.001 } as const;

interface Spending {
  readonly at: number;
  readonly weight: number;
  readonly shift: number;
}

/** What a session may still teach. */
export interface Allowance {
  readonly weight: number;
  readonly shift: number;
}

/** Bounds what a session can teach, whatever it reports: in any 60 minutes no more than the limits. */
export class SessionAllowance {
  /** In the order of their last evidence. */
  readonly #sessions = new Map<string, readonly Spending[]>();

  /** What is left of the session's hour, at most `weight`; `null` where that is nothing. At epoch milliseconds. */
  left(session: string, weight: number, at: number): Allowance | null {
    const spent = this.#recent(session, at);
    const left = {
      weight: Math.min(
        weight,
        spent.reduce((rest, one) => rest - one.weight, SESSION_LIMITS.weight),
      ),
      shift: spent.reduce((rest, one) => rest - one.shift, SESSION_LIMITS.shift),
    };
    return left.weight < LEAST.weight || left.shift < LEAST.shift ? null : left;
  }

  spend(session: string, { weight, shift }: Allowance, at: number): void {
    const recent = this.#recent(session, at);
    this.#sessions.delete(session);
    this.#sessions.set(session, [...recent, { at, weight, shift }]);
    if (this.#sessions.size <= MOST_SESSIONS) return;
    for (const oldest of this.#sessions.keys()) {
      this.#sessions.delete(oldest);
      return;
    }
  }

  #recent(session: string, at: number): readonly Spending[] {
    return (this.#sessions.get(session) ?? []).filter((spending) => spending.at > at - HOUR_MS);
  }
}
