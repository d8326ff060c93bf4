/** The grams of one text: what stands in it word by word, each once, as buckets of a hash. */
export interface Grams {
  readonly count: number;
  /** 0..`GRAM_BUCKETS` − 1; the first `count` are of this text. */
  readonly buckets: Readonly<Int32Array>;
  /** Weight by place in the text; the first `count` are of this text. */
  readonly weights: Readonly<Float32Array>;
}

const BUCKET_BITS = 18;
export const GRAM_BUCKETS = 1 << BUCKET_BITS;
/** Beyond so many grams of one text the rest is passed over: what is asked was said by then. */
const MOST_GRAMS = 600;

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

/** In which text a bucket was last seen, and where; shared, since one text is read at a time. */
const seenIn = new Uint32Array(GRAM_BUCKETS);
const placeOf = new Uint16Array(GRAM_BUCKETS);
let texts = 0;

/** Collects the grams of one text. Only one may collect at a time. */
export class GramCollector implements Grams {
  readonly buckets = new Int32Array(MOST_GRAMS);
  readonly weights = new Float32Array(MOST_GRAMS);
  count = 0;
  readonly #text: number;

  constructor() {
    texts = (texts + 1) >>> 0;
    this.#text = texts;
  }

  /** A gram already there keeps its greater weight. */
  add(kind: GramKind, hash: number, weight: number): void {
    let mixed = Math.imul(hash ^ kind, 0x2c1b3c6d);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x297a2d39);
    const bucket = (mixed ^ (mixed >>> 15)) >>> (32 - BUCKET_BITS);
    if (seenIn[bucket] === this.#text) {
      const place = placeOf[bucket] ?? 0;
      if (place < this.count && this.buckets[place] === bucket) {
        if ((this.weights[place] ?? 0) < weight) this.weights[place] = weight;
        return;
      }
    }
    if (this.count === MOST_GRAMS) return;
    seenIn[bucket] = this.#text;
    placeOf[bucket] = this.count;
    this.buckets[this.count] = bucket;
    this.weights[this.count] = weight;
    this.count++;
  }

  /** Forgets all grams collected since there were `count`: the line they stood in was none of the asker's. */
  rewind(count: number): void {
    this.count = count;
  }
}
