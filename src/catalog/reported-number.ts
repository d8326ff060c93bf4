/**
 * Larger figures are mistakes: no request has a thousand million tokens, and none is charged so many credits. They
 * would empty every budget at once.
 */
const MOST = 1e9;
const LONGEST_TEXT = 40;
/** What `Number` reads as well, as `0x10`, `1_000` or `Infinity`, is no amount of money. */
const DECIMAL = /^\+?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** A count of tokens as an upstream reports it; `null` where it is none: a text, a fraction, negative, huge. */
export function reportedCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST ? value : null;
}

/** An amount of money as an upstream reports it, as a number or, as some services write it, as a text. */
export function reportedAmount(value: unknown): number | null {
  const amount = typeof value === 'string' ? amountOfText(value.trim()) : value;
  return typeof amount === 'number' && amount >= 0 && amount <= MOST ? amount : null;
}

function amountOfText(text: string): number | null {
  return text.length <= LONGEST_TEXT && DECIMAL.test(text) ? Number(text) : null;
}
