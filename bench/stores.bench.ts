/**
 * Records a second of the journal on files, one by one and with 100 appends at once, beside the other ways to keep
 * them, in turn, in rounds, in one run; then what a restart costs with a million records. Figures are medians over the
 * rounds. libsql is no dependency: give the folder it is installed in as BENCH_LIBSQL to measure it, too.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, promises, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttemptRow, fileStores, type JournalRecord } from 'routell';
import { median } from './measured.js';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const RECORDS = Number(process.env['BENCH_RECORDS'] ?? 1_000_000);
const AT_ONCE = 100;

const folder = mkdtempSync(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'routell-bench-'));

const recordOf = (call: number): JournalRecord => ({
  kind: 'attempt',
  record: {
    callId: `call-${call}`,
    attemptId: `call-${call}.1`,
    at: 1_790_000_000_000 + call,
    model: 'claude-opus-5-5',
    provider: 'routellm',
    group: 'routellm',
    outcome: 'success',
    billed: 'yes',
    usage: { inputTokens: 812, outputTokens: 164, totalTokens: 976, estimated: false } as AttemptRow['usage'],
    costUsd: 0.00816,
    charged: { amount: 12, unit: 'credits' },
    reservedUsd: 0.031,
    latencyMs: 812.4,
    firstTokenMs: null,
  },
});

interface Contender {
  readonly name: string;
  /** How many records one round has: slow ones fewer. */
  readonly records: number;
  /** Keeps records, and resolves once they are acknowledged. */
  readonly append: (records: readonly JournalRecord[]) => Promise<unknown>;
  readonly close: () => unknown;
}

function onFiles(name: string, durability: 'process' | 'disk', records: number): Contender {
  const stores = fileStores({ directory: join(folder, name.replaceAll(/\W/g, '-')), durability });
  return {
    name,
    records,
    append: (entries) => Promise.all(entries.map(async (entry) => stores.journal.append(entry))),
    close: () => stores.close(),
  };
}

/** What writing without blocking would cost: one record after the other through the thread pool. */
async function throughThreads(): Promise<Contender> {
  const file = await promises.open(join(folder, 'threads.jsonl'), 'a');
  const append = (entries: readonly JournalRecord[]): Promise<unknown> =>
    file.write(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  return { name: 'asynchronous write', records: 10_000, append, close: () => file.close() };
}

interface Statement {
  run(...values: unknown[]): unknown;
}
interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): unknown;
}

function onLibsql(name: string, synchronous: 'NORMAL' | 'FULL', records: number): Contender {
  const load = createRequire(join(process.env['BENCH_LIBSQL'] ?? '', 'any.js'));
  const Libsql = load('libsql') as new (path: string) => Database;
  const database = new Libsql(join(folder, `${synchronous}.db`));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`);
  database.exec('CREATE TABLE IF NOT EXISTS records (call TEXT, at REAL, kind TEXT, record TEXT)');
  const insert = database.prepare('INSERT INTO records VALUES (?, ?, ?, ?)');
  const append = async (entries: readonly JournalRecord[]): Promise<void> => {
    if (entries.length > 1) database.exec('BEGIN');
    for (const { kind, record } of entries)
      insert.run(record.callId, record.at, kind, JSON.stringify(record));
    if (entries.length > 1) database.exec('COMMIT');
  };
  return { name, records, append, close: () => database.close() };
}

async function measure({ append, records }: Contender, atOnce: number): Promise<number> {
  const count = Math.max(atOnce, Math.min(records * (atOnce === 1 ? 1 : 10), 100_000));
  const startedMs = performance.now();
  for (let call = 0; call < count; call += atOnce) {
    await append(Array.from({ length: atOnce }, (_, index) => recordOf(call + index)));
  }
  return (count / (performance.now() - startedMs)) * 1000;
}

async function compare(contenders: readonly Contender[], atOnce: number): Promise<void> {
  const rounds = contenders.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, contender] of contenders.entries()) {
      rounds[index]!.push(await measure(contender, atOnce));
    }
  }
  console.log(
    `\nRecords/s, ${atOnce === 1 ? 'one by one' : `${atOnce} at once`} (median of ${ROUNDS} rounds)`,
  );
  contenders.forEach(({ name }, index) => {
    console.log(`  ${name.padEnd(34)} ${median(rounds[index]!).toFixed(0).padStart(8)}`);
  });
}

/** What a program that starts waits for its stores, its code being loaded and run for the first time. */
function openedInNewProcessMs(directory: string): number {
  const program = `
    import { fileStores } from 'routell';
    const startedMs = performance.now();
    const stores = fileStores({ directory: ${JSON.stringify(directory)} });
    console.log(performance.now() - startedMs);
    await stores.close();`;
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }),
  );
}

async function measureRestart(): Promise<void> {
  const directory = join(folder, 'restart');
  const first = fileStores({ directory });
  const budget = { account: 'day#1', limit: null };
  for (let call = 0; call < RECORDS; call++) {
    await first.journal.append(recordOf(call));
    if (call % 10 > 0) continue;
    await first.budgets.reserve(`r${call}`, [{ ...budget, amount: 2 }]);
    await first.budgets.settle(`r${call}`, [{ ...budget, amount: 1 }]);
  }
  await first.close();
  const openedMs = Array.from({ length: 9 }, () => openedInNewProcessMs(directory));
  const { journal } = fileStores({ directory });
  const reading = async (query: Parameters<typeof journal.read>[0]): Promise<string> => {
    const startedMs = performance.now();
    let found = 0;
    for await (const _ of journal.read(query)) found++;
    return `${(performance.now() - startedMs).toFixed(0)} ms for ${found}`;
  };
  console.log(`\nRestart with ${RECORDS} records`);
  console.log(
    `  opening, budgets included    ${median(openedMs).toFixed(1)} ms, at most ${Math.max(...openedMs).toFixed(1)}`,
  );
  console.log(`  the first query for a call   ${await reading({ callId: `call-${RECORDS >> 1}` })}`);
  console.log(`  the next one                 ${await reading({ callId: `call-${RECORDS >> 2}` })}`);
  console.log(`  all of them                  ${await reading({})}`);
}

const contenders = [
  onFiles('fileStores, process', 'process', 10_000),
  await throughThreads(),
  onFiles('fileStores, disk', 'disk', 300),
];
if (process.env['BENCH_LIBSQL'] !== undefined) {
  contenders.push(onLibsql('libsql, WAL, normal (process)', 'NORMAL', 3000));
  contenders.push(onLibsql('libsql, WAL, full (disk)', 'FULL', 300));
}
await compare(contenders, 1);
await compare(contenders, AT_ONCE);
for (const contender of contenders) await contender.close();
await measureRestart();
rmSync(folder, { recursive: true, force: true });
