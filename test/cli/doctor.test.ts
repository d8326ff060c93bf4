import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Check } from '../../src/cli/doctor/check.js';
import type { DoctorReport } from '../../src/cli/doctor/report.js';
import { closedPort, JSON_TYPE, type Loopback, serveLoopback } from '../loopback.js';
import { withSimulator } from '../testing/with-simulator.js';
import { containing, matching } from './expected.js';
import { CONFIG, environmentOf, folderOf, PROVIDERS, runCli, runJson, type RunOptions } from './run-cli.js';

/** The checks of a run that are neither well nor skipped, and its code. */
async function problems(
  options: RunOptions,
  argv: readonly string[] = [],
): Promise<{ code: number; found: readonly Check[]; report: DoctorReport }> {
  const run = await runJson(['doctor', ...argv], options);
  const { code } = run;
  const report = run.report as DoctorReport;
  const found = report.checks.filter(({ status }) => status === 'warning' || status === 'failed');
  return { code, found, report };
}

const environmentAt = (baseURL: string): Record<string, string> =>
  environmentOf({ baseURL, apiKey: 'a-key' });

/** A service whose pages are these; every other path is not found. */
function serve(pages: Readonly<Record<string, (response: ServerResponse) => void>>): Promise<Loopback> {
  return serveLoopback((response, { path }) => {
    const page = pages[path.replace('/v1/', '')];
    if (page === undefined) response.writeHead(404, JSON_TYPE).end('{"error":{"message":"Not found"}}');
    else page(response);
  });
}

const json =
  (value: unknown, status = 200) =>
  (response: ServerResponse) => {
    response.writeHead(status, JSON_TYPE).end(JSON.stringify(value));
  };
