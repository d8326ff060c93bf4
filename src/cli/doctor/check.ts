/** What is looked at, in the order in which it is told. */
export const CHECK_NAMES = [
  'node',
  'configuration',
  'key',
  'reachability',
  'clock',
  'models',
  'routing',
  'credits',
  'limits',
  'call',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** One thing that was looked at. */
export interface Check {
  readonly check: CheckName;
  /** `null` where it is not about one provider. */
  readonly provider: string | null;
  /** `skipped`: it could not be looked at, or was not asked for. Only `failed` makes the exit code 1. */
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly message: string;
  /** How to mend it; `null` where there is nothing to mend. */
  readonly advice: string | null;
}

/** What a check is about. */
export interface Subject {
  readonly check: CheckName;
  readonly provider?: string | null;
}

export function ok({ check, provider = null }: Subject, message: string): Check {
  return { check, provider, status: 'ok', message, advice: null };
}

export function skipped(subject: Subject, message: string): Check {
  return { ...ok(subject, message), status: 'skipped' };
}

export function warning(subject: Subject, message: string, advice: string): Check {
  return { ...ok(subject, message), status: 'warning', advice };
}

export function failed(subject: Subject, message: string, advice: string): Check {
  return { ...ok(subject, message), status: 'failed', advice };
}
