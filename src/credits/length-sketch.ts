/** From one border of a bin to the next: a length is told to within 5 %. */
const STEP = 1.1;
const LOG_STEP = Math.log(STEP);
/** What is shorter or longer counts as this. */
const SHORTEST = 1e-3;
const BINS = Math.ceil(Math.log(1e6) / LOG_STEP);

/** After so many answers an old one counts 1/e of a new one. */
const MEMORY = 500;
/** Weight of an answer seen 1,500 answers ago: it is the longest no more. */
const FORGOTTEN = 0.05;
const GROWTH = 1 / (1 - 1 / MEMORY);
/** Weights are scaled down before they lose precision. */
const LARGEST_UNIT = 1e9;

/** A bin that holds something: its place, the weight of whole answers in it, and that of answers cut there. */
export type LengthBin = readonly [place: number, whole: number, cut: number];

/**
 * How long answers were, in parts of what was expected of each: a logarithmic histogram of bounded size that forgets. A
 * cut answer says only that it would have been longer, and is counted so (Kaplan and Meier, 1958): it never teaches
 * that answers are short.
 */
export class LengthSketch {
  readonly #whole = new Float64Array(BINS);
  readonly #cut = new Float64Array(BINS);
  /** Weight of the next answer. Later answers weigh more, in place of earlier ones less. */
  #unit = 1;
  #total = 0;
  /** Kept until the next answer: it is asked for by every decision. */
  #mean: number | null = null;

  /** @param bins As from `bins()`. */
  constructor(bins: readonly LengthBin[] = []) {
    for (const [place, whole, cut] of bins) {
      this.#whole[place] = whole;
      this.#cut[place] = cut;
      this.#total += whole + cut;
    }
  }

  /** How many answers of today it weighs. */
  get count(): number {
    return this.#total / this.#unit;
  }

  /** @param length Above 0. */
  add(length: number, isCut: boolean): void {
    this.#unit *= GROWTH;
    this.#mean = null;
    const weights = isCut ? this.#cut : this.#whole;
    const place = placeOf(length);
    weights[place] = (weights[place] ?? 0) + this.#unit;
    this.#total += this.#unit;
    if (this.#unit > LARGEST_UNIT) this.#rescale();
  }

  /**
   * The length that a share of the answers does not pass, at the upper border of its bin; `null` where too few answers
   * were seen, or too many of them cut, to tell.
   * @param share 0..1. One answer more is counted, which may turn out longer than all before.
   */
  atMost(share: number): number | null {
    const wanted = 1 - share * (1 + 1 / this.count);
    if (!(wanted >= 0)) return null;
    for (const { place, longer } of this.#survival())
      if (longer <= wanted + 1e-12) return borderOf(place + 1);
    return null;
  }

  /** The length that a share of the answers does not reach, at the lower border of its bin; 0 where none was seen. */
  atLeast(share: number): number {
    for (const { place, longer } of this.#survival()) if (1 - longer > share) return borderOf(place);
    return 0;
  }

  /** On average; what was cut is taken as long as the longest that was seen. 0 where none was. */
  mean(): number {
    return (this.#mean ??= this.#average());
  }

  #average(): number {
    let [mean, before, longest] = [0, 1, 0];
    for (const { place, longer } of this.#survival()) {
      longest = borderOf(place + 0.5);
      mean += (before - longer) * longest;
      before = longer;
    }
    return mean + before * Math.max(longest, this.longest());
  }

  /** The upper border of the last bin that holds something not forgotten, cut or not; 0 where none does. */
  longest(): number {
    const least = FORGOTTEN * this.#unit;
    for (let place = BINS - 1; place >= 0; place--) {
      if ((this.#whole[place] ?? 0) + (this.#cut[place] ?? 0) > least) return borderOf(place + 1);
    }
    return 0;
  }

  /** What it holds, for keeping: as weights of today. */
  bins(): readonly LengthBin[] {
    const bins: LengthBin[] = [];
    for (let place = 0; place < BINS; place++) {
      const [whole, cut] = [(this.#whole[place] ?? 0) / this.#unit, (this.#cut[place] ?? 0) / this.#unit];
      if (whole + cut > 0) bins.push([place, whole, cut]);
    }
    return bins;
  }

  /** After each bin that ends answers, the share of answers that are longer. */
  *#survival(): Generator<{ readonly place: number; readonly longer: number }, void, undefined> {
    let longer = 1;
    let atRisk = this.#total;
    for (let place = 0; place < BINS; place++) {
      const whole = this.#whole[place] ?? 0;
      if (whole > 0) {
        longer *= Math.max(0, 1 - whole / atRisk);
        yield { place, longer };
      }
      atRisk -= whole + (this.#cut[place] ?? 0);
    }
  }

  #rescale(): void {
    let total = 0;
    for (const weights of [this.#whole, this.#cut]) {
      for (let place = 0; place < BINS; place++) {
        weights[place] = (weights[place] ?? 0) / this.#unit;
        total += weights[place] ?? 0;
      }
    }
    this.#unit = 1;
    this.#total = total;
  }
}

/** Whether a value read from somewhere is a bin. */
export function isLengthBin(value: unknown): value is LengthBin {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [place, whole, cut] = value as readonly unknown[];
  const isWeight = (weight: unknown): boolean =>
    typeof weight === 'number' && weight >= 0 && weight <= 2 * MEMORY;
  return (
    Number.isInteger(place) &&
    (place as number) >= 0 &&
    (place as number) < BINS &&
    isWeight(whole) &&
    isWeight(cut)
  );
}

function placeOf(length: number): number {
  const place = Math.floor(Math.log(length / SHORTEST) / LOG_STEP);
  return Math.min(BINS - 1, Math.max(0, place));
}

function borderOf(place: number): number {
  return SHORTEST * STEP ** place;
}
