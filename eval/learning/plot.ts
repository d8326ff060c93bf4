/** Regret against the best model per category as a picture. */
import { type Gap, WINDOW } from './measure.js';

interface Curve {
  readonly name: string;
  readonly gaps: readonly Gap[];
}

const SIZE = { width: 760, height: 420, left: 60, right: 280, top: 20, bottom: 40 } as const;
const COLOURS = ['#1b6ca8', '#c1440e', '#2e7d32', '#6a1b9a', '#8d6e00', '#00838f', '#ad1457', '#455a64'];

/** Cumulative regret in points of quality, on average over seeds and weights; a scalable vector graphic. */
export function regretPlot(curves: readonly Curve[], runs: number): string {
  const lines = curves.map(({ name, gaps }) => ({ name, regret: cumulative(gaps, runs) }));
  const most = Math.max(1, ...lines.flatMap(({ regret }) => regret));
  const longest = Math.max(1, ...lines.map(({ regret }) => regret.length - 1));
  const x = (index: number): number => SIZE.left + (index / longest) * (SIZE.width - SIZE.left - SIZE.right);
  const y = (value: number): number =>
    SIZE.height - SIZE.bottom - (Math.max(0, value) / most) * (SIZE.height - SIZE.top - SIZE.bottom);
  const drawn = lines.map(({ name, regret }, index) => {
    const colour = COLOURS[index % COLOURS.length] ?? '#000';
    const points = regret.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    const dash = index >= COLOURS.length ? ' stroke-dasharray="4 3"' : '';
    const labelY = SIZE.top + 12 + index * 14;
    const labelX = SIZE.width - SIZE.right + 16;
    return `<polyline fill="none" stroke="${colour}"${dash} points="${points}"/><text x="${labelX}" y="${labelY}" fill="${colour}">${name}</text>`;
  });
  const axis = `M${SIZE.left} ${SIZE.top}V${SIZE.height - SIZE.bottom}H${SIZE.width - SIZE.right}`;
  const caption = `<text x="${SIZE.left}" y="${SIZE.height - 8}">decisions, to ${longest * WINDOW}; regret to ${most.toFixed(0)} answers</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="sans-serif" font-size="10"><path d="${axis}" fill="none" stroke="#888"/>${drawn.join('')}${caption}</svg>\n`;
}

function cumulative(gaps: readonly Gap[], runs: number): readonly number[] {
  let sum = 0;
  return [0, ...gaps.map(({ reached, whole }) => (sum += (whole - reached) / runs))];
}
