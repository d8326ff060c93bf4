/** Lives of a process that ends by kill -9 at random instants, and what its files still say afterwards. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { seededRandom } from '../../src/evaluation/random.js';
import { fileStores, type FileStores } from '../../src/stores/file.js';
import { type Finding, Findings } from './findings.js';

export interface CrashOptions {
  readonly kills: number;
  readonly seed: number;
  /** Between a kill and the look at the files. */
  readonly onKilled?: (directory: string) => void;
}

export interface CrashReport {
  readonly kills: number;
  /** Kills before the stores were open. */
  readonly whileOpening: number;
  readonly acknowledged: number;
  /** The longest opening of one life, of files that all lives before had written. */
  readonly slowestOpenMs: number;
  readonly findings: readonly Finding[];
}

/** The longest that a life writes. */
const LONGEST_MS = 40;
/** Of the lives, how many end while the process starts or the stores open. */
const SHARE_WHILE_OPENING = 0.2;

const silent = (): void => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };

interface Range {
  readonly least: number;
  readonly most: number;
}

/** What a life told before it ended. */
interface Told {
  readonly appended: string[];
  /** By step, what may be booked for it. */
  readonly money: Map<string, Range>;
  openMs: number | null;
}

/** Kills a process at random instants of its work, on one directory, and looks at the files after each. */
export async function runCrashes(options: CrashOptions): Promise<CrashReport> {
  const { kills, seed, onKilled } = options;
  const random = seededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'routell-crash-'));
  const directory = join(folder, 'stores');
  const findings = new Findings();
  const report = { kills, whileOpening: 0, acknowledged: 0, slowestOpenMs: 0 };
  const acknowledged = new Set<string>();
  const range = { least: 0, most: 0 };
  try {
    const child = await buildChild(folder);
    for (let life = 0; life < kills; life++) {
      const isEarly = random() < SHARE_WHILE_OPENING;
      const told = await liveAndDie([child, directory, String(life)], {
        after: isEarly ? 'start' : 'appended',
        ms: random() * (isEarly ? 5 : LONGEST_MS),
      });
      if (told.openMs === null) report.whileOpening++;
      report.slowestOpenMs = Math.max(report.slowestOpenMs, told.openMs ?? 0);
      for (const id of told.appended) acknowledged.add(id);
      for (const { least, most } of told.money.values()) {
        range.least += least;
        range.most += most;
      }
      onKilled?.(directory);
      const stores = fileStores({ directory, logger });
      await checkJournal(findings, stores, { life, appended: told.appended });
      await checkBudgets(findings, stores, range);
      await stores.close();
    }
    const stores = fileStores({ directory, logger });
    const kept = await countCalls(stores);
    for (const id of acknowledged)
      checkOnce(findings, 'in the end every acknowledged record is there once', id, kept);
    await stores.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...report, acknowledged: acknowledged.size, findings: findings.all };
}

/** Starts a process, kills it so long after it told that it had come so far, and reads what it had told. */
function liveAndDie(
  args: readonly string[],
  death: { readonly after: string; readonly ms: number },
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    let isDoomed = false;
    child.stdout.setEncoding('utf8').on('data', (told: string) => {
      text += told;
      if (isDoomed || !text.includes(death.after)) return;
      isDoomed = true;
      setTimeout(() => child.kill('SIGKILL'), death.ms);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(readTold(text));
      else reject(new Error(`the process ended by itself, with ${code}`));
    });
  });
}

function readTold(text: string): Told {
  const told: Told = { appended: [], money: new Map(), openMs: null };
  // A line that is not whole was not told.
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    const [what, id = '', least, most] = line.split(' ');
    if (what === 'open') told.openMs = Number(id);
    else if (what === 'appended') told.appended.push(id);
    else if (what === 'money') told.money.set(id, { least: Number(least), most: Number(most) });
  }
  return told;
}

/** One file, so that a life begins fast. */
async function buildChild(folder: string): Promise<string> {
  const source = fileURLToPath(new URL('crash-child.ts', import.meta.url));
  const entry = { 'crash-child': source };
  await build({
    entry,
    outDir: folder,
    format: 'esm',
    target: 'node20',
    config: false,
    silent: true,
    clean: false,
    outExtension: () => ({ js: '.mjs' }),
  });
  return join(folder, 'crash-child.mjs');
}

async function checkJournal(
  findings: Findings,
  { journal }: FileStores,
  { life, appended }: { readonly life: number; readonly appended: readonly string[] },
): Promise<void> {
  const kept = await countCalls({ journal }, { from: life, to: life + 1 });
  for (const id of appended) checkOnce(findings, 'an acknowledged record is there, once', id, kept);
  findings.check(
    'at most one record is there that was not acknowledged',
    kept.size <= appended.length + 1 && [...kept.values()].every((count) => count === 1),
    () => `life ${life}: ${kept.size} records, ${appended.length} acknowledged`,
  );
}

async function checkBudgets(
  findings: Findings,
  { budgets }: FileStores,
  { least, most }: Range,
): Promise<void> {
  const { spent, reserved } = await budgets.balance('day#1');
  const detail = (): string => `${spent} booked, ${reserved} reserved, ${least} to ${most} acknowledged`;
  findings.check('a budget is never under what was acknowledged', spent >= least, detail);
  findings.check('nor over what may have been spent', spent <= most && reserved === 0, detail);
}

function checkOnce(
  findings: Findings,
  invariant: string,
  id: string,
  kept: ReadonlyMap<string, number>,
): void {
  const count = kept.get(id) ?? 0;
  findings.check(invariant, count === 1, () => `${id} is there ${count} times`);
}

async function countCalls(
  { journal }: Pick<FileStores, 'journal'>,
  query?: { readonly from: number; readonly to: number },
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for await (const { record } of journal.read(query)) {
    counts.set(record.callId, (counts.get(record.callId) ?? 0) + 1);
  }
  return counts;
}
