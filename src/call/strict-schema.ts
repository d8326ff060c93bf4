type Schema = Readonly<Record<string, unknown>>;

/** What strict mode is documented to know; any other keyword is answered with 400. */
const KEYWORDS: ReadonlySet<string> = new Set(
  [
    '$schema',
    '$ref',
    '$defs',
    'definitions',
    'title',
    'description',
    'type',
    'enum',
    'const',
    'anyOf',
  ].concat(
    ['properties', 'required', 'additionalProperties', 'items', 'minItems', 'maxItems', 'pattern', 'format'],
    ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ),
);

const FORMATS: ReadonlySet<unknown> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
]);

/**
 * Whether a JSON Schema keeps to what OpenAI's strict mode takes: closed objects of which every property is required,
 * and only keywords that it knows. Source: OpenAI, "Structured outputs", supported schemas.
 */
export function isStrictSchema(schema: Schema): boolean {
  return schema['type'] === 'object' && schema['anyOf'] === undefined && isStrict(schema);
}

function isStrict(schema: unknown): boolean {
  if (!isSchema(schema)) return false;
  const keywords = Object.keys(schema);
  // A reference stands alone.
  if ('$ref' in schema) return keywords.length === 1;
  return (
    keywords.every((keyword) => KEYWORDS.has(keyword)) &&
    ('type' in schema || 'anyOf' in schema) &&
    isClosed(schema) &&
    isPlainText(schema) &&
    partsOf(schema).every(isStrict)
  );
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasType({ type }: Schema, name: string): boolean {
  return Array.isArray(type) ? type.includes(name) : type === name;
}

/** An object takes what it names, all of it and nothing else; an array says of what. */
function isClosed(schema: Schema): boolean {
  if (hasType(schema, 'array') && schema['items'] === undefined) return false;
  if (!hasType(schema, 'object')) return true;
  const { properties = {}, required = [], additionalProperties } = schema;
  if (additionalProperties !== false || !isSchema(properties) || !Array.isArray(required)) return false;
  return Object.keys(properties).every((name) => required.includes(name));
}

/** Patterns are matched as they are generated: nothing can be looked ahead to, or back. */
function isPlainText({ pattern = '', format }: Schema): boolean {
  const looksAround = typeof pattern !== 'string' || /\(\?<?[=!]/.test(pattern);
  return !looksAround && (format === undefined || FORMATS.has(format));
}

/** Every schema within a schema. */
function partsOf(schema: Schema): readonly unknown[] {
  const { items, anyOf, properties, $defs, definitions } = schema;
  const named = [properties, $defs, definitions].flatMap((map) => (isSchema(map) ? Object.values(map) : []));
  return [
    ...named,
    ...(Array.isArray(anyOf) ? (anyOf as unknown[]) : []),
    ...(items === undefined ? [] : [items]),
  ];
}
