import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgePrompt, probabilityOfGood } from '../../src/testing/judge.js';
import { languageOf } from '../../src/testing/phrases.js';
import { PromptCache } from '../../src/testing/prompt-cache.js';
import { seededRandom } from '../../src/testing/random.js';
import { textAnswer } from '../../src/testing/text-answer.js';
import { machineClock } from '../../src/testing/time.js';
import { countTokens, splitTokens, startOf } from '../../src/testing/tokens.js';

describe('tokens', () => {
  it('join to the text again and are counted alike', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const tokens = splitTokens(text);
        expect(tokens.join('')).toBe(text);
        expect(tokens).toHaveLength(countTokens(text));
        expect(tokens).not.toContain('');
        for (const token of tokens) expect(() => encodeURIComponent(token)).not.toThrow();
      }),
    );
  });

  it('are of plausible number', () => {
    expect(countTokens('The quick brown fox jumps over the lazy dog.')).toBe(10);
    expect(countTokens('今天天气很好')).toBe(6);
    expect(countTokens('')).toBe(0);
    expect(startOf('a👩‍🚀', 2)).toBe('a');
  });
});

describe('judgePrompt', () => {
  const judge = (text: string) => judgePrompt([{ role: 'user', text }]);

  it.each([
    ['Translate this into French: good morning', 'translation'],
    ['Fasse den Text bitte zusammen', 'summarization'],
    ['Fix the bug in my parser', 'code_debug'],
    ['Write a TypeScript function that sorts', 'code_generation'],
    ['What is 17 * 23?', 'math'],
    ['Write a poem about rain', 'creative_writing'],
    ['你好', 'conversation'],
    ['Who wrote Faust?', 'question_answering'],
    ['Hmm', 'conversation'],
  ])('%s → %s', (text, task) => {
    expect(judge(text).task).toBe(task);
  });

  it('finds harder what sounds harder, and stays within 0..1', () => {
    expect(judge('Prove it rigorously, with edge cases').difficulty).toBeGreaterThan(
      judge('A simple, quick question?').difficulty,
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { difficulty } = judge(text);
        expect(difficulty).toBeGreaterThan(0);
        expect(difficulty).toBeLessThan(1);
      }),
    );
    expect(judgePrompt([]).task).toBe('conversation');
    expect(judge(`${'word '.repeat(5000)} translate this`).task).toBe('translation');
  });

  it('favours skill and ease', () => {
    expect(probabilityOfGood(1500, 0.5)).toBeGreaterThan(probabilityOfGood(1300, 0.5));
    expect(probabilityOfGood(1400, 0.2)).toBeGreaterThan(probabilityOfGood(1400, 0.8));
    expect(probabilityOfGood(1250, 0.5)).toBe(0.5);
  });
});

describe('textAnswer', () => {
  const answer = (task: string, ask: string) => textAnswer('m', task, ask, seededRandom(3));

  it('says that it is simulated, in the language of the ask', () => {
    expect(answer('question_answering', 'Was ist der Unterschied und wie geht das?')).toMatch(
      /^\[simulated m\] Zu „Was ist/,
    );
    expect(answer('question_answering', '天気はどうですか')).toContain('について');
    expect(answer('conversation', 'Hello')).toMatch(/^\[simulated m\] Hello!/);
  });

  it.each([
    ['typescript', 'Write a TypeScript function'],
    ['sql', 'Write a SQL query'],
    ['rust', 'Write it in Rust'],
    ['python', 'Write code'],
  ])('writes %s where that is asked for', (language, ask) => {
    expect(answer('code_generation', ask)).toContain('```' + language + '\n');
  });

  it('is longer where the task is', () => {
    expect(countTokens(answer('creative_writing', 'Tell a story'))).toBeGreaterThan(150);
    expect(countTokens(answer('classification', 'Classify'))).toBeLessThan(30);
  });

  it('repeats no more than a little of the ask', () => {
    const text = answer('analysis', 'x'.repeat(500));
    expect(text).toContain('x'.repeat(48) + '…');
    expect(text).not.toContain('x'.repeat(49));
  });
});

describe('languageOf', () => {
  it.each([
    ['en', 'What is the best way to do this?'],
    ['de', 'Wie ist das Wetter und was ist mit der Zeit?'],
    ['fr', 'Quelle est la capitale de la France pour les enfants ?'],
    ['es', '¿Qué es el aprendizaje y por qué se usa para los datos?'],
    ['pt', 'Como é que você faz isso para uma empresa?'],
    ['ru', 'Что такое машинное обучение?'],
    ['ko', '안녕하세요'],
    ['ar', 'ما هو'],
    ['hi', 'यह क्या है'],
  ])('%s: %s', (language, text) => {
    expect(languageOf(text)).toBe(language);
  });
});

describe('PromptCache', () => {
  const prompt = 'word '.repeat(2000);

  /** Reads a prompt to its end and tells how much of it was known. */
  const read = (cache: PromptCache, model: string, text: string, now: number): number => {
    const { cached, learn } = cache.read(model, text, now);
    learn(now);
    return cached;
  };

  it('knows a prompt for ten minutes, per model', () => {
    const cache = new PromptCache();
    expect(read(cache, 'a', prompt, 0)).toBe(0);
    expect(read(cache, 'b', prompt, 0)).toBe(0);
    expect(read(cache, 'a', prompt + 'more', 600_000)).toBe(1920);
    expect(read(cache, 'a', prompt, 1_200_001)).toBe(0);
  });

  it('knows a prompt only once it was read', () => {
    const cache = new PromptCache();
    const first = cache.read('a', prompt, 0);
    expect(cache.read('a', prompt, 10).cached).toBe(0);
    first.learn(20);
    expect(cache.read('a', prompt, 30).cached).toBe(1920);
  });

  it('knows nothing of short prompts', () => {
    const cache = new PromptCache();
    read(cache, 'a', 'word '.repeat(1000), 0);
    expect(read(cache, 'a', 'word '.repeat(1000), 0)).toBe(0);
  });
});

describe('machineClock', () => {
  it('sleeps until it is told not to', async () => {
    const before = machineClock.monotonic();
    await machineClock.sleep(1);
    expect(machineClock.monotonic()).toBeGreaterThan(before);
    expect(machineClock.now()).toBeGreaterThan(Date.UTC(2020, 1));
    const leave = new AbortController();
    const sleeping = machineClock.sleep(60_000, leave.signal);
    leave.abort();
    await expect(sleeping).rejects.toThrow('aborted');
  });
});
