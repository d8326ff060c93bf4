/** What goes to the vendor's own address, which only in-process interception can see. */
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RouteLLClient } from 'routell';
import { completionOf } from './call/loopback-upstream.js';

const base = 'https://routellm.abacus.ai/v1';
const messages = [{ role: 'user' as const, content: 'Hello!' }];
const sent: { readonly url: string; readonly authorization: string | null; readonly body: unknown }[] = [];

const server = setupServer(
  http.post(`${base}/chat/completions`, async ({ request }) => {
    const body = (await request.json()) as { readonly model: string };
    sent.push({ url: request.url, authorization: request.headers.get('authorization'), body });
    const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12, compute_points_used: 250 };
    return HttpResponse.json({ ...completionOf('Hi.', body.model), usage });
  }),
  http.get(`${base}/models`, ({ request }) => {
    sent.push({ url: request.url, authorization: request.headers.get('authorization'), body: null });
    const rates = { input_token_rate: '0.0000001', output_token_rate: 0.0000005 };
    return HttpResponse.json({ data: [{ id: 'gpt-6-luna', object: 'model', ...rates, free: false }] });
  }),
  http.get(`${base}/account`, ({ request }) => {
    sent.push({ url: request.url, authorization: request.headers.get('authorization'), body: null });
    return HttpResponse.json({
      name: 'Ada Private',
      email: 'ada@example.org',
      plan: 'pro',
      credits_used: 19_900,
      credits_granted: 20_000,
    });
  }),
);

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => sent.splice(0));
afterAll(() => server.close());

describe('the default upstream', () => {
  it('gets the key, the routed model, and nothing of ours in the body', async () => {
    const client = new RouteLLClient({ apiKey: 'key-of-abacus' });
    const result = await client.chatCompletion(messages, {
      preferences: { cost: 1 },
      session: 'a',
      tags: ['b'],
      temperature: 1,
    });
    expect(result).toMatchObject({ success: true, model: 'gpt-6-luna', content: 'Hi.', credits: 2.5 });
    await client.close();
    expect(new Set(sent.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer key-of-abacus']),
    );
    const chat = sent.find(({ url }) => url.endsWith('/chat/completions'));
    expect(chat?.body).toEqual({ model: 'gpt-6-luna', messages, stream: false });
  });

  it('tells the credits; of the account nothing personal is kept', async () => {
    const client = new RouteLLClient({ apiKey: 'key-of-abacus', monitoring: { logLevel: 'silent' } });
    const status = await client.getCreditStatus();
    expect(status).toMatchObject({ remainingCredits: 100, usedCredits: 19_900, source: 'account' });
    expect(await client.healthCheck()).toMatchObject({ success: true, keyValid: true, models: 1 });
    expect(JSON.stringify([status, client.config, client.monitor.getCurrentStatus()])).not.toMatch(
      /Ada|example\.org/,
    );
    await client.close();
  });
});
