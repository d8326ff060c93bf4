import { type Clock, systemClock } from '../clock.js';
import { type Connections, Exchange } from './node-exchange.js';
import type { ClientRequest, NodeHttp, NodeHttps, NodeModules, Socket } from './node-modules.js';
import type { Fetch } from './openai-client.js';
import { type PlainRequest, plainRequest } from './plain-request.js';

export interface NodeTransportOptions {
  readonly clock?: Clock;
  /** How long a connection is kept for the next request. @default 4000, below the 5 s after which servers close */
  readonly keepAliveMs?: number;
  /** How connections are made, for tests: whom to trust, what DNS answers. */
  readonly connection?: Pick<AgentOptions, 'ca' | 'lookup'>;
}

type AgentOptions = NonNullable<ConstructorParameters<NodeHttps['Agent']>[0]>;
type RequestOptions = NonNullable<Parameters<NodeHttps['request']>[1]>;

/** A fetch that is told how long connecting, with DNS and TLS, may take. */
export type NodeTransport = (connectMs: number, ...request: Parameters<Fetch>) => ReturnType<Fetch>;

/** Answers with larger headers are refused. */
const MAX_HEADER_BYTES = 2 ** 15;

/**
 * A fetch through `node:http` for texts; what else fetch takes is left to the global one.
 * @remarks Redirects are never followed. A body that is not read holds its connection: read or cancel it.
 */
export function createNodeTransport(modules: NodeModules, options: NodeTransportOptions = {}): NodeTransport {
  const pool = new Pool(modules, options);
  return async (connectMs, input, init) => {
    const plain = plainRequest(input, init);
    return plain === null ? globalThis.fetch(input, init) : new Exchange(pool, plain, connectMs).response;
  };
}

/** The connections that are kept, and how new ones are made. */
class Pool implements Connections {
  readonly clock: Clock;
  readonly zlib: NodeModules['zlib'];
  readonly #modules: NodeModules;
  readonly #agentOptions: AgentOptions;
  readonly #plainAgent: InstanceType<NodeHttp['Agent']>;
  readonly #secureAgent: InstanceType<NodeHttps['Agent']>;
  readonly #freedAtMs = new WeakMap<Socket, number>();

  constructor(modules: NodeModules, options: NodeTransportOptions) {
    this.clock = options.clock ?? systemClock;
    this.zlib = modules.zlib;
    this.#modules = modules;
    const agentOptions = { ...options.connection, keepAlive: true, timeout: options.keepAliveMs ?? 4000 };
    this.#agentOptions = agentOptions;
    this.#plainAgent = new modules.http.Agent(agentOptions);
    this.#secureAgent = new modules.https.Agent(agentOptions);
    for (const agent of [this.#plainAgent, this.#secureAgent]) {
      agent.on('free', (socket: Socket) => this.#freedAtMs.set(socket, this.clock.monotonic()));
    }
  }

  idleMs(socket: Socket): number {
    const nowMs = this.clock.monotonic();
    return nowMs - (this.#freedAtMs.get(socket) ?? nowMs);
  }

  request({ url, method, headers }: PlainRequest, isFresh: boolean): ClientRequest {
    const isSecure = url.protocol === 'https:';
    const { http, https } = this.#modules;
    const agent = isSecure ? this.#secureAgent : this.#plainAgent;
    // Brackets belong to the address of IPv6 in a URL only.
    const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
    const options: RequestOptions = {
      host,
      port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
      path: url.pathname + url.search,
      method,
      headers,
      agent,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Whatever NODE_OPTIONS say.
      insecureHTTPParser: false,
      // Whatever NODE_TLS_REJECT_UNAUTHORIZED and a header `host` say; an address is no name.
      ...(isSecure ? { rejectUnauthorized: true, servername: isAddress(host) ? '' : host } : {}),
    };
    if (isFresh) {
      const kept = agent.freeSockets[agent.getName({ ...options, ...this.#agentOptions })] ?? [];
      for (const socket of [...kept]) socket.destroy();
    }
    return (isSecure ? https : http).request(options);
  }
}

/** Whether a host is an address of IPv4 or IPv6, in the spelling of a URL. */
function isAddress(host: string): boolean {
  return host.includes(':') || /^[\d.]+$/.test(host);
}
