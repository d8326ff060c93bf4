/** What routed calls may keep to while credits are critical. */
export const WHEN_CRITICAL = ['economy', 'unlimited', 'advise'] as const;
export type WhenCritical = (typeof WHEN_CRITICAL)[number];
