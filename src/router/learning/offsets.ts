/** A normal offset of a model's ability in one segment. */
export interface Offset {
  mean: number;
  variance: number;
  readonly priorVariance: number;
  /** Weight of the answers seen, forgetting apart. */
  count: number;
}

/** Where an offset stands. */
export interface OffsetEntry {
  readonly segment: string;
  readonly model: string;
  readonly offset: Offset;
}

/** Offsets by segment and model, bounded: the segment not learned from for longest goes first, whole. */
export class OffsetTable {
  /** In the order of use, the latest last. */
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

  find(key: string, model: string): Offset | undefined {
    return this.#segments.get(key)?.get(model);
  }

  /** All of them, the segments longest unused first. */
  *entries(): IterableIterator<OffsetEntry> {
    for (const [segment, offsets] of this.#segments) {
      for (const [model, offset] of offsets) yield { segment, model, offset };
    }
  }

  /** The offset of a model in a segment, new where there was none; counts as use of the segment. */
  take(key: string, model: string, priorVariance: number): Offset {
    const known = this.#use(key).get(model);
    if (known !== undefined) return known;
    const offset = { mean: 0, variance: priorVariance, priorVariance, count: 0 };
    this.put({ segment: key, model, offset });
    return offset;
  }

  clear(): void {
    this.#segments.clear();
    this.#size = 0;
  }

  put({ segment, model, offset }: OffsetEntry): void {
    const offsets = this.#use(segment);
    if (!offsets.has(model)) this.#size++;
    offsets.set(model, offset);
    for (const [key, { size }] of this.#segments) {
      if (this.#size <= this.#limit || key === segment) return;
      this.#segments.delete(key);
      this.#size -= size;
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
  const kept = 1 - Math.min(1, Math.max(0, share));
  const precision = kept / offset.variance + (1 - kept) / offset.priorVariance;
  offset.mean = (kept * offset.mean) / (offset.variance * precision);
  offset.variance = 1 / precision;
}

/** What one answer added to an offset, in natural parameters. */
export interface Contribution {
  readonly segment: string;
  readonly model: string;
  readonly precision: number;
  readonly precisionMean: number;
  readonly count: number;
}

/** Takes back what an answer added; never to less than the prior knew. */
export function subtract(offset: Offset, added: Contribution): void {
  const precisionMean = offset.mean / offset.variance - added.precisionMean;
  const precision = Math.max(1 / offset.priorVariance, 1 / offset.variance - added.precision);
  offset.mean = precisionMean / precision;
  offset.variance = 1 / precision;
  offset.count = Math.max(0, offset.count - added.count);
}
