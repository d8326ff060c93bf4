import { type JournalRecord, TaskType } from '../../index.js';
import { readJournalRecord } from '../journal/rows.js';
import { type Fields, isObject, readObject } from '../json-object.js';

/** A prompt as a file has it. */
interface PromptRow {
  /** As it is given: a text or a number; else `line-<number>`. */
  readonly id: string | number;
  readonly prompt: string;
}

/** What several models made of a prompt. */
export interface RoutingRow extends PromptRow {
  readonly kind: 'routing';
  /** By model, 0..1 or 0..10: the scale is that of the file. */
  readonly scores: readonly (readonly [model: string, score: number])[];
  /** By model, USD; real where that is known. */
  readonly costs: ReadonlyMap<string, number>;
  /** Whether any of the costs is an estimate. */
  readonly hasEstimates: boolean;
}

/** A prompt with the kind of task it is. */
export interface TaskRow extends PromptRow {
  readonly kind: 'task';
  readonly label: string;
  readonly accept: readonly string[];
  readonly language: string;
  /** `null` where nobody says. */
  readonly difficulty: number | null;
}

/** A prompt with how hard it is. */
export interface DifficultyRow extends PromptRow {
  readonly kind: 'difficulty';
  readonly difficulty: number;
}

/** A line of a journal. It holds no prompt. */
export interface JournalRow {
  readonly kind: 'journal';
  readonly entry: JournalRecord;
}

export type EvaluatedRow = RoutingRow | TaskRow | DifficultyRow;

/** What a line holds: something to evaluate, something else, or nothing that makes sense. */
export type Row = EvaluatedRow | JournalRow | { readonly kind: 'other' | 'malformed'; readonly why: string };

/** Thrown and caught within this file: why a row cannot be used. */
class Malformed extends Error {}

const MOST_MODELS = 1000;

/** Reads a line that is not blank. Its kind is told by its fields alone. */
export function readRow(text: string, line: number): Row {
  try {
    return rowOf(fieldsOf(text), line);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { kind: 'malformed', why: error.message };
  }
}

function fieldsOf(text: string): Fields {
  const fields = readObject(text);
  if (typeof fields === 'string') throw new Malformed(fields);
  return fields;
}

function rowOf(fields: Fields, line: number): Row {
  if (has(fields, 'scores')) return routingRow(fields, line);
  if (has(fields, 'label')) return taskRow(fields, line);
  if (has(fields, 'record') && has(fields, 'kind')) {
    const read = readJournalRecord(fields);
    return typeof read === 'string' ? { kind: 'malformed', why: read } : { kind: 'journal', entry: read };
  }
  if (has(fields, 'decisionUs')) return { kind: 'other', why: 'scores that routell eval wrote' };
  if (has(fields, 'difficulty')) {
    const difficulty = graded(fields['difficulty'], 'difficulty');
    return { kind: 'difficulty', ...promptOf(fields, line), difficulty };
  }
  if (has(fields, 'tokens')) return { kind: 'other', why: 'counts of tokens, which are not evaluated' };
  return { kind: 'other', why: 'rows without scores, label or difficulty, and no journal' };
}

function routingRow(fields: Fields, line: number): RoutingRow {
  const given = numbersOf(fields, 'scores');
  if (given.length > MOST_MODELS) throw new Malformed(`scores names more than ${MOST_MODELS} models`);
  const scores = given.map(([model, score]) => [model, graded(score, `scores.${model}`)] as const);
  if (scores.length === 0) throw new Malformed('scores names no model');
  if (scores.some(([model]) => model.trim() === '')) throw new Malformed('scores has a model without a name');
  const estimates = numbersOf(fields, 'cost_est');
  const costs = new Map([...estimates, ...numbersOf(fields, 'cost')].map(costOf));
  return { kind: 'routing', ...promptOf(fields, line), scores, costs, hasEstimates: estimates.length > 0 };
}

function costOf([model, cost]: readonly [string, unknown]): [string, number] {
  if (typeof cost === 'number' && cost >= 0 && cost < Infinity) return [model, cost];
  throw new Malformed(`the cost of ${model} is no amount of USD`);
}

const LONGEST_TOLD = 40;
const LABELS: ReadonlySet<string> = new Set(Object.values(TaskType));

function taskRow(fields: Fields, line: number): Row {
  const { label, accept = [], lang, difficulty } = fields;
  if (typeof label !== 'string' || label === '') throw new Malformed('label is no text');
  if (!Array.isArray(accept) || !accept.every((item) => typeof item === 'string')) {
    throw new Malformed('accept is no list of labels');
  }
  // Nothing could be predicted so: it would count as a mistake that nobody made.
  if (!LABELS.has(label))
    return { kind: 'other', why: `the label ${label.slice(0, LONGEST_TOLD)} is no kind of task` };
  return {
    kind: 'task',
    ...promptOf(fields, line),
    label,
    accept,
    language: typeof lang === 'string' && lang !== '' ? lang : 'unknown',
    difficulty: difficulty === undefined || difficulty === null ? null : graded(difficulty, 'difficulty'),
  };
}

function promptOf({ id, prompt }: Fields, line: number): PromptRow {
  if (typeof prompt !== 'string') throw new Malformed('prompt is no text');
  const isGiven = (typeof id === 'string' && id !== '') || typeof id === 'number';
  return { id: isGiven ? id : `line-${line}`, prompt };
}

/** The entries of an object by model, without those that say `null`. */
function numbersOf(fields: Fields, name: string): readonly (readonly [string, unknown])[] {
  const value = fields[name] ?? {};
  if (!isObject(value)) throw new Malformed(`${name} is no object of figures by model`);
  return Object.entries(value).filter(([, figure]) => figure !== null);
}

/** Right and wrong are 1 and 0. */
function graded(value: unknown, name: string): number {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && value >= 0 && value <= 10) return value;
  throw new Malformed(`${name} is no number from 0 to 1, or to 10`);
}

function has(fields: Fields, name: string): boolean {
  return fields[name] !== undefined && fields[name] !== null;
}
