import type { ModelOffer, ModelTier, RouteLLClient } from '../index.js';
import { count } from './figures.js';
import { ExitCode, type Outcome } from './io.js';
import { printable } from './printable.js';
import { basePrices, type BasePrices } from './prices.js';
import type { Session } from './session.js';
import { marked } from './simulated.js';
import { table } from './table.js';

/** A model at a provider that lists it. */
export interface ModelRow {
  readonly name: string;
  readonly provider: string;
  readonly tier: ModelTier | null;
  /** USD per 1M tokens; `null` where they are unknown. */
  readonly pricesUsdPerMillion: BasePrices | null;
  /** Tokens; `null` where it is unknown. */
  readonly contextWindow: number | null;
  /** Bills nothing and keeps serving once the balance is gone. */
  readonly unlimited: boolean;
  /** Whether a call without a model may go there. */
  readonly routedTo: boolean;
  /** Under which condition, or why not; empty where there is nothing to say. */
  readonly why: string;
}

export interface ModelsReport {
  readonly success: true;
  readonly simulated: boolean;
  readonly models: readonly ModelRow[];
  /** Ids of providers whose list could not be read. */
  readonly notListed: readonly string[];
}

/** `routell models`: what there is to be routed to. */
export async function models({ client, simulated }: Session): Promise<Outcome> {
  const listed = await client.listModels();
  const report: ModelsReport = {
    success: true,
    simulated,
    models: listed.flatMap(({ id }) => modelRows(client, id)),
    notListed: client
      .listProviders()
      .filter(({ enabled, models: listedModels }) => enabled && listedModels === null)
      .map(({ id }) => id),
  };
  return { report, text: marked(render(report), report), to: 'stdout', exitCode: ExitCode.WELL };
}

/** One row for each provider that lists the model, in order of preference. */
function modelRows(client: RouteLLClient, name: string): readonly ModelRow[] {
  const offers = client.catalog.offers(name);
  const refusal = whyNotRouted(client, name);
  return offers.map((offer, place) => ({
    ...described(name, offer),
    routedTo: refusal === null,
    why: refusal ?? condition(client, offer, place === 0 ? null : (offers[0]?.provider ?? null)),
  }));
}

function described(name: string, { provider, model }: ModelOffer): Omit<ModelRow, 'routedTo' | 'why'> {
  return {
    name,
    provider: provider ?? '',
    tier: model.tier ?? null,
    pricesUsdPerMillion: basePrices(model),
    contextWindow: model.contextWindow ?? model.maxTokens ?? null,
    unlimited: model.unlimited === true,
  };
}

function whyNotRouted({ catalog, config }: RouteLLClient, name: string): string | null {
  if (!config.routing.enabled) return name === config.fallbackModel ? null : 'routing is off';
  if (catalog.candidatesForAuto().some((candidate) => candidate.name === name)) return null;
  const model = catalog.get(name);
  if (model?.routesItself === true) return 'it routes by itself';
  if (model === undefined || basePrices(model) === null) return 'its price is unknown';
  return 'the same model is listed under another name';
}

function condition({ config }: RouteLLClient, { model }: ModelOffer, before: string | null): string {
  const { highCostModels } = config.credits;
  const isHighCost = [model.name, ...(model.aliases ?? [])].some((name) => highCostModels.includes(name));
  const conditions = [
    before === null ? '' : `if ${before} fails`,
    isHighCost ? 'for hard prompts, or where quality counts most' : '',
  ];
  return conditions.filter((text) => text !== '').join(', ');
}

function render({ models: rows, notListed }: ModelsReport): string {
  const missing = notListed.map(
    (id) => `${printable(id)} could not be asked for its models: see routell doctor.`,
  );
  const routed = new Set(rows.filter(({ routedTo }) => routedTo).map(({ name }) => name)).size;
  return [
    table(rows, [
      { heading: 'model', cell: ({ name }) => name },
      { heading: 'provider', cell: ({ provider }) => provider },
      { heading: 'tier', cell: ({ tier }) => tier ?? '' },
      { heading: '$ in/1M', cell: ({ pricesUsdPerMillion: prices }) => price(prices?.input), align: 'right' },
      {
        heading: '$ out/1M',
        cell: ({ pricesUsdPerMillion: prices }) => price(prices?.output),
        align: 'right',
      },
      {
        heading: 'context',
        cell: ({ contextWindow }) => (contextWindow === null ? '?' : count(contextWindow)),
        align: 'right',
      },
      { heading: 'unlimited', cell: ({ unlimited }) => (unlimited ? 'yes' : '') },
      {
        heading: 'routed to',
        cell: ({ routedTo, why }) => [routedTo ? 'yes' : 'no', why].filter((text) => text !== '').join(': '),
      },
    ]),
    '',
    `${count(rows.length)} listed, ${count(routed)} of them routed to.`,
    ...missing,
  ].join('\n');
}

function price(usdPerMillion: number | undefined): string {
  return usdPerMillion === undefined ? '?' : String(usdPerMillion);
}