const model = (id: string, price: number | null = 1e-6): object => ({
  id,
  ...(price === null ? {} : { input_token_rate: price, output_token_rate: price }),
});
const modelList = (...models: object[]): ((response: ServerResponse) => void) => json({ data: models });
const account = (used: number | null, granted: number | null): ((response: ServerResponse) => void) =>
  json({ credits_used: used, credits_granted: granted });

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('routell doctor, where all is well', () => {
  it('says so of everything, with code 0, and has nothing answered that costs', async () => {
    const { simulator } = await withSimulator();
    const cwd = folderOf({ [CONFIG]: { rate_limiting: { requests_per_minute: 30 } } });
    const { code, stdout } = await runCli(['doctor'], { cwd, environment: environmentOf(simulator) });
    expect(code, stdout).toBe(0);
    const { origin } = new URL(simulator.url);
    for (const line of [
      /^ok +node +Node \d+\.\d+\.\d+$/m,
      /^ok +configuration +read from .*config\/routellm\.config\.json, the environment$/m,
      new RegExp(`^ok +key +\\S+: ROUTELLM_API_KEY goes to ${origin}, which takes it$`, 'm'),
      new RegExp(`^ok +reachability +\\S+: ${simulator.baseURL} answers within \\d+ ms$`, 'm'),
      /^ok +clock +agrees/m,
      /^ok +models +\S+: 16 models listed, all of known price$/m,
      /^ok +models +the fallback model route-llm is listed$/m,
      /^ok +routing +"Write .+" goes to \S+ \(code_generation, difficulty [\d.]+\), chosen of 15 models$/m,
      /^ok +credits +\S+: 20,000 of 20,000 left \(source: account, up to 60 minutes late\)$/m,
      /^ok +limits +30 requests a minute, 1,000 an hour, 10 at once; a request can be made now \(wait 0\.0 s\)$/m,
      /^- +call +not asked for/m,
      /^Debug: configuration loaded, 15 models available, rate limiter active, monitor running, 1 recent decision\.$/m,
      /^Nothing failed; 0 warnings\.$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
    expect(simulator.ledger.received).toBe(0);
  });

  it('is one document with --json', async () => {
    const { simulator } = await withSimulator();
    const { code, report } = await runJson(['doctor'], { environment: environmentOf(simulator) });
    expect(code).toBe(0);
    expect(report).toMatchObject({
      success: true,
      simulated: false,
      version: matching(/^\d/),
      debug: {
        configLoaded: false,
        modelsAvailable: 15,
        rateLimiterActive: true,
        monitorRunning: true,
        recentDecisions: 1,
      },
    });
    expect((report as DoctorReport).checks).toContainEqual({
      check: 'models',
      provider: null,
      status: 'ok',
      message: 'the fallback model route-llm is listed',
      advice: null,
    });
  });

  it('makes one call with --call', async () => {
    const { simulator } = await withSimulator();
    const { code, report } = await problems({ environment: environmentOf(simulator) }, ['--call']);
    expect(code).toBe(0);
    expect(report.checks.at(-1)).toMatchObject({
      check: 'call',
      status: 'ok',
      message: matching(/^\S+ at \S+ answered in \d+ ms: \d+ tokens in, \d+ out, \$0\.\d+$/),
    });
    expect(simulator.ledger.received).toBe(1);
  });
});

describe('the key', () => {
  it('is missing', async () => {
    const { code, found, report } = await problems({});
    expect(code).toBe(1);
    expect(found).toMatchObject([
      {
        check: 'key',
        status: 'failed',
        message: 'ROUTELLM_API_KEY is not set',
        advice: containing('export ROUTELLM_API_KEY='),
      },
    ]);
    expect(report.checks.find(({ check }) => check === 'limits')?.status).toBe('ok');
  });

  it.each(['ABACUS_API_KEY', 'ROUTELL_API_KEY'])('stands in %s', async (name) => {
    const { found } = await problems({ environment: { [name]: 'a-key' } });
    expect(found.find(({ check }) => check === 'key')?.advice).toContain(`${name} is set, and is not read`);
  });

  it('is blank', async () => {
    const { found } = await problems({ environment: { ROUTELLM_API_KEY: '  ' } });
    expect(found).toMatchObject([{ check: 'key', message: 'ROUTELLM_API_KEY is not set' }]);
  });

  it('was copied with something more', async () => {
    const { found } = await problems({ environment: { ROUTELLM_API_KEY: 'two words' } });
    expect(found).toMatchObject([
      {
        check: 'key',
        message: containing('holds a space'),
        advice: containing('Copy the key again'),
      },
    ]);
  });

  it('is of another origin than the address of the configuration', async () => {
    const { simulator } = await withSimulator();
    const cwd = folderOf({ [CONFIG]: { api: { base_url: simulator.baseURL } } });
    const { found } = await problems({ cwd, environment: { ROUTELLM_API_KEY: 'a-key' } });
    expect(found).toMatchObject([
      {
        check: 'key',
        message: containing(`is not sent to ${simulator.url}`),
        advice: containing(`ROUTELLM_BASE_URL=${simulator.baseURL}`),
      },
    ]);
    expect(simulator.ledger.lookups.models).toBe(0);
  });

  it('is refused by the account, while all may see the models', async () => {
    const { simulator } = await withSimulator();
    const { code, found, report } = await problems({ environment: environmentAt(simulator.baseURL) });
    expect(code).toBe(1);
    expect(found).toMatchObject([
      {
        check: 'key',
        status: 'failed',
        message: containing('403'),
        advice: matching(/^Copy the key again, whole, into ROUTELLM_API_KEY; it must be one of http:/),
      },
    ]);
    expect(report.checks.find(({ check }) => check === 'models')?.status).toBe('ok');
  });

  it.each([401, 403])('is refused with %i by the models, too', async (status) => {
    const { baseURL } = await serve({ models: json({ error: { message: 'Invalid API Key' } }, status) });
    const { code, found, report } = await problems({ environment: environmentAt(baseURL) }, ['--call']);
    expect(code).toBe(1);
    expect(found).toMatchObject([{ check: 'key', status: 'failed' }]);
    expect(report.checks.find(({ check }) => check === 'reachability')?.status).toBe('ok');
    expect(report.checks.find(({ check }) => check === 'call')?.status).toBe('skipped');
  });

  it('cannot be tried for nothing where there is no account page', async () => {
    const { baseURL } = await serve({ models: modelList(model('a')) });
    const { found } = await problems({ environment: environmentAt(baseURL) });
    expect(found.find(({ check }) => check === 'key')).toMatchObject({
      status: 'warning',
      advice: containing('routell doctor --call'),
    });
  });

  it('is never shown, nor a part of it', async () => {
    const key = 'sk-4f9Qz81LmWx7RtYv';
    const parts = Array.from({ length: key.length - 5 }, (_, start) => key.slice(start, start + 6));
    const echo = await serveLoopback((response, { headers }) => {
      const message = `no such key: ${String(headers.authorization)}`;
      response.writeHead(401, JSON_TYPE).end(JSON.stringify({ error: { message, code: 'invalid' } }));
    });
    // Nothing leaves this machine, whatever the files say.
    const { fetch } = globalThis;
    vi.stubGlobal('fetch', (input: string, init: RequestInit) =>
      input.startsWith(echo.url) ? fetch(input, init) : Promise.reject(new TypeError('fetch failed')),
    );
    const runs = [
      { environment: environmentOf({ baseURL: echo.baseURL, apiKey: key }) },
      { environment: environmentOf({ baseURL: 'nonsense', apiKey: key }) },
      { environment: environmentOf({ baseURL: echo.baseURL, apiKey: `${key} ${key}` }) },
      {
        environment: { ROUTELLM_API_KEY: key },
        cwd: folderOf({ [CONFIG]: { api: { base_url: echo.baseURL } } }),
      },
      { environment: { ROUTELLM_API_KEY: key }, cwd: folderOf({ [CONFIG]: { api: { key } } }) },
    ];
    for (const options of runs) {
      for (const argv of [
        ['doctor', '--call'],
        ['doctor', '--json'],
        ['chat', 'hi'],
        ['models', '--json'],
      ]) {
        const { stdout, stderr } = await runCli(argv, {
          ...options,
          environment: { ...options.environment, ROUTELL_LOG: 'debug' },
        });
        expect(parts.filter((part) => (stdout + stderr).includes(part))).toEqual([]);
      }
    }
  });
});

describe('reachability', () => {
  async function unreachable(baseURL: string, cwd = folderOf()): Promise<Check | undefined> {
    const { code, found } = await problems({ environment: environmentAt(baseURL), cwd });
    expect(code).toBe(1);
    expect(found).toHaveLength(1);
    return found[0];
  }
  const failedWith = (message: RegExp, advice: RegExp): object => ({
    check: 'reachability',
    status: 'failed',
    message: matching(message),
    advice: matching(advice),
  });

  it('fails for a web page', async () => {
    const { baseURL } = await serve({
      models: (response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Hi</html>'),
    });
    expect(await unreachable(baseURL)).toMatchObject(
      failedWith(/HTML/, /no OpenAI-compatible API.*Correct the address \(ROUTELLM_BASE_URL\)/),
    );
  });

  it('fails for a path that is none', async () => {
    const { simulator } = await withSimulator();
    expect(await unreachable(`${simulator.url}/api`)).toMatchObject(
      failedWith(/404/, /has no API at this path.*mostly ends in \/v1/),
    );
  });

  it('fails for a redirect', async () => {
    const { baseURL } = await serve({
      models: (response) => void response.writeHead(301, { location: 'https://example.org' }).end(),
    });
    expect(await unreachable(baseURL)).toMatchObject(failedWith(/redirect/, /The API has moved/));
  });

  it('fails for a fault of the service', async () => {
    const { baseURL } = await serve({ models: json({ error: { message: 'down' } }, 503) });
    expect(await unreachable(baseURL)).toMatchObject(failedWith(/503/, /status page/));
  });

  it('fails for a limit of the service', async () => {
    const { simulator } = await withSimulator({
      faults: [{ fault: 'status', status: 429, retryAfter: '7', on: 'models' }],
    });
    expect(await unreachable(simulator.baseURL)).toMatchObject(
      failedWith(/limits the rate/, /Wait 7 s and try again.*requests_per_minute/),
    );
  });

  it('fails where nothing listens', async () => {
    expect(await unreachable(await closedPort())).toMatchObject(
      failedWith(/ECONNREFUSED/, /Nothing listens at 127\.0\.0\.1:\d+\. Start the server/),
    );
  });

  it('fails without TLS', async () => {
    const { simulator } = await withSimulator();
    expect(await unreachable(simulator.baseURL.replace('http:', 'https:'))).toMatchObject(
      failedWith(/connection/, /TLS connection.*NODE_EXTRA_CA_CERTS.*plain http/),
    );
  });

  it('fails where nothing answers in time', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'hang', on: 'models' }] });
    const cwd = folderOf({ [CONFIG]: { api: { timeout: 0.1 } } });
    expect(await unreachable(simulator.baseURL, cwd)).toMatchObject(
      failedWith(/did not answer/, /slow or out of reach/),
    );
  });

  it('says that a proxy is not heeded', async () => {
    vi.stubGlobal('fetch', () =>
      Promise.reject(new TypeError('fetch failed', { cause: systemError('ENOTFOUND') })),
    );
    const environment = { ...environmentAt('https://api.example.org/v1'), HTTPS_PROXY: 'http://proxy:3128' };
    const { found } = await problems({ environment });
    expect(found).toMatchObject([
      failedWith(/ENOTFOUND/, /The name api\.example\.org is not found.*HTTPS_PROXY is set/),
    ]);
  });

  const systemError = (code: string): Error => Object.assign(new Error(code), { code });
});

