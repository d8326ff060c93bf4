const KEY_PATTERNS = [
  /\b(?:sk|pk|rk|gsk|xai|key)-[A-Za-z0-9_-]{6,200}/g,
  /\bAIza[A-Za-z0-9_-]{10,100}/g,
  /\bBearer [^\s"',]{4,400}/gi,
];

const MASK = '[redacted]';

/** Text of the upstream without the given secrets and without anything that looks like a key. */
export function redact(text: string, secrets: readonly string[]): string {
  let redacted = text;
  for (const secret of secrets) {
    if (secret.length >= 4) redacted = redacted.replaceAll(secret, MASK);
  }
  for (const pattern of KEY_PATTERNS) redacted = redacted.replace(pattern, MASK);
  return withoutMaskedKeys(redacted);
}

/** What an upstream puts in the place of the middle of a key. */
const STARS = '***';
const LONGEST_END = 40;
const PART_OF_KEY = /[\w-]/;

/** A key that the upstream has masked itself still shows its ends. */
function withoutMaskedKeys(text: string): string {
  let kept = '';
  let end = 0;
  for (let stars = text.indexOf(STARS); stars !== -1; stars = text.indexOf(STARS, end)) {
    let start = stars;
    while (start > Math.max(end, stars - LONGEST_END) && PART_OF_KEY.test(text.charAt(start - 1))) start--;
    kept += text.slice(end, start) + MASK;
    end = stars + STARS.length;
    while (text.charAt(end) === '*') end++;
    const most = end + LONGEST_END;
    while (end < most && PART_OF_KEY.test(text.charAt(end))) end++;
  }
  return kept + text.slice(end);
}

/** What must not be told of the headers that go with every request. */
export function secretsOf(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers)
    .filter(([name]) => /auth|key|secret|token|cookie/i.test(name))
    .flatMap(([, value]) => [value, value.replace(/^\w+ /, '')]);
}

const MAX_DEPTH = 8;

/** The same for every string in a JSON value; what is nested too deep is dropped. */
export function redactJson(value: unknown, secrets: readonly string[], depth = 0): unknown {
  if (typeof value === 'string') return redact(value, secrets);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((item) => redactJson(item, secrets, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '__proto__')
      .map(([key, item]) => [redact(key, secrets), redactJson(item, secrets, depth + 1)]),
  );
}
