import * as z from 'zod';
import { didYouMean } from '../nearest-name.js';

/** What a schema first finds wrong with a value. */
export interface SchemaIssue {
  /** Where it is, down to the field; empty for the value itself. */
  readonly path: readonly PropertyKey[];
  /** What was expected there. */
  readonly message: string;
  /** The fields known beside one that is not; `null` where the field is known. */
  readonly known: readonly string[] | null;
}

/** The first field that makes no sense, or `null` where all do. */
export function firstIssue(schema: z.ZodType, value: unknown): SchemaIssue | null {
  const issue = schema.safeParse(value).error?.issues[0];
  if (issue === undefined) return null;
  const { path, message } = issue;
  if (issue.code !== 'unrecognized_keys') return { path, message, known: null };
  return { path: [...path, issue.keys[0] ?? ''], message, known: knownKeys(schema, path) };
}

/** The name of a field, as `budgets[0].limitUsd`. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((segment) => (typeof segment === 'number' ? `[${segment}]` : `.${String(segment) || '""'}`))
    .join('')
    .replace(/^\./, '');
}

/** ` Did you mean 'burst'? Known here: …`, for a field that is not known. */
export function adviceOn({ path, known }: SchemaIssue): string {
  const names = known ?? [];
  return `${didYouMean(String(path.at(-1)), names)} Known here: ${names.join(', ')}.`;
}

/** A type without what makes it optional or nullable. */
export function unwrap(type: unknown): unknown {
  return type instanceof z.ZodOptional || type instanceof z.ZodNullable ? unwrap(type.unwrap()) : type;
}

/** The fields known below a path of the schema. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let current: unknown = schema;
  for (const segment of path) {
    current = unwrap(current);
    if (current instanceof z.ZodArray) {
      current = current.element;
      continue;
    }
    current =
      current instanceof z.ZodObject ? (current.shape as Record<PropertyKey, unknown>)[segment] : undefined;
  }
  current = unwrap(current);
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}
