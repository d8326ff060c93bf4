import {
  type Bounds,
  estimateOffPolicy,
  type LoggedDecision,
  type OffPolicyEstimates,
} from '../../evaluation/off-policy.js';
import type { ReplayPolicy } from '../../index.js';
import type { RecordCounts } from '../journal/joined.js';
import type { ReplayedDecision, ReplayedLog } from './replayed-log.js';

/** A line that holds no record, and why. */
export interface MalformedLine {
  /** From 1. */
  readonly line: number;
  readonly why: string;
}

/** What was read of a log. */
export interface ReadLog {
  readonly log: ReplayedLog;
  readonly malformed: {
    readonly count: number;
    /** The first of them. */
    readonly lines: readonly MalformedLine[];
  };
}

/** How far the log tells of what the new policy does otherwise. */
export type Support = 'full' | 'partial' | 'none';

/** The estimates of one measure. */
export interface Measure {
  /** Decisions of which it is not known, left out. */
  readonly missing: number;
  /** `none`: only the model speaks of what the new policy chooses otherwise. */
  readonly support: Support;
  /** `null` where it is known of no decision. */
  readonly estimates: OffPolicyEstimates | null;
  /** Of the decisions with overlap alone, where not all have it; `null` elsewhere. */
  readonly withOverlap: OffPolicyEstimates | null;
}

export interface ReplayReport {
  readonly success: true;
  readonly log: string;
  readonly policyFile: string;
  readonly policy: ReplayPolicy;
  readonly read: RecordCounts & { readonly repeated: number; readonly malformed: ReadLog['malformed'] };
  /** Decisions in which the policy leaves a candidate; the others are in no figure below. */
  readonly decided: number;
  readonly undecided: number;
  /** Of the decided: the same choice. */
  readonly agreements: number;
  readonly agreementShare: number | null;
  /** Of the decided: more than one model could have been chosen. */
  readonly explored: number;
  readonly policyVersions: readonly {
    readonly policyVersion: string;
    readonly decisions: number;
    /** Those whose best model is that of their scores again, from what is recorded. */
    readonly reproduced: number;
  }[];
  readonly quality: Measure;
  /** USD a call. */
  readonly costUsd: Measure;
  /** The most frequent changes of model. */
  readonly changes: readonly { readonly from: string; readonly to: string; readonly decisions: number }[];
  /** Models of the policy that are a candidate in no decision. */
  readonly unknownModels: readonly string[];
}

const MOST_CHANGES = 10;

type Decided = ReplayedDecision & { readonly chosenNew: NonNullable<ReplayedDecision['chosenNew']> };

/** Everything there is to say of a log under a policy. */
export function replayReport(
  { log, malformed }: ReadLog,
  policy: ReplayPolicy,
  files: Pick<ReplayReport, 'log' | 'policyFile'>,
): ReplayReport {
  const all = [...log.decisions()];
  const decided = all.filter((decision): decision is Decided => decision.chosenNew !== null);
  const agreements = decided.filter(agrees).length;
  return {
    success: true,
    ...files,
    policy,
    read: { ...log.counts, repeated: log.repeated, malformed },
    decided: decided.length,
    undecided: all.length - decided.length,
    agreements,
    agreementShare: decided.length === 0 ? null : agreements / decided.length,
    explored: decided.filter(({ explored }) => explored).length,
    policyVersions: versionsOf(all),
    quality: measureOf(decided, { low: 0, high: 1 }, ({ quality, chosen, chosenNew }) => [
      quality,
      chosen.pGood,
      chosenNew.pGood,
    ]),
    costUsd: measureOf(decided, { low: 0, high: Infinity }, ({ costUsd, chosen, chosenNew }) => [
      costUsd,
      chosen.costUsd,
      chosenNew.costUsd,
    ]),
    changes: changesOf(decided),
    unknownModels: [...(policy.models ?? []), ...policy.excludedModels].filter(
      (model) => !log.models.has(model),
    ),
  };
}

function agrees({ chosen, chosenNew }: Decided): boolean {
  return chosen.model === chosenNew.model;
}

/** @param figuresOf What came of a decision, and what was predicted of the logged and of the new choice. */
function measureOf(
  decided: readonly Decided[],
  bounds: Bounds,
  figuresOf: (decision: Decided) => readonly [number | null, number | null, number | null],
): Measure {
  const known: LoggedDecision[] = [];
  for (const decision of decided) {
    const [value, predicted, predictedNew] = figuresOf(decision);
    if (value === null || predicted === null || predictedNew === null) continue;
    const { propensity, propensityNew } = decision;
    known.push({ value, predicted, predictedNew, agrees: agrees(decision), propensity, propensityNew });
  }
  const overlapping = known.filter(({ propensityNew }) => propensityNew > 0);
  const support = supportOf(known, overlapping);
  return {
    missing: decided.length - known.length,
    support,
    estimates: estimateOffPolicy(known, bounds),
    withOverlap: support === 'partial' ? estimateOffPolicy(overlapping, bounds) : null,
  };
}

function supportOf(known: readonly LoggedDecision[], overlapping: readonly LoggedDecision[]): Support {
  if (overlapping.length === known.length) return 'full';
  // What could only come as it came says nothing of another choice.
  return overlapping.every(({ propensityNew }) => propensityNew === 1) ? 'none' : 'partial';
}

function versionsOf(decisions: readonly ReplayedDecision[]): ReplayReport['policyVersions'] {
  const versions = new Map<string, { decisions: number; reproduced: number }>();
  for (const { policyVersion, isReproduced } of decisions) {
    const counted = versions.get(policyVersion) ?? { decisions: 0, reproduced: 0 };
    counted.decisions += 1;
    if (isReproduced) counted.reproduced += 1;
    versions.set(policyVersion, counted);
  }
  return [...versions].map(([policyVersion, counted]) => ({ policyVersion, ...counted }));
}

function changesOf(decided: readonly Decided[]): ReplayReport['changes'] {
  const changes = new Map<string, { from: string; to: string; decisions: number }>();
  for (const decision of decided) {
    if (agrees(decision)) continue;
    const [from, to] = [decision.chosen.model, decision.chosenNew.model];
    const key = JSON.stringify([from, to]);
    const change = changes.get(key) ?? { from, to, decisions: 0 };
    change.decisions += 1;
    changes.set(key, change);
  }
  return [...changes.values()].sort((a, b) => b.decisions - a.decisions).slice(0, MOST_CHANGES);
}
