import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const KINDS = ['TCPSocketWrap', 'TCPServerWrap', 'Timeout', 'Immediate'] as const;
type Resources = Readonly<Record<(typeof KINDS)[number], number>>;

/** What keeps this process busy or alive, by kind. */
export function processResources(): Resources {
  const active = process.getActiveResourcesInfo();
  const counts = KINDS.map((kind) => [kind, active.filter((name) => name === kind).length]);
  return Object.fromEntries(counts) as Resources;
}

/** Waits until nothing is held beyond `before`; gives what is, or an empty text. */
export async function heldBeyond(before: Resources, patienceMs: number): Promise<string> {
  for (const untilMs = performance.now() + patienceMs; ;) {
    const now = processResources();
    const more = KINDS.filter((kind) => now[kind] > before[kind]);
    if (more.length === 0) return '';
    if (performance.now() > untilMs) {
      return more.map((kind) => `${now[kind] - before[kind]} ${kind}`).join(', ');
    }
    await wait(50);
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export interface MemoryMb {
  readonly rss: number;
  readonly heap: number;
}

/** Rounds in which the engine gives back the pages that a collection has emptied: it does so afterwards, bit by bit. */
const COLLECTIONS = 4;
const GIVEN_BACK_WITHIN_MS = 100;

/** Memory of this process in MB once garbage is gone, and the pages that held it. */
export async function memoryMb(): Promise<MemoryMb> {
  for (let round = 0; round < COLLECTIONS; round++) {
    collectGarbage();
    await wait(GIVEN_BACK_WITHIN_MS);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20 };
}
