/** A parameter that was filled in, since the caller had left it open. */
export interface ParameterChange {
  readonly parameter: 'max_tokens' | 'max_completion_tokens' | 'temperature';
  /** What held before: the model's own longest answer; `null` where that is unknown, and for a temperature. */
  readonly from: number | null;
  readonly to: number;
  /** In words and numbers. */
  readonly reason: string;
  /**
   * USD that a hard budget need no longer hold for the request: room for other calls, nothing saved. `null`
   * where a price or the model's longest answer is unknown.
   */
  readonly freesUsd: number | null;
}

/** What the optimizer would fill in, by wire name. A parameter that is absent is left to the model. */
export interface OptimizedRequest {
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly temperature?: number;
  readonly changes: readonly ParameterChange[];
}

/** The changes as parameters of a request. */
export function parametersOf(
  changes: readonly ParameterChange[],
): Partial<Record<ParameterChange['parameter'], number>> {
  return Object.fromEntries(changes.map(({ parameter, to }) => [parameter, to]));
}
