import * as fc from 'fast-check';
import { zodResponseFormat } from 'openai/helpers/zod';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { seededRandom } from '../../src/testing/random.js';
import { valueForSchema } from '../../src/testing/schema-answer.js';
import { user, withSimulator } from './with-simulator.js';

const fill = (schema: unknown, seed = 1) => valueForSchema(schema, { random: seededRandom(seed) });

const leaf = fc.oneof(
  fc.constant(z.boolean()),
  fc.constant(z.null()),
  fc.constantFrom(z.email(), z.uuid(), z.iso.date(), z.iso.datetime(), z.url(), z.ipv4()),
  fc.nat(30).map((length) => z.string().min(length)),
  fc.nat(30).map((length) => z.string().max(length)),
  fc.constantFrom(z.string().regex(/^[A-Z]{3}$/), z.string().regex(/^\d{5}$/)),
  fc.constant(z.enum(['red', 'green', 'blue'])),
  fc.constant(z.literal('fixed')),
  fc.integer({ min: -1000, max: 1000 }).map((least) =>
    z
      .int()
      .min(least)
      .max(least + 3),
  ),
  fc.integer({ min: -1000, max: 1000 }).map((most) => z.int().lt(most)),
  fc.integer({ min: -1000, max: 1000 }).map((least) => z.number().gt(least)),
  fc.integer({ min: 1, max: 50 }).map((step) => z.number().multipleOf(step)),
);
const schemas = fc.letrec<{ any: z.ZodType }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    tie('any').map((item) => z.array(item)),
    fc.tuple(tie('any'), fc.nat(4)).map(([item, least]) =>
      z
        .array(item)
        .min(least)
        .max(least + 1),
    ),
    fc.tuple(tie('any'), tie('any')).map(([first, second]) => z.tuple([first, second])),
    fc.tuple(tie('any'), tie('any')).map(([first, second]) => z.union([first, second])),
    tie('any').map((inner) => inner.nullable()),
    fc
      .tuple(tie('any'), tie('any'), tie('any'))
      .map(([a, b, c]) => z.object({ name: a, value: b, maybe: c.optional() })),
  ),
})).any;

describe('valueForSchema', () => {
  it('gives values that the schema accepts', () => {
    fc.assert(
      fc.property(schemas, fc.nat(), (schema, seed) => {
        schema.parse(fill(z.toJSONSchema(schema), seed));
      }),
      { numRuns: 300, seed: 20261015 },
    );
  });

  it('comes to an end on recursive schemas', () => {
    interface Tree {
      label: string;
      children: Tree[];
      next: Tree | null;
    }
    const tree: z.ZodType<Tree> = z.lazy(() =>
      z.object({ label: z.string(), children: z.array(tree), next: tree.nullable() }),
    );
    tree.parse(fill(z.toJSONSchema(tree)));
    const endless = { $ref: '#/$defs/again', $defs: { again: { $ref: '#/$defs/again' } } };
    expect(fill(endless)).toBeNull();
  });

  it('joins the parts of allOf', () => {
    const schema = {
      allOf: [
        { properties: { a: { type: 'integer' } }, required: ['a'] },
        { $ref: '#/$defs/b' },
        { required: ['c'] },
      ],
      $defs: { b: { properties: { 'b/b': { const: 7 } }, required: ['b/b'] } },
    };
    expect(fill(schema)).toEqual({ a: expect.any(Number) as number, 'b/b': 7, c: 'simulated c' });
  });

  it('makes the best of what is no schema', () => {
    expect(fill(null)).toEqual({});
    expect(fill({ type: 'array' })).toHaveLength(2);
    expect(fill({ items: { type: 'boolean' } })).toHaveLength(2);
    expect(fill({ type: 'string', pattern: '(' })).toBe('simulated value');
    expect(fill({ type: 'number', minimum: 2.001, maximum: 2.002 })).toBeCloseTo(2.0015);
    expect(fill({ type: 'object', properties: { __proto__: null, a: true }, required: ['a'] })).toEqual({
      a: 'simulated a',
    });
  });
});

describe('response_format', () => {
  it('json_schema: the official parse() gives the typed object', async () => {
    const { openai } = await withSimulator();
    const Person = z.object({
      name: z.string(),
      age: z.int().min(0).max(130),
      tags: z.array(z.enum(['a', 'b'])),
      address: z.object({ city: z.string(), zip: z.string().nullable() }),
    });
    const { choices } = await openai.chat.completions.parse({
      model: 'gpt-6-sol',
      messages: [user('Extract the person')],
      response_format: zodResponseFormat(Person, 'person'),
    });
    expect(Person.parse(choices[0]?.message.parsed)).toBeDefined();
  });

  it('json_object: any object', async () => {
    const { openai } = await withSimulator();
    for (const format of [{ type: 'json_object' }, { type: 'json' as 'json_object' }] as const) {
      const { choices } = await openai.chat.completions.create({
        model: 'gemini-3.8-flash',
        messages: [user('Answer in JSON')],
        response_format: format,
      });
      expect(JSON.parse(choices[0]!.message.content!)).toMatchObject({ simulated: true });
    }
  });
});
