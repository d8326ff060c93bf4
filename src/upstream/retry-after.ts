/**
 * How long a response asks to wait, in milliseconds, or `null` where it does not say.
 * Reads `retry-after-ms`, then `retry-after`, then when an exhausted `x-ratelimit-*` is reset.
 * What is no time, or negative, says nothing; a date in the past means now; of several, the longest holds.
 */
export function readRetryAfterMs(headers: Headers, nowMs: number): number | null {
  const milliseconds = longest(headers.get('retry-after-ms'), readNumber);
  if (milliseconds !== null) return milliseconds;
  // The upstream's own clock, where it tells it: ours may be wrong.
  const upstreamNowMs = Date.parse(headers.get('date') ?? '');
  const instantMs = Number.isNaN(upstreamNowMs) ? nowMs : upstreamNowMs;
  const read = (text: string): number | null => readWait(text, instantMs);
  return longest(headers.get('retry-after'), read) ?? resetOfExhausted(headers, read);
}

/** When the requests or tokens of which none are left are there again. */
function resetOfExhausted(headers: Headers, read: (text: string) => number | null): number | null {
  const waits = ['-requests', '-tokens', ''].map((kind) =>
    headers.get(`x-ratelimit-remaining${kind}`)?.trim() === '0'
      ? longest(headers.get(`x-ratelimit-reset${kind}`), read)
      : null,
  );
  return maximum(waits);
}

/** A date has a comma of its own, after the day of the week. */
const DAY_OF_WEEK = /\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}, /gi;

/** Headers that were sent twice arrive joined by commas. */
function longest(header: string | null, read: (text: string) => number | null): number | null {
  if (header === null) return null;
  const parts = header.replace(DAY_OF_WEEK, '').split(',');
  return maximum(parts.map((part) => read(part.trim())));
}

function maximum(waits: readonly (number | null)[]): number | null {
  const known = waits.filter((wait) => wait !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** Seconds above these are instants: epoch seconds, and epoch milliseconds. */
const EPOCH_SECONDS = 1.5e9;
const EPOCH_MILLISECONDS = 1.5e12;

function readWait(text: string, nowMs: number): number | null {
  const seconds = readNumber(text);
  if (seconds !== null) {
    if (seconds >= EPOCH_MILLISECONDS) return Math.max(0, seconds - nowMs);
    if (seconds >= EPOCH_SECONDS) return Math.max(0, seconds * 1000 - nowMs);
    return seconds * 1000;
  }
  const duration = readDuration(text);
  if (duration !== null) return duration;
  if (!/^(?:\d{1,2}[ -][a-z]{3}[ -]\d|\d{4}-\d\d-\d\dt)/i.test(text)) return null;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? null : Math.max(0, instant - nowMs);
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration as Go writes it: `20ms`, `1.5s`, `6m0s`, `1h30m0s`, and `1d`. */
function readDuration(text: string): number | null {
  let totalMs = 0;
  let read = 0;
  for (const [part, amount, unit = ''] of text.matchAll(/(\d{1,12}(?:\.\d{1,12})?)(ms|[smhd])/gy)) {
    totalMs += Number(amount) * (UNITS_MS[unit] ?? 0);
    read += part.length;
  }
  return read > 0 && read === text.length ? totalMs : null;
}

function readNumber(text: string): number | null {
  if (!/^\d+(?:\.\d+)?(?:e\+?\d{1,3})?$/i.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
