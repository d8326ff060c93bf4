/** A normal offset of a model's ability in one segment. */
export interface Offset {
  mean: number;
  variance: number;
  readonly priorVariance: number;
  /** Weight of the answers seen, forgetting apart. */
  count: number;
  /** How often a part 1/e was left of what had been learned, since it is in memory. */
  forgotten: number;
}

/** Where an offset stands. */
export interface OffsetEntry {
  readonly segment: string;
  readonly model: string;
  readonly offset: Offset;
}

/** Offsets by segment and model, bounded: of the segment not learned from for longest such a model goes first. */
export class OffsetTable {
  /** Segments, and the models of each, in the order of use, the latest last. */
  readonly #segments = new Map<string, Map<string, Offset>>();
  readonly #limit: number;
  #size = 0;

  /** @param limit Offsets kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  /** What was learned in a segment, by model; reading it is no use. */
  segment(key: string): ReadonlyMap<string, Offset> | undefined {
    return this.#segments.get(key);
  }

  /** All of them, the segments longest unused first. */
  *entries(): IterableIterator<OffsetEntry> {
    for (const [segment, offsets] of this.#segments) {
      for (const [model, offset] of offsets) yield { segment, model, offset };
    }
  }

  /** The offset of a model in a segment, new where there was none; counts as use. */
  take(key: string, model: string, priorVariance: number): Offset {
    const known = this.#segments.get(key)?.get(model);
    const offset = known ?? { mean: 0, variance: priorVariance, priorVariance, count: 0, forgotten: 0 };
    this.put({ segment: key, model, offset });
    return offset;
  }

  put({ segment, model, offset }: OffsetEntry): void {
    const offsets = this.#use(segment);
    if (!offsets.delete(model)) this.#size++;
    offsets.set(model, offset);
    if (this.#size > this.#limit) this.#evict();
  }

  clear(): void {
    this.#segments.clear();
    this.#size = 0;
  }

  #evict(): void {
    for (const [key, offsets] of this.#segments) {
      for (const model of offsets.keys()) {
        offsets.delete(model);
        if (offsets.size === 0) this.#segments.delete(key);
        this.#size--;
        if (this.#size <= this.#limit) return;
      }
    }
  }

  #use(key: string): Map<string, Offset> {
    const offsets = this.#segments.get(key) ?? new Map<string, Offset>();
    this.#segments.delete(key);
    this.#segments.set(key, offsets);
    return offsets;
  }
}

/**
 * A share of the way back to the prior, in natural parameters: as if that share of what was seen had not been.
 */
export function temper(offset: Offset, share: number): void {
  const kept = Math.min(1, Math.max(Number.EPSILON, 1 - share));
  const precision = kept / offset.variance + (1 - kept) / offset.priorVariance;
  offset.mean = (kept * offset.mean) / (offset.variance * precision);
  offset.variance = 1 / precision;
  offset.forgotten -= Math.log(kept);
}

/** What an answer added to an offset, in natural parameters, and how far the offset enters the ability at its ask. */
export interface Contribution {
  readonly offset: Offset;
  readonly share: number;
  readonly precision: number;
  readonly precisionMean: number;
  readonly count: number;
  /** Of the offset, at that time. */
  readonly forgotten: number;
}

/** What is left of a contribution: it is forgotten with the rest. */
export function remainder(added: Contribution): Contribution {
  const { offset, precision, precisionMean } = added;
  const kept = Math.exp(added.forgotten - offset.forgotten);
  return {
    ...added,
    precision: kept * precision,
    precisionMean: kept * precisionMean,
    forgotten: offset.forgotten,
  };
}

/** Takes back what is left of what an answer added; never to less than the prior knew. */
export function subtract(added: Contribution): void {
  const { offset } = added;
  const left = remainder(added);
  const precisionMean = offset.mean / offset.variance - left.precisionMean;
  const precision = Math.max(1 / offset.priorVariance, 1 / offset.variance - left.precision);
  offset.mean = precisionMean / precision;
  offset.variance = 1 / precision;
  offset.count = Math.max(0, offset.count - left.count);
}
