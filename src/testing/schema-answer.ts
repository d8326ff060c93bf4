import { isObject, isString, type JsonObject } from './json.js';
import { pick, type SeededRandom } from './random.js';

/** How to fill a schema: what a string should say where the schema leaves it free. */
interface FillOptions {
  readonly random: SeededRandom;
  /** Proposes a string for a property; `undefined` leaves it to the schema. */
  readonly wordFor?: (property: string) => string | undefined;
}

interface Place extends FillOptions {
  readonly root: JsonObject;
  readonly property: string;
  readonly depth: number;
}

/** Below this depth only what is required is filled in, so that recursive schemas come to an end. */
const GENEROUS_DEPTH = 3;
const DEEPEST = 16;

/** A value that satisfies a JSON schema, as far as schemas are used for structured output. */
export function valueForSchema(schema: unknown, options: FillOptions): unknown {
  const root = isObject(schema) ? schema : {};
  return fill(root, { ...options, root, property: 'value', depth: 0 });
}

function fill(schema: JsonObject, place: Place): unknown {
  if (place.depth > DEEPEST) return null;
  if ('const' in schema) return schema['const'];
  const { enum: values } = schema;
  if (Array.isArray(values) && values.length > 0)
    return pick(place.random, values as [unknown, ...unknown[]]);
  const inner = { ...place, depth: place.depth + 1 };
  if (isString(schema['$ref'])) return fill(resolveReference(schema['$ref'], place.root), inner);
  const branches = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(branches)) return fill(chooseBranch(branches.filter(isObject), place), inner);
  if (Array.isArray(schema['allOf']))
    return fill(merge(schema, schema['allOf'].filter(isObject), place), inner);
  return fillType(typeOf(schema, place), schema, place);
}

function fillType(type: string, schema: JsonObject, place: Place): unknown {
  switch (type) {
    case 'object':
      return fillObject(schema, place);
    case 'array':
      return fillArray(schema, place);
    case 'integer':
    case 'number':
      return fillNumber(schema, type === 'integer', place.random);
    case 'boolean':
      return place.random() < 0.5;
    case 'null':
      return null;
    default:
      return fillString(schema, place);
  }
}

function typeOf(schema: JsonObject, place: Place): string {
  const { type } = schema;
  if (isString(type)) return type;
  if (Array.isArray(type)) {
    const types = type.filter(isString);
    return (place.depth > GENEROUS_DEPTH && types.includes('null') ? 'null' : types[0]) ?? 'string';
  }
  if ('properties' in schema) return 'object';
  if ('items' in schema) return 'array';
  return place.depth === 0 ? 'object' : 'string';
}

/** Deep down, the branch that ends soonest. */
function chooseBranch(branches: readonly JsonObject[], place: Place): JsonObject {
  const ending = branches.find(
    (branch) => !['object', 'array', undefined].includes(branch['type'] as string),
  );
  return (place.depth > GENEROUS_DEPTH ? ending : undefined) ?? branches[0] ?? {};
}

function resolveReference(reference: string, root: JsonObject): JsonObject {
  let found: unknown = root;
  for (const step of reference.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return isObject(found) ? found : {};
}

function merge(schema: JsonObject, parts: readonly JsonObject[], place: Place): JsonObject {
  return parts.reduce((whole, part) => {
    const next = isString(part['$ref']) ? resolveReference(part['$ref'], place.root) : part;
    return {
      ...whole,
      ...next,
      properties: { ...(whole['properties'] as object), ...(next['properties'] as object) },
      required: [...listOf(whole['required']), ...listOf(next['required'])],
    };
  }, withoutAllOf(schema));
}

function withoutAllOf(schema: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== 'allOf'));
}

function fillObject(schema: JsonObject, place: Place): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = listOf(schema['required']);
  const wanted = place.depth < GENEROUS_DEPTH ? Object.keys(properties) : [];
  const entries = [...new Set([...wanted, ...required])].map((name) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : {};
    const inner = { ...place, property: name, depth: place.depth + 1 };
    return [name, fill(isObject(property) ? property : {}, inner)] as const;
  });
  return Object.fromEntries(entries);
}

function fillArray(schema: JsonObject, place: Place): readonly unknown[] {
  const least = numberOr(schema['minItems'], 0);
  const most = numberOr(schema['maxItems'], Infinity);
  const length = place.depth > GENEROUS_DEPTH ? least : Math.min(most, Math.max(least, 2));
  const prefix = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : [];
  return Array.from({ length: Math.max(length, prefix.length) }, (_, index) => {
    const items: unknown = prefix[index] ?? schema['items'];
    return fill(isObject(items) ? items : { type: 'string' }, { ...place, depth: place.depth + 1 });
  });
}

function fillNumber(schema: JsonObject, whole: boolean, random: SeededRandom): number {
  const step = numberOr(schema['multipleOf'], whole ? 1 : 0.01);
  const above = numberOr(schema['exclusiveMinimum'], -Infinity);
  const below = numberOr(schema['exclusiveMaximum'], Infinity);
  let least = Math.max(numberOr(schema['minimum'], -Infinity), above);
  let most = Math.min(numberOr(schema['maximum'], Infinity), below);
  if (least === -Infinity) least = most === Infinity ? 1 : most - 100 * step;
  if (most === Infinity) most = least + 100 * step;
  let lowest = Math.ceil(least / step);
  let highest = Math.floor(most / step);
  if (lowest * step <= above) lowest++;
  if (highest * step >= below) highest--;
  if (lowest > highest) return (least + most) / 2;
  const steps = lowest + Math.floor(random() * (highest - lowest + 1));
  return whole ? steps * step : Number((steps * step).toFixed(6));
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-10-15T12:00:00Z',
  date: '2026-10-15',
  time: '12:00:00Z',
  duration: 'PT1H',
  email: 'simulated@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/simulated',
  uuid: '3f2b8c1e-5d7a-4e9b-8c6d-1a2b3c4d5e6f',
};

/** Tried in turn against a `pattern`; one that none of them fits is left unmet. */
const CANDIDATES = [
  'A',
  'a',
  'AB',
  'ABC',
  'abc',
  'A1',
  'AB-123',
  'ABC-1234',
  '1',
  '12',
  '123',
  '1234',
  '12345',
]
  .concat(['2026-10-15', '12:00', '+15550100', '#a1b2c3', 'EUR', 'en-US', 'simulated', 'Simulated'])
  .concat(Object.values(FORMATS));

function fillString(schema: JsonObject, place: Place): string {
  const { format, pattern } = schema;
  const word = place.wordFor?.(place.property) ?? `simulated ${place.property}`;
  const free = isString(format) ? (FORMATS[format] ?? word) : word;
  if (isString(pattern)) {
    const expression = expressionOf(pattern);
    return [free, ...CANDIDATES].find((candidate) => expression?.test(candidate)) ?? free;
  }
  const most = numberOr(schema['maxLength'], Infinity);
  const least = Math.min(numberOr(schema['minLength'], 0), 10_000);
  return free.slice(0, most).padEnd(least, '.');
}

function expressionOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(isString) : [];
}
