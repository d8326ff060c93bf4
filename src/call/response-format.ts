import { describeThrown, InvalidRequestError } from '../errors.js';
import type { ChatParameters, JSONSchemaConverter, ResponseSchema } from '../types.js';
import { isStrictSchema } from './strict-schema.js';

type ResponseFormat = NonNullable<ChatParameters['response_format']>;
type JSONSchema = Readonly<Record<string, unknown>>;

/** Dialects to ask for; the first that a library has is sent. */
const TARGETS = ['draft-2020-12', 'draft-07'] as const;

/**
 * The wire's word for a schema: its own JSON Schema, unchanged. `strict` only where strict mode takes it as it is.
 * @throws {InvalidRequestError} where the schema has none.
 */
export function responseFormatOf(schema: ResponseSchema): ResponseFormat {
  const described = describe(schema);
  const definition = { name: 'response', strict: isStrictSchema(described), schema: described };
  return { type: 'json_schema', json_schema: definition };
}

/** What the schema takes in, for that is what the model writes: defaults and transformations come after. */
function describe({ '~standard': standard }: ResponseSchema): JSONSchema {
  const { jsonSchema } = standard as { readonly jsonSchema?: Partial<JSONSchemaConverter> };
  if (typeof jsonSchema?.input !== 'function') throw indescribable('its library brings no JSON Schema');
  let reason = '';
  for (const target of TARGETS) {
    try {
      const json: unknown = JSON.parse(JSON.stringify(jsonSchema.input({ target })));
      if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as JSONSchema;
      reason ||= 'its library gives no object';
    } catch (error) {
      reason ||= describeThrown(error);
    }
  }
  throw indescribable(reason);
}

function indescribable(reason: string): InvalidRequestError {
  return new InvalidRequestError(
    'responseSchema',
    `responseSchema cannot be sent as JSON Schema (${reason}). Change it, or give response_format beside it: that is then sent, and responseSchema only checks the answer.`,
  );
}
