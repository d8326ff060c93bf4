import type { QualityEvidence } from '../router/router.js';

/** What was known of an ask, before anybody says how good its answer was. */
export type AskEvidence = Omit<QualityEvidence, 'quality' | 'weight' | 'source'>;
