import { badParameter } from './api-error.js';
import { isObject, isString, type JsonObject } from './json.js';
import { readMessages, type RequestMessage } from './messages.js';

/** A tool the request offers. */
export interface RequestTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

type ToolChoice = 'none' | 'auto' | 'required' | { readonly name: string };

/** What the answer must be: text, any JSON object, or JSON that fits a schema. */
type AnswerFormat =
  { readonly type: 'text' | 'json_object' } | { readonly type: 'json_schema'; readonly schema: JsonObject };

/** A chat request that was found valid, whatever the model. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly RequestMessage[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly choices: number;
  /** Output tokens, reasoning included, or `null` without a cap. */
  readonly cap: number | null;
  readonly stop: readonly string[];
  readonly tools: readonly RequestTool[];
  readonly toolChoice: ToolChoice;
  readonly parallelToolCalls: boolean;
  readonly format: AnswerFormat;
  readonly effort: string;
  readonly seed: number;
  /** What a reasoning model refuses: parameter → value. */
  readonly given: { readonly maxTokens: boolean; readonly temperature: number | null };
  /** Tools and schema as they stand before the messages of the prompt. */
  readonly preamble: string;
}

/** @throws ApiError 400 naming the parameter */
export function readChatRequest(body: JsonObject): ChatRequest {
  const maxTokens = readNumber(body, 'max_tokens', 1, Infinity, true);
  const tools = readTools(body['tools'] ?? []);
  readNumber(body, 'top_p', 0, 1);
  return {
    model: readModel(body['model']),
    messages: readMessages(body['messages']),
    ...readStreaming(body),
    choices: readNumber(body, 'n', 1, 128, true) ?? 1,
    cap: readNumber(body, 'max_completion_tokens', 1, Infinity, true) ?? maxTokens,
    stop: readStop(body['stop'] ?? []),
    tools,
    toolChoice: readToolChoice(body['tool_choice'] ?? 'auto', tools),
    parallelToolCalls: readFlag(body, 'parallel_tool_calls') ?? true,
    format: readFormat(body['response_format'] ?? { type: 'text' }),
    effort: isString(body['reasoning_effort']) ? body['reasoning_effort'] : 'medium',
    seed: readNumber(body, 'seed', -Infinity, Infinity, true) ?? 0,
    given: { maxTokens: maxTokens !== null, temperature: readNumber(body, 'temperature', 0, 2) },
    preamble: preambleOf(body),
  };
}

function readStreaming(body: JsonObject): Pick<ChatRequest, 'stream' | 'includeUsage'> {
  const stream = readFlag(body, 'stream') ?? false;
  const options = body['stream_options'] ?? null;
  if (options !== null && !stream) {
    throw badParameter('stream_options', "'stream_options' is only allowed when 'stream' is enabled.");
  }
  return { stream, includeUsage: isObject(options) && options['include_usage'] === true };
}

function preambleOf(body: JsonObject): string {
  return ['tools', 'response_format']
    .map((field) =>
      typeof body[field] === 'object' && body[field] !== null ? JSON.stringify(body[field]) : '',
    )
    .join('');
}

function readModel(value: unknown): string {
  if (value === undefined || value === null) return 'route-llm';
  if (!isString(value) || value === '') throw badParameter('model', "'model' must be a string.");
  return value;
}

function readFlag(body: JsonObject, param: string): boolean | null {
  const value = body[param] ?? null;
  if (value === null || typeof value === 'boolean') return value;
  throw badParameter(param, `Invalid type for '${param}': expected a boolean.`, 'invalid_type');
}

function readNumber(
  body: JsonObject,
  param: string,
  least: number,
  most: number,
  whole = false,
): number | null {
  const value = body[param] ?? null;
  if (value === null) return null;
  if (typeof value !== 'number' || (whole && !Number.isInteger(value))) {
    throw badParameter(
      param,
      `Invalid type for '${param}': expected ${whole ? 'an integer' : 'a number'}.`,
      'invalid_type',
    );
  }
  if (value < least || value > most) {
    throw badParameter(
      param,
      `Invalid '${param}': expected a value from ${least} to ${most}, but got ${value} instead.`,
      'invalid_value',
    );
  }
  return value;
}

function readStop(value: unknown): readonly string[] {
  const stop = isString(value) ? [value] : value;
  if (!Array.isArray(stop) || stop.length > 4 || !stop.every(isString)) {
    throw badParameter('stop', "'stop' must be a string or an array of at most 4 strings.");
  }
  return stop.filter((text) => text !== '');
}

function readTools(value: unknown): readonly RequestTool[] {
  if (!Array.isArray(value)) throw badParameter('tools', "'tools' must be an array.");
  return value.map((tool: unknown, index) => {
    const definition = isObject(tool) && tool['type'] === 'function' ? tool['function'] : undefined;
    if (!isObject(definition) || !isString(definition['name']) || !/^[\w-]{1,64}$/.test(definition['name'])) {
      throw badParameter(
        `tools[${index}]`,
        `'tools[${index}]' must be a function with a name of up to 64 letters, digits, '_' and '-'.`,
      );
    }
    return {
      name: definition['name'],
      description: isString(definition['description']) ? definition['description'] : '',
      parameters: isObject(definition['parameters']) ? definition['parameters'] : { type: 'object' },
    };
  });
}

function readToolChoice(value: unknown, tools: readonly RequestTool[]): ToolChoice {
  if (value === 'none' || value === 'auto') return value;
  if (value === 'required' && tools.length > 0) return value;
  const named = isObject(value) && isObject(value['function']) ? value['function']['name'] : undefined;
  if (isString(named) && tools.some((tool) => tool.name === named)) return { name: named };
  throw badParameter('tool_choice', "'tool_choice' must be none, auto, or ask for one of 'tools'.");
}

function readFormat(value: unknown): AnswerFormat {
  const type = isObject(value) ? value['type'] : undefined;
  if (type === 'text' || type === 'json_object') return { type };
  if (type === 'json') return { type: 'json_object' };
  const definition = isObject(value) ? value['json_schema'] : undefined;
  if (type !== 'json_schema' || !isObject(definition) || !isString(definition['name'])) {
    throw badParameter(
      'response_format',
      "'response_format' must have the type text, json_object, or json_schema with a named schema.",
    );
  }
  const { schema } = definition;
  return { type, schema: isObject(schema) ? schema : { type: 'object' } };
}
