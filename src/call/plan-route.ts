import type { FailureVerdict } from '../upstream/retry-policy.js';
import type { Plan } from './plan.js';
import type { PlanStep } from './plan-step.js';

/** Where the next attempt goes. */
export interface Move {
  /** The plan was used up and is begun again. */
  readonly isNewRound: boolean;
  /** How often it has been begun again. */
  readonly round: number;
}

/** What an attempt at a step has to reserve at least; `null` where nobody knows. */
export type BoundOf = (step: PlanStep) => number | null;

/** Where an attempt loop stands in its plan. Steps that cannot do better are struck out. */
export class Route {
  #alive: readonly PlanStep[];
  /** Steps still to be tried in this round. */
  #ahead: readonly PlanStep[];
  /** Monotonic instants before which a step asked not to be tried. */
  readonly #heldUntilMs = new Map<PlanStep, number>();
  /** The same for a group of providers: its models share its limits. */
  readonly #limitedUntilMs = new Map<string, number>();
  /** Beyond the plan: tried only where they are cheaper than what a budget refused. */
  #spare: readonly PlanStep[];
  #round = 0;
  current: PlanStep;

  constructor({ steps, spare }: Pick<Plan, 'steps' | 'spare'>) {
    const [first, ...rest] = steps;
    if (first === undefined) throw new RangeError('a plan has at least one step');
    this.current = first;
    this.#alive = steps;
    this.#ahead = rest;
    this.#spare = spare;
  }

  /** The current step is not tried again before this instant, whatever is tried meanwhile. */
  holdUntil(untilMs: number): void {
    this.#heldUntilMs.set(this.current, Math.max(untilMs, this.#heldUntilMs.get(this.current) ?? -Infinity));
  }

  /** No step of the current step's account is tried before this instant. */
  limitUntil(untilMs: number): void {
    this.#limitedUntilMs.set(this.current.provider.group, Math.max(untilMs, this.limitedUntilMs));
  }

  /** The instant before which the current step is not to be tried. */
  get heldUntilMs(): number {
    return this.#heldUntilOf(this.current);
  }

  /** The instant until which the account of the current step limits the rate. */
  get limitedUntilMs(): number {
    return this.#limitedUntilOf(this.current);
  }

  #heldUntilOf(step: PlanStep): number {
    return Math.max(this.#heldUntilMs.get(step) ?? -Infinity, this.#limitedUntilOf(step));
  }

  #limitedUntilOf({ provider }: PlanStep): number {
    return this.#limitedUntilMs.get(provider.group) ?? -Infinity;
  }

  /** Goes to the next step at another account that need not be waited for, if there is one in this round. */
  toFreeAccount(nowMs: number): boolean {
    const { group } = this.current.provider;
    const next = this.#ahead.find(
      (step) => step.provider.group !== group && this.#heldUntilOf(step) <= nowMs,
    );
    if (next === undefined) return false;
    this.#ahead = this.#ahead.slice(this.#ahead.indexOf(next) + 1);
    this.current = next;
    return true;
  }

  /** Begins the round again with the step that may be tried first: after a wait in line, so it is not counted. */
  toFirstFree(): void {
    const first = this.#alive.reduce(
      (earliest, step) => (this.#heldUntilOf(step) < this.#heldUntilOf(earliest) ? step : earliest),
      this.current,
    );
    this.#ahead = this.#alive.filter((step) => step !== first);
    this.current = first;
  }

  /**
   * Goes to the best step that is cheaper than the current one, which a budget refused: dearer ones it would refuse
   * as well. `null` where there is none.
   */
  toCheaper(boundOf: BoundOf): Move | null {
    const refused = boundOf(this.current) ?? Infinity;
    const isCheaper = (step: PlanStep): boolean => (boundOf(step) ?? Infinity) < refused;
    const next = this.#ahead.find(isCheaper) ?? this.#spare.find(isCheaper);
    if (next === undefined) return null;
    this.#alive = this.#alive.filter((step) => step !== this.current);
    this.#ahead = this.#ahead.slice(this.#ahead.indexOf(next) + 1);
    if (this.#spare.includes(next)) {
      this.#spare = this.#spare.filter((step) => step !== next);
      this.#alive = [...this.#alive, next];
      this.#ahead = [];
    }
    this.current = next;
    return { isNewRound: false, round: this.#round };
  }

  /** Moves on after a failure; `null` where nothing is left to try. */
  after({ retrySame, fallBack }: FailureVerdict, maxRounds: number): Move | null {
    if (retrySame === 'at-once') return { isNewRound: false, round: this.#round };
    const failed = this.current;
    const mayDoBetter = ({ provider, model }: PlanStep): boolean => {
      if (fallBack === 'any' || fallBack === 'no') return fallBack === 'any';
      return (
        provider.group !== failed.provider.group || (fallBack === 'unlimited' && model.unlimited === true)
      );
    };
    if (!retrySame) this.#alive = this.#alive.filter((step) => step !== failed && mayDoBetter(step));
    const [next, ...rest] = this.#ahead.filter((step) => mayDoBetter(step));
    if (next !== undefined) {
      this.current = next;
      this.#ahead = rest;
      return { isNewRound: false, round: this.#round };
    }
    const [first, ...others] = this.#alive;
    if (first === undefined || this.#round >= maxRounds) return null;
    this.current = first;
    this.#ahead = others;
    this.#round += 1;
    return { isNewRound: true, round: this.#round };
  }
}
