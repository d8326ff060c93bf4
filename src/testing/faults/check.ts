import type { FaultFields } from './fields.js';
import { faultNames, implementationOf, type FaultRule } from './table.js';

const RANGES: readonly (readonly [keyof FaultFields, least: number, most: number])[] = [
  ['rate', 0, 1],
  ['after', 0, Infinity],
  ['times', 0, Infinity],
  ['tokens', 0, Infinity],
  ['delayMs', 0, Infinity],
  ['tokenDelayMs', 0, Infinity],
  ['upMs', 0, Infinity],
  ['downMs', 0, Infinity],
  ['bytes', 1, Infinity],
  ['count', 0, Infinity],
];

const CHOICES: readonly (readonly [keyof FaultFields, readonly string[]])[] = [
  ['on', ['chat', 'models', 'account']],
  ['close', ['fin', 'reset']],
  ['encoding', ['gzip', 'br', 'deflate']],
  ['lineEnding', ['lf', 'crlf', 'cr', 'mixed']],
];

/** What draws requests, and means nothing to a fault that closes the port to all of them. */
const OF_REQUESTS = ['rate', 'model', 'on', 'after', 'times'] as const;

/** Says of a field what was expected. */
type Refuse = (field: keyof FaultRule, expected: string) => void;

/** @throws TypeError naming the rule and the field that make no sense */
export function checkRule(rule: FaultRule, index: number): void {
  const refuse: Refuse = (field, expected) => {
    const given = rule[field];
    const got = typeof given === 'string' ? given : JSON.stringify(given);
    throw new TypeError(`faults[${index}].${field}: expected ${expected}, got ${got}.`);
  };
  if (!faultNames.includes(rule.fault)) refuse('fault', `one of ${faultNames.join(', ')}`);
  checkNumbers(rule, refuse);
  checkChoices(rule, refuse);
  if (implementationOf(rule).closesPort === true) {
    const idle = OF_REQUESTS.find((field) => rule[field] !== undefined);
    if (idle !== undefined) refuse(idle, `none, for ${rule.fault} strikes every connection`);
  }
}

function checkNumbers(rule: FaultRule, refuse: Refuse): void {
  const { statuses = [200, 599] } = implementationOf(rule);
  for (const [field, least, most] of [...RANGES, ['status', ...statuses] as const]) {
    const value = rule[field];
    if (value !== undefined && !(typeof value === 'number' && value >= least && value <= most)) {
      refuse(field, `a number from ${least} to ${most}`);
    }
  }
  const sizes = [rule.pieceBytes ?? 1].flat();
  if (sizes.length === 0 || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
    refuse('pieceBytes', 'a whole number above 0, or several');
  }
}

function checkChoices(rule: FaultRule, refuse: Refuse): void {
  const { variants = [] } = implementationOf(rule);
  for (const [field, choices] of [...CHOICES, ['variant', variants] as const]) {
    const value = rule[field];
    if (value !== undefined && !(typeof value === 'string' && choices.includes(value))) {
      refuse(
        field,
        choices.length > 0 ? `one of ${choices.join(', ')}` : `none, for ${rule.fault} has one form`,
      );
    }
  }
}
