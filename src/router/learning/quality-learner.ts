import type { Snapshot } from '../../stores.js';
import type { Ability } from '../ability.js';
import type { QualityEvidence, Segment } from '../router.js';
import { probabilityGood } from '../scoring.js';
import { abilitySnapshot, offsetsOf } from './ability-snapshot.js';
import type { AbilityView } from './ability-view.js';
import { ALL_ASKS, LearnedAbilities, type LearningRates } from './learned-abilities.js';
import type { Lesson } from './lesson.js';
import { type Allowance, SessionAllowance } from './session-allowance.js';
import { isTask } from './segments.js';
import { SignalBalance } from './signal-balance.js';

/** What was learned of a model in one segment. */
export interface LearnedQuality {
  readonly model: string;
  /** The kind of ask, `task:math`, `tag:invoices`; `all` for the model on the whole. */
  readonly segment: string;
  /** What was learned moves the ability there by this, on the scale of difficulty, on top of `all`. */
  readonly offset: number;
  /** Standard deviation of `offset`. */
  readonly deviation: number;
  /** Weight of the answers learned from. */
  readonly outcomes: number;
}

/** Calls whose evidence can still be replaced; the oldest go first. */
const MOST_CALLS = 2000;
/** Evidence of less weight is dropped. */
const LEAST_WEIGHT = 1e-4;

/** What was learned from a call, as long as something later may take its place. */
interface Learned {
  readonly source: QualityEvidence['source'];
  readonly lesson: Lesson;
}

/** Learns abilities from evidence: bounded by session, explicit before implicit, in memory of bounded size. */
export class QualityLearner {
  readonly #abilities: LearnedAbilities;
  #allowance = new SessionAllowance();
  #balance = new SignalBalance();
  readonly #calls = new Map<string, Learned>();

  constructor(rates?: LearningRates) {
    this.#abilities = new LearnedAbilities(rates);
  }

  /**
   * @param evidence As `checkEvidence` lets it pass.
   * @param prior The ability of the model at such asks before any outcome.
   * @param at Epoch milliseconds.
   */
  learn(evidence: QualityEvidence, prior: Ability, at: number): void {
    const { callId, model, segments, source, session } = evidence;
    const earlier = callId === undefined ? undefined : this.#calls.get(callId);
    if (earlier?.source === 'feedback' && source === 'implicit') return;
    const given = source === 'implicit' ? this.#implicitWeight(evidence, prior) : evidence.weight;
    const allowed = this.#allowed(evidence, given, at);
    if (allowed === null || allowed.weight < LEAST_WEIGHT) return;
    const observation = {
      quality: evidence.quality,
      weight: allowed.weight,
      difficulty: evidence.difficulty,
      uncertainty: evidence.difficultyUncertainty,
    };
    const lesson = this.#abilities.observe(model, prior, segments, observation, {
      mostShift: allowed.shift,
      earlier: earlier?.lesson ?? null,
    });
    if (session !== undefined) {
      this.#allowance.spend(session, { weight: allowed.charged, shift: lesson.shift }, at);
    }
    if (callId !== undefined) this.#remember(callId, { source, lesson });
  }

  /** What is known of abilities at an ask of these segments. */
  at(segments: readonly Segment[]): AbilityView {
    return this.#abilities.at(segments);
  }

  learned(): readonly LearnedQuality[] {
    return [...this.#abilities.entries()].map(({ segment, model, offset }) => ({
      model,
      segment,
      offset: offset.mean,
      deviation: Math.sqrt(offset.variance),
      outcomes: offset.count,
    }));
  }

  snapshot(): Snapshot {
    return abilitySnapshot(this.#abilities.entries());
  }

  /**
   * Takes over a snapshot in place of all that was learned.
   * @throws {TypeError} where it is none of this learner's; nothing is then changed.
   */
  restore(snapshot: unknown): void {
    this.#abilities.restore(offsetsOf(snapshot));
    this.#allowance = new SessionAllowance();
    this.#balance = new SignalBalance();
    this.#calls.clear();
  }

  /** How much of evidence may be learned, and what of it is charged to its session; `null` where none may. */
  #allowed(
    { session, source, quality }: QualityEvidence,
    weight: number,
    at: number,
  ): (Allowance & { readonly charged: number }) | null {
    if (session === undefined) return { weight, shift: Infinity, charged: 0 };
    const left = this.#allowance.left(session, at);
    if (left === null) return null;
    // That there was no sign is the counterweight to signs, of every answer: only how far it moves is bounded.
    if (source === 'implicit' && !isSign(quality)) return { weight, shift: left.shift, charged: 0 };
    const allowed = Math.min(weight, left.weight);
    return { weight: allowed, shift: left.shift, charged: allowed };
  }

  #implicitWeight(evidence: QualityEvidence, prior: Ability): number {
    const { model, segments, quality, weight } = evidence;
    const kind = kindOf(segments);
    this.#balance.count(kind, isSign(quality) ? weight : 0);
    if (isSign(quality)) return weight;
    const ability = this.at(segments).abilityOf(model, prior);
    const pGood = probabilityGood(ability, {
      difficulty: evidence.difficulty,
      uncertainty: evidence.difficultyUncertainty,
    });
    return this.#balance.weightOfNone(kind, pGood);
  }

  #remember(callId: string, learned: Learned): void {
    this.#calls.delete(callId);
    this.#calls.set(callId, learned);
    if (this.#calls.size <= MOST_CALLS) return;
    for (const oldest of this.#calls.keys()) {
      this.#calls.delete(oldest);
      return;
    }
  }
}

/** Of implicit evidence. */
function isSign(quality: number): boolean {
  return quality < 0.5;
}

/** The likeliest task, by which signs are counted. */
function kindOf(segments: readonly Segment[]): string {
  let best = ALL_ASKS.key;
  let most = 0;
  for (const { key, share } of segments) {
    if (share <= most || !isTask(key)) continue;
    best = key;
    most = share;
  }
  return best;
}
