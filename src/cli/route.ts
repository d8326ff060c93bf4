import type { ConsideredModel, RankedModel, RouteLLClient, RoutingResult } from '../index.js';
import type { RouteOptions } from './command-line.js';
import { seconds, usd } from './figures.js';
import { ExitCode, type Outcome } from './io.js';
import { printable } from './printable.js';
import { chatOptionsOf, messagesOf } from './prompt.js';
import type { Session } from './session.js';
import { marked } from './simulated.js';
import { table } from './table.js';

export interface RouteReport extends RoutingResult {
  readonly success: true;
  readonly simulated: boolean;
  /** Where the selected model would be asked; `null` where no provider lists it. */
  readonly provider: string | null;
}

/** `routell route`: the decision for a prompt. */
export async function route(prompt: string, options: RouteOptions, session: Session): Promise<Outcome> {
  const routing = await session.client.route(messagesOf(prompt, options), chatOptionsOf(options));
  const report = routeReport(routing, session);
  const parts = options.explain ? [renderDecision(report), renderFigures(report)] : [renderDecision(report)];
  return {
    report,
    text: marked(parts.join('\n\n'), session),
    to: 'stdout',
    exitCode: ExitCode.WELL,
  };
}

function routeReport(routing: RoutingResult, { client, simulated }: Session): RouteReport {
  const { selectedModel } = routing.routingDecision;
  return { success: true, simulated, provider: providerOf(client, selectedModel), ...routing };
}

function providerOf({ catalog }: RouteLLClient, model: string): string | null {
  return catalog.offers(model)[0]?.provider ?? null;
}

function renderDecision({ routingDecision, modelInfo, provider }: RouteReport): string {
  const { selectedModel, reasons, fallbacks } = routingDecision;
  const about = [modelInfo.tier, provider === null ? null : `at ${provider}`].filter((part) => part !== null);
  return [
    printable(`${selectedModel}${about.length === 0 ? '' : ` (${about.join(', ')})`}`),
    ...reasons.map((reason) => `  - ${printable(reason)}`),
    `  Fallbacks: ${printable(fallbacks.join(', ')) || 'none'}`,
  ].join('\n');
}

/** Everything that stood behind the decision. */
function renderFigures({ routingDecision, basis, alternatives, excluded = [] }: RouteReport): string {
  const parts = [
    `Task, by probability\n${tasks(basis?.distribution ?? { [routingDecision.taskType]: routingDecision.confidence })}`,
    `Difficulty: ${routingDecision.difficulty.toFixed(2)}${basis === undefined ? '' : ` ± ${basis.difficultyUncertainty.toFixed(2)}`}, of 0 to 1`,
    `Models, by score\n${table(alternatives, RANKING)}`,
  ];
  if (excluded.length > 0) parts.push(`Left out\n${table(excluded, EXCLUDED)}`);
  return parts.join('\n\n');
}

function tasks(distribution: Readonly<Partial<Record<string, number>>>): string {
  const shares = Object.entries(distribution)
    .map(([task, share = 0]) => ({ task, share }))
    .filter(({ share }) => share >= 0.005)
    .sort((a, b) => b.share - a.share);
  return table(shares, [
    { heading: 'task', cell: ({ task }) => task },
    { heading: 'P', cell: ({ share }) => share.toFixed(2), align: 'right' },
  ]);
}

const RANKING = [
  { heading: 'model', cell: ({ model }: RankedModel) => model },
  { heading: 'P(good)', cell: ({ pGood }: RankedModel) => pGood.toFixed(2), align: 'right' },
  { heading: 'cost', cell: ({ costUsd }: RankedModel) => usd(costUsd), align: 'right' },
  { heading: 'latency', cell: ({ latencyMs }: RankedModel) => seconds(latencyMs), align: 'right' },
  { heading: 'score', cell: ({ score }: RankedModel) => score.toFixed(3), align: 'right' },
] as const;

const EXCLUDED = [
  { heading: 'model', cell: ({ model }: ConsideredModel) => model },
  { heading: 'why', cell: ({ reason }: ConsideredModel) => reason },
] as const;
