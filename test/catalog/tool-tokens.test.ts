import { describe, expect, it } from 'vitest';
import { toolTokens } from '../../src/catalog/tool-tokens.js';

/** Every text is one token: what is left are the rules. */
const one = (): number => 1;
const described = (parameters: unknown): unknown => ({
  type: 'function',
  function: { name: 'weather', description: 'Tells the weather.', parameters },
});

describe('toolTokens', () => {
  it('counts functions, their properties and enums by the published rules', () => {
    expect(toolTokens([], one)).toBe(0);
    expect(toolTokens([described(undefined)], one)).toBe(7 + 1 + 12);
    const parameters = {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['C', 'F'] } },
      required: ['city'],
    };
    const properties = 3 + 2 * (3 + 1) - 3 + 2 * (3 + 1);
    expect(toolTokens([described(parameters)], one)).toBe(7 + 1 + properties + 12);
    expect(toolTokens([described(parameters), described(parameters)], one)).toBe(
      2 * (7 + 1 + properties) + 12,
    );
    expect(toolTokens([{ name: 'older', parameters }], one)).toBe(7 + 1 + properties + 12);
  });

  it('measures name, type and description together, without the last period', () => {
    const seen: string[] = [];
    const parameters = { properties: { city: { type: 'string', description: 'Where.' } } };
    toolTokens([described(parameters)], (text) => seen.push(text));
    expect(seen).toEqual(['weather:Tells the weather', 'city:string:Where']);
  });

  it('counts schemas within schemas alike, and too deep ones by their JSON', () => {
    const nested = { items: { properties: { a: { type: 'number' } } }, type: 'array' };
    expect(toolTokens([described({ properties: { list: nested } })], one)).toBe(7 + 1 + 2 * (3 + 3 + 1) + 12);
    let deep: unknown = { type: 'string' };
    for (let level = 0; level < 1000; level++) deep = { type: 'object', properties: { a: deep } };
    const seen: string[] = [];
    toolTokens([described(deep)], (text) => seen.push(text));
    expect(seen.at(-1)).toContain('{"type":"object","properties":');
  });

  it('counts what it does not know as its JSON', () => {
    const seen: string[] = [];
    toolTokens([null, { type: 'custom' }, described({ anyOf: [{ type: 'null' }] })], (text) =>
      seen.push(text),
    );
    expect(seen).toEqual([
      'null',
      '{"type":"custom"}',
      'weather:Tells the weather',
      '{"anyOf":[{"type":"null"}]}',
    ]);
  });
});
