import type { ChatParameters } from '../types.js';

/** Every parameter of the wire; the type check keeps it complete. */
const WIRE_PARAMETERS: Readonly<Record<keyof ChatParameters, true>> = {
  audio: true,
  frequency_penalty: true,
  function_call: true,
  functions: true,
  logit_bias: true,
  logprobs: true,
  max_completion_tokens: true,
  max_tokens: true,
  metadata: true,
  modalities: true,
  moderation: true,
  n: true,
  parallel_tool_calls: true,
  prediction: true,
  presence_penalty: true,
  prompt_cache_key: true,
  prompt_cache_options: true,
  prompt_cache_retention: true,
  reasoning_effort: true,
  response_format: true,
  safety_identifier: true,
  seed: true,
  service_tier: true,
  stop: true,
  store: true,
  stream_options: true,
  temperature: true,
  tool_choice: true,
  tools: true,
  top_logprobs: true,
  top_p: true,
  user: true,
  verbosity: true,
  web_search_options: true,
};

/** Whether OpenAI's API knows a parameter of this name. */
export function isWireParameter(name: string): boolean {
  return Object.hasOwn(WIRE_PARAMETERS, name);
}

/** Their names. */
export const wireParameters: readonly string[] = Object.keys(WIRE_PARAMETERS);
