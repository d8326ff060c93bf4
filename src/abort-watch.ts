/**
 * Tells members that their signal was aborted, with one listener for each signal however many
 * members it has: some runtimes warn of more than ten, and take the longer to remove one.
 */
export class AbortWatch<Member> {
  readonly #onAbort: (members: ReadonlySet<Member>, signal: AbortSignal) => void;
  readonly #membersOf = new Map<AbortSignal, Set<Member>>();

  constructor(onAbort: (members: ReadonlySet<Member>, signal: AbortSignal) => void) {
    this.#onAbort = onAbort;
  }

  add(signal: AbortSignal, member: Member): void {
    const members = this.#membersOf.get(signal);
    if (members !== undefined) {
      members.add(member);
      return;
    }
    this.#membersOf.set(signal, new Set([member]));
    signal.addEventListener('abort', this.#tell);
  }

  remove(signal: AbortSignal, member: Member): void {
    const members = this.#membersOf.get(signal);
    members?.delete(member);
    if (members?.size === 0) this.#forget(signal);
  }

  readonly #tell = (event: Event): void => {
    // Not currentTarget: Node 20 takes that away after the first of several listeners.
    const signal = event.target as AbortSignal;
    const members = this.#membersOf.get(signal);
    this.#forget(signal);
    if (members !== undefined) this.#onAbort(members, signal);
  };

  #forget(signal: AbortSignal): void {
    this.#membersOf.delete(signal);
    signal.removeEventListener('abort', this.#tell);
  }
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
