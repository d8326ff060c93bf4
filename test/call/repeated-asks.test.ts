import { describe, expect, it } from 'vitest';
import type { ChatMessage } from 'routell';
import type { AskEvidence } from '../../src/call/ask-evidence.js';
import { RepeatedAsks } from '../../src/call/repeated-asks.js';

const evidence: AskEvidence = {
  callId: 'first',
  model: 'm',
  segments: [],
  difficulty: 0.3,
  difficultyUncertainty: 0.2,
};
const user = (content: ChatMessage['content']): ChatMessage => ({ role: 'user', content }) as ChatMessage;
const answer: ChatMessage = { role: 'assistant', content: 'so and so' };
const text = (words: string): ChatMessage => user([{ type: 'text', text: words }]);

/** The call that is complained of where a session is answered `before` and then asks `again`. */
function complaint(
  before: readonly ChatMessage[],
  again: readonly ChatMessage[],
  pauseMs = 4000,
): string | undefined {
  const asks = new RepeatedAsks();
  asks.answered('s', evidence, { messages: before, nowMs: 1000 });
  return asks.earlier('s', again, 1000 + pauseMs)?.callId;
}
const repeated = (first: ChatMessage, second = first): string | undefined =>
  complaint([first], [first, answer, second]);

const chinese = '请把这段话翻译成英文我明天要用非常着急谢谢你的帮助这是一个很长的句子没有任何空格和标点';
const japanese = 'この文章を英語に翻訳してください明日使うので急いでいます';
const thai = 'ช่วยแปลข้อความนี้เป็นภาษาอังกฤษให้หน่อยได้ไหมต้องใช้พรุ่งนี้';

describe('RepeatedAsks', () => {
  it('notices the same ask, in place of the first or after its answer', () => {
    const ask = user('Compute the sum of these numbers.');
    expect(repeated(ask)).toBe('first');
    expect(complaint([ask], [ask])).toBe('first');
    expect(complaint([ask], [ask], 121_000)).toBeUndefined();
    expect(repeated(ask, user('Write a poem about the sea.'))).toBeUndefined();
  });

  it.each(['continue', 'Yes, go on.', 'weiter', '继续', '2', 'tell me more', 'Next one, please'])(
    'does not take "%s" twice for a complaint',
    (words) => {
      const before = [user('Write a long story about a ship.'), answer, user(words)];
      expect(complaint(before, [...before, answer, user(words)])).toBeUndefined();
    },
  );

  it.each([chinese, japanese, thai])(
    'notices nearly the same where no spaces set words apart: %s',
    (words) => {
      expect(repeated(user(words), user(`${words}吗`))).toBe('first');
      expect(repeated(user(words), user(Array.from(words).reverse().join('')))).toBeUndefined();
    },
  );

  it('reads the text of content parts', () => {
    const words = 'Compute the sum of these numbers.';
    expect(repeated(text(words))).toBe('first');
    expect(repeated(user(words), text(words))).toBe('first');
  });

  it('knows nothing of parts that are no text', () => {
    const picture = (url: string): ChatMessage =>
      user([
        { type: 'text', text: 'What is to be seen in this picture?' },
        { type: 'image_url', image_url: { url } },
      ]);
    expect(repeated(picture('https://a.test/1.png'), picture('https://a.test/2.png'))).toBeUndefined();
  });
});
