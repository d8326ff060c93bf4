/**
 * `npm run eval:lengths [-- --data <directory>]`: what output caps cut and free, and how often a cost lies in its
 * interval, on lengths of answers. Recorded ones where the routing files are given (`mmlu_pro_new`, `zeroeval_crux`, whose
 * estimated costs give the lengths back), else synthetic ones, which are named so. Every figure is of an answer that
 * the history had not seen.
 */
import { parseArgs } from 'node:util';
import { recordedStreams } from './lengths/recorded.js';
import { replayLengths } from './lengths/replay.js';
import { syntheticStreams } from './lengths/synthetic.js';

const { values } = parseArgs({ options: { data: { type: 'string' } } });
const streams = [
  ...(values.data === undefined ? [] : await recordedStreams(values.data)),
  ...syntheticStreams(5000),
];

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const usd = (amount: number): string => `$${amount.toFixed(3)}`;

console.log(
  '| answers | n | cap | cut | USD held in a call | freed | not spent on what was cut | within the 90 % interval |',
);
console.log('| --- | --: | --- | --: | --: | --: | --: | --: |');
for (const stream of streams) {
  for (const caps of ['prior', 'history'] as const) {
    const { answers, cut, heldUsd, uncappedUsd, savedUsd, covered, judged } = replayLengths(stream, caps);
    const within = judged === 0 ? '' : percent(covered / judged);
    console.log(
      `| ${stream.name} | ${answers} | ${caps} | ${percent(cut / answers)} | ${usd(heldUsd / answers)} | ${percent(1 - heldUsd / uncappedUsd)} | ${usd(savedUsd / answers)} | ${within} |`,
    );
  }
}
