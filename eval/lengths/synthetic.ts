import { seededRandom } from '../../src/evaluation/random.js';
import type { LengthStream } from './replay.js';

type Draw = (random: () => number, call: number, calls: number) => number;

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const logNormal =
  (median: number, sigma: number): Draw =>
  (random) =>
    median * Math.exp(sigma * normal(random));

/** Tokens of an answer, by what they are like. */
const SHAPES: Readonly<Record<string, Draw>> = {
  'log-normal, σ 0.7, around the prior': logNormal(390, 0.7),
  'log-normal, σ 1, six times the prior': logNormal(3000, 1),
  'log-normal, σ 0.5, a tenth of the prior': logNormal(50, 0.5),
  'bimodal: 40, or one in 50 about 6000': (random) =>
    (random() < 0.02 ? logNormal(6000, 0.3) : logNormal(40, 0.4))(random, 0, 0),
  'heavy tail: Pareto, α 1.5, from 150': (random) => 150 / (1 - random()) ** (1 / 1.5),
  'drifting: 300 to 6000, slowly': (random, call, calls) =>
    logNormal(300 * 20 ** (call / calls), 0.7)(random, 0, 0),
  'a jump at half-time, eightfold': (random, call, calls) =>
    logNormal(call < calls / 2 ? 390 : 3120, 0.7)(random, 0, 0),
};

/** Lengths from distributions: seeded, and nobody's. */
export function syntheticStreams(calls: number): readonly LengthStream[] {
  return Object.entries(SHAPES).map(([name, draw], index) => {
    const random = seededRandom(index + 1);
    const answers = Array.from({ length: calls }, (_, call) => ({
      inputTokens: 200,
      outputTokens: Math.max(1, Math.round(draw(random, call, calls))),
    }));
    return { name: `synthetic, ${name}`, taskType: 'math', answers };
  });
}
