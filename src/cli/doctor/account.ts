import type { CreditUnit, RateLimiter, RouteLLClient } from '../../index.js';
import { count, plural, usd } from '../figures.js';
import { adviceOn, type ProviderAccess } from './advice.js';
import { type Check, failed, ok, skipped, warning } from './check.js';

/** The credits left, as far as they can be known. */
export async function checkCredits(client: RouteLLClient, provider: string): Promise<Check> {
  const subject = { check: 'credits', provider } as const;
  const { remainingCredits, grantedCredits, unit, source, lagSeconds } = await client.getCreditStatus();
  if (remainingCredits === null) {
    return warning(
      subject,
      `unknown (source: ${source}): the service has no account page, or does not show it to this key`,
      'Look them up at the service. In a program credits.allotment counts down from a number of your own.',
    );
  }
  const of = grantedCredits === null ? '' : ` of ${count(grantedCredits)}`;
  const lag = lagSeconds === null ? '' : `, up to ${plural(Math.round(lagSeconds / 60), 'minute')} late`;
  const inUnit = unit === 'credits' ? '' : ` ${unit}`;
  const told = `${count(remainingCredits)}${of}${inUnit} left (source: ${source}${lag})`;
  if (remainingCredits <= 0) {
    return failed(
      subject,
      `exhausted: ${told}`,
      'Top up the account, or wait for the next period. Models that are listed as unlimited keep serving: routell models.',
    );
  }
  const shortage = shortageOf(client, remainingCredits, unit);
  if (shortage === 'critical') {
    return warning(
      subject,
      `critical: ${told}`,
      'Top up soon. Routing keeps to economy models and counts cost four times until then.',
    );
  }
  if (shortage === 'low') {
    return warning(
      subject,
      `low: ${told}`,
      'Top up before they are gone. Routing counts cost twice until then.',
    );
  }
  return ok(subject, told);
}

/** How short it is, where the thresholds can be told in the unit of the account. */
function shortageOf(
  { config: { credits } }: RouteLLClient,
  remaining: number,
  unit: CreditUnit,
): 'critical' | 'low' | null {
  const { lowThreshold, criticalThreshold, creditsPerUsd } = credits;
  const perUsd = unit === 'usd' ? creditsPerUsd : undefined;
  const creditsLeft = unit === 'credits' ? remaining : perUsd === undefined ? null : remaining * perUsd;
  if (creditsLeft === null || creditsLeft > lowThreshold) return null;
  return creditsLeft <= criticalThreshold ? 'critical' : 'low';
}

/** Whether a request may go now, as the client's own limits have it. */
export function checkLimits(rateLimiter: RateLimiter): Check {
  const subject = { check: 'limits' } as const;
  const { requestsPerMinute, requestsPerHour, burst } = rateLimiter.limits;
  const shown = [
    requestsPerMinute === null ? null : `${count(requestsPerMinute)} requests a minute`,
    requestsPerHour === null ? null : `${count(requestsPerHour)} an hour`,
    burst === null ? null : `${count(burst)} at once`,
  ].filter((limit) => limit !== null);
  const limits = shown.length === 0 ? 'no limits' : shown.join(', ');
  const wait = `wait ${rateLimiter.getWaitTime().toFixed(1)} s`;
  if (rateLimiter.canMakeRequest()) return ok(subject, `${limits}; a request can be made now (${wait})`);
  return warning(subject, `${limits}; no request can be made now (${wait})`, 'Wait, or raise rate_limiting.');
}

interface CallAsked {
  readonly isAsked: boolean;
  /** Whether a provider is well. */
  readonly isReached: boolean;
  readonly timeoutMs: number;
}

/** A request that costs a little, where that was asked for. */
export async function checkCall(
  client: RouteLLClient,
  { isAsked, isReached, timeoutMs }: CallAsked,
  accesses: readonly ProviderAccess[],
): Promise<Check> {
  const subject = { check: 'call' } as const;
  if (!isAsked) return skipped(subject, 'not asked for, since it costs a little: routell doctor --call');
  if (!isReached) return skipped(subject, 'not made: see key and reachability');
  const result = await client.chatCompletion(
    [{ role: 'user', content: 'Answer with the one word OK.' }],
    // Enough for models that think first.
    { max_tokens: 500, timeoutMs },
  );
  if (result.success) {
    const { model, provider, latencyMs, usage, costUsd } = result;
    const tokens = `${plural(usage.inputTokens, 'token')} in, ${usage.outputTokens} out`;
    return ok(
      subject,
      `${model} at ${provider} answered in ${Math.ceil(latencyMs)} ms: ${tokens}, ${usd(costUsd)}`,
    );
  }
  const { error, attempts } = result;
  const access = accesses.find(({ id }) => id === attempts.at(-1)?.provider) ?? accesses[0];
  return failed(
    subject,
    error.message,
    access === undefined ? 'Mend what is said above first.' : adviceOn(error, access),
  );
}
