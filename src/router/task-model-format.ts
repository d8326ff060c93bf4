/** The digits of the model's file: 64 of them, none of which a string has to escape. */
export const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** A digit that stands for the weight 0; the others lie around it. */
export const ZERO_DIGIT = 32;
/** Gaps between buckets are written five bits a digit, the lowest first; a digit from here on is not the last. */
export const MORE_DIGITS = 32;

/** What `eval/train-tasks.ts` writes. */
export interface TaskModelData {
  /** Log-odds before anything was read, by task. */
  readonly bias: readonly number[];
  /** By signal, then by task. */
  readonly signals: readonly (readonly number[])[];
  /** What a gram's weight is counted in. */
  readonly gramStep: number;
  /** Gaps between the buckets of the grams it knows, ascending. */
  readonly gramBuckets: string;
  /** One digit per gram and task. */
  readonly gramWeights: string;
}
