import { describe, expect, it } from 'vitest';
import { startSimulator, type SimulatorOptions } from '../../src/testing/index.js';
import { fakeClock } from '../fake-clock.js';
import { user, withSimulator } from './with-simulator.js';

describe('GET /models', () => {
  it('lists the line-up with rates per token, without a key', async () => {
    const { simulator } = await withSimulator();
    const response = await fetch(`${simulator.baseURL}/models`);
    expect(response.status).toBe(200);
    const { data } = (await response.json()) as { data: readonly Record<string, unknown>[] };
    expect(data.length).toBe(16);
    const luna = data.find((model) => model['id'] === 'gpt-6-luna')!;
    expect(luna).toEqual({
      id: 'gpt-6-luna',
      object: 'model',
      owned_by: 'openai',
      display_name: 'gpt-6-luna',
      input_modalities: ['text', 'image'],
      output_modalities: ['text'],
      context_length: 1_050_000,
      max_completion_tokens: 128_000,
      input_token_rate: 0.1 / 1e6,
      output_token_rate: 0.5 / 1e6,
      cached_input_token_rate: 0.01 / 1e6,
      free: false,
    });
  });

  it('serves only the given models on demand', async () => {
    const { openai } = await withSimulator({
      only: true,
      models: { mine: { prices: { input: 1, output: 2 } } },
    });
    const ids = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    expect(ids).toEqual(['mine']);
  });
});

describe('GET /account', () => {
  const read = async (baseURL: string) => {
    const response = await fetch(`${baseURL}/account`, {
      headers: { authorization: 'Bearer simulated-key' },
    });
    return (await response.json()) as Record<string, unknown>;
  };

  it('wants the key', async () => {
    const { simulator } = await withSimulator();
    expect((await fetch(`${simulator.baseURL}/account`)).status).toBe(403);
  });

  it('shows an invented person and the credits, which fall with each answer', async () => {
    const { simulator, openai } = await withSimulator({ creditsGranted: 500, creditsUsed: 7 });
    const before = await read(simulator.baseURL);
    expect(before).toMatchObject({
      credits_granted: 500,
      credits_used: 7,
      email: 'simulated.person@example.com',
    });
    await openai.chat.completions.create({ model: 'claude-opus-5-5', messages: [user('Tell me a story')] });
    const after = await read(simulator.baseURL);
    expect(after['credits_used']).toBeCloseTo(7 + simulator.ledger.totals.credits, 9);
    expect(simulator.ledger.totals.credits).toBeGreaterThan(0);
    expect(simulator.ledger.lookups).toEqual({ models: 0, account: 2, other: 0 });
  });

  it('lags behind as told', async () => {
    const clock = fakeClock();
    const { simulator, openai } = await withSimulator({ clock, accountLagMs: 3_600_000 });
    await openai.chat.completions.create({ model: 'claude-opus-5-5', messages: [user('Tell me a story')] });
    expect((await read(simulator.baseURL))['credits_used']).toBe(0);
    await clock.advance(3_600_000);
    expect((await read(simulator.baseURL))['credits_used']).toBe(simulator.ledger.totals.credits);
    simulator.setAccount({ creditsUsed: 3 });
    expect((await read(simulator.baseURL))['credits_used']).toBe(3);
  });
});

describe('startSimulator', () => {
  it.each<[string, SimulatorOptions]>([
    ['latency', { latency: -1 }],
    ['creditsGranted', { creditsGranted: NaN }],
    ['faults[0].fault', { faults: [{ fault: 'flood' as 'hang' }] }],
    ['faults[1].rate', { faults: [{ fault: 'hang' }, { fault: 'hang', rate: 2 }] }],
    ['models', { only: true }],
    ['models.mine.prices.input', { models: { mine: { prices: { input: NaN, output: 1 } } } }],
    [
      'models.mine.tokensPerSecond',
      { models: { mine: { prices: { input: 1, output: 1 }, tokensPerSecond: 0 } } },
    ],
    [
      'models.mine.routes',
      {
        models: {
          mine: {
            prices: { input: 1, output: 1 },
            routes: { easy: 'none', medium: 'none', hard: 'none', long: 'none' },
          },
        },
      },
    ],
  ])('names what makes no sense: %s', async (field, options) => {
    await expect(startSimulator(options)).rejects.toThrow(TypeError);
    await expect(startSimulator(options)).rejects.toThrow(field);
  });

  it('says when the port is taken', async () => {
    const { simulator } = await withSimulator();
    const port = Number(new URL(simulator.url).port);
    await expect(startSimulator({ port })).rejects.toThrow('EADDRINUSE');
  });

  it('closes in the middle of an answer, and twice', async () => {
    const { simulator, openai } = await withSimulator({ faults: [{ fault: 'stall' }] });
    const stream = await openai.chat.completions.create({
      model: 'gpt-6-luna',
      messages: [user('Hi')],
      stream: true,
    });
    const reading = (async () => {
      for await (const chunk of stream) expect(chunk.id).toContain('simulated');
    })();
    await Promise.all([simulator.close(), simulator.close(), expect(reading).rejects.toThrow()]);
    expect(simulator.ledger.entries[0]?.outcome).toBe('aborted');
    await expect(fetch(`${simulator.baseURL}/models`)).rejects.toThrow();
  });

  it('leaves no timer behind when it closes', async () => {
    const clock = fakeClock();
    const simulator = await startSimulator({ clock, latency: 1 });
    const asking = fetch(`${simulator.baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${simulator.apiKey}` },
      body: JSON.stringify({ messages: [user('Hi')] }),
    });
    while (clock.pending === 0) await new Promise(setImmediate);
    await Promise.all([simulator[Symbol.asyncDispose](), expect(asking).rejects.toThrow()]);
    expect(clock.pending).toBe(0);
  });
});
