/**
 * Usage as services report it, documented or seen, and what it comes to. Each with its source: a section of the service's
 * documentation, or the public report of somebody who measured it. Figures are small ones of our own.
 */
import type { Charge, ModelPrices, TokenUsage, UsageMismatch } from 'routell';

/** USD per 1M tokens, so that a token costs as many millionths of a USD; no two alike. */
export const CORPUS_PRICES: ModelPrices = {
  input: 10,
  output: 20,
  cached: 1,
  cacheWrite: 12.5,
  audioInput: 40,
  audioOutput: 80,
};

export interface UsageSample {
  readonly name: string;
  readonly source: string;
  /** What an answer that is not streamed says beside its choices. */
  readonly whole: object | null;
  /** What the chunks after the text say, in order; `choices` is that of a last content chunk where it is left out. */
  readonly chunks: readonly object[];
  readonly usage: Partial<TokenUsage>;
  readonly millionthsUsd: number;
  readonly charged: Charge | null;
  readonly mismatches: readonly UsageMismatch[];
}

type Given = Pick<UsageSample, 'name' | 'source' | 'usage' | 'millionthsUsd'> &
  Partial<Pick<UsageSample, 'charged' | 'mismatches'>>;

const LAST = { choices: [] };

/** The same usage whole, and in the last chunk, which has no choices. */
const alike = (usage: object, given: Given): UsageSample => ({
  charged: null,
  mismatches: [],
  ...given,
  whole: { usage },
  chunks: [{ ...LAST, usage }],
});

const streamed = (chunks: readonly object[], given: Given): UsageSample => ({
  charged: null,
  mismatches: [],
  ...given,
  whole: null,
  chunks,
});

const plain = { prompt_tokens: 100, completion_tokens: 40, total_tokens: 140 };
const PLAIN = { inputTokens: 100, outputTokens: 40, totalTokens: 140, estimated: false };
const PLAIN_USD = 1800;

