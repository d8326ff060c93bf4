import { describe, expect, it } from 'vitest';
import { withUnderWay } from '../../src/call/estimated-usage.js';
import { estimatedTokenUsage } from '../../src/catalog/usage.js';
import { fakeClock } from '../fake-clock.js';
import { chunkOf, completionOf, sendJson, startEvents } from './loopback-upstream.js';
import { expectQuiet, hello, scene, streams } from './scene.js';

describe('what may have been used by an attempt that broke off', () => {
  const seen = estimatedTokenUsage(40, 30);

  it.each([
    ['what fits in the buffers beyond what arrived', { choices: 1, outputCap: null, silentMs: 0 }, 30 + 256],
    ['what was made while nothing arrived', { choices: 1, outputCap: null, silentMs: 2000 }, 30 + 256 + 400],
    ['so much of each choice', { choices: 3, outputCap: null, silentMs: 500 }, 30 + 3 * (256 + 100)],
    ['no more than the cap', { choices: 1, outputCap: 64, silentMs: 2000 }, 64],
    ['no more than the cap of each choice', { choices: 2, outputCap: 64, silentMs: 2000 }, 128],
    ['never less than what arrived, whatever the cap', { choices: 1, outputCap: 8, silentMs: 0 }, 30],
  ])('is %s', (_name, brokenOff, outputTokens) => {
    expect(withUnderWay(seen, brokenOff)).toEqual(estimatedTokenUsage(40, outputTokens));
  });
});

describe('the row of an attempt that failed', () => {
  const usageOf = (completion: number): object => ({
    usage: { prompt_tokens: 10, completion_tokens: completion, total_tokens: 10 + completion },
  });

  it('does not take what a stream told on its way for the end of it', async () => {
    const held = await scene(
      (response) => {
        startEvents(response);
        response.write(chunkOf({ content: 'word ' }, null, usageOf(0)));
        for (let count = 0; count < 300; count++) response.write(chunkOf({ content: 'word ' }));
        setTimeout(() => response.destroy(), 20);
      },
      { models: { 'test-model': { prices: { input: 1, output: 2 } } } },
    );
    const result = await held.client.streamCompletion(hello, { model: 'test-model' }).result;
    expect(result.attempts).toMatchObject([
      { billed: 'unknown', usage: { inputTokens: 10, estimated: true } },
    ]);
    expect(result.attempts[0]!.usage!.outputTokens).toBeGreaterThan(500);
    expectQuiet(held);
  });

  it('does not take what was charged on its way for the whole charge', async () => {
    const sofar = {
      usage: { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11, compute_points_used: 1 },
    };
    const held = await scene(
      (response) => {
        startEvents(response);
        response.write(chunkOf({ content: 'word ' }, null, sofar).repeat(3));
        setTimeout(() => response.destroy(), 20);
      },
      { models: { 'test-model': { prices: { input: 1, output: 2 } } } },
    );
    const { attempts } = await held.client.streamCompletion(hello, { model: 'test-model' }).result;
    expect(attempts).toMatchObject([{ billed: 'unknown', charged: null, usage: { estimated: true } }]);
    expect(attempts[0]!.usage!.outputTokens).toBeGreaterThan(256);
  });

  it('has room for the prompt that vendors put before the tools', async () => {
    const held = await scene(streams(['a', 'b'], 'cut'));
    const tools = [{ type: 'function' as const, function: { name: 'find_order', parameters: {} } }];
    const asked = async (more: object): Promise<number> => {
      const { attempts } = await held.client.streamCompletion(hello, { model: 'test-model', ...more }).result;
      return attempts[0]!.usage!.inputTokens;
    };
    expect((await asked({ tools })) - (await asked({}))).toBeGreaterThan(530);
  });

  it('holds the usage that was told after the finish reason, to the token', async () => {
    const held = await scene((response) => {
      startEvents(response);
      response.write(chunkOf({ content: 'a' }) + chunkOf({}, 'stop', usageOf(7)));
      setTimeout(() => response.destroy(), 20);
    });
    const result = await held.client.streamCompletion(hello, { model: 'test-model' }).result;
    expect(result.attempts).toMatchObject([{ billed: 'yes', usage: { outputTokens: 7, estimated: false } }]);
  });

  it.each([
    ['no choices', { choices: [] }],
    [
      'an error in its choice',
      { choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'error' }] },
    ],
  ])('holds the usage that an answer of %s tells', async (_name, wrong) => {
    const held = await scene(
      (response) => sendJson(response, { ...completionOf('x'), ...wrong, ...usageOf(7000) }),
      { retries: { maxRetries: 0 } },
    );
    const result = await held.client.chatCompletion(hello, { model: 'test-model' });
    expect(result.success).toBe(false);
    expect(result.attempts).toMatchObject([
      { billed: 'yes', usage: { inputTokens: 10, outputTokens: 7000, estimated: false } },
    ]);
  });

  it.each(['', 0, false])('is of no success where the finish reason is %j', async (reason) => {
    const held = await scene((response) =>
      sendJson(response, {
        ...completionOf('x'),
        choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: reason }],
      }),
    );
    expect(await held.client.chatCompletion(hello, { model: 'test-model' })).toMatchObject({
      success: false,
      error: { code: 'incomplete-stream', partial: 'x' },
    });
  });

  it('counts what may have been made while nobody read, or nothing came', async () => {
    const clock = fakeClock();
    const held = await scene(streams(['a', 'b', 'c'], 'open'), {
      clock,
      timeouts: { idleMs: 1e6, totalMs: 1e6 },
      models: { 'test-model': { prices: { input: 1, output: 2 } } },
    });
    const stream = held.client.streamCompletion(hello, { model: 'test-model' });
    const pieces = stream[Symbol.asyncIterator]();
    expect((await pieces.next()).value).toBe('a');
    await clock.advance(5000);
    expect((await pieces.next()).value).toBe('b');
    await clock.advance(5000);
    await pieces.return();
    const { attempts } = await stream.result;
    // 256 under way, and 200 for each second.
    expect(attempts[0]!.usage!.outputTokens).toBeGreaterThanOrEqual(256 + 2000);
    expect(attempts[0]!.usage!.outputTokens).toBeLessThan(256 + 2100);
  });
});