describe('models', () => {
  it('are none', async () => {
    const { baseURL } = await serve({ models: modelList(), account: account(1, 20_000) });
    const { code, found } = await problems({ environment: environmentAt(baseURL) });
    expect(code).toBe(1);
    expect(found).toMatchObject([
      {
        check: 'models',
        status: 'failed',
        message: 'no models are listed',
        advice: containing('Enable models'),
      },
      { check: 'routing', status: 'failed' },
    ]);
  });

  it('are partly without prices', async () => {
    const models = modelList(model('route-llm'), model('priced'), model('mine', null), model('yours', null));
    const { baseURL } = await serve({ models, account: account(1, 20_000) });
    const { code, found } = await problems({ environment: environmentAt(baseURL) });
    expect(code).toBe(0);
    expect(found).toMatchObject([
      {
        check: 'models',
        status: 'warning',
        message: matching(/4 models listed, of which 2 have no known price, .*: mine, yours$/),
        advice: containing("'mine': { prices:"),
      },
    ]);
  });

  it('are all without prices: the fallback model serves', async () => {
    const cwd = folderOf({ [CONFIG]: { model_routing: { fallback_model: 'mine' } } });
    const { baseURL } = await serve({ models: modelList(model('mine', null)), account: account(1, 20_000) });
    const { code, found } = await problems({ cwd, environment: environmentAt(baseURL) });
    expect(code).toBe(0);
    expect(found).toMatchObject([
      { check: 'models', status: 'warning' },
      {
        check: 'routing',
        status: 'warning',
        message: containing('all goes to the fallback model mine'),
      },
    ]);
  });

  it('are all without prices, and the fallback model is not there', async () => {
    const { baseURL } = await serve({ models: modelList(model('mine', null)), account: account(1, 20_000) });
    const { code, found } = await problems({ environment: environmentAt(baseURL) });
    expect(code).toBe(1);
    expect(found).toMatchObject([
      { check: 'models', status: 'warning' },
      {
        check: 'models',
        status: 'failed',
        message: containing('the fallback model route-llm is not listed'),
        advice: containing('Set model_routing.fallback_model'),
      },
      { check: 'routing', status: 'failed' },
    ]);
  });

  it('lack the fallback model', async () => {
    const { baseURL } = await serve({ models: modelList(model('priced')), account: account(1, 20_000) });
    const { code, found } = await problems({ environment: environmentAt(baseURL) });
    expect(code).toBe(0);
    expect(found).toMatchObject([
      {
        check: 'models',
        status: 'warning',
        message: containing('the fallback model route-llm is not listed'),
        advice: containing('as priced'),
      },
    ]);
  });

  it('that are named in vain are named', async () => {
    const { simulator } = await withSimulator();
    const cwd = folderOf({
      [CONFIG]: { credit_system: { unlimited_models: ['llama-3.1-8b', 'gpt-6-luna'] } },
    });
    const { report } = await problems({ cwd, environment: environmentOf(simulator) });
    expect(report.checks).toContainEqual(
      expect.objectContaining({ status: 'ok', message: matching(/no effect: llama-3\.1-8b$/) }),
    );
  });
});

