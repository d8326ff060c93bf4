import { mean, type Numbers, orderOf } from './statistics.js';

/** How far predicted figures 0..1 are from what was observed, 0..1. */
export interface Calibration {
  /** Expected calibration error: mean distance of mean prediction and mean observation over bins of equal size. */
  readonly ece: number;
  /** Mean squared error; of outcomes 0 and 1, the Brier score. */
  readonly brier: number;
  readonly meanAbsoluteError: number;
}

const BINS = 10;

/** `NaN` throughout where there is nothing. Equal predictions share a bin's border by the order of rows. */
export function calibration(predicted: Numbers, observed: Numbers): Calibration {
  const errors = Array.from(predicted, (value, row) => value - (observed[row] ?? NaN));
  return {
    ece: expectedCalibrationError(predicted, observed),
    brier: mean(errors.map((error) => error ** 2)),
    meanAbsoluteError: mean(errors.map(Math.abs)),
  };
}

/** Bins of as equal a number of rows as can be, by prediction (Guo et al. 2017, with equal mass). */
function expectedCalibrationError(predicted: Numbers, observed: Numbers): number {
  const order = orderOf(predicted);
  const size = order.length;
  if (size === 0) return NaN;
  let error = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const rows = order.subarray(Math.round((bin * size) / BINS), Math.round(((bin + 1) * size) / BINS));
    let difference = 0;
    for (const row of rows) difference += (predicted[row] ?? NaN) - (observed[row] ?? NaN);
    error += Math.abs(difference);
  }
  return error / size;
}
