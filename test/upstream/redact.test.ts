import { describe, expect, it } from 'vitest';
import { redact, redactJson, secretsOf } from '../../src/upstream/redact.js';

describe('redact', () => {
  it.each([
    ['Bad key my-own-key!', 'Bad key [redacted]!'],
    ['my-own-key and my-own-key', '[redacted] and [redacted]'],
    ['Incorrect key sk-proj-abcdef123456 given', 'Incorrect key [redacted] given'],
    ['Incorrect key sk-proj-****6wxy given', 'Incorrect key [redacted] given'],
    ['Key ****6wxy', 'Key [redacted]'],
    ['AIzaSyA1234567890abc', '[redacted]'],
    ['header was "Bearer abc.def.ghi"', 'header was "[redacted]"'],
    ['BEARER token-of-theirs, they said', '[redacted], they said'],
    ['nothing of the kind', 'nothing of the kind'],
  ])('%s → %s', (text, redacted) => {
    expect(redact(text, ['my-own-key'])).toBe(redacted);
  });

  it('takes no text that is too short for a secret out', () => {
    expect(redact('an abc of it', ['', 'abc'])).toBe('an abc of it');
  });

  it('is linear in hostile texts', () => {
    for (const text of [
      'sk-'.repeat(50_000),
      'a'.repeat(200_000),
      '*'.repeat(200_000),
      'Bearer '.repeat(30_000),
    ]) {
      expect(typeof redact(text, ['my-own-key'])).toBe('string');
    }
  });

  it('goes through JSON, keys and values, to a depth', () => {
    const body = {
      message: 'my-own-key',
      list: ['my-own-key', 1, null, true],
      'my-own-key': { nested: 'x my-own-key' },
    };
    expect(redactJson(body, ['my-own-key'])).toEqual({
      message: '[redacted]',
      list: ['[redacted]', 1, null, true],
      '[redacted]': { nested: 'x [redacted]' },
    });
    const deep = JSON.parse(`${'{"a":'.repeat(5000)}"my-own-key"${'}'.repeat(5000)}`) as unknown;
    expect(JSON.stringify(redactJson(deep, ['my-own-key']))).not.toContain('my-own-key');
  });

  it('does not let a body change a prototype', () => {
    const redacted = redactJson(JSON.parse('{"__proto__":{"polluted":true},"a":"b"}'), []);
    expect(redacted).toEqual({ a: 'b' });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('knows which headers hold secrets', () => {
    expect(secretsOf({ 'x-api-key': 'k-1', Authorization: 'Basic dXNlcg==', 'x-team': 'blue' })).toEqual([
      'k-1',
      'k-1',
      'Basic dXNlcg==',
      'dXNlcg==',
    ]);
  });
});
