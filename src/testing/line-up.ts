/** What a simulated model takes instead of answering itself: `route-llm` names the model that serves. */
export interface SimulatedRoutes {
  readonly easy: string;
  readonly medium: string;
  readonly hard: string;
  /** Serves every prompt above 5,000 tokens. */
  readonly long: string;
}

/** USD per 1M tokens. */
export interface SimulatedPrices {
  readonly input: number;
  readonly output: number;
  /** Input tokens read from the prompt cache. @default `input` */
  readonly cached?: number;
  /** Prices of the whole request once its prompt has more than this many tokens; `cached` scales along. */
  readonly above?: { readonly inputTokens: number; readonly input: number; readonly output: number };
}

/** A model the simulator pretends to serve. */
export interface SimulatedModel {
  readonly prices: SimulatedPrices;
  /** Tokens of prompt and answer together. @default 128_000 */
  readonly contextWindow?: number;
  /** Tokens. @default 16_384 */
  readonly maxOutput?: number;
  /** Whether it takes images. @default false */
  readonly vision?: boolean;
  /** Whether it takes tools. @default true */
  readonly tools?: boolean;
  /**
   * Behaves as o-series and GPT-5 and later do: refuses `max_tokens` and any `temperature` other than 1,
   * and spends reasoning tokens on what is not easy. @default false
   */
  readonly reasoning?: boolean;
  /** @default 500 */
  readonly firstTokenMs?: number;
  /** @default 80 */
  readonly tokensPerSecond?: number;
  /** Ability, as an Elo rating on the scale of public arenas. @default 1350 */
  readonly skill?: number;
  /** Ability at one kind of task, by the name of the task. @default `skill` */
  readonly skillByTask?: Readonly<Record<string, number>>;
  /** Bills nothing and keeps serving once the credits are gone. @default false */
  readonly free?: boolean;
  /** @default 'simulated' */
  readonly ownedBy?: string;
  /** @default its name */
  readonly displayName?: string;
  /** Present on models that pass the request on to another of the line-up. */
  readonly routes?: SimulatedRoutes;
}

/** Differences from a model's overall rating that are typical of its family. */
const CODER = { code_generation: 45, code_debug: 45, code_explanation: 30 } as const;
const PLAIN_WRITER = { creative_writing: -45, writing: -30 } as const;

const skills = (
  skill: number,
  ...differences: readonly Readonly<Record<string, number>>[]
): Pick<SimulatedModel, 'skill' | 'skillByTask'> => ({
  skill,
  skillByTask: Object.fromEntries(
    differences.flatMap(Object.entries).map(([task, difference]) => [task, skill + Number(difference)]),
  ),
});

const anthropic = { ownedBy: 'anthropic', vision: true, contextWindow: 1_000_000 } as const;
const openai = { ownedBy: 'openai', vision: true, contextWindow: 1_050_000, reasoning: true } as const;
const google = { ownedBy: 'google', vision: true, contextWindow: 1_048_576, maxOutput: 65_536 } as const;
const deepseek = { ownedBy: 'deepseek', contextWindow: 1_048_576, maxOutput: 65_536 } as const;

/**
 * The line-up of October 2026. Prices as published; speed and skill are plausible, not measured:
 * the simulator proves mechanics, never quality or money saved.
 */
