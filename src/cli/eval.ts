import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigurationError } from '../index.js';
import type { EvalOptions } from './command-line.js';
import { evaluateData } from './eval/evaluate-data.js';
import { assertMayWrite } from './eval/overwriting.js';
import { plotCurves } from './eval/plot.js';
import { renderEval } from './eval/render.js';
import { orTold, ScoresFile } from './eval/scores-file.js';
import { ExitCode, type Outcome } from './io.js';
import type { Terminal } from './session.js';

/** `routell eval`: how good the decisions are, on prompts whose answers others have judged. Nothing is sent. */
export async function evaluate(options: EvalOptions, { io }: Terminal): Promise<Outcome> {
  const [path, scoresPath, plotPath] = [options.data, options.scores, options.plot].map((given) =>
    given === undefined ? undefined : resolve(io.cwd, given),
  );
  const { strong, weak, data: shown } = options;
  assertMayWrite('--scores', scoresPath);
  assertMayWrite('--plot', plotPath);
  if (plotPath !== undefined && plotPath === scoresPath) {
    throw new ConfigurationError('--plot', '--plot: it names the file of --scores. Name another.');
  }
  const report = await evaluateData({
    path: path ?? io.cwd,
    shown,
    // What an earlier run wrote among the data is no data.
    except: [scoresPath, plotPath],
    named: { strong, weak },
    microseconds: io.microseconds,
    signal: io.interrupt,
    openScores: () => (scoresPath === undefined ? null : new ScoresFile(scoresPath)),
  });
  if (plotPath !== undefined) orTold('--plot', () => writeFileSync(plotPath, plotCurves(report.routing)));
  return { report, text: renderEval(report), to: 'stdout', exitCode: ExitCode.WELL };
}
