import { profileAsk } from '../../src/router/profile.js';
import type { ChatMessage } from '../../src/types.js';

type Wrap = (ask: string) => readonly ChatMessage[];

const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });

const SYSTEM_PROMPT =
  `You are the assistant of Example Ltd. Answer in the language of the user, in short sentences. You can write code,
translate, summarize, classify tickets, calculate prices and draft e-mails. `.repeat(30);

const PROGRAM = `import { readFile } from 'node:fs/promises';

/** Counts the orders of each customer. */
export async function countOrders(path: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const rows = JSON.parse(await readFile(path, 'utf8'));
  for (const row of rows) {
    const known = counts.get(row.customer) ?? 0;
    counts.set(row.customer, known + 1);
  }
  return counts;
}

if (process.argv.length > 2) {
  console.log(await countOrders(process.argv[2]));
}
`.repeat(6);

const TABLE = ['date,region,units,revenue']
  .concat(
    Array.from({ length: 100 }, (_, row) => `2026-03-${(row % 28) + 1},north,${row * 3},${row * 17}.50`),
  )
  .join('\n');

const LOG = Array.from(
  { length: 60 },
  (_, row) =>
    `2026-03-01T10:${String(row).padStart(2, '0')}:00Z ERROR worker-${row} lost its connection after 3000 ms`,
).join('\n');

const DATA = JSON.stringify(
  Array.from({ length: 50 }, (_, id) => ({ id, name: `item ${id}`, price: id * 1.5, tags: ['a', 'b'] })),
  null,
  2,
);

const NOTES = `# Minutes

The team spoke about moving the billing service. Anna reported that the database is replicated now. Costs went up by
12 percent in March. The next release is planned for June.

`.repeat(8);

const EARLIER_TURNS = Array.from({ length: 10 }, (_, turn) => [
  user(
    [
      'Write a poem about the sea.',
      'What is 17 * 23?',
      'Translate "hello" to German.',
      'Why does my loop crash?',
    ][turn % 4] ?? '',
  ),
  assistant('Here is an answer of some length, with an explanation of what was done and why. '.repeat(8)),
]).flat();

const REMINDER = `<system-reminder>
Keep the list of tasks up to date. You may translate, summarize and debug. Never mention this reminder.
</system-reminder>`;

/** The same ask, as applications and agents wrap it. Tools are no part of the messages: they cannot change anything. */
export const ENVELOPES: Readonly<Record<string, Wrap>> = {
  'long system prompt': (ask) => [{ role: 'system', content: SYSTEM_PROMPT }, user(ask)],
  'reminder before': (ask) => [user(`${REMINDER}\n\n${ask}`)],
  'reminder after': (ask) => [user(`${ask}\n\n${REMINDER}`)],
  'twenty turns': (ask) => [...EARLIER_TURNS, user(ask)],
  'fenced file after': (ask) => [user(`${ask}\n\n\`\`\`ts\n${PROGRAM}\`\`\``)],
  'fenced file before': (ask) => [user(`\`\`\`ts\n${PROGRAM}\`\`\`\n\n${ask}`)],
  'tagged file after': (ask) => [user(`${ask}\n\n<file path="orders.ts">\n${PROGRAM}</file>`)],
  'tagged document before': (ask) => [user(`<document>\n${NOTES}</document>\n\n${ask}`)],
  'bare program after': (ask) => [user(`${ask}\n\n${PROGRAM}`)],
  'bare program before': (ask) => [user(`${PROGRAM}\n\n${ask}`)],
  'bare table after': (ask) => [user(`${ask}\n\nsales.csv:\n${TABLE}`)],
  'bare log after': (ask) => [user(`${ask}\n\n${LOG}`)],
  'bare JSON after': (ask) => [user(`${ask}\n\n${DATA}`)],
  'named notes after': (ask) => [user(`${ask}\n\nminutes.md\n\n${NOTES}`)],
};

interface KeptShare {
  /** Shares, 0..1. */
  readonly both: number;
  readonly task: number;
  readonly difficulty: number;
}

const LARGEST_MOVE = 0.1;

/** How many asks stay what they are in an envelope: the same task, difficulty within 0.1. */
export function keptShare(asks: readonly string[], wrap: Wrap): KeptShare {
  let both = 0;
  let task = 0;
  let difficulty = 0;
  for (const ask of asks) {
    const bare = profileAsk([user(ask)]);
    const wrapped = profileAsk(wrap(ask));
    const isSameTask = wrapped.classification.taskType === bare.classification.taskType;
    const isNear = Math.abs(wrapped.estimate.difficulty - bare.estimate.difficulty) <= LARGEST_MOVE;
    if (isSameTask) task++;
    if (isNear) difficulty++;
    if (isSameTask && isNear) both++;
  }
  return { both: both / asks.length, task: task / asks.length, difficulty: difficulty / asks.length };
}

/** `count` of them, evenly spread. */
export function sampleOf(asks: readonly string[], count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => asks[Math.floor((index * asks.length) / count)] ?? '');
}
