import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { isStrictSchema } from '../../src/call/strict-schema.js';

const text = { type: 'string' };
const closed = (
  properties: Readonly<Record<string, object>>,
  more: object = {},
): Record<string, unknown> => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});

describe('strict mode takes', () => {
  it.each([
    ['a closed object', closed({ a: text, b: { type: 'number', minimum: 0 } })],
    ['one without properties', closed({})],
    ['what may be null', closed({ a: { type: ['string', 'null'], description: 'if known' } })],
    ['lists', closed({ a: { type: 'array', items: closed({ b: text }), maxItems: 3 } })],
    ['one of several', closed({ a: { anyOf: [text, closed({ b: { const: 1, type: 'number' } })] } })],
    ['an enumeration', closed({ a: { type: 'string', enum: ['x', 'y'] } })],
    ['formats it knows', closed({ a: { type: 'string', format: 'date' }, b: { ...text, pattern: '^a+$' } })],
    ['definitions', closed({ a: { $ref: '#/$defs/b' } }, { $defs: { b: closed({ c: text }) } })],
    ['a property called $ref', closed({ $ref: text, type: text })],
  ])('%s', (_name, schema) => {
    expect(isStrictSchema(schema)).toBe(true);
  });

  it('what zod says of a strict object', () => {
    const schema = z.strictObject({ city: z.string(), people: z.int(), river: z.string().nullable() });
    expect(isStrictSchema(schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' }))).toBe(true);
  });
});

describe('strict mode does not take', () => {
  it.each([
    ['an open object', closed({ a: text }, { additionalProperties: true })],
    ['one that says nothing of it', { type: 'object', properties: { a: text }, required: ['a'] }],
    ['an optional property', closed({ a: text }, { required: [] })],
    ['one without a list of the required', { ...closed({ a: text }), required: undefined }],
    ['an open object within', closed({ a: { type: 'object' } })],
    ['an open object in a list', closed({ a: { type: 'array', items: { type: 'object' } } })],
    ['an open object in a union', closed({ a: { anyOf: [text, { type: ['object', 'null'] }] } })],
    ['an open object among the definitions', closed({}, { $defs: { b: { type: 'object' } } })],
    ['a list of anything', closed({ a: { type: 'array' } })],
    ['anything', closed({ a: {} })],
    ['a boolean schema', closed({ a: true as unknown as object })],
    ['a list at the top', { type: 'array', items: text }],
    ['a union at the top', closed({}, { anyOf: [closed({})] })],
    ['a reference with a description', closed({ a: { $ref: '#', description: 'again' } })],
    ['a keyword it does not know', closed({ a: { ...text, minLength: 1 } })],
    ['oneOf', closed({ a: { oneOf: [text] } })],
    ['a default', closed({ a: { ...text, default: 'x' } })],
    ['a format it does not know', closed({ a: { ...text, format: 'uri' } })],
    ['a pattern that looks ahead', closed({ a: { ...text, pattern: '^(?!x)' } })],
    ['a pattern that looks back', closed({ a: { ...text, pattern: '(?<=x)y' } })],
    ['properties that are none', closed({}, { properties: [] })],
  ])('%s', (_name, schema) => {
    expect(isStrictSchema(schema)).toBe(false);
  });
});

it('whatever is closed at every depth is strict, and is not once anything within is opened', () => {
  const leaf = fc.constantFrom(text, { type: 'integer' }, { type: ['boolean', 'null'] });
  const { schema } = fc.letrec<{ schema: Record<string, unknown> }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      tie('schema').map((items) => ({ type: 'array', items })),
      fc
        .dictionary(fc.string(), tie('schema'), { maxKeys: 3, noNullPrototype: true })
        .map((given) => closed(given)),
    ),
  }));
  fc.assert(
    fc.property(schema, (inner) => {
      expect(isStrictSchema(closed({ inner }))).toBe(true);
      const opened = JSON.parse(
        JSON.stringify(inner).replace('"additionalProperties":false', '"x":0'),
      ) as object;
      const isOpened = JSON.stringify(inner).includes('"additionalProperties":false');
      expect(isStrictSchema(closed({ inner: opened }))).toBe(!isOpened);
    }),
  );
});
