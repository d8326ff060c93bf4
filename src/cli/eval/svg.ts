/** Characters that no XML document may hold, lone surrogates among them. */
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

interface TextPlace {
  readonly x: number;
  readonly y: number;
  /** Characters shown; the rest is told by `…`. @default all */
  readonly most?: number;
  /** Further attributes, as they stand. */
  readonly attributes?: string;
}

/** A text at a place, escaped. */
export function svgText(text: string, { x, y, most = Infinity, attributes = '' }: TextPlace): string {
  const characters = Array.from(text);
  const shown = characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text;
  return `<text x="${x}" y="${y}"${attributes === '' ? '' : ` ${attributes}`}>${escaped(shown)}</text>`;
}

function escaped(text: string): string {
  return text
    .replaceAll(FORBIDDEN, '\ufffd')
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

const MOST_STEPS = 6;

/** Round values 0.01 apart or more that span the given ones, from the lowest to the highest. */
export function niceTicks(values: readonly number[]): readonly number[] {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return [0, 1];
  // Hundredths, so that sums stay whole.
  const [low, high] = [100 * Math.min(...known), 100 * Math.max(...known)];
  const step = [1, 2, 5, 10, 20].find((size) => (high - low) / size <= MOST_STEPS) ?? 20;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => ((first + index) * step) / 100);
}
