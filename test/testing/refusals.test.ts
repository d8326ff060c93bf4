import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { user, withSimulator } from './with-simulator.js';

const post = (url: string, body: string, key = 'simulated-key') =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body,
  });

describe('refusals', () => {
  it.each([
    ['no messages', {}, 'messages', null],
    ['empty messages', { messages: [] }, 'messages', null],
    ['a message that is none', { messages: ['hi'] }, 'messages[0]', null],
    ['a bad role', { messages: [{ role: 'developer', content: 'a' }] }, 'messages[0].role', 'invalid_value'],
    ['no content', { messages: [{ role: 'user' }] }, 'messages[0].content', null],
    [
      'an unusable part',
      { messages: [{ role: 'user', content: [{ type: 'video' }] }] },
      'messages[0].content[0]',
      null,
    ],
    [
      'a tool message without its call',
      { messages: [{ role: 'tool', tool_call_id: 'x', content: 'a' }] },
      'messages[0].tool_call_id',
      null,
    ],
    ['a temperature out of range', { temperature: 3 }, 'temperature', 'invalid_value'],
    ['a cap of 0', { max_tokens: 0 }, 'max_tokens', 'invalid_value'],
    ['half a choice', { n: 1.5 }, 'n', 'invalid_type'],
    ['a flag that is none', { stream: 'yes' }, 'stream', 'invalid_type'],
    ['stream options alone', { stream_options: { include_usage: true } }, 'stream_options', null],
    ['too many stops', { stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop', null],
    ['a model that is no name', { model: 7 }, 'model', null],
    ['tools that are no list', { tools: {} }, 'tools', null],
    ['a tool without a name', { tools: [{ type: 'function', function: {} }] }, 'tools[0]', null],
    ['a choice of no tool', { tool_choice: 'required' }, 'tool_choice', null],
    ['an unknown format', { response_format: { type: 'xml' } }, 'response_format', null],
    ['a cap above the model', { max_tokens: 64_001 }, 'max_tokens', 'invalid_value'],
    [
      'a prompt above the window',
      { messages: [user('word '.repeat(200_001))] },
      'messages',
      'context_length_exceeded',
    ],
    [
      'max_tokens for a reasoning model',
      { model: 'gpt-6-sol', max_tokens: 5 },
      'max_tokens',
      'unsupported_parameter',
    ],
    [
      'a temperature for a reasoning model',
      { model: 'gpt-6-sol', temperature: 0.7 },
      'temperature',
      'unsupported_value',
    ],
  ])('answers 400 to %s', async (_name, parameters, param, code) => {
    const { simulator } = await withSimulator();
    const base =
      'messages' in parameters || Object.keys(parameters).length === 0 ? {} : { messages: [user('a')] };
    const response = await post(
      simulator.url,
      JSON.stringify({ model: 'claude-haiku-4-5', ...base, ...parameters }),
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: { message: expect.any(String) as string, type: 'invalid_request_error', param, code },
    });
    expect(response.headers.get('x-request-id')).toMatch(/^req_simulated_/);
    expect(simulator.ledger.entries).toMatchObject([{ status: 400, outcome: 'refused', points: 0 }]);
  });

  it('answers 400 to what is no JSON object', async () => {
    const { simulator } = await withSimulator();
    for (const body of ['{', '[]', '']) expect((await post(simulator.url, body)).status).toBe(400);
  });

  it('gives the official error classes', async () => {
    const { simulator, openai } = await withSimulator();
    const unknown = openai.chat.completions.create({ model: 'gpt-9', messages: [user('a')] });
    await expect(unknown).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    await expect(unknown).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    const stranger = new OpenAI({ baseURL: simulator.baseURL, apiKey: 'other', maxRetries: 0 });
    const refused = stranger.chat.completions.create({ model: 'gpt-6-sol', messages: [user('a')] });
    await expect(refused).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError);
    await expect(refused).rejects.toThrow('Invalid API Key');
  });

  it('lets everybody in when no key is required', async () => {
    const { simulator } = await withSimulator({ requireKey: false });
    const response = await post(simulator.url, JSON.stringify({ messages: [user('Hi')] }), 'any');
    expect(response.status).toBe(200);
    expect(simulator.ledger.entries[0]?.modelServed).toBe('gpt-6-luna');
  });

  it('answers 404 to unknown paths and methods', async () => {
    const { simulator } = await withSimulator();
    for (const [method, path] of [
      ['GET', '/v1/chat/completions'],
      ['POST', '/v1/models'],
      ['GET', '/health'],
    ]) {
      const response = await fetch(simulator.url + path!, { method: method! });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { code: 'unknown_url' } });
    }
    expect(simulator.ledger.lookups.other).toBe(3);
  });

  it('answers 402 once the credits are used, except for free models', async () => {
    const { simulator, openai } = await withSimulator({
      creditsGranted: 100,
      creditsUsed: 100,
      models: { gratis: { prices: { input: 1, output: 1 }, free: true } },
    });
    const ask = (model: string) => openai.chat.completions.create({ model, messages: [user('Hi')] });
    await expect(ask('gpt-6-luna')).rejects.toMatchObject({ status: 402, code: 'insufficient_credits' });
    expect((await ask('gratis')).usage).toMatchObject({ compute_points_used: 0 });
    simulator.setAccount({ creditsGranted: 200 });
    expect((await ask('gpt-6-luna')).usage).toMatchObject({ compute_points_used: 2 });
  });
});
