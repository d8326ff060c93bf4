export { startSimulator, type Simulator, type SimulatorOptions } from './simulator.js';
export { builtInLineUp, type SimulatedModel, type SimulatedPrices, type SimulatedRoutes } from './line-up.js';
export { faultNames, type Endpoint, type FaultName, type FaultRule } from './faults.js';
export type { AccountSettings } from './account.js';
export type { Judge, Judgement } from './judge.js';
export type { LedgerEntry, LedgerTotals, RequestOutcome, SimulatorLedger, SpentTokens } from './ledger.js';
export type { SimulatorClock } from './time.js';
