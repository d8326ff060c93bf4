import { InvalidRequestError } from '../errors.js';
import { didYouMean } from '../nearest-name.js';
import type { CallOptions, ChatOptions } from '../options.js';
import type { ChatMessage, ChatParameters, ChatRequestBody } from '../types.js';

/** The arguments of a call, apart: what is ours, and what goes to the upstream. */
export interface CallRequest {
  readonly messages: readonly ChatMessage[];
  readonly options: CallOptions;
  readonly parameters: ChatParameters;
}

/** Every parameter of the wire; the type check keeps it complete. */
const WIRE_PARAMETERS: Readonly<Record<keyof Omit<ChatRequestBody, 'messages' | 'model' | 'stream'>, true>> =
  {
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

type Check = (value: unknown, field: string) => void;

function expected(field: string, what: string): InvalidRequestError {
  return new InvalidRequestError(field, `${field} must be ${what}.`);
}

const isText: Check = (value, field) => {
  if (typeof value !== 'string' || value === '') throw expected(field, 'a non-empty string');
};
const isTextList: Check = (value, field) => {
  if (!Array.isArray(value)) throw expected(field, 'an array of non-empty strings');
  value.forEach((item, index) => isText(item, `${field}[${index}]`));
};
const isObject: Check = (value, field) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw expected(field, 'an object');
};
const isPositive: Check = (value, field) => {
  if (typeof value !== 'number' || !(value > 0)) throw expected(field, 'a number above 0');
};
const isWeight: Check = (value, field) => {
  if (typeof value !== 'number' || !(value >= 0) || value === Infinity) {
    throw expected(field, 'a finite number, 0 or more');
  }
};
const isPriority: Check = (value, field) => {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > 9) {
    throw expected(field, 'a whole number from 0 (first) to 9 (last)');
  }
};
const isSignal: Check = (value, field) => {
  if (!(value instanceof AbortSignal)) throw expected(field, 'an AbortSignal');
};

function fields(checks: Readonly<Record<string, Check>>): Check {
  return (value, field) => {
    isObject(value, field);
    for (const [key, item] of Object.entries(value as object)) {
      const check = checks[key];
      if (check === undefined || !Object.hasOwn(checks, key)) {
        const known = Object.keys(checks);
        throw new InvalidRequestError(
          `${field}.${key}`,
          `${field}.${key} is not known.${didYouMean(key, known)} Known here: ${known.join(', ')}.`,
        );
      }
      if (item !== undefined) check(item, `${field}.${key}`);
    }
  };
}

const OWN_OPTIONS: Readonly<Record<keyof CallOptions, Check>> = {
  model: isText,
  fallbacks: isTextList,
  preferences: fields({ cost: isWeight, quality: isWeight, speed: isWeight }),
  constraints: fields({
    maxCostPerToken: isPositive,
    maxCostUsd: isPositive,
    maxTimeMs: isPositive,
    minContextWindow: isPositive,
    models: isTextList,
  }),
  session: isText,
  priority: isPriority,
  tags: isTextList,
  signal: isSignal,
  timeoutMs: isPositive,
  extraBody: isObject,
};

/**
 * Checks the arguments of a call and takes them apart.
 * @throws {InvalidRequestError} naming the field and what was expected.
 */
export function readRequest(messages: readonly ChatMessage[], options: ChatOptions): CallRequest {
  checkMessages(messages);
  isObject(options, 'options');
  const own: Record<string, unknown> = {};
  const parameters: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (Object.hasOwn(OWN_OPTIONS, key)) {
      OWN_OPTIONS[key as keyof CallOptions](value, key);
      own[key] = value;
    } else if (isWireParameter(key)) {
      checkNumber(value, key);
      parameters[key] = value;
    } else {
      throw unknownOption(key);
    }
  }
  return { messages, options: own as CallOptions, parameters: parameters as ChatParameters };
}

function unknownOption(key: string): InvalidRequestError {
  const advice =
    key === 'stream'
      ? ' Use streamCompletion().'
      : didYouMean(key, [...Object.keys(OWN_OPTIONS), ...Object.keys(WIRE_PARAMETERS)]);
  return new InvalidRequestError(
    key,
    `${key} is not an option of a call.${advice} Parameters that only your upstream knows go into extraBody.`,
  );
}

const CAPS = new Set(['max_tokens', 'max_completion_tokens', 'n']);

/** Numbers that JSON cannot carry, and caps that make no sense, never reach the wire. */
function checkNumber(value: unknown, field: string): void {
  if (value === null) return;
  if (typeof value === 'number' && !Number.isFinite(value)) throw expected(field, 'a finite number');
  if (CAPS.has(field) && (!Number.isInteger(value) || (value as number) < 1)) {
    throw expected(field, 'a whole number, 1 or more');
  }
}

const ROLES = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);

function checkMessages(messages: unknown): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw expected('messages', 'a non-empty array, as [{ role: "user", content: "…" }]');
  }
  for (let index = 0; index < messages.length; index++) {
    const message: unknown = messages[index];
    const field = `messages[${index}]`;
    isObject(message, field);
    const { role, content } = message as { readonly role?: unknown; readonly content?: unknown };
    if (typeof role !== 'string' || !ROLES.has(role)) {
      throw expected(`${field}.role`, `one of ${[...ROLES].join(', ')}`);
    }
    if (typeof content !== 'string' && !Array.isArray(content) && !mayLackContent(role, content)) {
      throw expected(`${field}.content`, 'a string or an array of content parts');
    }
  }
}

function mayLackContent(role: string, content: unknown): boolean {
  return (content === null || content === undefined) && (role === 'assistant' || role === 'function');
}
