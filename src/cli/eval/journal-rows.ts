import type { JournalRecord } from '../../index.js';

/** What is needed of each kind of record, by field; the rest is not looked at. */
const NEEDED: Readonly<Record<JournalRecord['kind'], Readonly<Record<string, (value: unknown) => boolean>>>> =
  {
    attempt: { callId: isText, model: isText, costUsd: isAmountOrNull },
    decision: { callId: isText, taskType: isText, chosenModel: isText, candidates: isListOfCandidates },
    outcome: { callId: isText, quality: isShare },
  };

/** A record of the journal as `{ kind, record }`, or why it is none. */
export function readJournalRecord(fields: Readonly<Record<string, unknown>>): JournalRecord | string {
  const { kind, record } = fields;
  if (kind !== 'attempt' && kind !== 'decision' && kind !== 'outcome') return 'no kind of journal record';
  if (!isRecord(record)) return `the record of the ${kind} is no object`;
  for (const [name, isRight] of Object.entries(NEEDED[kind])) {
    if (!isRight(record[name])) return `${name} of the ${kind} is missing or makes no sense`;
  }
  return { kind, record } as unknown as JournalRecord;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isAmountOrNull(value: unknown): boolean {
  return value === null || (typeof value === 'number' && value >= 0 && value < Infinity);
}

function isListOfCandidates(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (item) =>
        isRecord(item) && isText(item['model']) && isShare(item['pGood']) && isAmountOrNull(item['costUsd']),
    )
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
