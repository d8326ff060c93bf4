const unsent = new WeakSet<object>();

/**
 * What ended a request before its connection stood, so that nothing of it was sent: the reason of its signal. Each
 * call is ended by an error of its own.
 */
export function markUnsent(reason: unknown): void {
  if (typeof reason === 'object' && reason !== null) unsent.add(reason);
}

export function isUnsent(reason: object): boolean {
  return unsent.has(reason);
}
