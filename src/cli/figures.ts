/** Two significant digits at least, without an exponent; `unknown` where it is. */
export function usd(amount: number | null): string {
  if (amount === null) return 'unknown';
  if (amount === 0) return '$0';
  const digits = Math.max(2, 1 - Math.floor(Math.log10(Math.abs(amount))));
  return `$${amount.toFixed(Math.min(digits, 10))}`;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** With separators of thousands, the same on every machine. */
export function count(amount: number): string {
  return amount.toLocaleString('en-US', { maximumFractionDigits: 2 });
}

export function plural(amount: number, noun: string): string {
  return `${count(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}

/** A share 0..1 in per cent; a dash where there is none. */
export function percent(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(1)} %`;
}

/** Three decimals; a dash where there is no figure. */
export function decimals(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}
