import type { RateLimiter, RouteLLClient } from '../../index.js';
import { count, plural, usd } from '../figures.js';
import { adviceOn, type ProviderAccess } from './advice.js';
import { type Check, failed, ok, skipped, warning } from './check.js';

/** The credits left, as far as they can be known. */
export async function checkCredits(client: RouteLLClient, provider: string): Promise<Check> {
  const subject = { check: 'credits', provider } as const;
  const { remainingCredits, grantedCredits, source, lagSeconds } = await client.getCreditStatus();
  const { lowThreshold, criticalThreshold } = client.config.credits;
  if (remainingCredits === null) {
    return warning(
      subject,
      `unknown (source: ${source}): the service has no account page, or does not show it to this key`,
      'Look them up at the service. In a program credits.allotment counts down from a number of your own.',
    );
  }
  const of = grantedCredits === null ? '' : ` of ${count(grantedCredits)}`;
  const lag = lagSeconds === null ? '' : `, up to ${plural(Math.round(lagSeconds / 60), 'minute')} late`;
  const told = `${count(remainingCredits)}${of} left (source: ${source}${lag})`;
  if (remainingCredits <= 0) {
    return failed(
      subject,
      `exhausted: ${told}`,
      'Top up the account, or wait for the next period. Models that are listed as unlimited keep serving: routell models.',
    );
  }
  if (remainingCredits <= criticalThreshold) {
    return warning(subject, `critical: ${told}`, 'Top up soon. Routing counts cost four times until then.');
  }
  if (remainingCredits <= lowThreshold) {
    return warning(
      subject,
      `low: ${told}`,
      'Top up before they are gone. Routing counts cost twice until then.',
    );
  }
  return ok(subject, told);
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
