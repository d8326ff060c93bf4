import { createReadStream, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { ConfigurationError, loadReplayPolicy, type ReplayPolicy } from '../index.js';
import type { ReplayOptions } from './command-line.js';
import { linesOf } from './eval/lines.js';
import { type CommandLineIO, ExitCode, type Outcome } from './io.js';
import { readJournalRecord } from './journal/rows.js';
import { readObject } from './json-object.js';
import { renderReplay } from './replay/render.js';
import { ReplayedLog } from './replay/replayed-log.js';
import { type MalformedLine, type ReadLog, replayReport } from './replay/report.js';

/** Malformed lines that are told; all are counted. */
const MOST_TOLD = 10;

/**
 * `routell replay`: what another policy would have cost, and how good its answers would have been, from the
 * decisions of an exported journal. Asks nobody.
 */
export async function replay(options: ReplayOptions, { cwd, interrupt }: CommandLineIO): Promise<Outcome> {
  const policy = loadReplayPolicy(pathOf(cwd, options.policy));
  const read = await readLog(pathOf(cwd, options.log), policy, interrupt);
  const report = replayReport(read, policy, { log: options.log, policyFile: options.policy });
  if (report.read.decisions === 0) throw noDecision(report.log, read.malformed.lines[0]);
  return { report, text: renderReplay(report), to: 'stdout', exitCode: ExitCode.WELL };
}

/** As the process finds it. */
function pathOf(cwd: string, path: string): string {
  return relative(process.cwd(), resolve(cwd, path));
}

async function readLog(path: string, policy: ReplayPolicy, signal: AbortSignal): Promise<ReadLog> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new ConfigurationError('--log', `--log: there is no file ${path}. Name an exported journal.`);
  }
  const log = new ReplayedLog(policy);
  const lines: MalformedLine[] = [];
  let count = 0;
  const pieces = createReadStream(path, { encoding: 'utf8', signal }) as AsyncIterable<string>;
  for await (const { number, text } of linesOf(pieces)) {
    if (text?.trim() === '') continue;
    const fields = text === null ? 'too long a line' : readObject(text);
    const entry = typeof fields === 'string' ? fields : readJournalRecord(fields);
    if (typeof entry !== 'string') {
      log.add(entry);
      continue;
    }
    count += 1;
    if (lines.length < MOST_TOLD) lines.push({ line: number, why: entry });
  }
  return { log, malformed: { count, lines } };
}

function noDecision(log: string, malformed: MalformedLine | undefined): ConfigurationError {
  const example = malformed === undefined ? '' : ` Line ${malformed.line}: ${malformed.why}.`;
  return new ConfigurationError(
    '--log',
    `--log: ${log} holds no decision.${example} Export the journal, one record a line as JSON.`,
  );
}
