import { ConfigurationError } from '../errors.js';
import { type ModelCapability, ModelTier, TaskType } from '../types.js';

/** A user's entry: its name is the key it is given under. */
export type ModelEntry = Omit<ModelCapability, 'name'> & { readonly name?: string };

/** Says what is wrong with the value at a path, by throwing. */
type Check = (value: unknown, path: string) => void;

const number =
  (expected: string, isRight: (value: number) => boolean): Check =>
  (value, path) => {
    if (typeof value !== 'number' || !isRight(value)) throw wrong(path, value, expected);
  };

const oneOf =
  (known: readonly string[]): Check =>
  (value, path) => {
    if (!known.includes(value as string)) throw wrong(path, value, `one of ${known.join(', ')}`);
  };

const listOf =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) throw wrong(path, value, 'a list');
    value.forEach((item, index) => check(item, `${path}[${index}]`));
  };

const orNull =
  (check: Check): Check =>
  (value, path) => {
    if (value !== null) check(value, path);
  };

/** An object of exactly these fields; absent and `undefined` are the same. */
const objectOf =
  (fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw wrong(path, value, 'an object');
    }
    const known = new Map(Object.entries(fields));
    for (const [key, item] of Object.entries(value)) {
      const check = known.get(key);
      if (check === undefined) throw unknownField(`${path}.${key}`, [...known.keys()]);
      if (item !== undefined) check(item, `${path}.${key}`);
    }
    for (const key of required) {
      if ((value as Record<string, unknown>)[key] === undefined) {
        throw wrong(`${path}.${key}`, undefined, 'a value');
      }
    }
  };

const notNegative = number('a finite number, 0 or more', (value) => Number.isFinite(value) && value >= 0);
const positive = number('a finite number above 0', (value) => Number.isFinite(value) && value > 0);
const share = number('a number from 0 to 1', (value) => value >= 0 && value <= 1);
const finite = number('a finite number', Number.isFinite);
const minute = number('a minute of the day, 0 to 1440', (value) => value >= 0 && value <= 1440);
const task = oneOf(Object.values(TaskType));

const boolean: Check = (value, path) => {
  if (typeof value !== 'boolean') throw wrong(path, value, 'true or false');
};

const text: Check = (value, path) => {
  if (typeof value !== 'string' || value.trim() === '') throw wrong(path, value, 'a text that is not empty');
};

const minuteRange: Check = (value, path) => {
  listOf(minute)(value, path);
  const [start, end, ...more] = value as readonly number[];
  if (start === undefined || end === undefined || start >= end || more.length > 0) {
    throw wrong(path, JSON.stringify(value), 'two minutes of the day, [start, end), the first the smaller');
  }
};

const RATES: Readonly<Record<string, Check>> = {
  input: notNegative,
  output: notNegative,
  cached: notNegative,
  cacheWrite: notNegative,
  audioInput: notNegative,
  audioOutput: notNegative,
};

const tier = objectOf(
  {
    ...RATES,
    aboveInputTokens: notNegative,
    from: finite,
    until: finite,
    utcMinutes: listOf(minuteRange),
    serviceTier: text,
  },
  ['input', 'output'],
);

const byTask: Check = (value, path) => {
  objectOf(Object.fromEntries(Object.values(TaskType).map((name) => [name, finite])))(value, path);
};

/** What each field of a model must be. A field missing here is unknown to the compiler as well. */
const FIELDS: Readonly<Record<keyof ModelCapability, Check>> = {
  name: text,
  provider: text,
  tier: oneOf(Object.values(ModelTier)),
  prices: orNull(objectOf({ ...RATES, tiers: listOf(tier) }, ['input', 'output'])),
  costPerToken: notNegative,
  contextWindow: orNull(positive),
  maxTokens: positive,
  maxOutput: orNull(positive),
  abilities: objectOf({
    tools: boolean,
    vision: boolean,
    audio: boolean,
    json: boolean,
    structuredOutput: boolean,
    reasoning: boolean,
  }),
  parameters: objectOf({
    outputCap: oneOf(['max_tokens', 'max_completion_tokens']),
    temperature: boolean,
    keepTemperature: boolean,
  }),
  quality: objectOf({ overall: finite, byTask, confidence: oneOf(['high', 'low']) }, [
    'overall',
    'confidence',
  ]),
  qualityScore: share,
  strengths: listOf(task),
  typicalFirstTokenMs: notNegative,
  typicalTokensPerSecond: positive,
  unlimited: boolean,
  aliases: listOf(text),
  legacy: boolean,
  routesItself: boolean,
};

const entry = objectOf(FIELDS);

/**
 * Checks a model of the user's.
 * @throws {ConfigurationError} naming the field as `models.<name>.<field>`.
 */
export function checkModelEntry(name: string, model: unknown): asserts model is ModelEntry {
  const path = `models.${name}`;
  if (typeof name !== 'string' || name.trim() === '') {
    throw new ConfigurationError('models', 'models has an entry without a name. Give every model its id.');
  }
  entry(model, path);
  const own = (model as ModelEntry).name;
  if (own !== undefined && own !== name)
    throw wrong(`${path}.name`, own, `'${name}', the key it stands under`);
}

function wrong(path: string, value: unknown, expected: string): ConfigurationError {
  const given = typeof value === 'string' ? `'${value}'` : String(value);
  return new ConfigurationError(path, `${path} is ${given}; expected ${expected}.`);
}

function unknownField(path: string, known: readonly string[]): ConfigurationError {
  return new ConfigurationError(
    path,
    `${path} is not a field of a model. Known here: ${known.join(', ')}. Remove it, or mend its name.`,
  );
}
