import type { CurvePoint } from '../../evaluation/strong-share-curve.js';
import { plural } from '../figures.js';
import type { RoutingReport } from './report.js';
import { niceTicks, svgText } from './svg.js';

const PANEL = { width: 440, height: 330, left: 62, right: 26, top: 58, bottom: 48 } as const;
const HEAD = 44;
const MOST_COLUMNS = 3;
/** Of Okabe and Ito: told apart by the colour-blind, and by their dashes in grey. */
const SERIES = [
  { name: 'routell', colour: '#0072b2', dashes: '', width: 2.5 },
  { name: 'prompt length', colour: '#d55e00', dashes: '7 4', width: 1.8 },
  { name: 'random', colour: '#666666', dashes: '2 4', width: 1.5 },
  { name: 'oracle', colour: '#009e73', dashes: '10 3 2 3', width: 1.8 },
] as const;
type SeriesName = (typeof SERIES)[number]['name'];

/** Quality by share of strong calls, a panel for each routing file, as an SVG document. */
export function plotCurves(reports: readonly RoutingReport[]): string {
  const columns = Math.max(1, Math.min(MOST_COLUMNS, Math.ceil(Math.sqrt(reports.length))));
  const rows = Math.ceil(reports.length / columns);
  const [width, height] = [Math.max(columns * PANEL.width, 480), HEAD + Math.max(1, rows) * PANEL.height];
  const panels = reports.map((report, index) => {
    const [x, y] = [(index % columns) * PANEL.width, HEAD + Math.floor(index / columns) * PANEL.height];
    return `<g transform="translate(${x} ${y})">\n${panel(report).join('\n')}\n</g>`;
  });
  const empty = svgText('No file holds scores of two models.', { x: 16, y: HEAD + 24 });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="#222222" role="img">`,
    '<title>Quality by share of prompts sent to the strong model</title>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...legend(),
    ...(reports.length === 0 ? [empty] : panels),
    '</svg>\n',
  ].join('\n');
}

function legend(): readonly string[] {
  return SERIES.flatMap(({ name, ...style }, index) => {
    const x = 16 + index * 132;
    return [
      `<line x1="${x}" y1="22" x2="${x + 26}" y2="22" ${stroke(style)}/>`,
      svgText(name, { x: x + 32, y: 26 }),
    ];
  });
}

function stroke({ colour, dashes, width }: Omit<(typeof SERIES)[number], 'name'>): string {
  return `fill="none" stroke="${colour}" stroke-width="${width}"${dashes === '' ? '' : ` stroke-dasharray="${dashes}"`}`;
}

function panel(report: RoutingReport): readonly string[] {
  const { file, n, strong, weak } = report;
  const curves = curvesOf(report);
  const ticks = niceTicks(Object.values(curves).flatMap((curve) => curve.map(({ quality }) => quality)));
  const scale = new Scale(ticks[0] ?? 0, ticks.at(-1) ?? 1);
  return [
    svgText(file, { x: PANEL.left, y: 22, most: 52, attributes: 'font-weight="600"' }),
    svgText(`${plural(n, 'prompt')}, ${strong.model} against ${weak.model}`, {
      x: PANEL.left,
      y: 40,
      most: 52,
      attributes: 'fill="#555555"',
    }),
    ...axes(ticks, scale),
    ...SERIES.map(
      ({ name, ...style }) => `<polyline points="${scale.points(curves[name])}" ${stroke(style)}/>`,
    ),
  ];
}

/** Whoever chooses at random comes along the straight line. */
function curvesOf({
  router,
  length,
  oracle,
}: RoutingReport): Readonly<Record<SeriesName, readonly CurvePoint[]>> {
  const ends = [router.curve[0], router.curve.at(-1)].filter((point) => point !== undefined);
  return { routell: router.curve, 'prompt length': length.curve, random: ends, oracle: oracle.curve };
}

class Scale {
  readonly #low: number;
  readonly #high: number;

  constructor(low: number, high: number) {
    this.#low = low;
    this.#high = high;
  }

  x(share: number): number {
    return Number((PANEL.left + share * (PANEL.width - PANEL.left - PANEL.right)).toFixed(2));
  }

  y(quality: number): number {
    const share = (quality - this.#low) / (this.#high - this.#low);
    return Number(
      (PANEL.height - PANEL.bottom - share * (PANEL.height - PANEL.top - PANEL.bottom)).toFixed(2),
    );
  }

  points(curve: readonly CurvePoint[]): string {
    return curve
      .filter(({ quality }) => Number.isFinite(quality))
      .map(({ share, quality }) => `${this.x(share)},${this.y(quality)}`)
      .join(' ');
  }
}

function axes(ticks: readonly number[], scale: Scale): readonly string[] {
  const [left, right] = [scale.x(0), scale.x(1)];
  const bottom = PANEL.height - PANEL.bottom;
  const middle = (PANEL.top + bottom) / 2;
  return [
    ...ticks.flatMap((tick) => {
      const y = scale.y(tick);
      return [
        `<line x1="${left}" y1="${y}" x2="${right}" y2="${y}" stroke="#dddddd"/>`,
        svgText(tick.toFixed(2), { x: left - 6, y: y + 4, attributes: 'text-anchor="end"' }),
      ];
    }),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) =>
      svgText(`${100 * share} %`, { x: scale.x(share), y: bottom + 17, attributes: 'text-anchor="middle"' }),
    ),
    svgText('share of prompts sent to the strong model', {
      x: (left + right) / 2,
      y: bottom + 35,
      attributes: 'text-anchor="middle"',
    }),
    svgText('quality', {
      x: 16,
      y: middle,
      attributes: `text-anchor="middle" transform="rotate(-90 16 ${middle})"`,
    }),
  ];
}