export const USAGE_CORPUS: readonly UsageSample[] = [
  alike(
    {
      ...plain,
      prompt_tokens_details: { cached_tokens: 60, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: 30,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 5,
      },
    },
    {
      name: 'OpenAI: details are parts of their totals',
      source: 'OpenAI API reference, chat completion object, usage',
      usage: { ...PLAIN, cachedInputTokens: 60, reasoningTokens: 30 },
      millionthsUsd: 40 * 10 + 60 * 1 + 40 * 20,
    },
  ),
  alike(
    {
      ...plain,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 50 },
      completion_tokens_details: { audio_tokens: 25 },
    },
    {
      name: 'OpenAI: sound',
      source: 'OpenAI API reference, chat completion object, usage of audio',
      usage: { ...PLAIN, audioInputTokens: 50, audioOutputTokens: 25 },
      millionthsUsd: 50 * 10 + 50 * 40 + 15 * 20 + 25 * 80,
    },
  ),
  alike(
    { input_tokens: 10, output_tokens: 40, cache_read_input_tokens: 70, cache_creation_input_tokens: 20 },
    {
      name: 'Anthropic: input_tokens leaves the cached ones out',
      source: 'Anthropic documentation, prompt caching, tracking cache performance',
      usage: { ...PLAIN, cachedInputTokens: 70, cacheWriteTokens: 20 },
      millionthsUsd: 10 * 10 + 70 * 1 + 20 * 12.5 + 40 * 20,
    },
  ),
  alike(
    {
      ...plain,
      prompt_tokens_details: { cached_tokens: 70 },
      cache_read_input_tokens: 70,
      cache_creation_input_tokens: 20,
    },
    {
      name: 'Anthropic behind LiteLLM: prompt_tokens holds the cached ones',
      source: 'LiteLLM documentation, prompt caching, usage',
      usage: { ...PLAIN, cachedInputTokens: 70, cacheWriteTokens: 20 },
      millionthsUsd: 10 * 10 + 70 * 1 + 20 * 12.5 + 40 * 20,
    },
  ),
  alike(
    { input_tokens: 100, output_tokens: 40, total_tokens: 140, input_tokens_details: { cached_tokens: 60 } },
    {
      name: 'OpenAI’s Responses names: input_tokens holds the cached ones',
      source: 'OpenAI API reference, response object, usage',
      usage: { ...PLAIN, cachedInputTokens: 60 },
      millionthsUsd: 40 * 10 + 60 * 1 + 40 * 20,
    },
  ),
  streamed(
    [
      { usage: { input_tokens: 10, cache_read_input_tokens: 90, output_tokens: 1 } },
      { ...LAST, usage: { output_tokens: 40 } },
    ],
    {
      name: 'Anthropic, streamed: input at the start, output at the end',
      source: 'Anthropic documentation, streaming, message_start and message_delta',
      usage: { ...PLAIN, cachedInputTokens: 90 },
      millionthsUsd: 10 * 10 + 90 * 1 + 40 * 20,
    },
  ),
  streamed(
    [{ choices: [], x_groq: { id: 'req_1', usage: { ...plain, queue_time: 0.1, total_time: 0.2 } } }],
    {
      name: 'Groq, streamed: in x_groq',
      source: 'Groq API reference, streaming chunk, x_groq',
      usage: PLAIN,
      millionthsUsd: PLAIN_USD,
    },
  ),
  alike(
    {
      prompt_tokens: 100,
      completion_tokens: 10,
      total_tokens: 140,
      prompt_tokens_details: { text_tokens: 100, audio_tokens: 0, image_tokens: 0, cached_tokens: 60 },
      completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 0 },
    },
    {
      name: 'xAI: completion_tokens leaves the reasoning out, the total does not',
      source: 'xAI documentation, consumption and rate limits; vercel/ai#12425',
      usage: { ...PLAIN, cachedInputTokens: 60, reasoningTokens: 30 },
      millionthsUsd: 40 * 10 + 60 * 1 + 40 * 20,
    },
  ),
  streamed([{ usage: plain }, { ...LAST }, { ...LAST, usage: {} }, { ...LAST, usage: null }], {
    name: 'xAI and gateways, streamed: on a chunk that is not the last, then empty ones',
    source: 'public reports of gateways; upstream facts, deviations',
    usage: PLAIN,
    millionthsUsd: PLAIN_USD,
  }),
  alike(
    {
      prompt_tokens: 100,
      completion_tokens: 0,
      total_tokens: 140,
      completion_tokens_details: { reasoning_tokens: 40 },
    },
    {
      name: 'Gemini: an answer of thoughts only',
      source: 'router-for-me/CLIProxyAPI#5733',
      usage: { ...PLAIN, reasoningTokens: 40 },
      millionthsUsd: PLAIN_USD,
    },
  ),
  alike(
    { prompt_tokens: 100, completion_tokens: 10, total_tokens: 140 },
    {
      name: 'Gemini: thoughts stand in the total alone',
      source: 'mozilla-ai/any-llm#1290',
      usage: PLAIN,
      millionthsUsd: PLAIN_USD,
      mismatches: [{ field: 'outputTokens', problem: 'sum', reported: 10, counted: 40 }],
    },
  ),
  alike(
    {
      ...plain,
      prompt_cache_hit_tokens: 64,
      prompt_cache_miss_tokens: 36,
      completion_tokens_details: { reasoning_tokens: 12 },
    },
    {
      name: 'DeepSeek: hits and misses',
      source: 'DeepSeek API reference, chat completion, usage',
      usage: { ...PLAIN, cachedInputTokens: 64, reasoningTokens: 12 },
      millionthsUsd: 36 * 10 + 64 * 1 + 40 * 20,
    },
  ),
  streamed([{ usage: plain, choices: [{ index: 0, delta: { content: '' }, finish_reason: 'stop' }] }], {
    name: 'Mistral, streamed: in the last content chunk',
    source: 'Mistral API reference, streaming',
    usage: PLAIN,
    millionthsUsd: PLAIN_USD,
  }),
  alike(
    {
      ...plain,
      cost: 0.002,
      is_byok: false,
      cost_details: { upstream_inference_cost: null },
      prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 50, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 4 },
    },
    {
      name: 'OpenRouter: cost in USD, cache writes among the details',
      source: 'OpenRouter documentation, usage accounting',
      usage: { ...PLAIN, cachedInputTokens: 30, cacheWriteTokens: 50, reasoningTokens: 4 },
      millionthsUsd: 20 * 10 + 30 * 1 + 50 * 12.5 + 40 * 20,
      charged: { amount: 0.002, unit: 'usd' },
    },
  ),
  alike(
    { ...plain, reasoning_tokens: 7, compute_points_used: 250 },
    {
      name: 'Abacus: compute points, and reasoning beside the totals',
      source: 'upstream facts, RouteLLM API',
      usage: { ...PLAIN, reasoningTokens: 7 },
      millionthsUsd: PLAIN_USD,
      charged: { amount: 2.5, unit: 'credits' },
    },
  ),
  alike(
    { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    {
      name: 'an explicit 0',
      source: 'faults, F28',
      usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0, estimated: false },
      millionthsUsd: 0,
    },
  ),
  streamed(
    [
      { ...LAST, usage: plain },
      { ...LAST, usage: plain },
    ],
    {
      name: 'twice',
      source: 'faults, F28',
      usage: PLAIN,
      millionthsUsd: PLAIN_USD,
    },
  ),
  streamed(
    [
      { usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 } },
      { usage: plain },
      { ...LAST, usage: plain },
    ],
    {
      name: 'a running total on every chunk',
      source: 'faults, F28; xAI streams',
      usage: PLAIN,
      millionthsUsd: PLAIN_USD,
    },
  ),
  streamed(
    [{ usage: { prompt_tokens: 100, completion_tokens: 90, total_tokens: 190 } }, { ...LAST, usage: plain }],
    {
      name: 'decreasing: the last counts, and the fall is told',
      source: 'faults, F28',
      usage: PLAIN,
      millionthsUsd: PLAIN_USD,
      mismatches: [{ field: 'outputTokens', problem: 'decreased', reported: 90, counted: 40 }],
    },
  ),
  streamed([{ usage: { ...plain, cost: 0.0018 } }, { ...LAST, usage: plain }], {
    name: 'the charge on an earlier chunk than the last usage',
    source: 'faults, F28',
    usage: PLAIN,
    millionthsUsd: PLAIN_USD,
    charged: { amount: 0.0018, unit: 'usd' },
  }),
  alike(
    { ...plain, prompt_tokens_details: { cached_tokens: 0 }, cache_read_input_tokens: 60 },
    {
      name: 'a gateway that fills in a 0 for the name it does not know',
      source: 'BerriAI/litellm#11789',
      usage: { ...PLAIN, cachedInputTokens: 60 },
      millionthsUsd: 40 * 10 + 60 * 1 + 40 * 20,
    },
  ),
  alike(
    { ...plain, total_tokens: 200, prompt_tokens_details: { cached_tokens: 60 } },
    {
      name: 'a gateway that leaves the cached tokens out of prompt_tokens',
      source: 'contradiction by construction; compare BerriAI/litellm#11789',
      usage: { inputTokens: 160, outputTokens: 40, totalTokens: 200, cachedInputTokens: 60 },
      millionthsUsd: 100 * 10 + 60 * 1 + 40 * 20,
    },
  ),
  alike(
    {
      prompt_tokens: 100,
      completion_tokens: 40,
      total_tokens: 120,
      prompt_tokens_details: { cached_tokens: 130, audio_tokens: 'many' },
      completion_tokens_details: { reasoning_tokens: 50, audio_tokens: -1 },
    },
    {
      name: 'details above their totals, a total below its parts, figures that are none',
      source: 'contradiction by construction',
      usage: { ...PLAIN, cachedInputTokens: 100, reasoningTokens: 40 },
      millionthsUsd: 100 * 1 + 40 * 20,
      mismatches: [
        { field: 'totalTokens', problem: 'sum', reported: 120, counted: 140 },
        { field: 'cachedInputTokens', problem: 'above-total', reported: 130, counted: 100 },
        { field: 'audioInputTokens', problem: 'unreadable', reported: null, counted: 0 },
        { field: 'reasoningTokens', problem: 'above-total', reported: 50, counted: 40 },
        { field: 'audioOutputTokens', problem: 'unreadable', reported: null, counted: 0 },
      ],
    },
  ),
  alike(
    { ...plain, prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 30 },
    {
      name: 'hits and misses that are not all of the input',
      source: 'contradiction by construction',
      usage: { ...PLAIN, cachedInputTokens: 64 },
      millionthsUsd: 36 * 10 + 64 * 1 + 40 * 20,
      mismatches: [{ field: 'inputTokens', problem: 'sum', reported: 94, counted: 100 }],
    },
  ),
];

/** What stands for no usage at all: it is estimated, and says so. */
export const NO_USAGE: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['an empty object', {}],
  ['a text', 'unknown'],
  ['a list', [1, 2]],
  ['one side only', { prompt_tokens: 5 }],
  ['a total only', { total_tokens: 5 }],
  ['texts', { prompt_tokens: '5', completion_tokens: '6' }],
  ['a negative count', { prompt_tokens: -5, completion_tokens: 6 }],
  ['a fraction', { prompt_tokens: 5.5, completion_tokens: 6 }],
  ['a huge count', { prompt_tokens: 5, completion_tokens: 1e15 }],
];
