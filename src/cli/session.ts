import { type Logger, type ProviderOptions, RouteLLClient, type RouteLLClientOptions } from '../index.js';
import type { Simulator } from '../testing/index.js';
import type { CommonOptions } from './command-line.js';
import type { CommandLineIO } from './io.js';
import { isLogLevel, stderrLogger } from './logger.js';
import type { Output } from './output.js';
import { readEnvironmentFile, readSettings } from './settings.js';

/** What a command works with. */
export interface Terminal {
  readonly io: CommandLineIO;
  readonly stdout: Output;
  readonly stderr: Output;
}

/** A client, for as long as a command needs it. */
export interface Session {
  readonly client: RouteLLClient;
  /** Whether the embedded simulator answers. */
  readonly simulated: boolean;
}

/**
 * Runs a command on a client made of the configuration and the environment; whatever comes of it, the client
 * and the simulator are closed.
 * @throws {RouteLLError}
 */
export async function withSession<Result>(
  options: CommonOptions,
  terminal: Terminal,
  run: (session: Session) => Promise<Result>,
): Promise<Result> {
  readEnvironmentFile(terminal.io);
  const settings = readSettings(options, terminal.io);
  return await withSimulator(options, async (simulator) => {
    const clientOptions = {
      ...atSimulator(settings.options, simulator),
      ...quiet(settings.options, terminal),
    };
    const simulated = simulator !== null;
    return await withClient(clientOptions, terminal, (client) => run({ client, simulated }));
  });
}

/** @throws {ConfigurationError} where no client can be made of the options. */
export async function withClient<Result>(
  options: RouteLLClientOptions,
  { io }: Terminal,
  run: (client: RouteLLClient) => Promise<Result>,
): Promise<Result> {
  const client = new RouteLLClient({ ...(io.clock === undefined ? {} : { clock: io.clock }), ...options });
  // What is under way fails at once, and the command comes to its end.
  const end = (): void => void client.close({ graceMs: 0 });
  io.interrupt.addEventListener('abort', end, { once: true });
  if (io.interrupt.aborted) end();
  try {
    return await run(client);
  } finally {
    io.interrupt.removeEventListener('abort', end);
    await client.close({ graceMs: 0 });
  }
}

/** Runs with the simulator where that is asked for, and with `null` where not. */
export async function withSimulator<Result>(
  { simulate }: CommonOptions,
  run: (simulator: Simulator | null) => Promise<Result>,
): Promise<Result> {
  if (!simulate) return await run(null);
  const { startSimulator } = await import('../testing/index.js');
  const simulator = await startSimulator();
  try {
    return await run(simulator);
  } finally {
    await simulator.close();
  }
}

/** The same options with every address that of the simulator. */
export function atSimulator(
  options: RouteLLClientOptions,
  simulator: Pick<Simulator, 'baseURL' | 'apiKey'> | null,
): RouteLLClientOptions {
  if (simulator === null) return options;
  const { baseURL, apiKey } = simulator;
  const { baseURL: _, ...rest } = options;
  const described = options.providers === undefined ? [{ id: 'simulator' }] : describedProviders(options);
  return { ...rest, providers: described.map((provider) => ({ ...provider, baseURL, apiKey })) };
}

/** The providers of a configuration file: none of them is made already. */
export function describedProviders({ providers = [] }: RouteLLClientOptions): readonly ProviderOptions[] {
  return providers.filter((provider): provider is ProviderOptions => !('chat' in provider));
}

/** Logs to stderr, warnings only unless the configuration or ROUTELL_LOG wants more: stdout is for answers. */
export function quiet(
  { monitoring }: RouteLLClientOptions,
  { io, stderr }: Terminal,
): { readonly monitoring: RouteLLClientOptions['monitoring']; readonly logger: Logger } {
  const configured = monitoring?.logLevel ?? 'warn';
  const asked = io.environment['ROUTELL_LOG']?.trim().toLowerCase();
  return {
    monitoring: { ...monitoring, logLevel: configured },
    logger: stderrLogger(isLogLevel(asked) ? asked : configured, stderr),
  };
}
