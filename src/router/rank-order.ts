/** Whether one place comes before another of the same score. */
type TieBreaker = (one: number, other: number) => boolean;

/**
 * The order of places 0, 1, … by their scores, the highest first; where scores are equal, `comesFirst` decides. A
 * merge sort over numbers: with a thousand models, sorting objects by a comparison takes most of a decision.
 */
export function orderByScore(scores: readonly number[], comesFirst: TieBreaker): readonly number[] {
  const { length } = scores;
  let from = scores.map((_, place) => place);
  let to = from.slice();
  for (let width = 1; width < length; width *= 2) {
    mergePairs(scores, from, to, { width, comesFirst });
    [from, to] = [to, from];
  }
  return from;
}

/** Merges each two neighbouring runs of so many places into one. */
function mergePairs(
  scores: readonly number[],
  from: readonly number[],
  to: number[],
  { width, comesFirst }: { readonly width: number; readonly comesFirst: TieBreaker },
): void {
  const { length } = from;
  for (let start = 0; start < length; start += 2 * width) {
    const middle = Math.min(start + width, length);
    const end = Math.min(start + 2 * width, length);
    let left = start;
    let right = middle;
    for (let at = start; at < end; at++) {
      const one = from[left] ?? 0;
      const other = from[right] ?? 0;
      let isOne = left < middle;
      if (isOne && right < end) {
        const score = scores[one] ?? 0;
        const otherScore = scores[other] ?? 0;
        isOne = score > otherScore || (score === otherScore && comesFirst(one, other));
      }
      to[at] = isOne ? one : other;
      left += Number(isOne);
      right += Number(!isOne);
    }
  }
}
