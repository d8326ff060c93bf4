import type { QualityEvidence } from '../router/router.js';

/** What was known of an ask, before anybody says how good its answer was. */
export type AskEvidence = Omit<QualityEvidence, 'quality' | 'weight' | 'source'>;

/** Whether a session's name is one that the client made: the application named none. */
export function isOwnSession(session: string): boolean {
  return /^session_[0-9a-z]{14}$/.test(session);
}
