/** Debug mode, as a client runs it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Logger, RouteLLClientOptions } from 'routell';
import { logEvents } from '../src/debug-log.js';
import { EventBus } from '../src/events.js';
import { completionOf, sendError, sendJson } from './call/loopback-upstream.js';
import { answers, hello, type Scene, scene, streams } from './call/scene.js';
import { fakeClock } from './fake-clock.js';

const model = 'test-model';

/** A logger, and what was told to its `debug`. */
function recordingLogger(): { logger: Logger; lines: string[]; fields: unknown[] } {
  const lines: string[] = [];
  const fields: unknown[] = [];
  const ignore = (): void => undefined;
  const debug = (line: string, given?: unknown): void => {
    lines.push(line);
    fields.push(given);
  };
  return { logger: { debug, info: ignore, warn: ignore, error: ignore }, lines, fields };
}

async function debugging(
  answer: Parameters<typeof scene>[0] = answers(),
  options: RouteLLClientOptions = {},
): Promise<Scene & ReturnType<typeof recordingLogger>> {
  const recorded = recordingLogger();
  const { logger } = recorded;
  const held = await scene(answer, { monitoring: { logLevel: 'debug' }, logger, ...options });
  return { ...held, ...recorded };
}

/** The lines without what differs from run to run. */
const typesOf = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => /^(?:\w{6} +\+\d+ ms {2})?([\w-]+)/.exec(line)?.[1] ?? []);

beforeEach(() => {
  vi.stubEnv('ROUTELL_LOG', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('debug mode', () => {
  it('tells the options in force once, then each step of a call', async () => {
    const { client, lines, fields } = await debugging(streams(['a', 'b']), { apiKey: 'canary-key' });
    await client.streamCompletion(hello).result;
    expect(lines[0]).toBe('the options in force');
    expect(fields[0]).toEqual(client.config);
    expect(typesOf(lines.slice(1))).toEqual([
      'call-start',
      'route-select',
      'credit-reserve',
      'attempt-start',
      'stream-first-token',
      'credit-settle',
      'attempt-end',
      'call-end',
    ]);
    expect(lines.filter((line) => line === lines[0])).toHaveLength(1);
    expect(new Set(fields.slice(1))).toEqual(new Set([undefined]));
  });

  it('tells an attempt that fails, and where the call goes then', async () => {
    const { client, lines } = await debugging(
      (response, _request, count) =>
        count === 1
          ? sendError(response, 503, 'busy\nroutell debug: forged')
          : sendJson(response, completionOf('x')),
      {
        models: { [model]: { prices: { input: 1, output: 2 } }, other: { prices: { input: 1, output: 2 } } },
      },
    );
    await client.chatCompletion(hello, { model, fallbacks: ['other'] });
    expect(lines.find((line) => line.includes('attempt-error'))).toMatch(
      /: upstream \(may pass\) after .*busy/,
    );
    expect(lines.find((line) => line.includes('route-fallback'))).toMatch(
      /from test-model at \S+ to other at \S+: /,
    );
    expect(lines.at(-1)).toMatch(/call-end .* tokens in, .* 2 attempts$/);
    for (const line of lines) expect(line).not.toContain('\n');
  });

  it('holds no prompt, no answer and no key', async () => {
    const held = await debugging(
      (response, _request, count) =>
        count === 1
          ? sendError(response, 401, 'bad key canary-key')
          : sendJson(response, completionOf('canary answer')),
      { apiKey: 'canary-key', defaultHeaders: { 'x-api-key': 'canary-too' } },
    );
    const asking = [{ role: 'user' as const, content: 'canary question' }];
    await held.client.chatCompletion(asking);
    await held.client.chatCompletion(asking, { extraBody: { note: 'canary note' } });
    await held.client.chatCompletion(asking, { max_tokens: -1 });
    expect(held.lines.length).toBeGreaterThan(10);
    expect(JSON.stringify([held.lines, held.fields])).not.toContain('canary');
  });

  it('keeps calls apart, and tells how long each has run', async () => {
    const clock = fakeClock();
    const { logger, lines } = recordingLogger();
    const bus = new EventBus();
    logEvents(bus, { clock, logger });
    const start = { at: 0, session: 's', tags: [], stream: false, requestedModel: 'auto' };
    const told = { at: 0, from: 'a', fromProvider: 'p', to: 'b', toProvider: 'p', reason: 'r' };
    bus.emit('call-start', { ...start, callId: 'call_0000000aaaaaa' });
    await clock.advance(1500.4);
    bus.emit('call-start', { ...start, callId: 'call_0000000bbbbbb' });
    await clock.advance(20);
    bus.emit('route-fallback', { ...told, callId: 'call_0000000aaaaaa' });
    bus.emit('route-fallback', { ...told, callId: 'call_0000000bbbbbb' });
    bus.emit('model-recover', { at: 0, model: 'm', provider: 'p' });
    bus.emit('route-fallback', { ...told, callId: 'call_from_before' });
    expect(lines.map((line) => line.slice(0, 30))).toEqual([
      'aaaaaa     +0 ms  call-start c',
      'bbbbbb     +0 ms  call-start c',
      'aaaaaa  +1520 ms  route-fallba',
      'bbbbbb    +20 ms  route-fallba',
      'model-recover m at p',
      'before     +0 ms  route-fallba',
    ]);
  });

  it('tells also of calls that come too late', async () => {
    const { client, lines } = await debugging();
    await client.close();
    await client.chatCompletion(hello);
    expect(lines.at(-1)).toContain('call-error closed');
  });

  it('changes no call, whatever the logger does', async () => {
    const { logger } = recordingLogger();
    const broken: Logger = {
      ...logger,
      debug: () => {
        throw new Error('disk full');
      },
    };
    const { client } = await debugging(answers(), { logger: broken });
    expect(await client.chatCompletion(hello)).toMatchObject({ success: true, content: 'fine' });
  });
});

describe('whether it is on', () => {
  it('not at another level, also where the logger is one’s own', async () => {
    const { client, lines } = await debugging(answers(), { monitoring: { logLevel: 'info' } });
    await client.chatCompletion(hello);
    expect(lines.filter((line) => line.includes('call-') || line.includes('in force'))).toEqual([]);
  });

  it('by ROUTELL_LOG, whatever the option says', async () => {
    vi.stubEnv('ROUTELL_LOG', 'debug');
    const { client, lines } = await debugging(answers(), { monitoring: { logLevel: 'silent' } });
    await client.chatCompletion(hello);
    expect(client.config.monitoring.logLevel).toBe('debug');
    expect(typesOf(lines)).toContain('call-end');
  });

  it('ROUTELL_LOG ends it, too', async () => {
    vi.stubEnv('ROUTELL_LOG', 'warn');
    const { client, lines } = await debugging();
    await client.chatCompletion(hello);
    expect(typesOf(lines)).not.toContain('call-end');
  });

  it('on the console where there is no other logger', async () => {
    const debug = vi.spyOn(console, 'debug').mockImplementation(() => undefined);
    try {
      const { client } = await scene(answers(), { monitoring: { logLevel: 'debug' } });
      await client.chatCompletion(hello);
      const lines = debug.mock.calls.map(([line]) => String(line));
      expect(lines[0]).toMatch(/^routell debug: the options in force \{.*"apiKey":"\*\*\*"/);
      expect(lines.at(-1)).toMatch(/^routell debug: \w{6} +\+\d+ ms {2}call-end test-model /);
    } finally {
      debug.mockRestore();
    }
  });
});
