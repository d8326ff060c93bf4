/** Weight of the signs of bad answers among answers, forgotten over about a thousand of them. */
interface SignalRate {
  signs: number;
  answers: number;
}

const WINDOW_ANSWERS = 1000;
/** Before anything was seen: signs of weight 0.004 an answer, as sure as fifty answers. */
const PRIOR_ANSWERS = 50;
const PRIOR_RATE = 0.004;
/** An answer without a sign never counts more than this. */
const MOST_WEIGHT = 0.25;
/** P(good) from which on it is no longer balanced against: the weight would grow without bound. */
const MOST_PROBABLE = 0.9;

/**
 * What an answer without any sign of being bad is worth: as much as makes a model with an average share of signs
 * stay where it is. Signs alone would lower the model that is used most; where nothing ever gives a sign, an
 * answer without one says nothing.
 */
export class SignalBalance {
  /** By kind of ask: a task, or all. */
  readonly #rates = new Map<string, SignalRate>();

  /** @param weight Of the sign; 0 where there was none. */
  count(kind: string, weight: number): void {
    const rate = this.#rateOf(kind);
    rate.signs += weight - rate.signs / WINDOW_ANSWERS;
    rate.answers += 1 - rate.answers / WINDOW_ANSWERS;
    this.#rates.set(kind, rate);
  }

  /** The weight of an answer without a sign, by a model that was expected to be good with `pGood`. */
  weightOfNone(kind: string, pGood: number): number {
    const { signs, answers } = this.#rateOf(kind);
    const good = Math.min(MOST_PROBABLE, Math.max(0, pGood));
    return Math.min(MOST_WEIGHT, ((signs / answers) * good) / (1 - good));
  }

  #rateOf(kind: string): SignalRate {
    return this.#rates.get(kind) ?? { signs: PRIOR_RATE * PRIOR_ANSWERS, answers: PRIOR_ANSWERS };
  }
}
