import {
  InvalidObjectError,
  type InvalidObjectReason,
  InvalidRequestError,
  type ObjectIssue,
} from '../errors.js';
import type { ResponseSchema } from '../types.js';
import type { CallRequest } from './request.js';
import type { ChatSuccess } from './result.js';
import { untilAborted } from '../until-aborted.js';

type Answered = Pick<ChatSuccess, 'content' | 'message' | 'toolCalls' | 'finishReason'>;

/** An answer belongs to one call: its schema is asked once, whoever wants to know. */
const objects = new WeakMap<Answered, Promise<unknown>>();

/**
 * What the schema of a call makes of its answer; `undefined` without a schema, and where the answer calls tools.
 * @throws {InvalidObjectError} where the answer is something else.
 * @throws {InvalidRequestError} where the schema itself fails.
 */
export async function objectOf(
  request: CallRequest,
  answer: Answered,
  signal: AbortSignal,
): Promise<unknown> {
  const { responseSchema } = request.options;
  if (responseSchema === undefined) return undefined;
  const object = objects.get(answer) ?? judge(responseSchema, request, answer);
  objects.set(answer, object);
  return untilAborted(object, signal);
}

async function judge(
  schema: ResponseSchema,
  { parameters }: CallRequest,
  answer: Answered,
): Promise<unknown> {
  const { tools, functions }: Offers = parameters;
  if ((tools ?? functions) !== undefined && callsTools(answer)) return undefined;
  const parsed = parse(answer);
  if (parsed === null) throw noObject(answer);
  const checked = await check(schema, parsed.value);
  if ('issues' in checked) throw mismatch(answer, checked.issues);
  return checked.value;
}

/** `functions` is OpenAI's older name for tools. */
interface Offers {
  readonly tools?: unknown;
  readonly functions?: unknown;
}

function callsTools({ toolCalls, message }: Answered): boolean {
  const { function_call: older }: { readonly function_call?: unknown } = message;
  return toolCalls.length > 0 || (older !== undefined && older !== null);
}

/** The JSON that an answer is; `null` where it is none. */
function parse({ content, finishReason }: Answered): { readonly value: unknown } | null {
  if (typeof content !== 'string') return null;
  let value: unknown;
  try {
    value = JSON.parse(unfenced(content), withoutPrototypes);
  } catch {
    return null;
  }
  // A number that was cut is a number still.
  return finishReason === 'length' && Object(value) !== value ? null : { value };
}

/** The text without the space around it, and without the one code fence it may stand in. */
function unfenced(text: string): string {
  const trimmed = text.trim();
  const [opening] = /^```\w*/.exec(trimmed) ?? [];
  return opening !== undefined && trimmed.endsWith('```') ? trimmed.slice(opening.length, -3) : trimmed;
}

/** Whoever copies such a key by assignment would change a prototype. */
function withoutPrototypes(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}

type Checked = { readonly value: unknown } | { readonly issues: readonly ObjectIssue[] };

/** What the schema says, whatever it throws, and whenever: that may hold the answer, and is not told. */
async function check(schema: ResponseSchema, value: unknown): Promise<Checked> {
  try {
    const result = await schema['~standard'].validate(value);
    if (!result.issues) return { value: result.value };
    const issues = result.issues.map(({ message, path = [] }) => ({
      message,
      path: path.map((segment) => (typeof segment === 'object' ? segment.key : segment)),
    }));
    return { issues };
  } catch (error) {
    const thrown = error instanceof Error ? error.name : typeof error;
    throw new InvalidRequestError(
      'responseSchema',
      `responseSchema failed at the answer: its validate() threw (${thrown}). Mend the schema: it must report issues, not throw.`,
    );
  }
}

const MESSAGES: Readonly<Record<Exclude<InvalidObjectReason, 'mismatch'>, string>> = {
  refusal:
    'The model refused to answer: its words stand in error.text. Change the request, or ask another model.',
  length:
    'The answer was cut at its output cap before the object was whole. Raise max_tokens, or ask for a smaller object.',
  'content-filter':
    'A content filter of the upstream cut the answer before the object was whole. Change the request, or ask another model.',
  'not-json':
    'The answer is not JSON: it stands in error.text. Ask again, or ask a model that follows JSON schemas.',
};

function noObject(answer: Answered): InvalidObjectError {
  const reason = reasonOf(answer);
  const text: unknown = reason === 'refusal' ? answer.message.refusal : answer.content;
  return new InvalidObjectError(MESSAGES[reason], {
    reason,
    issues: [],
    text: typeof text === 'string' ? text : '',
  });
}

function reasonOf({ message, finishReason }: Answered): Exclude<InvalidObjectReason, 'mismatch'> {
  if (typeof message.refusal === 'string' && message.refusal !== '') return 'refusal';
  if (finishReason === 'length') return 'length';
  return finishReason === 'content_filter' ? 'content-filter' : 'not-json';
}

function mismatch({ content }: Answered, issues: readonly ObjectIssue[]): InvalidObjectError {
  const count = issues.length === 1 ? '1 issue' : `${issues.length} issues`;
  return new InvalidObjectError(
    `The answer is JSON, but not as responseSchema asks: ${count}, in error.issues. Ask again, or ask a stronger model.`,
    { reason: 'mismatch', issues, text: content },
  );
}
