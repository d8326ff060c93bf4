import { InvalidRequestError } from '../errors.js';
import { didYouMean } from '../nearest-name.js';
import type { AnyChatOptions, CallOptions } from '../chat-options.js';
import type { ChatMessage, ChatParameters, ResponseSchema } from '../types.js';
import { responseFormatOf } from './response-format.js';
import { isWireParameter, wireParameters } from './wire-parameters.js';

/** The arguments of a call, apart: what is ours, and what goes to the upstream. */
export interface CallRequest {
  readonly messages: readonly ChatMessage[];
  readonly options: CallOptions<ResponseSchema | undefined>;
  readonly parameters: ChatParameters;
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
const isModelList: Check = (value, field) => {
  isTextList(value, field);
  const auto = (value as readonly string[]).indexOf('auto');
  if (auto >= 0) throw expected(`${field}[${auto}]`, "the name of a model; 'auto' is none");
};
const isObject: Check = (value, field) => {
  if (!isPlainObject(value)) throw expected(field, 'an object');
};
function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
const isBoolean: Check = (value, field) => {
  if (typeof value !== 'boolean') throw expected(field, 'true or false');
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
/** By its shape: another realm, or a polyfill, has a class of its own. */
const isSignal: Check = (value, field) => {
  const { aborted, addEventListener, removeEventListener } = Object(value) as Partial<AbortSignal>;
  const listens = typeof addEventListener === 'function' && typeof removeEventListener === 'function';
  if (typeof aborted !== 'boolean' || !listens) {
    throw expected(field, 'an AbortSignal');
  }
};
/** By its shape, as the standard has it: some libraries make objects, some functions. */
const isSchema: Check = (value, field) => {
  const { '~standard': standard } = Object(value) as Partial<ResponseSchema>;
  if (typeof standard?.validate !== 'function') {
    throw expected(field, "a Standard Schema, an object with '~standard' as zod, valibot and arktype make");
  }
};
/** What OpenAI knows has a name of its own among the options: in here it would pass by limits and budgets. */
const isExtraBody: Check = (value, field) => {
  isObject(value, field);
  if (!isJson(value)) throw expected(field, 'plain JSON');
  for (const key of Object.keys(value as object)) {
    if (!isWireParameter(key) && !SET_BY_THE_CALL.has(key)) continue;
    throw new InvalidRequestError(`${field}.${key}`, `${field}.${key} belongs among the options: ${key}.`);
  }
  try {
    JSON.stringify(value);
  } catch (cause) {
    throw new InvalidRequestError(field, `${field} must be plain JSON.`, { cause });
  }
};
const isCache: Check = (value, field) => {
  if (typeof value === 'boolean') return;
  if (typeof value !== 'object' || value === null) throw expected(field, 'true, false or { scope, ttlMs }');
  fields({ scope: isText, ttlMs: isPositive })(value, field);
};
const SET_BY_THE_CALL: ReadonlySet<string> = new Set(['messages', 'model', 'stream']);

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
  fallbacks: isModelList,
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
  cache: isCache,
  responseSchema: isSchema,
  extraBody: isExtraBody,
  optimize: isBoolean,
  resume: isBoolean,
};

/**
 * Checks the arguments of a call and takes them apart.
 * @throws {InvalidRequestError} naming the field and what was expected.
 */
export function readRequest(messages: readonly ChatMessage[], options: AnyChatOptions): CallRequest {
  checkMessages(messages);
  isObject(options, 'options');
  const own: CallOptions<ResponseSchema | undefined> & Record<string, unknown> = {};
  const parameters: ChatParameters & Record<string, unknown> = {};
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (Object.hasOwn(OWN_OPTIONS, key)) {
      OWN_OPTIONS[key as keyof CallOptions](value, key);
      own[key] = value;
    } else if (isWireParameter(key)) {
      checkParameter(value, key);
      parameters[key] = value;
    } else if (key !== 'stream') {
      throw unknownOption(key);
    } else if (typeof value !== 'boolean') {
      throw expected(key, 'true or false');
    }
  }
  // What the caller says the format is holds, be it `null`: the schema then only checks.
  if (own.responseSchema !== undefined && !Object.hasOwn(parameters, 'response_format')) {
    parameters.response_format = responseFormatOf(own.responseSchema);
  }
  return { messages, options: own, parameters };
}

function unknownOption(key: string): InvalidRequestError {
  const advice = didYouMean(key, [...Object.keys(OWN_OPTIONS), ...wireParameters]);
  return new InvalidRequestError(
    key,
    `${key} is not an option of a call.${advice} Parameters that only your upstream knows go into extraBody.`,
  );
}

const isCap: Check = (value, field) => {
  if (!Number.isInteger(value) || (value as number) < 1) throw expected(field, 'a whole number, 1 or more');
};
const isList: Check = (value, field) => {
  if (!Array.isArray(value)) throw expected(field, 'an array');
};

/** The parameters that are read here before they are sent. All others are the upstream's to judge. */
const READ_PARAMETERS: ReadonlyMap<string, Check> = new Map([
  ['max_tokens', isCap],
  ['max_completion_tokens', isCap],
  ['n', isCap],
  ['tools', isList],
  ['functions', isList],
  ['modalities', isList],
  ['response_format', isObject],
  ['stream_options', isObject],
]);

/** Whether the wire can carry it: no cycles, no BigInt within. */
function isJson(value: unknown): boolean {
  if (typeof value !== 'object') return true;
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

/** Numbers that JSON cannot carry, and shapes that make no sense, never reach the wire. */
function checkParameter(value: unknown, field: string): void {
  if (value === null) return;
  if (typeof value === 'number' && !Number.isFinite(value)) throw expected(field, 'a finite number');
  if (typeof value === 'bigint' || typeof value === 'function' || !isJson(value)) {
    throw expected(field, 'plain JSON');
  }
  READ_PARAMETERS.get(field)?.(value, field);
}

const ROLES = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);

function checkMessages(messages: unknown): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw expected('messages', 'a non-empty array, as [{ role: "user", content: "…" }]');
  }
  // By index: a hole in the array is no message either. Fields are named only where one is wrong.
  for (let index = 0; index < messages.length; index++) {
    const mistake = mistakeOf(messages[index]);
    if (mistake !== null) throw expected(`messages[${index}]${mistake.at}`, mistake.expected);
  }
}

function mistakeOf(message: unknown): { readonly at: string; readonly expected: string } | null {
  if (!isPlainObject(message)) return { at: '', expected: 'an object' };
  const { role, content }: { readonly role?: unknown; readonly content?: unknown } = message;
  if (typeof role !== 'string' || !ROLES.has(role)) {
    return { at: '.role', expected: `one of ${[...ROLES].join(', ')}` };
  }
  if (Array.isArray(content)) {
    const wrong = content.findIndex((part) => !isPlainObject(part));
    return wrong === -1 ? null : { at: `.content[${wrong}]`, expected: 'an object' };
  }
  if (typeof content === 'string' || mayLackContent(role, content)) return null;
  return { at: '.content', expected: 'a string or an array of content parts' };
}

function mayLackContent(role: string, content: unknown): boolean {
  return (content === null || content === undefined) && (role === 'assistant' || role === 'function');
}
