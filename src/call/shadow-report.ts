/** Whose decisions a shadow stands beside: the client's router's, or those of an upstream that routes by itself. */
export type ShadowKind = 'router' | 'server';

/** One decision beside that of the shadow. */
export interface ShadowComparison {
  readonly chosenModel: string;
  readonly shadowModel: string;
  /** Of the chosen model, estimated before the call as the router estimates; `null` where no price is known. */
  readonly estimatedCostUsd: number | null;
  /** The same of the shadow's choice. */
  readonly shadowCostUsd: number | null;
}

/** How the shadow's decisions differ from those that were made. */
export interface ShadowReport {
  readonly kind: ShadowKind;
  /** Decisions that were compared. */
  readonly decisions: number;
  /** Of them: both chose the same model. */
  readonly agreements: number;
  /** 0..1; `null` before the first decision. */
  readonly agreementShare: number | null;
  /** Decisions of the shadow that came to nothing: it failed, was late, or chose what it was not given. */
  readonly missed: number;
  /** USD, of the decisions of which both costs are known. */
  readonly estimatedCostUsd: number;
  /** USD, of the same decisions: what the shadow's choices would have cost. */
  readonly shadowCostUsd: number;
  /** The shadow's less that of what was chosen: below 0 the shadow is cheaper. */
  readonly costDifferenceUsd: number;
  /** Compared decisions in none of the cost figures. */
  readonly unknownCostDecisions: number;
  /** The ten most frequent disagreements. */
  readonly byPair: readonly ShadowPair[];
}

/** A disagreement. */
export interface ShadowPair {
  readonly chosenModel: string;
  readonly shadowModel: string;
  readonly decisions: number;
  /** USD, of those of known cost. */
  readonly costDifferenceUsd: number;
}

const MOST_SHOWN = 10;
/** Pairs counted; what comes later is in the totals only. */
const MOST_PAIRS = 1000;

/** Counts the comparisons of one client. */
export class ShadowTally {
  readonly #kind: ShadowKind;
  readonly #pairs = new Map<string, { -readonly [Field in keyof ShadowPair]: ShadowPair[Field] }>();
  #decisions = 0;
  #agreements = 0;
  #missed = 0;
  #estimatedCostUsd = 0;
  #shadowCostUsd = 0;
  #unknownCostDecisions = 0;

  constructor(kind: ShadowKind) {
    this.#kind = kind;
  }

  miss(): void {
    this.#missed += 1;
  }

  add(comparison: ShadowComparison): void {
    const { chosenModel, shadowModel, estimatedCostUsd, shadowCostUsd } = comparison;
    this.#decisions += 1;
    if (chosenModel === shadowModel) this.#agreements += 1;
    else this.#addPair(comparison);
    if (estimatedCostUsd === null || shadowCostUsd === null) {
      this.#unknownCostDecisions += 1;
      return;
    }
    this.#estimatedCostUsd += estimatedCostUsd;
    this.#shadowCostUsd += shadowCostUsd;
  }

  report(): ShadowReport {
    const pairs = [...this.#pairs.values()].map((pair) => ({ ...pair }));
    return {
      kind: this.#kind,
      decisions: this.#decisions,
      agreements: this.#agreements,
      agreementShare: this.#decisions === 0 ? null : this.#agreements / this.#decisions,
      missed: this.#missed,
      estimatedCostUsd: this.#estimatedCostUsd,
      shadowCostUsd: this.#shadowCostUsd,
      costDifferenceUsd: this.#shadowCostUsd - this.#estimatedCostUsd,
      unknownCostDecisions: this.#unknownCostDecisions,
      byPair: pairs.sort((a, b) => b.decisions - a.decisions).slice(0, MOST_SHOWN),
    };
  }

  #addPair(comparison: ShadowComparison): void {
    const { chosenModel, shadowModel } = comparison;
    const key = JSON.stringify([chosenModel, shadowModel]);
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      if (this.#pairs.size >= MOST_PAIRS) return;
      pair = { chosenModel, shadowModel, decisions: 0, costDifferenceUsd: 0 };
      this.#pairs.set(key, pair);
    }
    pair.decisions += 1;
    pair.costDifferenceUsd += costDifferenceUsd(comparison) ?? 0;
  }
}

/** The shadow's cost less that of what was chosen; `null` where one is not known. */
export function costDifferenceUsd({ estimatedCostUsd, shadowCostUsd }: ShadowComparison): number | null {
  return estimatedCostUsd === null || shadowCostUsd === null ? null : shadowCostUsd - estimatedCostUsd;
}
