import { afterEach, describe, expect, it, vi } from 'vitest';
import { nodeModules } from '../../src/upstream/node-modules.js';
import { defaultFetch as fetchWithin } from '../../src/upstream/transport.js';
import { serveLoopback } from '../loopback.js';

const GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.1');

const defaultFetch = fetchWithin(10_000);

afterEach(() => vi.unstubAllGlobals());

/** The global fetch sends this header, the transport does not. */
const isOfGlobalFetch = (headers: object | undefined): boolean => 'sec-fetch-mode' in (headers ?? {});

describe('the default fetch', () => {
  it('goes through node:http', async () => {
    const server = await serveLoopback((response) => void response.end('ok'));
    const asked = [1, 2, 3].map(async () => (await defaultFetch(server.url)).text());
    expect(await Promise.all(asked)).toEqual(['ok', 'ok', 'ok']);
    expect(server.requests.map(({ headers }) => isOfGlobalFetch(headers))).toEqual([false, false, false]);
  });

  it('is the global one of the moment where that was replaced', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('stubbed')));
    expect(await (await defaultFetch('http://llm.example.com/')).text()).toBe('stubbed');
  });

  it('is the global one where that was given a proxy or a mock', async () => {
    const server = await serveLoopback((response) => void response.end('ok'));
    await (await fetch(server.url)).text();
    const globals = globalThis as unknown as Record<symbol, object>;
    const agent = globals[GLOBAL_DISPATCHER]!;
    class ProxyAgent {
      dispatch(...request: unknown[]): unknown {
        return (agent as ProxyAgent).dispatch(...request);
      }
    }
    globals[GLOBAL_DISPATCHER] = new ProxyAgent();
    try {
      expect(await (await defaultFetch(server.url)).text()).toBe('ok');
    } finally {
      globals[GLOBAL_DISPATCHER] = agent;
    }
    await (await defaultFetch(server.url)).text();
    expect(server.requests.map(({ headers }) => isOfGlobalFetch(headers))).toEqual([true, true, false]);
  });

  it('is the global one where that was given an Agent, which may trust other certificates', async () => {
    const server = await serveLoopback((response) => void response.end('ok'));
    await (await fetch(server.url)).text();
    // Not before Node has its own dispatcher: the package would put one in its place.
    const { Agent, getGlobalDispatcher, setGlobalDispatcher } = await import('undici');
    const before = getGlobalDispatcher();
    const agent = new Agent();
    setGlobalDispatcher(agent);
    try {
      expect(await (await defaultFetch(server.url)).text()).toBe('ok');
    } finally {
      setGlobalDispatcher(before);
      await agent.close();
    }
    await (await defaultFetch(server.url)).text();
    expect(server.requests.map(({ headers }) => isOfGlobalFetch(headers))).toEqual([true, true, false]);
  });

  it('is the global one where that follows the proxies of the environment', async () => {
    const server = await serveLoopback((response) => void response.end('ok'));
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    try {
      await (await defaultFetch(server.url)).text();
    } finally {
      vi.unstubAllEnvs();
    }
    expect(server.requests.map(({ headers }) => isOfGlobalFetch(headers))).toEqual([true]);
  });
});

describe('the modules of Node', () => {
  const { getBuiltinModule } = process;
  const versions = { ...process.versions };

  it('are there on Node', () => {
    expect(nodeModules()).toMatchObject({ http: expect.anything() as unknown });
  });

  it.each<[string, Parameters<typeof nodeModules>[0]]>([
    ['a browser', {}],
    ['a browser whose bundler makes a process', { process: { versions } }],
    ['an edge runtime', { process: { getBuiltinModule, versions: {} as NodeJS.ProcessVersions } }],
    ['Bun', { process: { getBuiltinModule, versions: { ...versions, bun: '1.3.0' } } }],
    ['Deno', { process: { getBuiltinModule, versions: { ...versions, deno: '2.5.0' } } }],
    ['a runtime that lacks some', { process: { getBuiltinModule: () => undefined, versions } }],
  ])('are not used in %s', (_, globals) => {
    expect(nodeModules(globals)).toBeNull();
  });
});
