import type * as z from 'zod';
import { ConfigurationError } from '../errors.js';
import { oneLine } from '../one-line.js';
import { adviceOn, fieldName, firstIssue } from './first-issue.js';

const LONGEST_FIELD = 120;

/** Names under which people write a key; it has no place in a file that is shared. */
const KEY_NAMES =
  /^(?:keys?|(?:access|auth|bearer)?tokens?|authorizations?|bearers?|credentials?)$|(?:apikey|secret|password)s?$/;

/**
 * Checks what a file holds.
 * @param prefix Path of the value within the file.
 * @throws {ConfigurationError} with the path of the first field that makes no sense.
 */
export function checkSettings<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  { file, prefix = [] }: { readonly file: string; readonly prefix?: readonly PropertyKey[] },
): z.infer<Schema> {
  const issue = firstIssue(schema, value);
  if (issue === null) return schema.parse(value);
  const field = fieldName([...prefix, ...issue.path]);
  if (issue.known === null) throw settingError(file, field, issue.message);
  const isKey = isKeyName(String(issue.path.at(-1)));
  throw new ConfigurationError(
    field,
    isKey
      ? `${file}: ${printable(field)} has no place in a file: set the key in the environment, as ROUTELLM_API_KEY.`
      : `${file}: ${printable(field)} is not known.${adviceOn(issue)}`,
  );
}

/** The error for a setting of a file that makes no sense; without a `field` for all of the file. */
export function settingError(file: string, field: string, expected: string): ConfigurationError {
  return new ConfigurationError(
    field || file,
    `${file}: ${printable(field) || 'it'} is not valid: ${expected}.`,
  );
}

function isKeyName(name: string): boolean {
  return KEY_NAMES.test(name.toLowerCase().replaceAll(/[^a-z]/g, ''));
}

/** A name of the file's own making must not break the line of a log, nor fill it. */
function printable(field: string): string {
  return oneLine(field.length > LONGEST_FIELD ? `${field.slice(0, LONGEST_FIELD)}…` : field);
}
