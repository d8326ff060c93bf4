import { describe, expect, it } from 'vitest';
import { RouteLLClient } from 'routell';
import { brokenAnswerIn, restOf } from '../../src/testing/continuation.js';
import type { RequestMessage } from '../../src/testing/messages.js';
import { countTokens } from '../../src/testing/tokens.js';
import { user, withSimulator } from './with-simulator.js';

const says = (role: RequestMessage['role'], text: string): RequestMessage => ({
  role,
  text,
  images: 0,
  toolCallIds: [],
  counted: text,
});

describe('an answer that broke off', () => {
  const ask = says('user', 'Name three rivers.');
  const answer = says('assistant', 'The Rhine, the Dan');

  it('is known by what is asked for, and its last words by their being said again', () => {
    const rest = says('user', 'You were cut off. Continue with: Rhine, the Dan');
    expect(brokenAnswerIn([ask, answer, rest])).toEqual({
      asked: [ask],
      said: answer.text,
      lastWords: 'Rhine, the Dan',
    });
    expect(brokenAnswerIn([ask, answer, says('user', 'You were interrupted, go on.')])?.lastWords).toBe('');
    const [little, again] = [says('assistant', 'A'), says('user', 'You were cut off. Continue with: A')];
    expect(brokenAnswerIn([ask, little, again])?.lastWords).toBe('A');
  });

  it.each([
    [[ask, answer, says('user', 'Continue the list.')]],
    [[ask, answer, says('user', 'The connection broke off.')]],
    [[ask, says('user', 'You were cut off, continue.')]],
    [[ask]],
  ])('is none otherwise', (messages) => {
    expect(brokenAnswerIn(messages)).toBeNull();
  });

  it('is gone on with, or begun anew', () => {
    const broken = { asked: [ask], said: 'The Rhine, the ', lastWords: 'Rhine, the' };
    const whole = 'The Rhine, the Danube.';
    expect(restOf(whole, broken, () => 0.9)).toBe('Rhine, the Danube.');
    expect(restOf(whole, { ...broken, lastWords: '' }, () => 0.9)).toBe('Danube.');
    expect(restOf(whole, broken, () => 0)).toBe(whole);
    const other = 'Nile, Amazon, Yangtze, and many more.';
    const skipped = countTokens(broken.said);
    const rest = restOf(other, broken, () => 0.9);
    expect(countTokens(rest.slice('Rhine, the '.length))).toBe(countTokens(other) - skipped);
  });
});

describe('with a client that resumes', () => {
  it('the text of one model is what it is without a cut, wherever it is cut', async () => {
    const { simulator } = await withSimulator();
    await using client = new RouteLLClient({
      baseURL: simulator.baseURL,
      apiKey: simulator.apiKey,
      rateLimits: { requestsPerMinute: null, requestsPerHour: null, burst: null },
      retries: { maxRetries: 3, retryDelayMs: 1 },
    });
    const asks = ['Write a poem about rain.', 'Write a SQL query.', '你好', 'Vergleiche Tee und Kaffee.'];
    for (const [index, content] of asks.entries()) {
      for (let tokens = 1; tokens < 20; tokens += 3) {
        const options = { model: 'gpt-6-luna', resume: true };
        simulator.setFaults([]);
        const whole = await client.streamCompletion([user(content)], options).result;
        simulator.setFaults([{ fault: 'cut-stream', tokens: tokens + index, times: 1 }]);
        const result = await client.streamCompletion([user(content)], options).result;
        if (!whole.success) throw whole.error;
        if (!result.success) throw result.error;
        expect(result.content).toBe(whole.content);
      }
    }
  });
});
