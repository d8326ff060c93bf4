import type { EventOf, EventType, RouteLLEvent } from './events.js';
import { oneLine, printableName as name, printableText as text } from './one-line.js';
import type { Charge, TokenUsage, UsageMismatch } from './types.js';

/** What events say beside their type, in words. One without an entry here tells its fields as they are. */
const DESCRIPTIONS: { readonly [Type in EventType]?: (event: EventOf<Type>) => string } = {
  'call-start': ({ callId, requestedModel, session, tags, stream }) =>
    [
      `${name(callId)} for ${name(requestedModel)}`,
      `session ${name(session)}`,
      ...(tags.length === 0 ? [] : [`tags ${tags.map(name).join(' ')}`]),
      ...(stream ? ['streamed'] : []),
    ].join(', '),
  'route-select': ({ model, taskType, difficulty, confidence, reasons, fallbacks }) =>
    [
      `${name(model)} for ${taskType} (confidence ${confidence.toFixed(2)}) of difficulty ${difficulty.toFixed(2)}`,
      // The default router's first reason is what was just said.
      ...reasons.filter((reason) => !reason.startsWith(taskType)),
      ...(fallbacks.length === 0 ? [] : [`else ${fallbacks.map(name).join(', ')}`]),
    ].join('; '),
  'route-shadow': ({ kind, chosenModel, shadowModel, agrees, estimatedCostUsd, shadowCostUsd }) =>
    agrees
      ? `${name(shadowModel)}, as the ${kind} chose`
      : `${name(shadowModel)} (estimated: ${money(shadowCostUsd)}), where the ${kind} chose ${name(chosenModel)} (${money(estimatedCostUsd)})`,
  'limit-wait': ({ waitMs, window }) => `at least ${milliseconds(waitMs)}, for the limit '${window}'`,
  'limit-deny': ({ retryAfterMs, window }) =>
    `by the limit '${window}', for another ${milliseconds(retryAfterMs)}`,
  'credit-reserve': ({ reservedUsd }) => (reservedUsd === null ? 'nothing' : money(reservedUsd)),
  'credit-deny': ({ scope, remainingUsd, remainingCredits }) =>
    `the budget ${name(scope)} has ${remainingUsd === null ? credits(remainingCredits) : money(remainingUsd)} left`,
  'credit-settle': ({ costUsd, charged }) => `${money(costUsd)}${chargedWords(charged)}`,
  'usage-mismatch': ({ mismatches }) => mismatches.map(mismatchWords).join(', '),
  'charge-deviation': ({ computedUsd, chargedUsd, share }) =>
    `charged ${money(chargedUsd)}, computed ${money(computedUsd)}, ${figure(share * 100)} % apart`,
  'attempt-start': () => '',
  'stream-first-token': ({ firstTokenMs }) => `after ${milliseconds(firstTokenMs)}`,
  'stream-resume': ({ characters, reason }) => `from character ${characters} on: ${text(reason)}`,
  'attempt-end': ({ usage, costUsd, latencyMs }) =>
    `${tokens(usage)}, ${money(costUsd)}, ${milliseconds(latencyMs)}`,
  'attempt-error': ({ error, billed, latencyMs }) =>
    `${failure(error)} after ${milliseconds(latencyMs)}, billed: ${billed}: ${text(error.message)}`,
  'route-fallback': ({ from, fromProvider, to, toProvider, reason }) =>
    `from ${name(from)} at ${name(fromProvider)} to ${name(to)} at ${name(toProvider)}: ${text(reason)}`,
  'call-end': ({ model, provider, usage, costUsd, credits: charged, latencyMs, attempts, cached }) =>
    [
      `${name(model)} at ${name(provider)}${cached ? ', from the cache' : ''}`,
      tokens(usage),
      money(costUsd),
      ...(charged === null ? [] : [credits(charged)]),
      milliseconds(latencyMs),
      attemptCount(attempts),
    ].join(', '),
  'call-error': ({ error, costUsd, latencyMs, attempts }) =>
    `${failure(error)}, ${money(costUsd)}, ${milliseconds(latencyMs)}, ${attemptCount(attempts)}: ${text(error.message)}`,
  'credits-update': ({ remainingCredits, usedCredits, grantedCredits, unit, source }) =>
    `${figure(remainingCredits)} ${unit} left, ${figure(usedCredits)} of ${figure(grantedCredits)} used (${source})`,
  'credits-low': ({ remainingCredits, threshold, unit }) =>
    `${figure(remainingCredits)} ${unit} left, the threshold is ${figure(threshold)}`,
  'credits-critical': ({ remainingCredits, threshold, unit }) =>
    `${figure(remainingCredits)} ${unit} left, the threshold is ${figure(threshold)}`,
  'budget-threshold': ({ scope, share, spent, limit, unit }) =>
    `${name(scope)}: ${Math.round(share * 100)} % reached, ${figure(spent)} of ${figure(limit)} ${unit}`,
  'usage-high': ({ requestsPerHour, threshold }) =>
    `${requestsPerHour} requests in the last hour, the threshold is ${figure(threshold)}`,
  'model-degrade': ({ model, provider, reason, retryAfterMs }) =>
    `${name(model)} at ${name(provider)}: ${text(reason)}, left alone for ${milliseconds(retryAfterMs)}`,
  'model-recover': ({ model, provider }) => `${name(model)} at ${name(provider)}`,
  'cache-hit': ({ model, savedUsd, ageMs }) =>
    `by ${name(model)}, ${milliseconds(ageMs)} old, saved ${money(savedUsd)}`,
  'key-reject': ({ provider, key, keysLeft, reason }) =>
    `key ${key} of ${name(provider)}, ${keysLeft} left: ${text(reason)}`,
  'health-check': ({ provider, success, models, latencyMs, error }) =>
    `${name(provider)} ${success ? 'is well' : 'is not well'}, ${models} models, ${milliseconds(latencyMs)}${error === null ? '' : `: ${failure(error)}: ${text(error.message)}`}`,
  alert: ({ alert: { type, message } }) => `${type}: ${text(message)}`,
};

