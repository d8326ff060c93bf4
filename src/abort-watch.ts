/**
 * Tells members that their signal was aborted, with one listener for each signal however many
 * members it has: some runtimes warn of more than ten, and take the longer to remove one.
 */
export class AbortWatch<Member> {
  readonly #onAbort: (members: ReadonlySet<Member>, signal: AbortSignal) => void;
  readonly #watched = new Map<AbortSignal, Watched<Member>>();

  constructor(onAbort: (members: ReadonlySet<Member>, signal: AbortSignal) => void) {
    this.#onAbort = onAbort;
  }

  add(signal: AbortSignal, member: Member): void {
    const watched = this.#watched.get(signal);
    if (watched !== undefined) {
      watched.members.add(member);
      return;
    }
    const members = new Set([member]);
    // Knows its signal by itself: one of another make may pass no event.
    const tell = (): void => {
      this.#forget(signal, tell);
      this.#onAbort(members, signal);
    };
    this.#watched.set(signal, { members, tell });
    signal.addEventListener('abort', tell);
  }

  remove(signal: AbortSignal, member: Member): void {
    const watched = this.#watched.get(signal);
    watched?.members.delete(member);
    if (watched?.members.size === 0) this.#forget(signal, watched.tell);
  }

  #forget(signal: AbortSignal, tell: () => void): void {
    this.#watched.delete(signal);
    signal.removeEventListener('abort', tell);
  }
}

interface Watched<Member> {
  readonly members: Set<Member>;
  readonly tell: () => void;
}

const watch = new AbortWatch<() => void>((listeners) => {
  for (const onAbort of listeners) onAbort();
});

/**
 * Calls back once when the signal is aborted from now on, unless the returned function is called first. Whoever waits for
 * one signal shares a listener, so that many calls may have the same; it is gone with the last of them.
 */
export function whenAborted(signal: AbortSignal | undefined, onAbort: () => void): () => void {
  if (signal === undefined || signal.aborted) return () => undefined;
  // One that waits twice is told twice.
  const member = (): void => onAbort();
  watch.add(signal, member);
  return () => watch.remove(signal, member);
}
