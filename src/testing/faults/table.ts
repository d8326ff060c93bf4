import { bodyFaults } from './body.js';
import { chunkFaults } from './chunks.js';
import { connectionFaults } from './connection.js';
import { encodingFaults } from './encoding.js';
import { endingFaults } from './endings.js';
import { eventFaults } from './events.js';
import type { FaultFields } from './fields.js';
import { headFaults } from './head.js';
import type { FaultImplementation } from './implementation.js';

const faultTable = {
  ...headFaults,
  ...connectionFaults,
  ...bodyFaults,
  ...encodingFaults,
  ...eventFaults,
  ...endingFaults,
  ...chunkFaults,
};

/** The faults a simulator knows. */
export type FaultName = keyof typeof faultTable;

/** Their names, for lists and messages. */
export const faultNames = Object.keys(faultTable) as readonly FaultName[];

/** When a fault strikes, and how. Of several rules that would strike, the first does. */
export interface FaultRule extends FaultFields {
  readonly fault: FaultName;
}

/** What the fault of a rule does. */
export function implementationOf(rule: FaultRule): FaultImplementation {
  return faultTable[rule.fault];
}
