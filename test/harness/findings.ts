/** How often an invariant was looked at, how often it did not hold, and the first cases where it did not. */
export interface Finding {
  readonly invariant: string;
  readonly checked: number;
  readonly broken: number;
  readonly examples: readonly string[];
}

const MOST_EXAMPLES = 3;

/** What a harness has looked at: flat in memory, however long it runs. */
export class Findings {
  readonly #byInvariant = new Map<string, { checked: number; broken: number; examples: string[] }>();

  check(invariant: string, holds: boolean, detail: () => string): void {
    let finding = this.#byInvariant.get(invariant);
    if (finding === undefined) {
      finding = { checked: 0, broken: 0, examples: [] };
      this.#byInvariant.set(invariant, finding);
    }
    finding.checked += 1;
    if (holds) return;
    finding.broken += 1;
    if (finding.examples.length < MOST_EXAMPLES) finding.examples.push(detail());
  }

  /** Takes over what an earlier part of the same run has found. */
  add(earlier: readonly Finding[]): void {
    for (const { invariant, checked, broken, examples } of earlier) {
      const own = this.#byInvariant.get(invariant) ?? { checked: 0, broken: 0, examples: [] };
      this.#byInvariant.set(invariant, {
        checked: own.checked + checked,
        broken: own.broken + broken,
        examples: [...own.examples, ...examples].slice(0, MOST_EXAMPLES),
      });
    }
  }

  get all(): readonly Finding[] {
    return [...this.#byInvariant].map(([invariant, finding]) => ({ invariant, ...finding }));
  }

  /** Those that did not always hold. */
  get broken(): readonly Finding[] {
    return this.all.filter(({ broken }) => broken > 0);
  }
}

/** The findings as lines for a person. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  const width = Math.max(...findings.map(({ invariant }) => invariant.length));
  return findings.flatMap(({ invariant, checked, broken, examples }) => [
    `  ${broken === 0 ? 'holds ' : 'BROKEN'}  ${invariant.padEnd(width)}  ${String(checked).padStart(9)} checked${broken === 0 ? '' : `, ${broken} broken`}`,
    ...examples.map((example) => `            ${example}`),
  ]);
}
