import type { Account } from './account.js';
import type { FaultPlan } from './faults/plan.js';
import type { Judge } from './judge.js';
import type { Ledger } from './ledger.js';
import type { LineUpModel } from './line-up.js';
import type { PromptCache } from './prompt-cache.js';
import type { SimulatorClock } from './time.js';

/** Everything one simulator is made of. */
export interface World {
  readonly models: ReadonlyMap<string, LineUpModel>;
  readonly account: Account;
  readonly cache: PromptCache;
  readonly faults: FaultPlan;
  readonly ledger: Ledger;
  readonly clock: SimulatorClock;
  readonly judge: Judge;
  readonly seed: number;
  /** Factor on every latency. */
  readonly latency: number;
  /** `null` lets everybody in. */
  readonly apiKey: string | null;
  readonly captureContent: boolean;
}
