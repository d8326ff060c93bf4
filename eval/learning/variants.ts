/** The ways to learn that are compared. */
export const VARIANTS = [
  { name: 'not told', isTagged: true, isTold: false, exploration: 0 },
  { name: 'tagged', isTagged: true, isTold: true, exploration: 0 },
  { name: 'tagged, exploration 0.1', isTagged: true, isTold: true, exploration: 0.1 },
  { name: 'tagged, exploration 1', isTagged: true, isTold: true, exploration: 1 },
  { name: 'not tagged', isTagged: false, isTold: true, exploration: 0 },
  { name: 'not tagged, exploration 0.1', isTagged: false, isTold: true, exploration: 0.1 },
] as const;
