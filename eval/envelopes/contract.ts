import { ModelRouter } from '../../src/router/model-router.js';
import type { RoutingDecision } from '../../src/router/router.js';
import type { ChatMessage, ChatParameters } from '../../src/types.js';

/** A request as an application sends it. */
interface Enveloped {
  readonly messages: readonly ChatMessage[];
  readonly parameters?: ChatParameters;
}

type Wrap = (ask: string) => Enveloped;

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

const PURPOSES = [
  ['translate', 'Translates a text to German or French.'],
  ['summarize', 'Summarizes a document in three sentences.'],
  ['run_code', 'Writes, runs and debugs a Python program, and explains its stack traces.'],
  ['calculate', 'Solves an equation or computes an integral, step by step, and proves the result.'],
  ['classify', 'Classifies a support ticket by product and urgency.'],
  ['extract', 'Extracts names, dates and amounts from an invoice as JSON.'],
  ['draft', 'Drafts an e-mail, a poem or a blog post in the tone that is wanted.'],
  ['search', 'Searches the web, compares what it finds, and cites its sources.'],
] as const;

/** What tools say of themselves is full of other tasks. */
const TOOLS: ChatParameters['tools'] = Array.from({ length: 32 }, (_, index) => {
  const [verb, purpose] = PURPOSES[index % PURPOSES.length] ?? PURPOSES[0];
  return {
    type: 'function',
    function: {
      name: `${verb}_${index}`,
      description: `${purpose} Use it whenever the user asks for it. Never call it twice for one request.`,
      parameters: {
        type: 'object',
        properties: {
          input: { type: 'string', description: `What to ${verb}.` },
          limit: { type: 'integer', minimum: 1, maximum: 100, description: 'At most so many results.' },
          language: { type: 'string', enum: ['en', 'de', 'fr'] },
        },
        required: ['input'],
      },
    },
  };
});

const said = (...messages: readonly ChatMessage[]): Enveloped => ({ messages });

/** The same ask, as applications and agents wrap it. */
export const ENVELOPES: Readonly<Record<string, Wrap>> = {
  'long system prompt': (ask) => said({ role: 'system', content: SYSTEM_PROMPT }, user(ask)),
  'reminder before': (ask) => said(user(`${REMINDER}\n\n${ask}`)),
  'reminder after': (ask) => said(user(`${ask}\n\n${REMINDER}`)),
  'twenty turns': (ask) => said(...EARLIER_TURNS, user(ask)),
  'fenced file after': (ask) => said(user(`${ask}\n\n\`\`\`ts\n${PROGRAM}\`\`\``)),
  'fenced file before': (ask) => said(user(`\`\`\`ts\n${PROGRAM}\`\`\`\n\n${ask}`)),
  'tagged file after': (ask) => said(user(`${ask}\n\n<file path="orders.ts">\n${PROGRAM}</file>`)),
  'tagged document before': (ask) => said(user(`<document>\n${NOTES}</document>\n\n${ask}`)),
  'bare program after': (ask) => said(user(`${ask}\n\n${PROGRAM}`)),
  'bare program before': (ask) => said(user(`${PROGRAM}\n\n${ask}`)),
  'bare table after': (ask) => said(user(`${ask}\n\nsales.csv:\n${TABLE}`)),
  'bare log after': (ask) => said(user(`${ask}\n\n${LOG}`)),
  'bare JSON after': (ask) => said(user(`${ask}\n\n${DATA}`)),
  'named notes after': (ask) => said(user(`${ask}\n\nminutes.md\n\n${NOTES}`)),
  'with 32 tools': (ask) => ({
    messages: [user(ask)],
    parameters: { tools: TOOLS, tool_choice: 'auto', parallel_tool_calls: true },
  }),
};

interface KeptShare {
  /** Shares, 0..1. */
  readonly both: number;
  readonly task: number;
  readonly difficulty: number;
}

const LARGEST_MOVE = 0.1;

/** How many asks stay what they are in an envelope, as the router decides: the same task, difficulty within 0.1. */
export function keptShare(asks: readonly string[], wrap: Wrap): KeptShare {
  const router = new ModelRouter();
  const decisionOn = ({ messages, parameters = {} }: Enveloped): RoutingDecision =>
    router.previewRequest(messages, undefined, {}, { parameters }).routingDecision;
  let both = 0;
  let task = 0;
  let difficulty = 0;
  for (const ask of asks) {
    const bare = decisionOn(said(user(ask)));
    const wrapped = decisionOn(wrap(ask));
    const isSameTask = wrapped.taskType === bare.taskType;
    const isNear = Math.abs(wrapped.difficulty - bare.difficulty) <= LARGEST_MOVE;
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
