import { badParameter } from './api-error.js';
import { isObject, isString, type JsonObject } from './json.js';
import { countTokens } from './tokens.js';

/** A message, reduced to what the simulator looks at. */
export interface RequestMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly text: string;
  readonly images: number;
  /** Ids of the calls an assistant message makes. */
  readonly toolCallIds: readonly string[];
  /** All that is counted as tokens, images apart. */
  readonly counted: string;
}

const ROLES = ['system', 'user', 'assistant', 'tool'] as const;

/** @throws ApiError 400 naming the message that is not one */
export function readMessages(value: unknown): readonly RequestMessage[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw badParameter('messages', "'messages' must be an array with at least one message.");
  }
  const messages = value.map(readMessage);
  const askedFor = new Set<string>();
  messages.forEach((message, index) => {
    if (message.role === 'tool') checkToolMessage(value[index] as JsonObject, askedFor, index);
    message.toolCallIds.forEach((id) => askedFor.add(id));
  });
  return messages;
}

/** Four tokens for the frame of each message, and what an image takes. */
export function messageTokens(message: RequestMessage): number {
  return 4 + countTokens(message.counted) + 765 * message.images;
}

function readMessage(value: unknown, index: number): RequestMessage {
  const param = `messages[${index}]`;
  if (!isObject(value)) throw badParameter(param, `Invalid type for '${param}': expected an object.`);
  const role = ROLES.find((known) => known === value['role']);
  if (role === undefined) {
    throw badParameter(
      `${param}.role`,
      `Invalid value: '${String(value['role'])}'. Supported values are: 'system', 'assistant', 'user', and 'tool'.`,
      'invalid_value',
    );
  }
  const calls = role === 'assistant' && Array.isArray(value['tool_calls']) ? value['tool_calls'] : [];
  const content = readContent(value['content'], `${param}.content`, calls.length > 0 || role === 'assistant');
  return {
    role,
    text: content.text,
    images: content.images,
    toolCallIds: calls.flatMap((call) => (isObject(call) && isString(call['id']) ? [call['id']] : [])),
    counted: calls.length === 0 ? content.text : content.text + JSON.stringify(calls),
  };
}

function readContent(value: unknown, param: string, optional: boolean): { text: string; images: number } {
  if (isString(value)) return { text: value, images: 0 };
  if (optional && (value === null || value === undefined)) return { text: '', images: 0 };
  if (!Array.isArray(value)) {
    throw badParameter(param, `Invalid value for '${param}': expected a string or an array of parts.`);
  }
  const texts: string[] = [];
  let images = 0;
  value.forEach((part: unknown, index) => {
    const type = isObject(part) ? part['type'] : undefined;
    if (isObject(part) && type === 'text' && isString(part['text'])) texts.push(part['text']);
    else if (isObject(part) && type === 'image_url' && hasImage(part)) images++;
    else {
      throw badParameter(`${param}[${index}]`, `Invalid content part: type '${String(type)}' is not usable.`);
    }
  });
  return { text: texts.join('\n'), images };
}

function hasImage(part: JsonObject): boolean {
  const image = part['image_url'];
  return isObject(image) && isString(image['url']) && /^(https?:|data:image\/)/.test(image['url']);
}

function checkToolMessage(message: JsonObject, askedFor: ReadonlySet<string>, index: number): void {
  const id = message['tool_call_id'];
  if (!isString(id) || !askedFor.has(id)) {
    throw badParameter(
      `messages[${index}].tool_call_id`,
      "Messages with role 'tool' must answer a preceding message with 'tool_calls'.",
    );
  }
}
