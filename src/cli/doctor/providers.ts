import type { ProviderHealthCheck, RouteLLClient, RouteLLClientOptions } from '../../index.js';
import type { CommandLineIO } from '../io.js';
import { describedProviders } from '../session.js';
import { adviceOn, originOf, type ProviderAccess } from './advice.js';
import { type Check, failed, ok, skipped, warning } from './check.js';

/** How the providers are reached that are asked. */
export function accessesOf(
  { config }: RouteLLClient,
  options: RouteLLClientOptions,
  {
    environment,
    simulated,
  }: { readonly environment: CommandLineIO['environment']; readonly simulated: boolean },
): readonly ProviderAccess[] {
  const isSet = (name: string): boolean => (environment[name]?.trim() ?? '') !== '';
  const described = describedProviders(options);
  const proxied = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].some(isSet);
  return config.providers
    .filter(({ enabled }) => enabled)
    .map(({ id, baseURL }) => {
      const own = described.find((provider) => provider.id === id);
      const keyName = simulated ? 'the key of the simulator' : (own?.keyEnvVar ?? 'ROUTELLM_API_KEY');
      const isRouteLLM = own === undefined || id === 'routellm';
      const addressPlace =
        isRouteLLM && isSet('ROUTELLM_BASE_URL')
          ? 'ROUTELLM_BASE_URL'
          : own === undefined
            ? 'api.base_url of the configuration, or ROUTELLM_BASE_URL'
            : `${id}.base_url of the providers' file`;
      return { id, baseURL, keyName, addressPlace, proxied };
    });
}

/** What the health of a provider says of its key and the way to it. */
export function checkProvider(health: ProviderHealthCheck, access: ProviderAccess): readonly Check[] {
  return [checkKey(health, access), checkReachability(health, access)];
}

function checkKey({ keyValid, error, success }: ProviderHealthCheck, access: ProviderAccess): Check {
  const { id: provider, keyName, baseURL } = access;
  const subject = { check: 'key', provider } as const;
  const bound = `${keyName} goes to ${originOf(baseURL)}`;
  if (keyValid === true) return ok(subject, `${bound}, which takes it`);
  if (keyValid === false && error !== undefined)
    return failed(subject, error.message, adviceOn(error, access));
  if (!success) return skipped(subject, `${bound}, which did not say whether it is valid`);
  return warning(
    subject,
    `${bound}, which does not say whether it is valid`,
    'routell doctor --call tries it with a short request.',
  );
}

/** Errors of those that answer. */
const ANSWERED: readonly string[] = ['authentication', 'credits-exhausted'];

function checkReachability(
  { success, latencyMs, error }: ProviderHealthCheck,
  access: ProviderAccess,
): Check {
  const { id: provider, baseURL } = access;
  const subject = { check: 'reachability', provider } as const;
  if (success || error === undefined || ANSWERED.includes(error.code)) {
    return ok(subject, `${baseURL} answers within ${Math.ceil(latencyMs)} ms`);
  }
  return failed(subject, error.message, adviceOn(error, access));
}

/** Providers that are switched off by their configuration. */
export function checkSwitchedOff(options: RouteLLClientOptions): readonly Check[] {
  return describedProviders(options)
    .filter(({ enabled }) => enabled === false)
    .map(({ id }) => skipped({ check: 'reachability', provider: id }, 'switched off by enabled: false'));
}
