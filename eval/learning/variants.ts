/** The ways to learn that are compared. */
export const VARIANTS = [
  { name: 'not told', isTagged: true, told: 'none', exploration: 0 },
  { name: 'tagged', isTagged: true, told: 'chosen', exploration: 0 },
  { name: 'tagged, exploration 0.1', isTagged: true, told: 'chosen', exploration: 0.1 },
  { name: 'tagged, exploration 1', isTagged: true, told: 'chosen', exploration: 1 },
  { name: 'not tagged', isTagged: false, told: 'chosen', exploration: 0 },
  { name: 'not tagged, exploration 0.1', isTagged: false, told: 'chosen', exploration: 0.1 },
  { name: 'tagged, told of all models', isTagged: true, told: 'all', exploration: 0 },
] as const;
