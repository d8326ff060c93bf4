/**
 * What the crash run kills: writes records and moves money as fast as it can, and tells each step once it is
 * acknowledged, in one write to a pipe. Arguments: the directory, and which life it is.
 */
import { writeSync } from 'node:fs';
import { fileStores } from '../../src/stores/file.js';

const [directory = '', life = '0'] = process.argv.slice(2);
const tell = (line: string): void => {
  writeSync(1, `${line}\n`);
};
const silent = (): void => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };

tell('start');
const openedMs = performance.now();
const { journal, budgets } = fileStores({ directory, logger });
tell(`open ${performance.now() - openedMs}`);

const account = 'day#1';
const reserved = 3;
for (let step = 1; ; step++) {
  const id = `${life}-${step}`;
  /** That from now on the step is booked with so much at least, and at most. */
  const money = (least: number, most: number): void => tell(`money ${id} ${least} ${most}`);
  money(0, reserved);
  await budgets.reserve(id, [{ account, amount: reserved, limit: null }]);
  money(reserved, reserved);
  if (step % 4 === 0) {
    money(0, reserved);
    await budgets.release(id);
    money(0, 0);
  } else {
    const spent = step % 7 === 0 ? 5 : 1;
    money(Math.min(reserved, spent), Math.max(reserved, spent));
    await budgets.settle(id, [{ account, amount: spent }]);
    money(spent, spent);
  }
  await journal.append({
    kind: 'outcome',
    record: { callId: id, at: Number(life), quality: 1, source: 'feedback' },
  });
  tell(`appended ${id}`);
  // Not all in one turn, as in a program.
  if (step % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
}
