/** Tokens beside the text, as OpenAI's cookbook publishes them for gpt-4o and later: "How to count tokens with tiktoken". */
const PER_FUNCTION = 7;
const PER_PROPERTIES = 3;
const PER_PROPERTY = 3;
const PER_ENUM = -3;
const PER_ENUM_VALUE = 3;
const AFTER_FUNCTIONS = 12;
/** Schemas within schemas are counted by the same rules so deep; what is deeper, as its JSON. */
const MOST_LEVELS = 8;

type Measure = (text: string) => number;
type Fields = Readonly<Record<string, unknown>>;

/** About how many tokens the functions are that a request offers; a tool of another kind counts as its JSON. */
export function toolTokens(tools: readonly unknown[], measure: Measure): number {
  if (tools.length === 0) return 0;
  let tokens = AFTER_FUNCTIONS;
  for (const tool of tools) {
    // OpenAI's older `functions` stand there without a wrapper.
    const described = fieldsOf(fieldsOf(tool)['function'] ?? tool);
    if (typeof described['name'] !== 'string') tokens += measure(asJson(tool));
    else {
      tokens += PER_FUNCTION + measure(`${described['name']}:${sentence(described['description'])}`);
      tokens += schemaTokens(fieldsOf(described['parameters']), measure, MOST_LEVELS);
    }
  }
  return tokens;
}

function schemaTokens(schema: Fields, measure: Measure, levels: number): number {
  if (levels === 0) return measure(asJson(schema));
  let tokens = 0;
  for (const key in schema) {
    const value = schema[key];
    if (key === 'properties') tokens += propertiesTokens(fieldsOf(value), measure, levels);
    else if (key === 'items') tokens += schemaTokens(fieldsOf(value), measure, levels - 1);
    else if (key === 'enum' && Array.isArray(value)) {
      tokens += PER_ENUM;
      for (const one of value)
        tokens += PER_ENUM_VALUE + measure(typeof one === 'string' ? one : asJson(one));
    } else if (!UNCOUNTED.has(key)) tokens += measure(asJson({ [key]: value }));
  }
  return tokens;
}

/** Of these the rules say nothing, or they are told with the property. */
const UNCOUNTED = new Set(['type', 'description', 'required', 'additionalProperties', '$schema', 'title']);

function propertiesTokens(properties: Fields, measure: Measure, levels: number): number {
  let tokens = PER_PROPERTIES;
  for (const key in properties) {
    const property = fieldsOf(properties[key]);
    const type = typeof property['type'] === 'string' ? property['type'] : asJson(property['type']);
    tokens += PER_PROPERTY + measure(`${key}:${type}:${sentence(property['description'])}`);
    tokens += schemaTokens(property, measure, levels - 1);
  }
  return tokens;
}

function sentence(description: unknown): string {
  return typeof description === 'string' ? description.replace(/\.$/, '') : '';
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function asJson(value: unknown): string {
  const json: unknown = JSON.stringify(value);
  return typeof json === 'string' ? json : '';
}