describe('a list of models', () => {
  it('that fails the second time is not looked at', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'status', on: 'models', after: 1 }] });
    const { report } = await problems({ environment: environmentOf(simulator) });
    expect(report.checks.find(({ check }) => check === 'models')?.status).toBe('skipped');
  });
});

describe('routing', () => {
  it('may be off', async () => {
    const cwd = folderOf({ [CONFIG]: { model_routing: { enabled: false } } });
    const { code, report } = await problems({ cwd }, ['--simulate']);
    expect(code).toBe(0);
    expect(report.checks.find(({ check }) => check === 'routing')).toMatchObject({
      status: 'ok',
      message: 'routing is off: all goes to route-llm',
    });
  });
});

describe('credits', () => {
  it.each([
    [20_000, 'failed', /^exhausted: 0 of 20,000 left/, /Top up the account/],
    [19_995, 'warning', /^critical: 5 of 20,000 left/, /four times/],
    [19_950, 'warning', /^low: 50 of 20,000 left/, /counts cost twice/],
  ])('with %i of 20,000 used', async (creditsUsed, status, message, advice) => {
    const { simulator } = await withSimulator({ creditsUsed });
    const { code, found } = await problems({ environment: environmentOf(simulator) });
    expect(code).toBe(status === 'failed' ? 1 : 0);
    expect(found).toMatchObject([
      {
        check: 'credits',
        status,
        message: matching(message),
        advice: matching(advice),
      },
    ]);
  });

  it('may be unknown', async () => {
    const { baseURL } = await serve({
      models: modelList(model('route-llm'), model('a')),
      account: account(null, null),
    });
    const { code, found } = await problems({ environment: environmentAt(baseURL) });
    expect(code).toBe(0);
    expect(found.find(({ check }) => check === 'credits')).toMatchObject({
      status: 'warning',
      message: containing('source: unknown'),
    });
  });

  it('that are gone for everything fail, though nothing else does', async () => {
    const { baseURL } = await serve({ models: json({ error: { message: 'Out of credits' } }, 402) });
    const { code, found } = await problems({ environment: environmentAt(baseURL) });
    expect(code).toBe(1);
    expect(found).toMatchObject([{ check: 'credits', status: 'failed', advice: containing('Top up') }]);
  });

  it('that are gone fail the call', async () => {
    const { simulator } = await withSimulator({ creditsUsed: 20_000 });
    const { found } = await problems({ environment: environmentOf(simulator) }, ['--call']);
    expect(found.find(({ check }) => check === 'call')).toMatchObject({ status: 'failed' });
  });
});