const LONGEST_LINE = 2000;

/**
 * An event as one line: type, attempt, and what happened. Whatever others wrote into it, it stays one line.
 * Events hold no prompts, answers or keys, nor does the line.
 */
export function eventLine(event: RouteLLEvent): string {
  const describe = DESCRIPTIONS[event.type] as ((event: RouteLLEvent) => string) | undefined;
  const attempt = 'attemptId' in event ? ` ${attemptWords(event)}` : '';
  const said = describe === undefined ? fieldsOf(event) : describe(event);
  const separator = attempt === '' || said === '' ? ' ' : ': ';
  const line = oneLine(`${event.type}${attempt}${separator}${said}`.trimEnd());
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}

/** As `#2 gpt-5 at routellm`: attempts are numbered within their call. */
function attemptWords({ attemptId, model, provider }: Omit<EventOf<'attempt-start'>, 'type'>): string {
  const number = attemptId.slice(attemptId.lastIndexOf('.') + 1);
  return `#${name(number)} ${name(model)} at ${name(provider)}`;
}

/** Fields that every line has in another place. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set(['type', 'at', 'callId', 'attemptId']);

function fieldsOf(event: object): string {
  return Object.entries(event)
    .filter(([field]) => !SAID_ELSEWHERE.has(field))
    .map(([field, value]) => `${field} ${typeof value === 'string' ? name(value) : JSON.stringify(value)}`)
    .join(', ');
}

function failure({ code, retryable }: { readonly code: string; readonly retryable: boolean }): string {
  return retryable ? `${code} (may pass)` : code;
}

function tokens(usage: TokenUsage | null): string {
  if (usage === null) return 'tokens unknown';
  const { inputTokens, outputTokens, estimated } = usage;
  return `${inputTokens} tokens in, ${outputTokens} out${estimated ? ' (estimated)' : ''}`;
}

function chargedWords(charged: Charge | null): string {
  if (charged === null) return '';
  return `, charged ${charged.unit === 'credits' ? credits(charged.amount) : money(charged.amount)}`;
}

function mismatchWords({ field, problem, reported, counted }: UsageMismatch): string {
  return `${field} ${problem}: ${reported ?? 'no count'} reported, ${counted} counted`;
}

function attemptCount(attempts: number): string {
  return attempts === 1 ? '1 attempt' : `${attempts} attempts`;
}

function money(usd: number | null): string {
  return usd === null ? 'cost unknown' : `$${figure(usd)}`;
}

function credits(amount: number | null): string {
  return `${figure(amount)} credits`;
}

function milliseconds(ms: number): string {
  return `${Math.round(ms)} ms`;
}

/** Two decimals; of what is less than a hundredth, its first two digits. */
function figure(amount: number | null): string {
  if (amount === null) return 'unknown';
  if (Number.isInteger(amount)) return String(amount);
  const decimals = 1 - Math.floor(Math.log10(Math.abs(amount)));
  return amount.toFixed(Math.min(12, Math.max(2, decimals)));
}
