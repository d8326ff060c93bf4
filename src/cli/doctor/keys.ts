import { ConfigurationError, RouteLLClient, type RouteLLClientOptions } from '../../index.js';
import type { CommandLineIO } from '../io.js';
import { silentLogger } from '../logger.js';
import { describedProviders } from '../session.js';
import { originOf } from './advice.js';
import { type Check, failed, skipped } from './check.js';

const DEFAULT_VARIABLE = 'ROUTELLM_API_KEY';

/** What a client can be made of, and what stands in the way of the rest. */
export interface UsableOptions {
  readonly checks: readonly Check[];
  /** Providers that lack a key are switched off; `null` where nothing is left. */
  readonly options: RouteLLClientOptions | null;
}

/** Tries every provider by itself, so that one that lacks its key does not hide the others. */
export function usableOptions(options: RouteLLClientOptions, io: CommandLineIO): UsableOptions {
  if (options.providers === undefined) {
    const problem = problemOf(options);
    if (problem === null) return { checks: [], options };
    return {
      checks: [checkOf(problem, { variable: DEFAULT_VARIABLE, baseURL: options.baseURL }, io)],
      options: null,
    };
  }
  const checks: Check[] = [];
  const providers = describedProviders(options).map((provider) => {
    const problem = provider.enabled === false ? null : problemOf({ ...options, providers: [provider] });
    if (problem === null) return provider;
    const { id, keyEnvVar = DEFAULT_VARIABLE, baseURL } = provider;
    checks.push(checkOf(problem, { id, variable: keyEnvVar, baseURL }, io));
    return { ...provider, enabled: false };
  });
  const isUsable = providers.some(({ enabled }) => enabled !== false);
  return { checks, options: isUsable ? { ...options, providers } : null };
}

/** Whether there is a key at all, where nothing may be sent. */
export function checkKeyIsSet({ environment }: CommandLineIO): Check {
  const subject = { check: 'key' } as const;
  return (environment[DEFAULT_VARIABLE]?.trim() ?? '') === ''
    ? failed(subject, `${DEFAULT_VARIABLE} is not set`, missingAdvice(DEFAULT_VARIABLE, environment))
    : skipped(subject, `${DEFAULT_VARIABLE} is set, and was not tried`);
}

/** Why no client can be made of the options. */
function problemOf(options: RouteLLClientOptions): ConfigurationError | null {
  try {
    void new RouteLLClient({ ...options, logger: silentLogger }).close();
    return null;
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
}

interface KeyPlace {
  readonly id?: string;
  readonly variable: string;
  readonly baseURL: string | undefined;
}

function checkOf(problem: ConfigurationError, place: KeyPlace, { environment }: CommandLineIO): Check {
  if (!/(?:^|\.)apiKey$/.test(problem.field)) return configurationCheck(problem);
  const { id, variable, baseURL } = place;
  const subject = { check: 'key', provider: id ?? null } as const;
  if ((environment[variable]?.trim() ?? '') === '') {
    return failed(subject, `${variable} is not set`, missingAdvice(variable, environment));
  }
  const isOfAnotherOrigin = problem.message.includes('is not sent to');
  return failed(
    subject,
    problem.message,
    isOfAnotherOrigin && baseURL !== undefined
      ? `If the key is for ${originOf(baseURL)}, set ROUTELLM_BASE_URL=${baseURL} as well: that says where it belongs.`
      : `Copy the key again into ${variable}, on one line.`,
  );
}

/** Names under which the key of RouteLLM is kept by mistake, or by other programs. */
const OTHER_NAMES = ['ROUTELL_API_KEY', 'ROUTELLM_KEY', 'ABACUS_API_KEY', 'ABACUSAI_API_KEY'];

function missingAdvice(variable: string, environment: CommandLineIO['environment']): string {
  const advice = `Set it in this shell: export ${variable}=…, or in a line ${variable}=… of the file .env of this directory. Without a key: routell doctor --simulate`;
  const other = OTHER_NAMES.find((name) => (environment[name]?.trim() ?? '') !== '');
  if (other === undefined || variable !== DEFAULT_VARIABLE) return advice;
  return `${other} is set, and is not read: the name is ${variable}. ${advice}`;
}

function configurationCheck({ message, field }: ConfigurationError): Check {
  return failed(
    { check: 'configuration' },
    message,
    `Correct ${field} where it is set: in the environment or a configuration file.`,
  );
}
