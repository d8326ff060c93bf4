import { ModelRouter, type RouteLLClient } from '../../index.js';
import { version } from '../command-line.js';
import { plural } from '../figures.js';
import { printable } from '../printable.js';
import { type Check, CHECK_NAMES } from './check.js';

/** The debug information of the guide, as far as the client has it. */
export interface ClientFigures {
  /** Models that routing chooses from. */
  readonly modelsAvailable: number;
  readonly rateLimiterActive: boolean;
  readonly monitorRunning: boolean;
  readonly recentDecisions: number;
}

export interface DoctorReport {
  /** Whether nothing has failed. */
  readonly success: boolean;
  readonly simulated: boolean;
  readonly version: string;
  readonly checks: readonly Check[];
  readonly debug: ClientFigures & { readonly configLoaded: boolean };
}

const NO_CLIENT: ClientFigures = {
  modelsAvailable: 0,
  rateLimiterActive: false,
  monitorRunning: false,
  recentDecisions: 0,
};

export function figuresOf({ catalog, rateLimiter, monitor, router }: RouteLLClient): ClientFigures {
  const { requestsPerMinute, requestsPerHour, tokensPerMinute, maxConcurrent } = rateLimiter.limits;
  return {
    modelsAvailable: catalog.candidatesForAuto().length,
    rateLimiterActive: [requestsPerMinute, requestsPerHour, tokensPerMinute, maxConcurrent].some(
      (limit) => limit !== null,
    ),
    monitorRunning: monitor.running,
    recentDecisions: router instanceof ModelRouter ? router.routingHistory.length : 0,
  };
}

export function doctorReport(
  checks: readonly Check[],
  about: {
    readonly simulated: boolean;
    readonly configLoaded: boolean;
    readonly client: ClientFigures | null;
  },
): DoctorReport {
  const { simulated, configLoaded, client } = about;
  return {
    success: checks.every(({ status }) => status !== 'failed'),
    simulated,
    version,
    checks: CHECK_NAMES.flatMap((name) => checks.filter(({ check }) => check === name)),
    debug: { configLoaded, ...(client ?? NO_CLIENT) },
  };
}

const STATUS_WIDTH = 'warning'.length;
const NAME_WIDTH = Math.max(...CHECK_NAMES.map((name) => name.length));

/** One line for each check, and one below it where there is something to mend. */
export function renderDoctor({ version: own, checks, debug, success }: DoctorReport): string {
  const having = (wanted: Check['status']): number => checks.filter(({ status }) => status === wanted).length;
  const warnings = plural(having('warning'), 'warning');
  return [
    `routell ${own}`,
    '',
    ...checks.flatMap(lines),
    '',
    `Debug: configuration ${debug.configLoaded ? 'loaded' : 'not loaded'}, ${plural(debug.modelsAvailable, 'model')} available, rate limiter ${debug.rateLimiterActive ? 'active' : 'off'}, monitor ${debug.monitorRunning ? 'running' : 'off'}, ${plural(debug.recentDecisions, 'recent decision')}.`,
    success ? `Nothing failed; ${warnings}.` : `${having('failed')} failed; ${warnings}.`,
  ].join('\n');
}

function lines({ check, provider, status, message, advice }: Check): readonly string[] {
  const shown = { ok: 'ok', warning: 'warning', failed: 'FAILED', skipped: '-' }[status];
  const start = `${shown.padEnd(STATUS_WIDTH)}  ${check.padEnd(NAME_WIDTH)}  `;
  const text = `${start}${printable(provider === null ? message : `${provider}: ${message}`)}`;
  return advice === null ? [text] : [text, `${' '.repeat(start.length)}→ ${printable(advice)}`];
}
