import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { user, withSimulator } from './with-simulator.js';

describe('chat', () => {
  it('answers the official client and says that it is simulated', async () => {
    const { simulator, openai } = await withSimulator();
    const { data, response } = await openai.chat.completions
      .create({ model: 'gpt-6-sol', messages: [user('What is the capital of France?')] })
      .withResponse();
    expect(data.choices[0]?.message.content).toMatch(/^\[simulated gpt-6-sol\] .*capital of France/);
    expect(data.choices[0]?.finish_reason).toBe('stop');
    expect(data.model).toBe('gpt-6-sol');
    expect(response.headers.get('x-request-id')).toBe(simulator.ledger.entries[0]?.requestId);
    expect(data.usage).toMatchObject({
      total_tokens: data.usage!.prompt_tokens + data.usage!.completion_tokens,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
    });
  });

  it('streams the same text, with usage only when it is asked for', async () => {
    const { openai } = await withSimulator();
    const ask = { model: 'claude-haiku-4-5', messages: [user('Tell me about 日本語 and 👩‍🚀 emoji')] };
    const whole = await openai.chat.completions.create(ask);
    let text = '';
    let usage: unknown = null;
    const stream = await openai.chat.completions.create({
      ...ask,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(usage).toEqual(whole.usage);
    const bare = await openai.chat.completions.create({ ...ask, stream: true });
    for await (const chunk of bare) expect(chunk.usage).toBeUndefined();
  });

  it('gives several choices, each its own', async () => {
    const { openai } = await withSimulator();
    const ask = { model: 'claude-haiku-4-5', messages: [user('Tell me a story')], n: 2 };
    const { choices } = await openai.chat.completions.create(ask);
    expect(choices.map((choice) => choice.index)).toEqual([0, 1]);
    expect(choices[0]?.message.content).not.toBe(choices[1]?.message.content);
    const texts = ['', ''];
    for await (const chunk of await openai.chat.completions.create({ ...ask, stream: true })) {
      for (const choice of chunk.choices)
        texts[choice.index] = `${texts[choice.index] ?? ''}${choice.delta.content ?? ''}`;
    }
    expect(texts).toEqual(choices.map((choice) => choice.message.content));
  });

  it('stops at the cap and at a stop sequence', async () => {
    const { openai } = await withSimulator();
    const messages = [user('Tell me a story')];
    const capped = await openai.chat.completions.create({
      model: 'claude-haiku-4-5',
      messages,
      max_completion_tokens: 7,
    });
    expect(capped.choices[0]?.finish_reason).toBe('length');
    expect(capped.usage?.completion_tokens).toBe(7);
    const stopped = await openai.chat.completions.create({
      model: 'claude-haiku-4-5',
      messages,
      stop: [']', 'never'],
    });
    expect(stopped.choices[0]?.message.content).toBe('[simulated claude-haiku-4-5');
    expect(stopped.choices[0]?.finish_reason).toBe('stop');
  });

  it('spends reasoning tokens under the cap of a reasoning model', async () => {
    const { openai } = await withSimulator();
    const ask = { model: 'gpt-6-sol', messages: [user('Prove this theorem rigorously')] };
    const free = await openai.chat.completions.create(ask);
    expect(free.usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(50);
    const none = await openai.chat.completions.create({ ...ask, reasoning_effort: 'none' });
    expect(none.usage?.completion_tokens_details?.reasoning_tokens).toBe(0);
    const tight = await openai.chat.completions.create({ ...ask, max_completion_tokens: 20 });
    expect(tight.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '' } });
    expect(tight.usage?.completion_tokens).toBe(20);
  });

  it('remembers a long beginning and charges less for it', async () => {
    const { simulator, openai } = await withSimulator();
    const system = { role: 'system' as const, content: 'A rule worth keeping in mind. '.repeat(300) };
    const ask = (question: string) =>
      openai.chat.completions.create({ model: 'claude-sonnet-5-5', messages: [system, user(question)] });
    const first = await ask('What now?');
    const second = await ask('What then?');
    expect(first.usage?.prompt_tokens_details?.cached_tokens).toBe(0);
    const cached = second.usage!.prompt_tokens_details!.cached_tokens!;
    expect(cached).toBeGreaterThanOrEqual(1024);
    expect(cached % 128).toBe(0);
    expect(cached).toBeLessThan(second.usage!.prompt_tokens);
    const [cold, warm] = simulator.ledger.entries;
    const outputUsd = (tokens: number) => (tokens * 10) / 1e6;
    const inputOf = (entry: typeof cold) => entry!.costUsd - outputUsd(entry!.tokens.output);
    expect(inputOf(warm)).toBeLessThan(inputOf(cold) / 2);
  });

  it('routes by itself when asked for route-llm, and says who answered', async () => {
    const { simulator, openai } = await withSimulator();
    const ask = async (content: OpenAI.ChatCompletionUserMessageParam['content']) => {
      const messages = [{ role: 'user' as const, content }];
      return (await openai.chat.completions.create({ model: 'route-llm', messages })).model;
    };
    expect(await ask('Hello!')).toBe('gpt-6-luna');
    expect(await ask('Prove a lower bound on the complexity of distributed consensus')).toBe(
      'claude-sonnet-5-5',
    );
    expect(await ask('word '.repeat(6000))).toBe('gemini-3.8-flash');
    expect(simulator.ledger.entries[0]).toMatchObject({
      modelRequested: 'route-llm',
      modelServed: 'gpt-6-luna',
    });
  });

  it('takes images where the model sees', async () => {
    const { openai } = await withSimulator();
    const ask = (model: string) =>
      openai.chat.completions.create({
        model,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is in this picture?' },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
            ],
          },
        ],
      });
    const seen = await ask('gemini-3.8-flash');
    expect(seen.usage?.prompt_tokens).toBeGreaterThan(765);
    expect((await ask('route-llm')).choices[0]?.message.content).toContain('simulated');
    await expect(ask('deepseek-v4-pro')).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  });

  it('gives the same answers for the same seed, others for another', async () => {
    const answers = async (seed: number) => {
      const { simulator, openai } = await withSimulator({ seed });
      const texts = [];
      for (const question of ['Tell me a story', 'Analyze this', 'Write code to sort']) {
        const answer = await openai.chat.completions.create({
          model: 'gpt-6-luna',
          messages: [user(question)],
        });
        texts.push(answer.choices[0]?.message.content);
      }
      return { texts, good: simulator.ledger.entries.map((entry) => entry.good) };
    };
    expect(await answers(7)).toEqual(await answers(7));
    expect((await answers(7)).texts).not.toEqual((await answers(8)).texts);
  });
});
