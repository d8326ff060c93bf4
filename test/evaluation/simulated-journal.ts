/** A made-up journal of which everything is known: what each model is worth, and how the choices were made. */
import { type DecisionCandidate, type JournalRecord, type Preferences, utilityOf } from 'routell';
import { seededRandom } from '../../src/testing/random.js';

export interface SimulatedJournalOptions {
  readonly calls: number;
  /** Share of the choices that are drawn among all three models alike. @default 0.3 */
  readonly exploration?: number;
  /** Share of the calls that somebody rated. @default 0.6 */
  readonly rated?: number;
  /** @default 1 */
  readonly seed?: number;
}

export interface SimulatedJournal {
  readonly records: readonly JournalRecord[];
  /** One record a line. */
  readonly text: string;
  /** The mean quality and cost that a policy of these weights has on these very calls, before luck. */
  truth(weights: Required<Preferences>): { readonly quality: number; readonly costUsd: number };
}

export const LOGGED_WEIGHTS: Required<Preferences> = { cost: 0.6, quality: 0.3, speed: 0.1 };

interface Candidate extends DecisionCandidate {
  /** In truth; the model that predicts `pGood` thinks too well of small models. */
  readonly quality: number;
}

const MODELS = [
  { model: 'small', ability: 0.55, error: -0.1, costUsd: 0.0005, latencyMs: 1000 },
  { model: 'medium', ability: 0.75, error: -0.05, costUsd: 0.004, latencyMs: 3000 },
  { model: 'large', ability: 0.95, error: 0.02, costUsd: 0.02, latencyMs: 6000 },
] as const;

function candidatesOf(difficulty: number, size: number): readonly Candidate[] {
  return MODELS.map(({ model, ability, error, costUsd, latencyMs }) => {
    const pGood = 1 / (1 + Math.exp(-6 * (ability - difficulty)));
    const figures = { pGood, costUsd: costUsd * size, latencyMs };
    const quality = Math.min(1, Math.max(0, pGood + error));
    return { model, score: utilityOf(figures, LOGGED_WEIGHTS), ...figures, quality };
  }).sort((a, b) => b.score - a.score);
}

function best(candidates: readonly Candidate[], weights: Required<Preferences>): Candidate {
  const utility = ({ pGood, costUsd, latencyMs }: Candidate): number =>
    utilityOf({ pGood, costUsd: costUsd ?? 0, latencyMs }, weights);
  return [...candidates].sort((a, b) => utility(b) - utility(a))[0]!;
}

/** Without the truth. */
function recorded({ model, score, pGood, costUsd, latencyMs }: Candidate): DecisionCandidate {
  return { model, score, pGood, costUsd, latencyMs };
}

export function simulatedJournal(options: SimulatedJournalOptions): SimulatedJournal {
  const { calls, exploration = 0.3, rated = 0.6, seed = 1 } = options;
  const random = seededRandom(seed);
  const records: JournalRecord[] = [];
  const asked: (readonly Candidate[])[] = [];
  for (let index = 0; index < calls; index++) {
    const difficulty = random();
    const candidates = candidatesOf(difficulty, 0.5 + random());
    asked.push(candidates);
    const preferred = candidates[0]!;
    const drawn = candidates[Math.floor(random() * candidates.length)]!;
    const chosen = random() < exploration ? drawn : preferred;
    const propensities = Object.fromEntries(
      candidates
        .map(({ model }) => [
          model,
          exploration / candidates.length + (model === preferred.model ? 1 - exploration : 0),
        ])
        .filter(([, propensity]) => propensity !== 0),
    ) as Record<string, number>;
    const call = { callId: `call_${index}`, at: Date.UTC(2026, 9, 15) + index * 1000 };
    records.push(attemptOf(call, chosen, 0.8 + 0.4 * random()));
    records.push({
      kind: 'decision',
      record: {
        ...call,
        policyVersion: 'simulated-1',
        taskType: 'analysis',
        taskConfidence: 1,
        distribution: { analysis: 1 },
        difficulty,
        difficultyUncertainty: 0,
        features: {},
        preferences: LOGGED_WEIGHTS,
        candidates: candidates.map(recorded),
        propensities,
        chosenModel: chosen.model,
        servedModel: chosen.model,
        session: 'simulated',
        tags: [],
      },
    });
    const quality = random() < chosen.quality ? 1 : 0;
    if (random() < rated) records.push({ kind: 'outcome', record: { ...call, quality, source: 'feedback' } });
  }
  return {
    records,
    text: records.map((record) => `${JSON.stringify(record)}\n`).join(''),
    truth: (weights) => {
      const chosen = asked.map((candidates) => best(candidates, weights));
      const mean = (of: (candidate: Candidate) => number): number =>
        chosen.reduce((sum, candidate) => sum + of(candidate), 0) / chosen.length;
      return { quality: mean(({ quality }) => quality), costUsd: mean(({ costUsd }) => costUsd ?? 0) };
    },
  };
}

function attemptOf(
  call: { readonly callId: string; readonly at: number },
  { model, costUsd, latencyMs }: Candidate,
  luck: number,
): JournalRecord {
  return {
    kind: 'attempt',
    record: {
      ...call,
      attemptId: `${call.callId}.1`,
      model,
      provider: 'simulated',
      group: 'simulated',
      outcome: 'success',
      billed: 'yes',
      usage: null,
      costUsd: (costUsd ?? 0) * luck,
      charged: null,
      reservedUsd: null,
      latencyMs,
      firstTokenMs: null,
    },
  };
}
