import { describe, expect, it } from 'vitest';
import { profileAsk } from '../../src/router/profile.js';
import type { ChatMessage } from '../../src/types.js';

const user = (content: string): ChatMessage => ({ role: 'user', content });
const REMINDER =
  '<system-reminder>You must never write code without tests. Debug errors first. Is that clear?</system-reminder>';
const SYSTEM: ChatMessage = {
  role: 'system',
  content: 'You are a coding agent. You must fix bugs, write Python functions and prove theorems. '.repeat(
    60,
  ),
};
const TURNS: readonly ChatMessage[] = Array.from({ length: 20 }, (_, turn) =>
  turn % 2 === 0
    ? user('Fix the bug in this function: it throws a TypeError in the async loop.')
    : { role: 'assistant', content: 'Done: ```js\nreturn 1;\n```' },
);
const FILE = '\n<file path="invoice.csv">\nname,total\nAda,12\nBob,7\n</file>';
const FENCE = `\n\`\`\`csv\n${'name,total\nAda,12\n'.repeat(40)}\`\`\``;

const ASKS = [
  'Translate the greeting "good morning" into Portuguese.',
  'Write a limerick about a lighthouse keeper.',
  'What is the capital of Mongolia, and since when?',
  'Suggest three names for a bakery.',
  'If a train covers 240 km in 3 hours, how many km does it cover in 5 hours?',
  'Compare the advantages and disadvantages of remote work.',
  'Schreibe eine E-Mail an meinen Vermieter wegen der Heizung.',
  '请推荐一些适合初学者的书',
];

describe.each(ASKS)('"%s"', (ask) => {
  const bare = profileAsk([user(ask)]);

  it.each<[string, readonly ChatMessage[]]>([
    ['a long system prompt', [SYSTEM, user(ask)]],
    ['reminder blocks', [user(`${REMINDER}\n${ask}\n${REMINDER}`)]],
    ['twenty turns of something else', [...TURNS, user(ask)]],
    ['a pasted file', [user(`${ask}${FILE}`)]],
    ['a fenced paste', [user(`${ask}${FENCE}`)]],
    ['all of it', [SYSTEM, ...TURNS, user(`${REMINDER}${ask}${FILE}`)]],
    ['a bare "go on" after it', [user(ask), { role: 'assistant', content: 'Shall I?' }, user('yes, please')]],
  ])('is the same within %s', (_, messages) => {
    const profile = profileAsk(messages);
    expect(profile.classification.taskType).toBe(bare.classification.taskType);
    expect(Math.abs(profile.estimate.difficulty - bare.estimate.difficulty)).toBeLessThanOrEqual(0.1);
  });
});

describe('profileAsk', () => {
  it('measures numbers only', () => {
    const { features } = profileAsk([SYSTEM, user('Why is the sky blue?')]);
    for (const value of Object.values(features)) expect(Number.isFinite(value)).toBe(true);
    expect(features).toMatchObject({ words: 5, turns: 2 });
  });

  it('drops unlikely tasks and shares the rest', () => {
    const { tasks } = profileAsk([user('Translate this sentence into French.')]);
    expect(tasks.reduce((sum, [, share]) => sum + share, 0)).toBeCloseTo(1, 10);
    expect(tasks.length).toBeLessThan(8);
  });

  it('believes a classifier of the user, even one without a distribution', () => {
    const classify = () => ({ taskType: 'writing', confidence: 1, distribution: {} }) as const;
    const { classification, tasks } = profileAsk([user('2 + 2?')], { classify });
    expect(classification.taskType).toBe('writing');
    expect(tasks).toEqual([['writing', 1]]);
  });
});