describe('the clock', () => {
  it.each([
    [3_600_000, 'ahead of'],
    [-3_600_000, 'behind'],
  ])('is wrong by %i ms', async (skewMs, direction) => {
    const { simulator } = await withSimulator();
    const now = (): number => Date.now() + skewMs;
    const { code, found } = await problems({ environment: environmentOf(simulator), now });
    expect(code).toBe(0);
    expect(found).toMatchObject([
      {
        check: 'clock',
        status: 'warning',
        message: matching(new RegExp(`clock is 3,[56]\\d\\d s ${direction} the server's`)),
        advice: containing('network time'),
      },
    ]);
  });
});

describe('the configuration', () => {
  const broken = { rate_limiting: { burst_limt: 1 } };
  const failure = {
    check: 'configuration',
    status: 'failed',
    message: matching(/routellm\.config\.json: rate_limiting\.burst_limt is not known\. Did you mean/),
  };

  it('that is broken is told, and the environment serves where it names the address', async () => {
    const { simulator } = await withSimulator();
    const cwd = folderOf({ [CONFIG]: broken });
    const { code, found, report } = await problems({ cwd, environment: environmentOf(simulator) });
    expect(code).toBe(1);
    expect(found).toMatchObject([failure]);
    expect(report.debug).toMatchObject({ configLoaded: false, modelsAvailable: 15 });
  });

  /** Nothing of these goes anywhere; what would is kept. */
  function interceptFetch(): string[] {
    const sent: string[] = [];
    vi.stubGlobal('fetch', (input: string) => {
      sent.push(input);
      return Promise.resolve(new Response('{"data":[]}', { headers: JSON_TYPE }));
    });
    return sent;
  }

  it('that is broken and names no other address leaves the key with RouteLLM', async () => {
    const sent = interceptFetch();
    const api = { base_url: 'https://routellm.abacus.ai/v1' };
    const cwd = folderOf({ [CONFIG]: { ...broken, api } });
    await problems({ cwd, environment: { ROUTELLM_API_KEY: 'a-key' } });
    expect(new Set(sent.map((address) => new URL(address).origin))).toEqual(
      new Set(['https://routellm.abacus.ai']),
    );
  });

  it.each([
    ['itself', { [CONFIG]: { ...broken, api: { base_url: 'https://proxy.example.org/v1' } } }],
    ['in text that is no JSON', { [CONFIG]: '{ api: { base_url: "https://proxy.example.org/v1" } }' }],
    [
      'in the file beside it',
      { [CONFIG]: broken, [PROVIDERS]: { routellm: { base_url: 'https://proxy.example.org/v1' } } },
    ],
    [
      'in the file beside it, which is the broken one',
      { [CONFIG]: {}, [PROVIDERS]: '{ "routellm": { "base_url": "https://proxy.example.org/v1", } }' },
    ],
    ['that is broken itself', { [CONFIG]: { api: { base_url: 'proxy.example.org/v1' } } }],
    ['under a name that is none', { [CONFIG]: { api: { baseUrl: 'proxy.example.org' } } }],
    ['behind an escape', { [CONFIG]: '{ "api": { "base_\\u0075rl": "proxy.example.org" } }' }],
    ['in the environment', {}, { ROUTELL_API_BASE_URL: 'https://proxy.example.org/v1' }],
  ])(
    'that is broken and names another address %s: the key goes nowhere',
    async (_, files, more?: Readonly<Record<string, string>>) => {
      const sent = interceptFetch();
      const { code, found, report } = await problems({
        cwd: folderOf(files),
        environment: { ROUTELLM_API_KEY: 'a-key', ...more },
      });
      expect(code).toBe(1);
      expect(sent).toEqual([]);
      expect(found).toMatchObject([{ check: 'configuration', advice: containing('nothing is sent') }]);
      expect(report.checks.find(({ check }) => check === 'key')).toMatchObject({
        status: 'skipped',
        message: 'ROUTELLM_API_KEY is set, and was not tried',
      });
    },
  );

  it('that is broken serves the simulator all the same', async () => {
    const { code, found } = await problems({ cwd: folderOf({ [CONFIG]: broken }) }, ['--simulate']);
    expect(code).toBe(1);
    expect(found).toMatchObject([failure]);
  });

  it('that is not there leaves its variables without effect', async () => {
    const { simulator } = await withSimulator();
    const environment = { ...environmentOf(simulator), ROUTELL_API_TIMEOUT: '5', ROUTELL_LOG: 'warn' };
    const { code, found, report } = await problems({ environment });
    expect(code).toBe(1);
    expect(found).toMatchObject([
      {
        check: 'configuration',
        status: 'failed',
        message: matching(/^ROUTELL_API_TIMEOUT has no effect.*config\/routellm\.config\.json/),
      },
    ]);
    expect(report.debug.modelsAvailable).toBe(15);
  });

  it('that makes no client is told', async () => {
    const { found } = await problems({
      environment: environmentOf({ baseURL: 'http://example.org', apiKey: 'k' }),
    });
    expect(found).toMatchObject([{ check: 'configuration', status: 'failed', message: containing('https') }]);
  });
});

