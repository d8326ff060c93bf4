import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { Account, type AccountSettings } from './account.js';
import { certificateOf, type Certificate, type CertificateKind } from './certificate.js';
import { serve } from './endpoints.js';
import { Exchange } from './exchange.js';
import { FaultPlan } from './faults/plan.js';
import type { FaultRule } from './faults/table.js';
import { judgePrompt, type Judge } from './judge.js';
import { Ledger, type SimulatorLedger } from './ledger.js';
import { lineUpOf, type SimulatedModel } from './line-up.js';
import { Port } from './port.js';
import { PromptCache } from './prompt-cache.js';
import { machineClock, type SimulatorClock } from './time.js';
import type { World } from './world.js';

export interface SimulatorOptions {
  /** @default 0: any free port */
  readonly port?: number;
  /** The same seed and requests give the same answers, draws and faults. @default 1 */
  readonly seed?: number;
  /** The one key that is accepted; every other answers 403. @default 'simulated-key' */
  readonly apiKey?: string;
  /** Whether a key is asked for at all. @default true */
  readonly requireKey?: boolean;
  /** Models by name, added to the built-in line-up or in place of those of the same name. */
  readonly models?: Readonly<Record<string, SimulatedModel>>;
  /** Serves the given models only. @default false */
  readonly only?: boolean;
  /** @default 20_000 */
  readonly creditsGranted?: number;
  /** @default 0 */
  readonly creditsUsed?: number;
  /** What a USD is in credits: an invention of the simulation. @default 1000 */
  readonly creditsPerUsd?: number;
  /** How late a charge shows on the account page, in milliseconds. @default 0 */
  readonly accountLagMs?: number;
  /** Factor on every latency: 1 is realistic, 0 immediate. @default 0.02 */
  readonly latency?: number;
  readonly faults?: readonly FaultRule[];
  /** Decides what a prompt asks for and how hard it is. @default the simulator's own simple judgement */
  readonly judge?: Judge;
  /** Keeps requests and answers in the ledger. @default false */
  readonly captureContent?: boolean;
  /** Speaks TLS, with a certificate that is right or wrong in this way. @default plain HTTP */
  readonly tls?: CertificateKind;
  readonly clock?: SimulatorClock;
}

/** A running simulator. It keeps the process alive until it is closed. */
export interface Simulator {
  /** As `http://127.0.0.1:49152`; with `tls` of `https:`. */
  readonly url: string;
  /** `url` and `/v1`: what a client takes as its base URL. */
  readonly baseURL: string;
  readonly apiKey: string;
  /** With `tls`: the certificate of the authority to trust, in PEM, as a client's `ca`. */
  readonly certificateAuthority: string | null;
  /** What it received, answered and charged. */
  readonly ledger: SimulatorLedger;
  /** Replaces every fault rule and starts their counts anew. @throws TypeError naming the field */
  setFaults(faults: readonly FaultRule[]): void;
  /** Sets the credits of the account. @throws TypeError naming the field */
  setAccount(settings: AccountSettings): void;
  /** Resolves once no request is under way: from then on the ledger stands. */
  settled(): Promise<void>;
  /** Breaks off what is under way, closes every connection and frees the port. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a server on 127.0.0.1 that speaks the RouteLLM API: chat with and without streams, tools, JSON
 * and images, `/models` and `/account`. Its answers are made up and say so: it proves mechanics, never
 * quality or money saved.
 *
 * ```ts
 * const simulator = await startSimulator({ faults: [{ fault: 'status', status: 503, rate: 0.2 }] });
 * const client = new RouteLLClient({ baseURL: simulator.baseURL, apiKey: simulator.apiKey });
 * ```
 * @throws TypeError naming the option that makes no sense; Error where the port is taken
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const world = worldOf(options);
  const certificate = options.tls === undefined ? null : certificateOf(options.tls, machineClock.now());
  const underWay = new Set<Promise<void>>();
  const server = serverOf(certificate, world, underWay);
  const port = new Port(server, world.clock);
  await port.open(options.port ?? 0);
  port.follow(world.faults.outage);
  const url = `${certificate === null ? 'http' : 'https'}://127.0.0.1:${port.number}`;
  const settled = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= port.close().then(settled));
  return {
    url,
    baseURL: `${url}/v1`,
    apiKey: world.apiKey ?? DEFAULT_KEY,
    certificateAuthority: certificate?.authority ?? null,
    ledger: world.ledger,
    setFaults: (faults) => {
      world.faults.set(faults);
      port.follow(world.faults.outage);
    },
    setAccount: (settings) => {
      checkNumbers({ ...settings }, ['creditsGranted', 'creditsUsed']);
      world.account.set(settings);
    },
    settled,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const DEFAULT_KEY = 'simulated-key';

/** A server that keeps what it is answering in `underWay`. */
function serverOf(certificate: Certificate | null, world: World, underWay: Set<Promise<void>>): Server {
  const used = new WeakSet<Socket>();
  let count = 0;
  const answer: RequestListener = (request, response) => {
    const requestId = `req_simulated_${(++count).toString(36).padStart(6, '0')}`;
    const reused = used.has(request.socket);
    used.add(request.socket);
    const path = request.url ?? '/';
    const exchange = new Exchange({ response, requestId, clock: world.clock, path, reused });
    const serving = serve(request, exchange, world).finally(() => underWay.delete(serving));
    underWay.add(serving);
  };
  return certificate === null ? createServer(answer) : createTlsServer(certificate, answer);
}

function worldOf(options: SimulatorOptions): World {
  checkNumbers({ ...options }, ['port', 'creditsGranted', 'creditsUsed', 'creditsPerUsd']);
  checkNumbers({ ...options }, ['accountLagMs', 'latency', 'seed']);
  const seed = options.seed ?? 1;
  const clock = options.clock ?? machineClock;
  return {
    models: lineUpOf(options.models, options.only),
    account: accountOf(options),
    cache: new PromptCache(),
    faults: new FaultPlan(seed, options.faults ?? [], clock),
    ledger: new Ledger(),
    clock,
    judge: options.judge ?? judgePrompt,
    seed,
    latency: options.latency ?? 0.02,
    apiKey: options.requireKey === false ? null : (options.apiKey ?? DEFAULT_KEY),
    captureContent: options.captureContent ?? false,
  };
}

function accountOf(options: SimulatorOptions): Account {
  return new Account({
    granted: options.creditsGranted ?? 20_000,
    used: options.creditsUsed ?? 0,
    creditsPerUsd: options.creditsPerUsd ?? 1000,
    lagMs: options.accountLagMs ?? 0,
  });
}

function checkNumbers(values: Readonly<Record<string, unknown>>, fields: readonly string[]): void {
  for (const field of fields) {
    const value = values[field];
    if (value !== undefined && !(typeof value === 'number' && value >= 0 && value < Infinity)) {
      throw new TypeError(`${field}: expected a number that is not negative, got ${JSON.stringify(value)}.`);
    }
  }
}
