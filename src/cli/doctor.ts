import { RateLimiter, type RouteLLClientOptions } from '../index.js';
import type { Simulator } from '../testing/index.js';
import type { DoctorOptions } from './command-line.js';
import { checkLimits } from './doctor/account.js';
import { type Check, skipped } from './doctor/check.js';
import { readConfiguration } from './doctor/configuration.js';
import { examineClient, type Examined } from './doctor/examine.js';
import { checkKeyIsSet, usableOptions } from './doctor/keys.js';
import { checkNode, ServerClock } from './doctor/machine.js';
import { type DoctorReport, doctorReport, renderDoctor } from './doctor/report.js';
import { ExitCode, type Outcome } from './io.js';
import { atSimulator, quiet, type Terminal, withClient, withSimulator } from './session.js';
import { marked } from './simulated.js';

/** `routell doctor`: what is wrong, and how to mend it. Costs nothing without `--call`. */
export async function doctor(options: DoctorOptions, terminal: Terminal): Promise<Outcome> {
  const report = await withSimulator(options, (simulator) => examine(options, terminal, simulator));
  return {
    report,
    text: marked(renderDoctor(report), report),
    to: 'stdout',
    exitCode: report.success ? ExitCode.WELL : ExitCode.FAILED,
  };
}

async function examine(
  options: DoctorOptions,
  terminal: Terminal,
  simulator: Simulator | null,
): Promise<DoctorReport> {
  const configuration = readConfiguration(options, terminal.io);
  const given = configuration.options && atSimulator(configuration.options, simulator);
  const usable = given && usableOptions(given, terminal.io);
  const examined =
    given && usable?.options
      ? await examineUsable(usable.options, { given, options, terminal })
      : { checks: notLookedAt(given), client: null };
  const checks = [
    checkNode(process.versions.node),
    ...configuration.checks,
    ...(usable?.checks ?? [checkKeyIsSet(terminal.io)]),
    ...examined.checks,
  ];
  const simulated = simulator !== null;
  return doctorReport(checks, { simulated, configLoaded: configuration.isLoaded, client: examined.client });
}

/** What cannot be looked at without a client; its limits are its own affair. */
function notLookedAt(given: RouteLLClientOptions | null): readonly Check[] {
  const checks = (['reachability', 'clock', 'models', 'routing', 'credits', 'call'] as const).map((check) =>
    skipped({ check }, 'not looked at: see above'),
  );
  return given === null ? checks : [...checks, checkLimits(new RateLimiter(given.rateLimits))];
}

/** Longer than what is well takes to answer. */
const PATIENCE_MS = 10_000;
const USUAL_TIMEOUT_MS = 30_000;

async function examineUsable(
  usable: RouteLLClientOptions,
  asked: {
    readonly given: RouteLLClientOptions;
    readonly options: DoctorOptions;
    readonly terminal: Terminal;
  },
): Promise<Examined> {
  const { given, options, terminal } = asked;
  const clock = new ServerClock(terminal.io.now);
  const callTimeoutMs = usable.timeouts?.totalMs ?? USUAL_TIMEOUT_MS;
  const clientOptions = {
    ...usable,
    ...quiet(usable, terminal),
    timeouts: { ...usable.timeouts, totalMs: Math.min(callTimeoutMs, PATIENCE_MS) },
  };
  return await withClient(clientOptions, terminal, (client) =>
    clock.during(() =>
      examineClient(client, {
        given,
        environment: terminal.io.environment,
        simulated: options.simulate,
        clock,
        call: options.call,
        callTimeoutMs,
      }),
    ),
  );
}
