import type { ChatMessage, ChatOptions } from 'routell';

export interface Prompt {
  readonly title: string;
  readonly messages: readonly ChatMessage[];
  readonly options?: ChatOptions;
}

const ask = (title: string, content: string, options?: ChatOptions): Prompt => ({
  title,
  messages: [{ role: 'user', content }],
  ...(options === undefined ? {} : { options }),
});

/** A log of a few thousand lines: a long context with one question at its end. */
const serviceLog = Array.from(
  { length: 900 },
  (_, line) =>
    `2026-10-14T0${line % 10}:${String(line % 60).padStart(2, '0')}:07Z api-${line % 7} request ${line} took ${(line * 37) % 910} ms, status ${line % 97 === 0 ? 503 : 200}`,
).join('\n');

/** One red pixel. */
const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

export const prompts: readonly Prompt[] = [
  ask('greeting', 'Hi there! How are you today?'),
  ask('capital', 'What is the capital of Australia?'),
  ask('machine learning', 'What is machine learning? Explain it in three sentences.'),
  ask('debounce', 'Write a TypeScript function that debounces an async function and keeps its types.'),
  ask(
    'mend a bug',
    'This function should return the median but fails for even lengths. Fix it:\n```python\ndef median(xs):\n    xs.sort()\n    return xs[len(xs) // 2]\n```',
  ),
  ask('explain code', 'Explain what this line does: const once = f => (...a) => f && (f = void f(...a));'),
  ask(
    'lock-free queue',
    'Design a lock-free multi-producer queue in Rust, prove that it is linearizable, and discuss memory ordering.',
  ),
  ask('percentage', 'What is 15 % of 80?'),
  ask(
    'number theory',
    'Prove that there are infinitely many primes congruent to 3 modulo 4, and say where the same argument fails for 1 modulo 4.',
  ),
  ask(
    'three switches',
    'Three switches outside a closed room control three lamps. You may enter once. How do you find out which is which?',
  ),
  ask('translate', 'Translate into French: "The meeting has been moved to Thursday at nine."'),
  ask('Übersetzung', 'Übersetze ins Englische: „Die Lieferung verzögert sich um zwei Tage.“'),
  ask(
    'resumen',
    'Resume en dos frases: La fotosíntesis convierte la luz en energía química. Ocurre en los cloroplastos y libera oxígeno.',
  ),
  ask('俳句', '秋の夜についての俳句を一つ書いてください。'),
  ask('分类', '判断这条评论是正面还是负面：“电池两天就坏了，客服也不回复。”'),
  ask('объяснение', 'Объясни простыми словами, почему небо голубое.'),
  ask(
    'extract',
    'Extract all e-mail addresses: "Write to ana@example.org or to the desk, desk@example.com, not to @team."',
  ),
  ask(
    'classify',
    'Classify the sentiment as positive, negative or neutral: "It works, but the manual is useless."',
  ),
  ask('rewrite', 'Rewrite this more politely: "Send me the report now, you are late again."'),
  ask('cover letter', 'Write a short cover letter for a junior gardener who loves old trees.'),
  ask('names', 'Brainstorm ten names for a bakery that opens at four in the morning.'),
  ask(
    'trade-offs',
    'Analyse the trade-offs of event sourcing against plain CRUD for a small hospital, and recommend one.',
  ),
  ask('long log', `${serviceLog}\n\nWhich hosts answered with status 503, and how often?`),
  ask('weather tool', 'What is the weather in Lisbon right now? Use the tool.', {
    tools: [
      {
        type: 'function',
        function: {
          name: 'get_weather',
          description: 'The current weather of a city',
          parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
      },
    ],
  }),
  {
    title: 'image',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What colour is this picture?' },
          { type: 'image_url', image_url: { url: pixel } },
        ],
      },
    ],
  },
  ask('JSON schema', 'Give me the invoice as JSON: 3 chairs at 40 euros each, paid on 2026-10-02.', {
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'invoice',
        schema: {
          type: 'object',
          properties: {
            item: { type: 'string' },
            quantity: { type: 'integer' },
            totalEuros: { type: 'number' },
            paidOn: { type: 'string' },
          },
          required: ['item', 'quantity', 'totalEuros', 'paidOn'],
          additionalProperties: false,
        },
      },
    },
  }),
];

export const streamed: Prompt = ask(
  'story, streamed',
  'Write a short story about a lighthouse that learns to whisper.',
  {
    max_tokens: 160,
  },
);
