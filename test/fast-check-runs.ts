import fc from 'fast-check';

// The gate tries the same cases every time; the long run, FAST_CHECK_RUNS, tries others each time.
const runs = process.env['FAST_CHECK_RUNS'];
fc.configureGlobal(runs === undefined ? { seed: 20_261_127 } : { numRuns: Number(runs) });