export const builtInLineUp: Readonly<Record<string, SimulatedModel>> = {
  'route-llm': {
    prices: { input: 2, output: 10, cached: 0.2 },
    ownedBy: 'abacus.ai',
    displayName: 'RouteLLM',
    contextWindow: 200_000,
    maxOutput: 64_000,
    vision: true,
    routes: {
      easy: 'gpt-6-luna',
      medium: 'claude-haiku-4-5',
      hard: 'claude-sonnet-5-5',
      long: 'gemini-3.8-flash',
    },
  },
  'claude-fable-5-1': {
    ...anthropic,
    ...skills(1545, CODER),
    prices: { input: 10, output: 50, cached: 0.25 },
    maxOutput: 128_000,
    firstTokenMs: 1400,
    tokensPerSecond: 45,
  },
  'gpt-6-astra': {
    ...openai,
    ...skills(1540),
    prices: { input: 10, output: 50, cached: 1, above: { inputTokens: 272_000, input: 20, output: 75 } },
    maxOutput: 128_000,
    firstTokenMs: 1800,
    tokensPerSecond: 50,
  },
  'gpt-5.5': {
    ...openai,
    ...skills(1495),
    prices: { input: 5, output: 30, cached: 0.5, above: { inputTokens: 272_000, input: 10, output: 45 } },
    maxOutput: 128_000,
    firstTokenMs: 1300,
    tokensPerSecond: 60,
  },
  'claude-opus-5-5': {
    ...anthropic,
    ...skills(1520, CODER),
    prices: { input: 4, output: 20, cached: 0.2 },
    maxOutput: 128_000,
    firstTokenMs: 1200,
    tokensPerSecond: 55,
  },
  'gpt-6-sol': {
    ...openai,
    ...skills(1490),
    prices: { input: 2, output: 10, cached: 0.2, above: { inputTokens: 272_000, input: 4, output: 15 } },
    maxOutput: 128_000,
    firstTokenMs: 900,
    tokensPerSecond: 85,
  },
  'claude-sonnet-5-5': {
    ...anthropic,
    ...skills(1485, CODER),
    prices: { input: 2, output: 10, cached: 0.2 },
    maxOutput: 64_000,
    firstTokenMs: 900,
    tokensPerSecond: 75,
  },
  'gemini-3.1-pro-preview': {
    ...google,
    ...skills(1500, { creative_writing: 10 }),
    prices: { input: 2, output: 12, cached: 0.2, above: { inputTokens: 200_000, input: 4, output: 18 } },
    firstTokenMs: 1500,
    tokensPerSecond: 80,
  },
  'claude-haiku-4-5': {
    ...anthropic,
    ...skills(1402, CODER, PLAIN_WRITER),
    prices: { input: 1, output: 5, cached: 0.1 },
    contextWindow: 200_000,
    maxOutput: 64_000,
    firstTokenMs: 500,
    tokensPerSecond: 130,
  },
  'gemini-3.8-flash': {
    ...google,
    ...skills(1445),
    prices: { input: 0.75, output: 3.75, cached: 0.075 },
    firstTokenMs: 500,
    tokensPerSecond: 170,
  },
  'gpt-5.4-mini': {
    ...openai,
    ...skills(1400, PLAIN_WRITER),
    prices: { input: 0.75, output: 4.5, cached: 0.075 },
    contextWindow: 400_000,
    maxOutput: 128_000,
    firstTokenMs: 600,
    tokensPerSecond: 140,
  },
  'deepseek-v4-pro': {
    ...deepseek,
    ...skills(1450, { creative_writing: -25 }),
    prices: { input: 1.32, output: 3.96 },
    firstTokenMs: 1100,
    tokensPerSecond: 45,
  },
  'gpt-6-luna': {
    ...openai,
    ...skills(1390, PLAIN_WRITER),
    prices: { input: 0.1, output: 0.5, cached: 0.01 },
    maxOutput: 128_000,
    firstTokenMs: 400,
    tokensPerSecond: 190,
  },
  'deepseek-v4.1-flash': {
    ...deepseek,
    ...skills(1405, { creative_writing: -25 }),
    prices: { input: 0.22, output: 0.66, cached: 0.007 },
    firstTokenMs: 600,
    tokensPerSecond: 110,
  },
  'gemini-2.5-flash-lite': {
    ...google,
    ...skills(1375),
    prices: { input: 0.1, output: 0.4 },
    firstTokenMs: 300,
    tokensPerSecond: 250,
  },
  'openai/gpt-oss-120b': {
    ...skills(1353, { creative_writing: -70, math: 35 }),
    ownedBy: 'openai',
    prices: { input: 0.037, output: 0.17 },
    contextWindow: 131_072,
    maxOutput: 32_768,
    firstTokenMs: 350,
    tokensPerSecond: 260,
  },
};

/** A model with every default filled in. */
export type LineUpModel = Required<Omit<SimulatedModel, 'routes'>> &
  Pick<SimulatedModel, 'routes'> & { readonly name: string };

const DEFAULTS = {
  contextWindow: 128_000,
  maxOutput: 16_384,
  vision: false,
  tools: true,
  reasoning: false,
  firstTokenMs: 500,
  tokensPerSecond: 80,
  skill: 1350,
  skillByTask: {},
  free: false,
  ownedBy: 'simulated',
} as const;

/**
 * The models a simulator serves: the built-in ones and the given, or only the given.
 * @throws TypeError naming the model and the field that make no sense
 */
export function lineUpOf(
  given: Readonly<Record<string, SimulatedModel>> = {},
  only = false,
): ReadonlyMap<string, LineUpModel> {
  const all = Object.entries(only ? given : { ...builtInLineUp, ...given });
  const models = new Map<string, LineUpModel>();
  for (const [name, model] of all) {
    models.set(name, { ...DEFAULTS, displayName: name, ...model, name });
  }
  if (models.size === 0) throw new TypeError('models: with `only`, give at least one model.');
  for (const model of models.values()) checkModel(model, models);
  return models;
}

function checkModel(model: LineUpModel, models: ReadonlyMap<string, LineUpModel>): void {
  const numbers: Record<string, number> = {
    'prices.input': model.prices.input,
    'prices.output': model.prices.output,
    contextWindow: model.contextWindow,
    maxOutput: model.maxOutput,
    firstTokenMs: model.firstTokenMs,
    tokensPerSecond: model.tokensPerSecond,
    skill: model.skill,
  };
  for (const [field, value] of Object.entries(numbers)) {
    if (!(value >= 0) || (field === 'tokensPerSecond' && value === 0)) {
      throw new TypeError(
        `models.${model.name}.${field}: expected a number that is not negative, got ${value}.`,
      );
    }
  }
  for (const target of Object.values(model.routes ?? {}) as string[]) {
    if (models.get(target) === undefined || models.get(target)?.routes !== undefined) {
      throw new TypeError(
        `models.${model.name}.routes: expected models of the line-up that answer themselves, got ${target}.`,
      );
    }
  }
}

/** What a request costs in USD at the published prices; free models cost nothing. */
export function costOf(
  model: LineUpModel,
  tokens: { readonly input: number; readonly cached: number; readonly output: number },
): number {
  if (model.free) return 0;
  const { prices } = model;
  const tier = prices.above !== undefined && tokens.input > prices.above.inputTokens ? prices.above : prices;
  const cachedShare = prices.cached === undefined || prices.input === 0 ? 1 : prices.cached / prices.input;
  const inputUsd = (tokens.input - tokens.cached + tokens.cached * cachedShare) * tier.input;
  return (inputUsd + tokens.output * tier.output) / 1e6;
}
