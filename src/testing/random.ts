export { seededRandom } from '../evaluation/random.js';

/** Numbers in [0, 1), the same for the same seed. */
export type SeededRandom = () => number;

/** A 32-bit FNV-1a hash over UTF-16 units. Not for secrets. */
export function hashOf(text: string, from = 0x811c9dc5): number {
  let hash = from;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** One of the items. */
export function pick<Item>(random: SeededRandom, items: readonly [Item, ...Item[]]): Item {
  return items[Math.floor(random() * items.length)] ?? items[0];
}
