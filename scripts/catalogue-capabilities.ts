import { ModelTier, TaskType } from '../src/types.js';
import type { ModelAbilities, ModelCapability, ModelPrices, ParameterPolicy } from '../src/types.js';

/** What the price list cannot say, written by hand. Raise `AS_OF` whenever prices are refreshed. */
export const AS_OF = '2026-11-01';

/** Arena ratings of December 2025. */
interface ArenaRatings {
  readonly overall: number;
  readonly coding: number;
  readonly math: number;
  readonly creative: number;
  readonly instructions: number;
  readonly hard: number;
  readonly multiTurn: number;
}

const ratings = (
  ...[overall, coding, math, creative, instructions, hard, multiTurn]: readonly [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
): ArenaRatings => ({ overall, coding, math, creative, instructions, hard, multiTurn });

export const ARENA = {
  'claude-opus-4-5': ratings(1468, 1516, 1481, 1457, 1477, 1495, 1478),
  'gemini-3-pro': ratings(1492, 1520, 1476, 1492, 1474, 1504, 1499),
  'gpt-5.1': ratings(1438, 1478, 1413, 1407, 1425, 1454, 1447),
  'gemini-2.5-pro': ratings(1451, 1470, 1453, 1452, 1444, 1463, 1454),
  'claude-sonnet-4-5': ratings(1445, 1504, 1432, 1437, 1451, 1472, 1475),
  'deepseek-v3.2': ratings(1416, 1454, 1432, 1390, 1406, 1436, 1427),
  'claude-haiku-4-5': ratings(1402, 1476, 1394, 1376, 1409, 1434, 1420),
  'gemini-2.5-flash-lite': ratings(1375, 1384, 1372, 1370, 1368, 1381, 1366),
  'gpt-oss-120b': ratings(1353, 1388, 1388, 1282, 1322, 1359, 1322),
  'gpt-5-nano-high': ratings(1339, 1381, 1354, 1254, 1322, 1353, 1329),
  'claude-3-opus': ratings(1324, 1351, 1313, 1286, 1306, 1326, 1320),
  'gpt-4-0613': ratings(1277, 1310, 1275, 1263, 1266, 1285, 1258),
  'gemma-2-9b': ratings(1266, 1269, 1217, 1256, 1237, 1254, 1248),
  'gemini-pro': ratings(1224, 1245, 1197, 1181, 1207, 1226, 1197),
  'llama-3.1-8b': ratings(1212, 1257, 1194, 1177, 1187, 1220, 1195),
} as const satisfies Record<string, ArenaRatings>;

/** The column that speaks for a task; a task without one goes by `overall`. */
export const ARENA_COLUMN: Readonly<Partial<Record<TaskType, keyof ArenaRatings>>> = {
  [TaskType.CODE_GENERATION]: 'coding',
  [TaskType.CODE_DEBUG]: 'coding',
  [TaskType.CODE_EXPLANATION]: 'coding',
  [TaskType.MATH]: 'math',
  [TaskType.REASONING]: 'hard',
  [TaskType.ANALYSIS]: 'hard',
  [TaskType.CREATIVE_WRITING]: 'creative',
  [TaskType.BRAINSTORMING]: 'creative',
  [TaskType.REWRITING]: 'instructions',
  [TaskType.SUMMARIZATION]: 'instructions',
  [TaskType.EXTRACTION]: 'instructions',
  [TaskType.CLASSIFICATION]: 'instructions',
  [TaskType.CONVERSATION]: 'multiTurn',
};

/** Where a model's prices come from. */
export interface PriceOrigin {
  /** Provider and model in the price list. */
  readonly list?: readonly [provider: string, model: string];
  /** The published figure where the list lacks the model or disagrees. It wins, and `note` says why. */
  readonly published?: ModelPrices;
  readonly note?: string;
}

export interface CapabilityEntry extends Omit<ModelCapability, 'prices' | 'quality'> {
  readonly tier: ModelTier;
  readonly origin: PriceOrigin;
  /** The rated model it is, or the family predecessor whose rating it inherits with a step in Elo. */
  readonly rated: { readonly as: keyof typeof ARENA; readonly step?: number };
}

const FULL: ModelAbilities = {
  tools: true,
  vision: true,
  audio: false,
  json: true,
  structuredOutput: true,
  reasoning: true,
};
const GEMINI: ModelAbilities = { ...FULL, audio: true };
const TEXT_ONLY: ModelAbilities = {
  tools: false,
  vision: false,
  audio: false,
  json: false,
  structuredOutput: false,
  reasoning: false,
};
const DEEPSEEK: ModelAbilities = { ...TEXT_ONLY, tools: true, json: true, reasoning: true };
const WITH_TOOLS: ModelAbilities = { ...TEXT_ONLY, tools: true };

/** GPT-5 and later want `max_completion_tokens` and no temperature of their own. */
const GPT_5: ParameterPolicy = { outputCap: 'max_completion_tokens', temperature: false };
/** "For Gemini 3, we strongly recommend keeping the temperature parameter at its default" (Google's prompting guide). */
const GEMINI_3: ParameterPolicy = { keepTemperature: true };

const speed = (
  typicalFirstTokenMs: number,
  typicalTokensPerSecond: number,
): Pick<ModelCapability, 'typicalFirstTokenMs' | 'typicalTokensPerSecond'> => ({
  typicalFirstTokenMs,
  typicalTokensPerSecond,
});

const PREMIUM: readonly CapabilityEntry[] = [
  {
    name: 'claude-fable-5-1',
    tier: ModelTier.PREMIUM,
    origin: { list: ['anthropic', 'claude-fable-5-1'] },
    rated: { as: 'claude-opus-4-5', step: 60 },
    abilities: FULL,
    maxOutput: 128_000,
    aliases: ['anthropic/claude-fable-5.1', 'claude-fable-5.1'],
    ...speed(1800, 45),
  },
  {
    name: 'gpt-6-astra',
    tier: ModelTier.PREMIUM,
    origin: { list: ['openai', 'gpt-6-astra'] },
    rated: { as: 'gpt-5.1', step: 75 },
    abilities: FULL,
    parameters: GPT_5,
    maxOutput: 128_000,
    aliases: ['openai/gpt-6-astra'],
    ...speed(2500, 45),
  },
  {
    name: 'gpt-5.5',
    tier: ModelTier.PREMIUM,
    origin: { list: ['openai', 'gpt-5.5'] },
    rated: { as: 'gpt-5.1', step: 40 },
    abilities: FULL,
    parameters: GPT_5,
    maxOutput: 128_000,
    aliases: ['openai/gpt-5.5', 'gpt-5-5'],
    ...speed(2000, 60),
  },
  {
    name: 'claude-opus-5-5',
    tier: ModelTier.PREMIUM,
    origin: { list: ['anthropic', 'claude-opus-5-5'] },
    rated: { as: 'claude-opus-4-5', step: 45 },
    abilities: FULL,
    maxOutput: 128_000,
    aliases: ['anthropic/claude-opus-5.5', 'claude-opus-5.5'],
    ...speed(1400, 60),
  },
];

const STRONG: readonly CapabilityEntry[] = [
  {
    name: 'gpt-6-sol',
    tier: ModelTier.STRONG,
    origin: { list: ['openai', 'gpt-6-sol'] },
    rated: { as: 'gpt-5.1', step: 50 },
    abilities: FULL,
    parameters: GPT_5,
    maxOutput: 128_000,
    aliases: ['openai/gpt-6-sol'],
    ...speed(1300, 80),
  },
  {
    name: 'claude-sonnet-5-5',
    tier: ModelTier.STRONG,
    origin: { list: ['anthropic', 'claude-sonnet-5-5'] },
    rated: { as: 'claude-sonnet-4-5', step: 40 },
    abilities: FULL,
    maxOutput: 64_000,
    aliases: ['anthropic/claude-sonnet-5.5', 'claude-sonnet-5.5'],
    ...speed(1000, 75),
  },
  {
    name: 'gemini-3.1-pro-preview',
    tier: ModelTier.STRONG,
    origin: { list: ['google', 'gemini-3.1-pro-preview'] },
    rated: { as: 'gemini-3-pro', step: 10 },
    abilities: GEMINI,
    parameters: GEMINI_3,
    contextWindow: 1_048_576,
    maxOutput: 65_536,
    aliases: ['google/gemini-3.1-pro-preview', 'gemini-3.1-pro'],
    ...speed(2500, 100),
  },
  {
    name: 'route-llm',
    tier: ModelTier.STRONG,
    origin: {
      published: { input: 2, output: 10, cached: 0.2 },
      note: 'nominal: the service bills the model it chose',
    },
    rated: { as: 'gpt-5.1' },
    abilities: { ...FULL, reasoning: false },
    routesItself: true,
    ...speed(1200, 80),
  },
];

const BALANCED: readonly CapabilityEntry[] = [
  {
    name: 'claude-haiku-4-5',
    tier: ModelTier.BALANCED,
    origin: { list: ['anthropic', 'claude-haiku-4-5'] },
    rated: { as: 'claude-haiku-4-5' },
    abilities: FULL,
    maxOutput: 64_000,
    aliases: ['claude-haiku-4-5-20251001', 'anthropic/claude-haiku-4.5', 'claude-haiku-4.5'],
    ...speed(600, 140),
  },
  {
    name: 'gemini-3.8-flash',
    tier: ModelTier.BALANCED,
    origin: { list: ['google', 'gemini-3.8-flash'] },
    rated: { as: 'gemini-2.5-pro', step: 10 },
    abilities: GEMINI,
    parameters: GEMINI_3,
    maxOutput: 65_536,
    aliases: ['google/gemini-3.8-flash'],
    ...speed(700, 180),
  },
  {
    name: 'gpt-5.4-mini',
    tier: ModelTier.BALANCED,
    origin: { list: ['openai', 'gpt-5.4-mini'] },
    rated: { as: 'gpt-5-nano-high', step: 60 },
    abilities: FULL,
    parameters: GPT_5,
    maxOutput: 128_000,
    aliases: ['openai/gpt-5.4-mini', 'gpt-5-4-mini'],
    ...speed(900, 120),
  },
  {
    name: 'deepseek-v4-pro',
    tier: ModelTier.BALANCED,
    origin: {
      list: ['deepseek', 'deepseek-v4-pro'],
      published: { input: 1.32, output: 3.96, cached: 0.044 },
      note: 'equal to the peak rate of the vendor',
    },
    rated: { as: 'deepseek-v3.2', step: 25 },
    abilities: DEEPSEEK,
    aliases: ['deepseek/deepseek-v4-pro', 'deepseek-ai/deepseek-v4-pro'],
    ...speed(1500, 40),
  },
];

const ECONOMY: readonly CapabilityEntry[] = [
  {
    name: 'gpt-6-luna',
    tier: ModelTier.ECONOMY,
    origin: { list: ['openai', 'gpt-6-luna'] },
    rated: { as: 'gpt-5-nano-high', step: 50 },
    abilities: FULL,
    parameters: GPT_5,
    maxOutput: 128_000,
    aliases: ['openai/gpt-6-luna'],
    ...speed(600, 180),
  },
  {
    name: 'deepseek-v4.1-flash',
    tier: ModelTier.ECONOMY,
    origin: { list: ['deepseek', 'deepseek-v4-flash'], note: 'priced as its predecessor in the list' },
    rated: { as: 'deepseek-v3.2' },
    abilities: DEEPSEEK,
    aliases: ['deepseek/deepseek-v4.1-flash', 'deepseek-ai/deepseek-v4.1-flash'],
    ...speed(900, 90),
  },
  {
    name: 'gemini-2.5-flash-lite',
    tier: ModelTier.ECONOMY,
    origin: { list: ['google', 'gemini-2.5-flash-lite'] },
    rated: { as: 'gemini-2.5-flash-lite' },
    abilities: GEMINI,
    maxOutput: 65_536,
    aliases: ['google/gemini-2.5-flash-lite'],
    ...speed(400, 250),
  },
  {
    name: 'openai/gpt-oss-120b',
    tier: ModelTier.ECONOMY,
    origin: { list: ['openrouter', 'openai/gpt-oss-120b'], published: { input: 0.037, output: 0.17 } },
    rated: { as: 'gpt-oss-120b' },
    abilities: { ...DEEPSEEK, structuredOutput: true },
    contextWindow: 131_072,
    aliases: ['gpt-oss-120b'],
    ...speed(500, 200),
  },
];

/** The ids of the integration guide, which the service no longer lists. */
const LEGACY: readonly CapabilityEntry[] = [
  {
    name: 'gpt-4',
    tier: ModelTier.PREMIUM,
    origin: { list: ['openai', 'gpt-4'] },
    rated: { as: 'gpt-4-0613' },
    abilities: WITH_TOOLS,
    aliases: ['gpt-4-0613', 'openai/gpt-4'],
    legacy: true,
    ...speed(900, 30),
  },
  {
    name: 'claude-3-opus',
    tier: ModelTier.PREMIUM,
    origin: { list: ['anthropic', 'claude-3-opus-latest'] },
    rated: { as: 'claude-3-opus' },
    abilities: { ...WITH_TOOLS, vision: true },
    maxOutput: 4096,
    aliases: ['claude-3-opus-20240229', 'claude-3-opus-latest', 'anthropic/claude-3-opus'],
    legacy: true,
    ...speed(1500, 28),
  },
  {
    name: 'gemini-pro',
    tier: ModelTier.BALANCED,
    origin: { list: ['google', 'gemini-pro'] },
    rated: { as: 'gemini-pro' },
    abilities: WITH_TOOLS,
    maxOutput: 2048,
    aliases: ['gemini-1.0-pro', 'google/gemini-pro'],
    legacy: true,
    ...speed(700, 80),
  },
  {
    name: 'llama-3.1-8b',
    tier: ModelTier.ECONOMY,
    origin: {
      list: ['openrouter', 'meta-llama/llama-3.1-8b-instruct'],
      published: { input: 0.02, output: 0.05 },
    },
    rated: { as: 'llama-3.1-8b' },
    abilities: { ...WITH_TOOLS, json: true },
    contextWindow: 131_072,
    aliases: ['llama-3.1-8b-instant', 'llama-3.1-8b-instruct', 'meta-llama/llama-3.1-8b-instruct'],
    legacy: true,
    ...speed(300, 180),
  },
  {
    name: 'gemma-2-9b',
    tier: ModelTier.ECONOMY,
    origin: { list: ['openrouter', 'google/gemma-2-9b-it'] },
    rated: { as: 'gemma-2-9b' },
    abilities: TEXT_ONLY,
    contextWindow: 8192,
    aliases: ['gemma2-9b-it', 'gemma-2-9b-it', 'google/gemma-2-9b-it'],
    legacy: true,
    ...speed(350, 120),
  },
];

export const CAPABILITIES: readonly CapabilityEntry[] = [
  ...PREMIUM,
  ...STRONG,
  ...BALANCED,
  ...ECONOMY,
  ...LEGACY,
];

/** USD per 1M tokens (input, output, cached) as published for October 2026: what the list is checked against. */
export const PUBLISHED: Readonly<Record<string, readonly [number, number, number?]>> = {
  'claude-fable-5-1': [10, 50, 0.25],
  'gpt-6-astra': [10, 50, 1],
  'gpt-5.5': [5, 30, 0.5],
  'claude-opus-5-5': [4, 20, 0.2],
  'gpt-6-sol': [2, 10, 0.2],
  'claude-sonnet-5-5': [2, 10, 0.2],
  'gemini-3.1-pro-preview': [2, 12, 0.2],
  'route-llm': [2, 10, 0.2],
  'claude-haiku-4-5': [1, 5, 0.1],
  'gemini-3.8-flash': [0.75, 3.75, 0.075],
  'gpt-5.4-mini': [0.75, 4.5, 0.075],
  'deepseek-v4-pro': [1.32, 3.96],
  'gpt-6-luna': [0.1, 0.5, 0.01],
  'deepseek-v4.1-flash': [0.22, 0.66, 0.007],
  'gemini-2.5-flash-lite': [0.1, 0.4],
  'openai/gpt-oss-120b': [0.037, 0.17],
  'gpt-4': [30, 60],
  'claude-3-opus': [15, 75],
  'gemini-pro': [0.125, 0.375],
  'llama-3.1-8b': [0.02, 0.05],
  'gemma-2-9b': [0.07, 0.07],
};
