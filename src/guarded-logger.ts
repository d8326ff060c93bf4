import type { Logger } from './types.js';

/** The same logger, of which no message can fail what it tells of: what it throws or rejects is dropped. */
export function guardedLogger(logger: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      try {
        const tell = logger[level].bind(logger) as (...told: unknown[]) => unknown;
        const returned = tell(message, fields);
        if (isThenable(returned)) returned.then(undefined, () => undefined);
      } catch {
        // There is nobody left to tell.
      }
    };
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
