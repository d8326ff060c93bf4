import {
  type HealthCheck,
  type RouteLLClient,
  type RouteLLClientOptions,
  RouteLLError,
} from '../../index.js';
import type { CommandLineIO } from '../io.js';
import { checkCall, checkCredits, checkLimits } from './account.js';
import { adviceOn, type ProviderAccess } from './advice.js';
import { type Check, failed, skipped } from './check.js';
import type { ServerClock } from './machine.js';
import { checkFallbackModel, checkModels, checkNamedModels, checkRouting } from './models.js';
import { accessesOf, checkProvider, checkSwitchedOff } from './providers.js';
import { type ClientFigures, figuresOf } from './report.js';

export interface Examined {
  readonly checks: readonly Check[];
  /** `null` where no client could be made. */
  readonly client: ClientFigures | null;
}

interface Examination {
  /** The options before providers that lack a key were switched off. */
  readonly given: RouteLLClientOptions;
  readonly environment: CommandLineIO['environment'];
  readonly simulated: boolean;
  readonly clock: ServerClock;
  readonly call: boolean;
  readonly callTimeoutMs: number;
}

/** Everything that a client can be asked for. */
export async function examineClient(client: RouteLLClient, examination: Examination): Promise<Examined> {
  const { given, clock, call, callTimeoutMs } = examination;
  const accesses = accessesOf(client, given, examination);
  const health = await client.healthCheck();
  const checks = [
    ...accesses.flatMap((access) => checkAccess(health, access)),
    ...checkSwitchedOff(given),
    clock.check(),
    ...(await checkListed(client, health)),
    ...(await checkAccounts(client, health, accesses)),
    checkLimits(client.rateLimiter),
    await checkCall(client, { isAsked: call, isReached: health.success, timeoutMs: callTimeoutMs }, accesses),
  ];
  return { checks, client: figuresOf(client) };
}

function checkAccess({ providers }: HealthCheck, access: ProviderAccess): readonly Check[] {
  const health = providers.find(({ provider }) => provider === access.id);
  return health === undefined ? [] : checkProvider(health, access);
}

/** What needs the list of models. */
async function checkListed(client: RouteLLClient, { providers }: HealthCheck): Promise<readonly Check[]> {
  // The list may be open to those whose key is refused.
  const listing = providers.filter(({ success, models }) => success || models > 0);
  const noList = [skipped({ check: 'models' }, NO_LIST), skipped({ check: 'routing' }, NO_LIST)];
  if (listing.length === 0) return noList;
  const listed = await listedModels(client);
  if (listed === null) return noList;
  const named = checkNamedModels(client);
  return [
    ...listing.map(({ provider }) => checkModels(client, listed, provider)),
    ...(listed.length === 0 ? [] : [checkFallbackModel(client, listed)]),
    ...(named === null || listed.length === 0 ? [] : [named]),
    await checkRouting(client),
  ];
}

/** Asked for again, for the catalogue; `null` where it fails this time. */
async function listedModels(client: RouteLLClient): Promise<readonly string[] | null> {
  try {
    return (await client.listModels()).map(({ id }) => id);
  } catch (error) {
    if (!RouteLLError.isInstance(error)) throw error;
    return null;
  }
}

const NO_LIST = 'not looked at: the models could not be listed';

/** The account that is read is that of the first provider; of others it is known where they refuse for it. */
async function checkAccounts(
  client: RouteLLClient,
  { providers }: HealthCheck,
  accesses: readonly ProviderAccess[],
): Promise<readonly Check[]> {
  const exhausted = accesses.flatMap((access) => {
    const error = providers.find(({ provider }) => provider === access.id)?.error;
    if (error?.code !== 'credits-exhausted') return [];
    return [failed({ check: 'credits', provider: access.id }, error.message, adviceOn(error, access))];
  });
  const [first] = providers;
  if (first?.success === true) return [await checkCredits(client, first.provider), ...exhausted];
  if (exhausted.length > 0) return exhausted;
  return [
    skipped({ check: 'credits', provider: first?.provider }, 'not looked at: see key and reachability'),
  ];
}
