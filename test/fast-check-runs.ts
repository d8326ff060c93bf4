import fc from 'fast-check';

fc.configureGlobal({ numRuns: Number(process.env['FAST_CHECK_RUNS']) });
