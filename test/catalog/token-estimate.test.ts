import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundRequestTokens,
  estimateRequestTokens,
  upperRequestTokens,
  estimateTokens,
} from '../../src/catalog/token-estimate.js';
import type { ChatMessage, ChatParameters } from '../../src/types.js';

const user = (content: string): ChatMessage => ({ role: 'user', content });

/** Any text, lone surrogates included. */
const anyText = fc
  .array(fc.oneof(fc.nat(0xffff), fc.nat(0x7f), fc.integer({ min: 0xd800, max: 0xdfff })))
  .map((codes) => String.fromCharCode(...codes));

/** A sentence of ours in each language, and its characters per o200k token, counted. */
const LANGUAGES: readonly (readonly [language: string, charactersPerToken: number, text: string])[] = [
  [
    'English',
    5.87,
    'The committee published its report on regional transport after several months of study. ',
  ],
  ['Spanish', 5.53, 'El comité publicó su informe sobre el transporte regional después de varios meses. '],
  ['German', 4.72, 'Der Ausschuss hat seinen Bericht über den Verkehr in der Region im Herbst vorgelegt. '],
  ['Russian', 4.25, 'Комитет опубликовал отчёт о региональном транспорте после нескольких месяцев работы. '],
  ['Greek', 2.96, 'Η επιτροπή δημοσίευσε την έκθεσή της για τις μεταφορές μετά από αρκετούς μήνες. '],
  ['Arabic', 3.71, 'نشرت اللجنة تقريرها عن النقل الإقليمي بعد عدة أشهر من الدراسة. '],
  ['Hindi', 3.88, 'समिति ने कई महीनों के अध्ययन के बाद अपनी रिपोर्ट प्रकाशित की। '],
  ['Thai', 2.59, 'คณะกรรมการเผยแพร่รายงานเกี่ยวกับการขนส่งในภูมิภาคหลังจากศึกษาหลายเดือน'],
  ['Korean', 1.9, '위원회는 여러 달의 연구 끝에 지역 교통에 관한 보고서를 발표했다. '],
  ['Japanese', 1.22, '委員会は数か月の調査の後、地域の交通に関する報告書を発表しました。'],
  ['Chinese', 1.67, '委员会经过几个月的研究，发表了关于地区交通的报告。'],
];

describe('estimateTokens', () => {
  it.each(LANGUAGES)('is about right for %s, at %d characters per token', (_language, expected, text) => {
    const charactersPerToken = text.length / estimateTokens(text);
    // A single sentence may be off by a third; `npm run eval:tokens` has the error of whole texts.
    expect(charactersPerToken).toBeGreaterThan(expected * 0.67);
    expect(charactersPerToken).toBeLessThan(expected * 1.25);
  });

  it('counts code denser than prose, and a camelCase word as its parts', () => {
    expect(estimateTokens('const x = foo(bar[i]);\n  '.repeat(10))).toBeGreaterThan((25 * 10) / 3.6);
    expect(estimateTokens('readFileSync')).toBe(estimateTokens('read file sync'));
  });

  it('counts something for anything, never more than its bytes, and no text twice', () => {
    expect(estimateTokens('')).toBe(0);
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const whole = estimateTokens(a + b);
        expect(whole).toBeGreaterThanOrEqual((a + b).length / 64 - 1);
        expect(whole).toBeGreaterThanOrEqual(Math.min(1, (a + b).length));
        expect(whole).toBeLessThanOrEqual(new TextEncoder().encode(a + b).length);
      }),
    );
  });

  it('counts encoded bytes by far denser than words', () => {
    const base64 = 'q83vEjRWeJq83v8BI0VniavN7wEjRWeJq83vkL3aZ0ujcXhTYmVyRnVu'.repeat(20);
    expect(base64.length / estimateTokens(base64)).toBeLessThan(2.2);
    const hex = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'.repeat(20);
    expect(hex.length / estimateTokens(hex)).toBeLessThan(2.2);
    expect(estimateTokens('getElementById')).toBeLessThan(6);
  });

  it('reads a sample of a very long text, and is about as right', () => {
    const mixed = LANGUAGES.map(([, , text]) => text.repeat(40)).join('\n');
    const whole = mixed.repeat(Math.ceil(260_000 / mixed.length)).slice(0, 260_000);
    const perCharacter = estimateTokens(whole) / whole.length;
    const long = mixed.repeat(Math.ceil(3_000_000 / mixed.length));
    expect(estimateTokens(long) / long.length / perCharacter).toBeGreaterThan(0.95);
    expect(estimateTokens(long) / long.length / perCharacter).toBeLessThan(1.05);
  });

  it('stays linear on runs without an end', () => {
    for (const unit of ['a', ' ', '\n', '(', '7', '字', '😀', '\ud800']) {
      const once = estimateTokens(unit.repeat(10_000));
      const twice = estimateTokens(unit.repeat(20_000));
      expect(once).toBeGreaterThan(10_000 / 80);
      expect(twice / once).toBeCloseTo(2, 1);
    }
  });
});

