/** A list of numbers, plain or typed. */
export type Numbers = ArrayLike<number> & Iterable<number>;

/** `NaN` of none. */
export function mean(values: Numbers): number {
  let total = 0;
  for (const value of values) total += value;
  return total / values.length;
}

/** The value at a share 0..1 of ascending values, linear between neighbours. `NaN` of none. */
export function quantile(ascending: Numbers, share: number): number {
  const position = share * (ascending.length - 1);
  const below = Math.floor(position);
  return between(at(ascending, below), at(ascending, below + 1), position - below);
}

/** Linear from `low` to `high`, exact at both ends. */
export function between(low: number, high: number, share: number): number {
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}

/** The item at an index; beyond the end the last. `NaN` of none. */
function at(values: Numbers, index: number): number {
  return values[Math.min(index, values.length - 1)] ?? NaN;
}

export function ascending(values: Numbers): Float64Array {
  return Float64Array.from(values).sort();
}

/** The places of the values in ascending order; equal ones in the order in which they came. */
export function orderOf(values: Numbers): Uint32Array {
  return Uint32Array.from(values, (_, index) => index).sort(
    (a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b,
  );
}

/** Rows of one value, and how many rows have a lower one. */
export interface TiedRows {
  readonly rows: Uint32Array;
  readonly before: number;
}

/** The rows in ascending order of their values, those of equal ones together. */
export function* tiesOf(values: Numbers): Generator<TiedRows, void> {
  const order = orderOf(values);
  let before = 0;
  while (before < order.length) {
    let end = before + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[before] ?? 0]) end++;
    yield { rows: order.subarray(before, end), before };
    before = end;
  }
}
