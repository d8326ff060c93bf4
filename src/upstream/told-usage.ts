/** Of answers that failed, the usage they told all the same: it was billed. */
const told = new WeakMap<object, unknown>();

/** Remembers what an answer says of its usage with the error that it is. */
export function withToldUsage(error: unknown, usage: unknown): unknown {
  if (typeof error === 'object' && error !== null) told.set(error, usage);
  return error;
}

/** The raw usage of the answer that this error is of; `undefined` where it told none. */
export function usageToldWith(error: object): unknown {
  return told.get(error);
}
