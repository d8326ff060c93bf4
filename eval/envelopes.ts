/**
 * What an ask is wrapped in must not change what it is taken for: `npm run eval:envelopes -- --data <folder of labelled
 * asks>`. Prints for each envelope how many of 500 asks keep their task, and their difficulty within 0.1.
 */
import { parseArgs } from 'node:util';
import { ENVELOPES, keptShare, sampleOf } from './envelopes/contract.js';
import { readPrompts } from './envelopes/prompts.js';

const { values } = parseArgs({ options: { data: { type: 'string' } } });
if (values.data === undefined) throw new Error('--data <folder> names the labelled asks.');

const asks = sampleOf(readPrompts(values.data), 500);
for (const [name, wrap] of Object.entries(ENVELOPES)) {
  const { both, task, difficulty } = keptShare(asks, wrap);
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`.padStart(8);
  console.log(
    `${name.padEnd(24)} task and difficulty ${percent(both)}   task ${percent(task)}   difficulty ${percent(difficulty)}`,
  );
}
