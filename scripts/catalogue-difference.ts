import type { ModelCapability } from '../src/types.js';

/** A field of a model that is another one than before; `–` where there is none. */
interface CatalogueChange {
  readonly model: string;
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

/** What a new catalogue changes, one row a field; models that come or go are one row each. */
export function catalogueChanges(
  before: readonly ModelCapability[],
  after: readonly ModelCapability[],
): readonly CatalogueChange[] {
  const [old, fresh] = [byName(before), byName(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].sort().flatMap((model) => {
    const [was, is] = [old.get(model), fresh.get(model)];
    if (was === undefined || is === undefined) {
      const there = (known: unknown): string => (known === undefined ? '–' : 'there');
      return [{ model, field: 'the model', before: there(was), after: there(is) }];
    }
    const [wasFields, isFields] = [fieldsOf(was), fieldsOf(is)];
    return [...new Set([...wasFields.keys(), ...isFields.keys()])].flatMap((field) => {
      const row = { before: wasFields.get(field) ?? '–', after: isFields.get(field) ?? '–' };
      return row.before === row.after ? [] : [{ model, field, ...row }];
    });
  });
}

function byName(models: readonly ModelCapability[]): ReadonlyMap<string, ModelCapability> {
  return new Map(models.map((model) => [model.name, model]));
}

/** Every leaf under its path, as `prices.tiers.0.input`. */
function fieldsOf(value: object, path = ''): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(value).flatMap(([key, item]: [string, unknown]): [string, string][] =>
      typeof item === 'object' && item !== null
        ? [...fieldsOf(item, `${path}${key}.`)]
        : [[`${path}${key}`, String(item)]],
    ),
  );
}
