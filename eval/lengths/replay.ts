import type { TaskType } from '../../src/types.js';
import { estimateCost } from '../../src/call/optimizer/estimate-cost.js';
import { generousCap, type OutputAsk, priorTokensOf } from '../../src/call/optimizer/output-cap.js';
import { AnswerHistory } from '../../src/credits/answer-history.js';
import { typicalOutputTokens } from '../../src/router/expected-output.js';

/** Answers of one model to one kind of task, in order. */
export interface LengthStream {
  readonly name: string;
  readonly taskType: TaskType;
  readonly answers: readonly { readonly inputTokens: number; readonly outputTokens: number }[];
}

/** What became of a stream under caps. */
interface LengthReplay {
  readonly answers: number;
  /** Answers that a cap cut, each of which would have ended by itself. */
  readonly cut: number;
  /** USD that a hard budget holds, summed over the calls; with caps, and without. */
  readonly heldUsd: number;
  readonly uncappedUsd: number;
  /** USD of what was cut away: nothing else is saved. */
  readonly savedUsd: number;
  /** Costs with an interval of stated coverage, and how many lay within. */
  readonly judged: number;
  readonly covered: number;
}

/** USD per 1M tokens: a middling model. */
const PRICES = { input: 3, output: 15 };
const MODEL = { name: 'm', prices: PRICES, maxOutput: 64_000, abilities: { reasoning: false } } as const;

/** Replays a stream: each answer is capped and estimated by what was seen before it, then seen. */
export function replayLengths(stream: LengthStream, caps: 'prior' | 'history'): LengthReplay {
  const history = new AnswerHistory();
  const of = { model: MODEL.name, effort: null, taskType: stream.taskType };
  const sums = { cut: 0, heldUsd: 0, uncappedUsd: 0, savedUsd: 0, judged: 0, covered: 0 };
  const costOf = (input: number, output: number): number =>
    (input * PRICES.input + output * PRICES.output) / 1e6;
  for (const { inputTokens, outputTokens } of stream.answers) {
    const ask = askOf(stream.taskType, inputTokens, caps === 'prior' ? null : history.lengths(of));
    const cap = Math.min(MODEL.maxOutput, generousCap(ask).tokens);
    const whole = Math.min(outputTokens, MODEL.maxOutput);
    const isCut = whole > cap;
    const averageTokens = history.expectedTokens(of, priorTokensOf(ask));
    const { lowUsd, highUsd, coverage } = estimateCost(ask, MODEL, { averageTokens, at: 0 });
    const costUsd = costOf(inputTokens, Math.min(whole, cap));
    if (coverage !== null && lowUsd !== null && highUsd !== null) {
      sums.judged++;
      if (costUsd >= lowUsd && costUsd <= highUsd) sums.covered++;
    }
    if (isCut) sums.cut++;
    sums.heldUsd += costOf(inputTokens, cap);
    sums.uncappedUsd += costOf(inputTokens, MODEL.maxOutput);
    sums.savedUsd += costOf(0, whole - Math.min(whole, cap));
    history.recordEvidence({
      ...of,
      outputTokens: Math.min(whole, cap),
      reasoningTokens: 0,
      priorTokens: priorTokensOf(ask),
      isCut: isCut || outputTokens > MODEL.maxOutput,
      isOurCap: cap < MODEL.maxOutput,
      latencyMs: 0,
    });
  }
  return { answers: stream.answers.length, ...sums };
}

function askOf(taskType: TaskType, inputTokens: number, seen: OutputAsk['seen']): OutputAsk {
  const tokens = typicalOutputTokens[taskType];
  const forecast = {
    taskType,
    confidence: 1,
    distribution: { [taskType]: 1 },
    tasks: [[taskType, 1]] as const,
    expectedTokens: tokens,
    longestTokens: tokens,
    statedTokens: 0,
  };
  return {
    parameters: {},
    forecast,
    seen,
    inputTokens,
    model: MODEL,
    isKnown: true,
    mayReason: false,
    // As cheap as caps get.
    costShare: 1,
    tokensPerMinute: null,
  };
}
