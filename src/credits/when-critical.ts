/** What routed calls keep to while credits are critical. */
export type WhenCritical = 'economy' | 'unlimited' | 'advise';

export const WHEN_CRITICAL: readonly WhenCritical[] = ['economy', 'unlimited', 'advise'];