const TOOL = {
  type: 'function' as const,
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

describe('upperRequestTokens', () => {
  it.each([
    ['tools', { tools: [{ type: 'function', function: { name: 'find_order' } }] }],
    ['functions', { functions: [{ name: 'find_order' }] }],
  ] as const)('has room for the prompt that vendors put before %s', (_name, offered) => {
    const parameters = offered as unknown as ChatParameters;
    const estimate = estimateRequestTokens([user('hello')], parameters);
    expect(upperRequestTokens([user('hello')], parameters, 1.5)).toBe(Math.ceil(1.5 * estimate) + 530);
    expect(upperRequestTokens([user('hello')], {}, 2)).toBe(2 * estimateRequestTokens([user('hello')], {}));
  });
});

describe('estimateRequestTokens', () => {
  it('adds the overhead of messages, tools, schemas and pictures', () => {
    const plain = estimateRequestTokens([user('hello')], {});
    expect(plain).toBe(estimateTokens('hello') + 4 + 3);
    expect(estimateRequestTokens([user('hello'), user('hello')], {})).toBeGreaterThan(plain);
    expect(estimateRequestTokens([user('hello')], { tools: [TOOL] })).toBe(
      plain + 7 + 3 + 3 + 12 + estimateTokens('weather:') + estimateTokens('city:string:'),
    );
    const format: ChatParameters = {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
    };
    expect(estimateRequestTokens([user('hello')], format)).toBeGreaterThan(plain + 10);
  });

  it('reads a sample of very many texts, and is about as right', () => {
    const texts = LANGUAGES.map(([, , text]) => text.repeat(4));
    const all = Array.from({ length: 20_000 }, (_, index) => texts[index % texts.length]!);
    const exact = all.reduce((sum, text) => sum + estimateTokens(text) + 4, 3);
    const estimate = estimateRequestTokens(all.map(user), {});
    expect(estimate / exact).toBeGreaterThan(0.95);
    expect(estimate / exact).toBeLessThan(1.05);
  });

  it('counts a picture by its detail, not by its bytes', () => {
    const picture = (detail: 'low' | 'high'): ChatMessage => ({
      role: 'user',
      content: [
        { type: 'text', text: 'hello' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(100_000)}`, detail } },
      ],
    });
    const plain = estimateRequestTokens([user('hello')], {});
    expect(estimateRequestTokens([picture('high')], {})).toBe(plain + 765);
    expect(estimateRequestTokens([picture('low')], {})).toBe(plain + 85);
  });

  it('counts tool calls, recordings and files', () => {
    const plain = estimateRequestTokens([user('')], {});
    const call: ChatMessage = {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
    };
    expect(estimateRequestTokens([call], {})).toBeGreaterThan(plain + 10);
    const media: ChatMessage = {
      role: 'user',
      content: [
        { type: 'input_audio', input_audio: { data: 'A'.repeat(5000), format: 'wav' } },
        { type: 'file', file: { file_data: 'A'.repeat(3000) } },
      ],
    };
    expect(estimateRequestTokens([media], {})).toBe(plain + 8);
  });
});

describe('boundRequestTokens', () => {
  const bytes = (text: string): number => new TextEncoder().encode(text).length;

  it('is at least the bytes of everything that is sent as text', () => {
    fc.assert(
      fc.property(fc.array(anyText), (texts) => {
        const bound = boundRequestTokens(texts.map(user), {});
        expect(bound).toBe(texts.reduce((sum, text) => sum + bytes(text) + 16, 16));
      }),
    );
    expect(boundRequestTokens([user('\ud83d\ude00 \ud83d x')], {})).toBe(16 + 16 + 4 + 1 + 3 + 2);
  });

  it('is never below the estimate', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const messages = [user(text)];
        const parameters = { tools: [TOOL] };
        expect(boundRequestTokens(messages, parameters)).toBeGreaterThanOrEqual(
          estimateRequestTokens(messages, parameters),
        );
      }),
    );
  });

  it('bounds media by a stated constant and their bytes, and survives parts it does not know', () => {
    const odd = { role: 'user', content: [null, 7, { type: 'video', url: 'x' }, { type: 'image_url' }] };
    const bound = boundRequestTokens([odd as unknown as ChatMessage], {});
    expect(bound).toBe(16 + 16 + 4 + 1 + bytes('{"type":"video","url":"x"}') + 16_384);
    const audio: ChatMessage = {
      role: 'user',
      content: [{ type: 'input_audio', input_audio: { data: 'A'.repeat(5000), format: 'wav' } }],
    };
    expect(boundRequestTokens([audio], {})).toBe(16 + 16 + 16_384 + 5000);
  });
});
