import { type Contribution, type Offset, remainder, subtract, temper } from './offsets.js';

/** An offset, and how far it enters the ability at an ask. */
export interface Part {
  readonly offset: Offset;
  readonly share: number;
}

/** What an answer taught. */
export interface Lesson {
  /** What takes it back. */
  readonly contributions: readonly Contribution[];
  /** How far the ability at such asks was moved, either way, by what was taken back and learned together. */
  readonly shift: number;
  /** The most that the answer weighed: so much was forgotten for it. */
  readonly weight: number;
}

type State = Pick<Offset, 'mean' | 'variance'>;

/**
 * One answer that teaches, in place of what it taught before. An answer is forgotten for once, however often it is
 * rated, and what is taken back is what is left of it.
 */
export class LessonUnderWay {
  readonly #parts: readonly Part[];
  readonly #earlier: Lesson | null;
  readonly #weight: number;
  readonly #before = new Map<Offset, State>();
  /** As forgetting left them. */
  readonly #tempered = new Map<Offset, State>();
  /** What is left of what it taught before. */
  readonly #left: readonly Contribution[];

  /** @param window Weight of answers after which one counts 1/e. */
  constructor(
    parts: readonly Part[],
    {
      weight,
      window,
      earlier,
    }: { readonly weight: number; readonly window: number; readonly earlier: Lesson | null },
  ) {
    this.#parts = parts;
    this.#earlier = earlier;
    const forgotten = earlier?.weight ?? 0;
    this.#weight = Math.max(weight, forgotten);
    for (const { offset } of this.#touched()) this.#before.set(offset, stateOf(offset));
    for (const { offset } of parts) temper(offset, (this.#weight - forgotten) / window);
    for (const offset of this.#before.keys()) this.#tempered.set(offset, stateOf(offset));
    this.#left = earlier?.contributions.map(remainder) ?? [];
    for (const contribution of this.#left) subtract(contribution);
  }

  /** Once the offsets know the answer: holds them back where they moved farther than they may. */
  end(weight: number, mostShift: number): Lesson {
    const moved = this.#moved();
    const share = moved > mostShift ? mostShift / moved : 1;
    if (share < 1) {
      for (const [offset, before] of this.#before) {
        offset.mean = before.mean + share * (offset.mean - before.mean);
        offset.variance = before.variance + share * (offset.variance - before.variance);
      }
    }
    const shares = new Map(this.#touched().map((part) => [part.offset, part.share]));
    const counts = new Map(this.#parts.map((part) => [part.offset, part.share * weight]));
    const contributions = [...shares].map(([offset, ofAbility]) => ({
      offset,
      share: ofAbility,
      ...this.#contributed(offset),
      count: counts.get(offset) ?? 0,
      forgotten: offset.forgotten,
    }));
    return { contributions, shift: share * moved, weight: this.#weight };
  }

  /** Of two asks, where the answer is now said to be to another, both are moved. */
  #moved(): number {
    const own = new Set(this.#parts.map(({ offset }) => offset));
    const isSame = this.#left.every(({ offset }) => own.has(offset));
    return this.#movedAt(this.#parts) + (isSame ? 0 : this.#movedAt(this.#left));
  }

  #movedAt(parts: readonly Part[]): number {
    let moved = 0;
    for (const { offset, share } of parts) {
      moved += share * (offset.mean - (this.#before.get(offset)?.mean ?? 0));
    }
    return Math.abs(moved);
  }

  #contributed(offset: Offset): Pick<Contribution, 'precision' | 'precisionMean'> {
    const { mean, variance } = this.#tempered.get(offset) ?? offset;
    const left = this.#left.find((contribution) => contribution.offset === offset);
    return {
      precision: (left?.precision ?? 0) + 1 / offset.variance - 1 / variance,
      precisionMean: (left?.precisionMean ?? 0) + offset.mean / offset.variance - mean / variance,
    };
  }

  #touched(): readonly Part[] {
    return [...(this.#earlier?.contributions ?? []), ...this.#parts];
  }
}

function stateOf({ mean, variance }: Offset): State {
  return { mean, variance };
}
