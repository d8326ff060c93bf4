import type { Charge, UsageMismatch } from '../types.js';
import { reportedCount } from './reported-number.js';
import { chargeOf, normalizeUsage, type ReportedUsage, usageOfChunk } from './usage.js';

const COUNTS = ['prompt_tokens', 'input_tokens', 'completion_tokens', 'output_tokens'] as const;
const RUNNING = ['inputTokens', 'outputTokens'] as const;

/**
 * What the chunks of a stream say of its usage. The last that says something counts, wherever it stands: services
 * that report more than once report running totals, of which the last is what they bill. An empty usage after it
 * takes nothing back, and one that says only a part (Anthropic's input at the start, output at the end)
 * completes what was said before.
 */
export class StreamUsage {
  #raw: object | null = null;
  #reported: ReportedUsage | null = null;
  #charged: Charge | null = null;
  /** The most that was ever reported: a running total that falls is worth telling. */
  #most = { inputTokens: 0, outputTokens: 0 };

  add(chunk: unknown): void {
    const usage = usageOfChunk(chunk);
    if (typeof usage !== 'object' || usage === null) return;
    this.#charged = chargeOf(usage) ?? this.#charged;
    const reported = normalizeUsage(usage);
    if (reported === null) this.#complete(usage);
    // Chunks are the reader's: a copy.
    else this.#take(structuredClone(usage), reported);
  }

  /** The usage as the upstream sent it; `null` where no chunk had a whole one. */
  get raw(): object | null {
    return this.#reported === null ? null : this.#raw;
  }

  /** `null` where no chunk said both how much went in and how much came out. */
  get reported(): ReportedUsage | null {
    if (this.#reported === null) return null;
    const { usage, mismatches } = this.#reported;
    const decreased = RUNNING.flatMap((field): UsageMismatch[] =>
      this.#most[field] > usage[field]
        ? [{ field, problem: 'decreased', reported: this.#most[field], counted: usage[field] }]
        : [],
    );
    return { usage, charged: this.#charged, mismatches: [...mismatches, ...decreased] };
  }

  /** What was charged as far as any chunk said so. */
  get charged(): Charge | null {
    return this.#charged;
  }

  #complete(partial: object): void {
    // Null says nothing of what was said before.
    const fields = Object.fromEntries(Object.entries(partial).filter(([, value]) => value !== null));
    if (!COUNTS.some((name) => reportedCount(fields[name]) !== null)) return;
    const whole: Record<string, unknown> = { ...this.#raw, ...structuredClone(fields) };
    // The sum of what was said before.
    if (fields['total_tokens'] === undefined) delete whole['total_tokens'];
    const reported = normalizeUsage(whole);
    if (reported !== null) this.#take(whole, reported);
    else if (this.#reported === null) this.#raw = whole;
  }

  #take(raw: object, reported: ReportedUsage): void {
    this.#raw = raw;
    this.#reported = reported;
    const { inputTokens, outputTokens } = reported.usage;
    this.#most = {
      inputTokens: Math.max(this.#most.inputTokens, inputTokens),
      outputTokens: Math.max(this.#most.outputTokens, outputTokens),
    };
  }
}
