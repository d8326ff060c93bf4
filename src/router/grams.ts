/**
 * The grams of one text: what stands in it word by word, as buckets of a hash. The arrays are shared: they hold until
 * the next text is read.
 */
export interface Grams {
  readonly count: number;
  /** 0..`GRAM_BUCKETS` − 1; the first `count` are of this text, each once. */
  readonly buckets: Readonly<Int32Array>;
  /** Weight by place in the text; the first `count` are of this text. */
  readonly weights: Readonly<Float32Array>;
}

const BUCKET_BITS = 18;
export const GRAM_BUCKETS = 1 << BUCKET_BITS;
/** Beyond so many grams of one text the rest is passed over: what is asked was said by then. */
const MOST_GRAMS = 1024;

/** What the hash of a gram begins from, by kind, so that kinds do not share buckets. */
export const GramKind = {
  WORD: 0x2545f491,
  STEM: 0x1b873593,
  PAIR: 0x3c6ef372,
  OPENING: 0x5f356495,
  LINE: 0x0bad5eed,
  GLUED: 0x9e3779b1,
} as const;
export type GramKind = (typeof GramKind)[keyof typeof GramKind];

const collectedBuckets = new Int32Array(MOST_GRAMS);
const collectedWeights = new Float32Array(MOST_GRAMS);
/** Twice as many as grams, so that a chain of taken slots is short. A slot holds a place plus 1. */
const SLOTS = 2 * MOST_GRAMS;
const slots = new Uint16Array(SLOTS);

/** Collects the grams of one text. Only one may collect at a time. */
export class GramCollector {
  count = 0;

  add(kind: GramKind, hash: number, weight: number): void {
    const { count } = this;
    if (count === MOST_GRAMS) return;
    let mixed = Math.imul(hash ^ kind, 0x2c1b3c6d);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x297a2d39);
    collectedBuckets[count] = (mixed ^ (mixed >>> 15)) >>> (32 - BUCKET_BITS);
    collectedWeights[count] = weight;
    this.count = count + 1;
  }

  /** Forgets all grams collected since there were `count`: the line they stood in was none of the asker's. */
  rewind(count: number): void {
    this.count = count;
  }

  /** The grams collected, each once. */
  distinct(): Grams {
    slots.fill(0);
    let kept = 0;
    for (let place = 0; place < this.count; place++) {
      const bucket = collectedBuckets[place] ?? 0;
      let slot = bucket % SLOTS;
      let taken = slots[slot] ?? 0;
      while (taken !== 0 && collectedBuckets[taken - 1] !== bucket) {
        slot = (slot + 1) % SLOTS;
        taken = slots[slot] ?? 0;
      }
      if (taken !== 0) continue;
      collectedBuckets[kept] = bucket;
      collectedWeights[kept] = collectedWeights[place] ?? 0;
      slots[slot] = ++kept;
    }
    this.count = kept;
    return { count: kept, buckets: collectedBuckets, weights: collectedWeights };
  }
}
