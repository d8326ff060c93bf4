import type { Estimate, OffPolicyEstimates } from '../../evaluation/off-policy.js';
import type { ReplayPolicy } from '../../index.js';
import { count, decimals, percent, plural } from '../figures.js';
import { printable } from '../printable.js';
import { table } from '../table.js';
import type { Measure, ReplayReport } from './report.js';

/** The report for people. */
export function renderReplay(report: ReplayReport): string {
  const { quality, costUsd, changes } = report;
  const parts = [
    printable(`${report.log} under ${report.policyFile}: ${policyWords(report.policy)}`),
    facts(report)
      .map(([name, text]) => `${name.padEnd(10)}${printable(text)}`)
      .join('\n'),
    section('Quality, 0 to 1', quality, { show: decimals, missing: 'no outcome' }),
    section('Cost, USD a call', costUsd, { show: usdACall, missing: 'no known cost' }),
  ];
  if (changes.length > 0) parts.push(`Most frequent changes\n${table(changes, CHANGES)}`);
  return parts.join('\n\n');
}

function policyWords({ preferences, models, excludedModels }: ReplayPolicy): string {
  const weights =
    preferences === null
      ? 'the weights of each decision'
      : `weights cost ${preferences.cost.toFixed(2)}, quality ${preferences.quality.toFixed(2)}, speed ${preferences.speed.toFixed(2)}`;
  return [
    weights,
    ...(models === null ? [] : [`only ${models.join(', ')}`]),
    ...(excludedModels.length === 0 ? [] : [`without ${excludedModels.join(', ')}`]),
  ].join('; ');
}

function facts(report: ReplayReport): readonly (readonly [name: string, text: string])[] {
  const { read, decided, undecided, agreements, agreementShare, explored, unknownModels } = report;
  const { malformed } = read;
  return [
    [
      'read',
      `${plural(read.decisions, 'decision')}, ${plural(read.attempts, 'attempt')}, ${plural(read.outcomes, 'outcome')}${read.repeated === 0 ? '' : `; ${count(read.repeated)} stood there twice, the last counts`}`,
    ],
    ...(malformed.count === 0 ? [] : [['', `${plural(malformed.count, 'line')} left out:`] as const]),
    ...malformed.lines.map(({ line, why }) => ['', `  line ${line}: ${why}`] as const),
    ...report.policyVersions.map(
      ({ policyVersion, decisions, reproduced }) =>
        [
          'policy',
          `${policyVersion}: ${count(reproduced)} of ${plural(decisions, 'decision')} come out as logged from what is recorded`,
        ] as const,
    ),
    [
      'choices',
      `${count(agreements)} of ${count(decided)} the same${agreementShare === null ? '' : ` (${percent(agreementShare)})`}; ${explored === 0 ? 'the log holds no exploration' : `more than one was possible in ${count(explored)}`}`,
    ],
    ...(undecided === 0
      ? []
      : [['', `${count(undecided)} more left out: the policy allows none of their candidates`] as const]),
    ...(unknownModels.length === 0
      ? []
      : [['', `a candidate nowhere in the log: ${unknownModels.join(', ')}`] as const]),
  ];
}

interface Words {
  readonly show: (mean: number) => string;
  /** What a decision lacks of which the measure is not known. */
  readonly missing: string;
}

function section(title: string, { estimates, withOverlap, support, missing }: Measure, words: Words): string {
  const left = missing === 0 ? '' : `; ${count(missing)} with ${words.missing} left out`;
  if (estimates === null) return `${title}: not known of any decision${left}`;
  const { decisions, overlapping } = estimates;
  const head = `${title}, of ${plural(decisions, 'decision')}${left}`;
  const own = rows(estimates, words.show, support === 'full');
  if (support === 'full') {
    return `${head}\nas telling of the new policy as ${count(Math.round(estimates.effectiveDecisions))} decisions of its own\n${own}`;
  }
  const alone = decisions - overlapping;
  if (support === 'none' || withOverlap === null) {
    return `${head}\nno overlap: model-based only, in the ${count(alone)} that the new policy decides otherwise\n${own}`;
  }
  return [
    `${head}\nno overlap in ${count(alone)}: model-based only there\n${own}`,
    `${title}, of the ${count(overlapping)} with overlap\nas telling of the new policy as ${count(Math.round(withOverlap.effectiveDecisions))} decisions of its own\n${rows(withOverlap, words.show, true)}`,
  ].join('\n\n');
}

function rows(estimates: OffPolicyEstimates, show: Words['show'], isFull: boolean): string {
  const { logged, doublyRobust, inversePropensity, selfNormalized, modelBased, difference } = estimates;
  const robust = isFull ? 'doubly robust' : 'as it came or, where otherwise, by the model';
  const named: readonly (readonly [string, Estimate | null, Words['show']])[] = [
    ['logged policy', logged, show],
    [`new policy, ${robust}`, doublyRobust, show],
    ['new policy, inverse propensity (IPS)', inversePropensity, show],
    ['new policy, self-normalised (SNIPS)', selfNormalized, show],
    ['new policy, by the model alone', modelBased, show],
    ['difference of the first two', difference, (mean) => signed(mean, show)],
  ];
  const known = named.flatMap(([name, estimate, shown]) =>
    estimate === null ? [] : [{ name, estimate, shown }],
  );
  return table(known, [
    { heading: 'estimate', cell: ({ name }) => name },
    { heading: 'mean', cell: ({ estimate, shown }) => shown(estimate.mean), align: 'right' },
    {
      heading: '95 % interval',
      cell: ({ estimate: { interval }, shown }) =>
        interval === null ? 'none' : `${shown(interval.low)} to ${shown(interval.high)}`,
      align: 'right',
    },
  ]);
}

/** Three significant digits at least: policies differ by less than a cent. */
function usdACall(amount: number): string {
  const digits = amount === 0 ? 2 : 2 - Math.floor(Math.log10(Math.abs(amount)));
  return `$${amount.toFixed(Math.min(10, Math.max(2, digits)))}`;
}

function signed(amount: number, show: Words['show']): string {
  return `${amount < 0 ? '−' : '+'}${show(Math.abs(amount))}`;
}

const CHANGES = [
  { heading: 'logged', cell: ({ from }: ReplayReport['changes'][number]) => from },
  { heading: 'new', cell: ({ to }: ReplayReport['changes'][number]) => to },
  {
    heading: 'decisions',
    cell: ({ decisions }: ReplayReport['changes'][number]) => count(decisions),
    align: 'right',
  },
] as const;