describe('several providers', () => {
  it('are looked at one by one', async () => {
    const { simulator } = await withSimulator();
    const gone = await closedPort();
    const provider = (base_url: string, key_env_var: string, enabled = true): object => ({
      base_url,
      key_env_var,
      enabled,
    });
    const cwd = folderOf({
      [CONFIG]: {},
      [PROVIDERS]: {
        main: provider(simulator.baseURL, 'TEST_CLI_MAIN'),
        keyless: provider(simulator.baseURL, 'TEST_CLI_MISSING'),
        refused: provider(simulator.baseURL, 'TEST_CLI_WRONG'),
        gone: provider(gone, 'TEST_CLI_MAIN'),
        off: provider(gone, 'TEST_CLI_MISSING', false),
      },
    });
    const environment = { TEST_CLI_MAIN: simulator.apiKey, TEST_CLI_WRONG: 'a-wrong-key' };
    const { code, found, report } = await problems({ cwd, environment });
    expect(code).toBe(1);
    expect(found).toMatchObject([
      { check: 'key', provider: 'keyless', message: 'TEST_CLI_MISSING is not set' },
      { check: 'key', provider: 'refused', advice: containing('TEST_CLI_WRONG') },
      {
        check: 'reachability',
        provider: 'gone',
        advice: containing("gone.base_url of the providers' file"),
      },
    ]);
    const of = (wanted: string): readonly string[] =>
      report.checks
        .filter(({ provider: id }) => id === wanted)
        .map(({ check, status }) => `${check} ${status}`);
    expect(of('main')).toEqual(['key ok', 'reachability ok', 'models ok', 'credits ok']);
    expect(of('off')).toEqual(['reachability skipped']);
    expect(report.checks.find(({ check }) => check === 'routing')?.status).toBe('ok');
  });

  it('none of which has a key leave nothing to ask', async () => {
    const cwd = folderOf({
      [CONFIG]: {},
      [PROVIDERS]: { a: { base_url: 'https://a.example.org', key_env_var: 'TEST_CLI_MISSING' } },
    });
    const { code, found } = await problems({ cwd });
    expect(code).toBe(1);
    expect(found).toMatchObject([{ check: 'key', provider: 'a' }]);
  });
});
