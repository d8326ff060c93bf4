/**
 * A vector of zeros, to be copied with `slice()`. A plain array: making a typed one of this size costs ten times as
 * much, about what reading a paragraph does. From fractions, so that it holds doubles from the start.
 */
export function zeros(count: number): readonly number[] {
  return Array.from({ length: count }, () => 0.5).fill(0);
}
