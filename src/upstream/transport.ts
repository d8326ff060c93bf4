import { nodeModules } from './node-modules.js';
import type { NodeTransport } from './node-transport.js';
import type { Fetch } from './openai-client.js';

/** The global fetch as it was when the library was loaded. */
const originalFetch = globalThis.fetch;

/** Until a connection stands, as undici has it. */
export const CONNECT_MS = 10_000;

let nodeTransport: NodeTransport | null | undefined;

/**
 * The fetch that is used where the caller gives none: on Node requests through `node:http`, which takes half
 * of the processor time; elsewhere the global fetch, and also where somebody has arranged something for it.
 * @remarks Redirects are never followed. A body that is not read holds its connection: read or cancel it.
 * @param connectMs Until a connection stands; the global fetch has a time of its own.
 */
export const defaultFetch =
  (connectMs: number): Fetch =>
  async (input, init) => {
    if (nodeTransport === undefined) nodeTransport = await loadNodeTransport();
    // Looked up at each request, so that a global fetch replaced later is used.
    if (nodeTransport === null || isGlobalFetchArranged()) return globalThis.fetch(input, init);
    return nodeTransport(connectMs, input, init);
  };

async function loadNodeTransport(): Promise<NodeTransport | null> {
  const modules = nodeModules();
  if (modules === null) return null;
  const { createNodeTransport } = await import('./node-transport.js');
  return createNodeTransport(modules);
}

/** Whether requests are to go where only the global fetch goes: another in its place, a mock, a proxy, other certificates. */
function isGlobalFetchArranged(): boolean {
  if (globalThis.fetch !== originalFetch || process.env['NODE_USE_ENV_PROXY'] === '1') return true;
  return [dispatchers[CURRENT], dispatchers[LEGACY]].some(
    (dispatcher) => dispatcher !== undefined && !isNodesOwn(dispatcher),
  );
}

let nodesOwn: WeakRef<object> | null = null;

/**
 * Whether a dispatcher is the one that Node makes for itself: an Agent of the undici inside of Node, which nobody
 * else can reach. Its class is known by where it throws; a dispatcher of undici's package may hold anything.
 */
function isNodesOwn(dispatcher: object): boolean {
  if (nodesOwn?.deref() === dispatcher) return true;
  if (dispatcher.constructor.name !== 'Agent') return false;
  try {
    Reflect.construct(dispatcher.constructor as new () => object, [{ factory: 'none' }]);
    return false;
  } catch (error) {
    if (!(error instanceof Error && error.stack?.includes('node:internal/deps/undici') === true))
      return false;
  }
  nodesOwn = new WeakRef(dispatcher);
  return true;
}

/** How undici, and with it the global fetch, is given a proxy or a mock; the second before its release 7. */
const CURRENT = Symbol.for('undici.globalDispatcher.2');
const LEGACY = Symbol.for('undici.globalDispatcher.1');
const dispatchers = globalThis as { readonly [CURRENT]?: object; readonly [LEGACY]?: object };
