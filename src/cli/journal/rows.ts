import type { JournalRecord } from '../../index.js';
import { type Fields, isObject } from '../json-object.js';

/** What a field must be, in words, and whether it is. */
interface Need {
  readonly expected: string;
  readonly isMet: (value: unknown) => boolean;
}

const TEXT: Need = { expected: 'a text', isMet: isText };
const TEXT_OR_NULL: Need = {
  expected: 'a text, or null',
  isMet: (value) => value === null || isText(value),
};
const INSTANT: Need = { expected: 'epoch milliseconds', isMet: Number.isFinite };
const SHARE: Need = { expected: 'a number from 0 to 1', isMet: isShare };
const AMOUNT_OR_NULL: Need = { expected: 'USD, or null', isMet: isAmountOrNull };

/** What is needed of each kind of record, by field; the rest is not looked at. */
const NEEDED: Readonly<Record<JournalRecord['kind'], Readonly<Record<string, Need>>>> = {
  attempt: { callId: TEXT, attemptId: TEXT, costUsd: AMOUNT_OR_NULL },
  decision: {
    callId: TEXT,
    policyVersion: TEXT,
    taskType: TEXT,
    chosenModel: TEXT,
    servedModel: TEXT_OR_NULL,
    preferences: { expected: 'the weights cost, quality and speed', isMet: areWeights },
    candidates: {
      expected: 'different models, each with score, pGood, costUsd and latencyMs',
      isMet: areCandidates,
    },
    propensities: { expected: 'probabilities by model that sum to 1 at most', isMet: arePropensities },
  },
  outcome: {
    callId: TEXT,
    at: INSTANT,
    quality: SHARE,
    source: {
      expected: 'feedback or implicit',
      isMet: (value) => value === 'feedback' || value === 'implicit',
    },
  },
};

/** A record of the journal as `{ kind, record }`, or why it is none. */
export function readJournalRecord({ kind, record }: Fields): JournalRecord | string {
  if (kind !== 'attempt' && kind !== 'decision' && kind !== 'outcome') {
    return 'kind must be attempt, decision or outcome';
  }
  if (!isObject(record)) return `the record of the ${kind} must be an object`;
  for (const [name, { expected, isMet }] of Object.entries(NEEDED[kind])) {
    if (!isMet(record[name])) return `${name} of the ${kind} must be ${expected}`;
  }
  const entry = { kind, record } as unknown as JournalRecord;
  return (entry.kind === 'decision' ? contradictionIn(entry.record) : null) ?? entry;
}

/** What a decision says of its own choice must go together. */
function contradictionIn({
  candidates,
  chosenModel,
  propensities,
}: Extract<JournalRecord, { readonly kind: 'decision' }>['record']): string | null {
  if (!candidates.some(({ model }) => model === chosenModel)) {
    return 'chosenModel of the decision must be among its candidates';
  }
  const isPossible = Object.hasOwn(propensities, chosenModel) && (propensities[chosenModel] ?? 0) > 0;
  return isPossible ? null : 'propensities of the decision must name the chosen model, above 0';
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Infinity;
}

function isAmountOrNull(value: unknown): boolean {
  return value === null || isAmount(value);
}

function areWeights(value: unknown): boolean {
  return isObject(value) && ['cost', 'quality', 'speed'].every((name) => isAmount(value[name]));
}

function areCandidates(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  const items: readonly unknown[] = value;
  const names = new Set(items.map((item) => (isObject(item) ? item['model'] : undefined)));
  return names.size === items.length && items.every(isCandidate);
}

function isCandidate(item: unknown): boolean {
  return (
    isObject(item) &&
    isText(item['model']) &&
    Number.isFinite(item['score']) &&
    isShare(item['pGood']) &&
    isAmountOrNull(item['costUsd']) &&
    (item['weighedUsd'] === undefined || isAmount(item['weighedUsd'])) &&
    isAmount(item['latencyMs'])
  );
}

/** Rounding may carry a sum a little beyond 1. */
const MOST = 1 + 1e-6;

function arePropensities(value: unknown): boolean {
  if (!isObject(value)) return false;
  const shares = Object.values(value);
  return shares.every(isShare) && shares.reduce((sum: number, share) => sum + Number(share), 0) <= MOST;
}
