import { mean, type Numbers, tiesOf } from './statistics.js';

/** How far predicted figures 0..1 are from what was observed, 0..1. */
export interface Calibration {
  /** Expected calibration error: mean distance of mean prediction and mean observation over bins of equal size. */
  readonly ece: number;
  /** Mean squared error; of outcomes 0 and 1, the Brier score. */
  readonly brier: number;
  readonly meanAbsoluteError: number;
}

const BINS = 10;

/** `NaN` throughout where there is nothing. The order of the rows is no matter. */
export function calibration(predicted: Numbers, observed: Numbers): Calibration {
  const errors = Array.from(predicted, (value, row) => value - (observed[row] ?? NaN));
  return {
    ece: expectedCalibrationError(predicted, observed),
    brier: mean(errors.map((error) => error ** 2)),
    meanAbsoluteError: mean(errors.map(Math.abs)),
  };
}

/**
 * Bins of as equal a number of rows as can be, by prediction (Guo et al. 2017, with equal mass). Where rows of one
 * prediction lie in several bins, each bin takes its share of all of them: which of them is which is not known.
 */
function expectedCalibrationError(predicted: Numbers, observed: Numbers): number {
  const size = predicted.length;
  if (size === 0) return NaN;
  const differences = new Float64Array(size);
  for (const { rows, before } of tiesOf(predicted)) {
    let difference = 0;
    for (const row of rows) difference += (predicted[row] ?? NaN) - (observed[row] ?? NaN);
    differences.fill(difference / rows.length, before, before + rows.length);
  }
  let error = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const [start, end] = [bin, bin + 1].map((border) => Math.round((border * size) / BINS));
    error += Math.abs(differences.subarray(start, end).reduce((sum, difference) => sum + difference, 0));
  }
  return error / size;
}
