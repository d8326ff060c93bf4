import { ModelCatalog, type ModelCapability, type ModelOffer } from '../index.js';
import { plural } from './figures.js';
import { ExitCode, type Outcome } from './io.js';
import { printable } from './printable.js';
import type { Session } from './session.js';
import { marked } from './simulated.js';
import { table } from './table.js';

/** Prices in USD per 1M tokens, sizes in tokens; `null` where it is unknown. */
type Figure = number | boolean | null;

/** A figure of a model that is another one than the catalogue of the package has. */
export interface DifferenceRow {
  readonly name: string;
  readonly provider: string;
  readonly figure: string;
  readonly catalogue: Figure;
  /** As the list and the configuration say, by which calls are priced and chosen. */
  readonly inForce: Figure;
}

export interface DifferenceReport {
  readonly success: true;
  readonly simulated: boolean;
  /** How many models of the catalogue are listed. */
  readonly compared: number;
  readonly differences: readonly DifferenceRow[];
  /** Listed, and not in the catalogue. */
  readonly added: readonly string[];
  /** In the catalogue, and not listed; legacy ones left out. */
  readonly missing: readonly string[];
}

/** `routell models --diff`: reads the lists anew, and compares with the catalogue of the package. */
export async function modelsDifference({ client, simulated }: Session): Promise<Outcome> {
  const shipped = new ModelCatalog();
  const names = (await client.listModels()).map(({ id }) => id);
  const known = names.flatMap((name) => {
    const model = shipped.get(name);
    return model === undefined ? [] : [{ name, model }];
  });
  const listed = new Set(known.map(({ model }) => model.name));
  const report: DifferenceReport = {
    success: true,
    simulated,
    compared: listed.size,
    differences: known.flatMap(({ name, model }) =>
      client.catalog.offers(name).flatMap((offer) => differenceRows(name, model, offer)),
    ),
    added: names.filter((name) => !shipped.has(name)),
    missing: shipped
      .list()
      .filter(({ name, legacy }) => legacy !== true && !listed.has(name))
      .map(({ name }) => name),
  };
  return { report, text: marked(render(report), report), to: 'stdout', exitCode: ExitCode.WELL };
}

function differenceRows(
  name: string,
  catalogue: ModelCapability,
  { provider, model }: ModelOffer,
): readonly DifferenceRow[] {
  const before = figuresOf(catalogue);
  const after = figuresOf(model);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((figure) => {
    const row = { catalogue: before.get(figure) ?? null, inForce: after.get(figure) ?? null };
    return isSame(row.catalogue, row.inForce) ? [] : [{ name, provider: provider ?? '', figure, ...row }];
  });
}

/** Rates come out of conversions: the last digits of a double are no difference. */
function isSame(a: Figure, b: Figure): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Math.abs(a - b) <= 1e-9 * Math.max(a, b);
}

function figuresOf({ prices, contextWindow, maxOutput, unlimited }: ModelCapability): Map<string, Figure> {
  const { tiers = [], ...rates } = prices ?? {};
  const figures = new Map<string, Figure>(Object.entries(rates));
  tiers.forEach(({ input, output }, index) => {
    figures.set(`tier ${index + 1} input`, input);
    figures.set(`tier ${index + 1} output`, output);
  });
  figures.set('context', contextWindow ?? null);
  figures.set('longest answer', maxOutput ?? null);
  return figures.set('unlimited', unlimited === true);
}

function render({ differences, compared, added, missing }: DifferenceReport): string {
  const lines = [
    `${plural(compared, 'model')} of the catalogue listed, ${plural(differences.length, 'figure')} of them different.`,
    ...listOf('Not in the catalogue', added),
    ...listOf('Not listed', missing),
  ];
  if (differences.length === 0) return lines.join('\n');
  const rows = table(differences, [
    { heading: 'model', cell: ({ name }) => name },
    { heading: 'provider', cell: ({ provider }) => provider },
    { heading: 'figure', cell: ({ figure }) => figure },
    { heading: 'catalogue', cell: ({ catalogue }) => shown(catalogue), align: 'right' },
    { heading: 'in force', cell: ({ inForce }) => shown(inForce), align: 'right' },
  ]);
  return [rows, '', ...lines].join('\n');
}

function listOf(title: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${title}: ${names.map(printable).join(', ')}.`];
}

function shown(figure: Figure): string {
  if (typeof figure === 'number') return String(Number(figure.toPrecision(9)));
  return figure === null ? '?' : figure ? 'yes' : 'no';
}
