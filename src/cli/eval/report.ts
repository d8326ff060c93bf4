import type { CurvePoint } from '../../evaluation/strong-share-curve.js';
import type { Skipped } from './data-files.js';

/** A measured figure; `null` where it cannot be had. */
export type Figure = number | null;

/** With its bootstrap interval, 95 %. */
export interface Estimate {
  readonly value: Figure;
  readonly low: Figure;
  readonly high: Figure;
}

export interface EvalReport {
  readonly success: true;
  /** `--data`, as it was given. */
  readonly data: string;
  readonly files: readonly FileReport[];
  readonly skipped: readonly Skipped[];
  /** What the figures do not show. */
  readonly notes: readonly string[];
  readonly routing: readonly RoutingReport[];
  /** `null` where no file has labels. */
  readonly tasks: TasksReport | null;
  readonly difficulty: readonly DifficultyReport[];
  /** Of all journals together; `null` where there is none. */
  readonly journal: JournalReport | null;
  /** `null` where there was no prompt. */
  readonly decisionTime: DecisionTime | null;
}

/** A line that could not be used. */
export interface MalformedLine {
  readonly line: number;
  readonly why: string;
}

/** Rows that are nothing to evaluate. */
export interface OtherRows {
  readonly count: number;
  /** What they are: the first of what is told of them. */
  readonly why: readonly string[];
}

export interface FileReport {
  readonly file: string;
  /** Rows with a prompt. */
  readonly prompts: number;
  readonly journalRows: number;
  readonly malformed: { readonly count: number; readonly first: readonly MalformedLine[] };
  readonly duplicateIds: number;
  readonly others: OtherRows;
}

/** How well a scorer tells which prompts need the strong model. */
export interface ScorerReport {
  readonly apgr: Estimate;
  /** Least share of strong calls, 0..1, that recovers half the gap. */
  readonly cpt50: Estimate;
  /** The same for 80 % of it. */
  readonly cpt80: Estimate;
  readonly curve: readonly CurvePoint[];
}

export interface PairMember {
  readonly model: string;
  /** Whether the command line names it; else it is that of the best or the worst mean. */
  readonly isNamed: boolean;
  /** Whether only its side of the pair is known of it. */
  readonly isStandIn: boolean;
  /** Mean, 0..1: what always asking it brings. */
  readonly quality: Figure;
  /** Mean USD a prompt. */
  readonly costUsd: Figure;
}

export interface RoutingReport {
  readonly file: string;
  /** Rows that have both of the pair. */
  readonly n: number;
  /** By what the scores of the file were divided. */
  readonly scale: number;
  readonly strong: PairMember;
  readonly weak: PairMember;
  readonly router: ScorerReport;
  /** Longer prompts to the strong model, by code points. */
  readonly length: ScorerReport;
  /** Whoever knows both answers. */
  readonly oracle: ScorerReport;
  /** Mean quality of the better of both answers. */
  readonly bestOfBoth: number;
  /** Mean of seeded runs. */
  readonly random: { readonly apgr: Figure; readonly cpt50: Figure; readonly cpt80: Figure };
  /** APGR of the router less that of the length, over the same resamples. */
  readonly overLength: Estimate;
  /** Of files with more than two models. */
  readonly models: ModelsReport | null;
}

export interface ModelPoint {
  readonly model: string;
  readonly n: number;
  readonly quality: Figure;
  readonly costUsd: Figure;
  readonly isOnHull: boolean;
}

/** A point of the router's: what comes of one weight of cost. */
export interface SweepPoint {
  /** Weight of cost against that of quality; 1 is cost alone. */
  readonly costWeight: number;
  readonly costUsd: number;
  readonly quality: number;
}

export interface ModelsReport {
  readonly costs: 'real' | 'estimated' | 'none';
  /** By quality, the best first. */
  readonly models: readonly ModelPoint[];
  /** Mean quality under the hull of the models, over the range of their cost. */
  readonly hullAiq: Figure;
  /** The same of the router's own points. */
  readonly routerAiq: Figure;
  /** The best answer to each prompt, whoever gave it. */
  readonly oracle: {
    readonly n: number;
    readonly quality: Figure;
    /** Prompts of which the cost of a best answer is known. */
    readonly priced: number;
    /** Of these prompts: that of the cheapest of the best answers. */
    readonly costUsd: Figure;
  };
  /** Empty where no prompt has two models of known cost. */
  readonly sweep: readonly SweepPoint[];
}

export interface AccuracyRow {
  readonly name: string;
  readonly n: number;
  readonly strict: number;
  readonly lenient: number;
  readonly macroF1: number;
}

export interface LabelRow {
  readonly name: string;
  readonly n: number;
  readonly strict: number;
  readonly lenient: number;
  readonly precision: Figure;
  readonly f1: number;
}

export interface TaskSetReport extends AccuracyRow {
  /** Everything but English; `null` where there is nothing else. */
  readonly notEnglish: AccuracyRow | null;
  /** The languages after the twelfth, together; `null` where there are none. */
  readonly rareLanguages: AccuracyRow | null;
  /** Every language, that of most prompts first. */
  readonly byLanguage: readonly AccuracyRow[];
  readonly byLabel: readonly LabelRow[];
}

export interface TasksReport {
  readonly files: readonly TaskSetReport[];
  readonly all: TaskSetReport;
}

export interface DifficultyReport {
  readonly file: string;
  readonly n: number;
  readonly spearman: Figure;
  readonly ece: Figure;
  readonly brier: Figure;
  readonly meanAbsoluteError: Figure;
}

export interface QualityRow {
  readonly name: string;
  readonly n: number;
  readonly quality: number;
}

export interface JournalReport {
  readonly decisions: number;
  /** Attempts and decisions that stand there more than once; they count once. */
  readonly repeated: number;
  /** Decisions whose outcome is known. */
  readonly rated: number;
  readonly quality: Figure;
  readonly byTask: readonly QualityRow[];
  readonly byModel: readonly QualityRow[];
  /** P(good) of the chosen model against the quality of its answers; calls that fell back are left out. */
  readonly calibration: {
    readonly n: number;
    readonly predicted: Figure;
    readonly observed: Figure;
    readonly ece: Figure;
    readonly brier: Figure;
  };
  readonly cost: {
    readonly calls: number;
    readonly attempts: number;
    readonly unpricedAttempts: number;
    /** Of the calls all of whose attempts have a known cost. */
    readonly billedUsd: number;
    /** The calls of which both are known. */
    readonly compared: { readonly calls: number; readonly billedUsd: number; readonly predictedUsd: number };
  };
}

export interface DecisionTime {
  readonly n: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

export function figure(value: number): Figure {
  return Number.isFinite(value) ? value : null;
}
