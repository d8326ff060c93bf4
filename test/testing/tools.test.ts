import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { user, withSimulator } from './with-simulator.js';

const weather: OpenAI.ChatCompletionFunctionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Current weather at a place',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } },
      required: ['city', 'unit'],
      additionalProperties: false,
    },
  },
};
const search: OpenAI.ChatCompletionFunctionTool = {
  type: 'function',
  function: {
    name: 'searchDocuments',
    parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
  },
};

type Parameters = Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>;

const ask = async (question: string, parameters: Parameters = {}) => {
  const { openai, simulator } = await withSimulator();
  const body = { model: 'gpt-6-sol', messages: [user(question)], tools: [weather, search], ...parameters };
  return { openai, simulator, body, answer: await openai.chat.completions.create(body) };
};

const callsOf = (answer: OpenAI.ChatCompletion) =>
  (answer.choices[0]?.message.tool_calls ?? []).map((call) => {
    if (call.type !== 'function') throw new Error('not a function');
    return [call.function.name, JSON.parse(call.function.arguments) as Record<string, unknown>] as const;
  });

describe('tools', () => {
  it('makes a round trip: call, result, answer in text', async () => {
    const { openai, body, answer } = await ask('What is the weather in Paris?');
    const message = answer.choices[0]!.message;
    expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
    expect(message.content).toBeNull();
    expect(callsOf(answer)).toEqual([
      ['get_weather', { city: 'Paris', unit: expect.stringMatching(/celsius|fahrenheit/) as string }],
    ]);
    const followUp = await openai.chat.completions.create({
      ...body,
      messages: [
        ...body.messages,
        message,
        { role: 'tool', tool_call_id: message.tool_calls![0]!.id, content: '21 degrees' },
      ],
    });
    expect(followUp.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: '[simulated gpt-6-sol] According to the tool: 21 degrees' },
    });
  });

  it('calls several at once where several are asked for', async () => {
    const cities = await ask('How is the weather in Paris, Berlin and Oslo today?');
    expect(callsOf(cities.answer).map(([, given]) => given['city'])).toEqual(['Paris', 'Berlin', 'Oslo']);
    const both = await ask('Check the weather in Rome and search my documents for the trip');
    expect(callsOf(both.answer).map(([name]) => name)).toEqual(['get_weather', 'searchDocuments']);
    const one = await ask('How is the weather in Paris, Berlin and Oslo?', { parallel_tool_calls: false });
    expect(callsOf(one.answer)).toHaveLength(1);
  });

  it('does as tool_choice says', async () => {
    const named = { type: 'function', function: { name: 'searchDocuments' } } as const;
    const names = async (question: string, tool_choice: OpenAI.ChatCompletionToolChoiceOption) =>
      callsOf((await ask(question, { tool_choice })).answer).map(([name]) => name);
    expect(await names('What is the weather in Paris?', 'none')).toEqual([]);
    expect(await names('Say hello', 'auto')).toEqual([]);
    expect(await names('Say hello', 'required')).toEqual(['get_weather']);
    expect(await names('What is the weather?', named)).toEqual(['searchDocuments']);
  });

  it('streams the same calls in pieces', async () => {
    const { openai, body, answer } = await ask('What is the weather in Paris and Berlin?');
    const stream = openai.chat.completions.stream({ ...body, stream: true });
    let pieces = 0;
    stream.on('chunk', (chunk) => (pieces += chunk.choices[0]?.delta.tool_calls === undefined ? 0 : 1));
    const { choices } = await stream.finalChatCompletion();
    expect(choices[0]?.message.tool_calls).toMatchObject(answer.choices[0]!.message.tool_calls!);
    expect(choices[0]?.finish_reason).toBe('tool_calls');
    expect(pieces).toBeGreaterThan(6);
  });

  it('cuts calls at the cap', async () => {
    const { answer, simulator } = await ask('What is the weather in Paris and Berlin?', {
      max_completion_tokens: 12,
    });
    expect(answer.choices[0]?.finish_reason).toBe('length');
    expect(answer.choices[0]?.message.tool_calls).toHaveLength(1);
    expect(simulator.ledger.totals.tokens.output).toBeLessThanOrEqual(12);
  });

  it('refuses tools for a model without them', async () => {
    const { openai } = await withSimulator({
      models: { plain: { prices: { input: 1, output: 1 }, tools: false } },
    });
    const asking = openai.chat.completions.create({
      model: 'plain',
      messages: [user('Hi')],
      tools: [weather],
    });
    await expect(asking).rejects.toMatchObject({ status: 400, param: 'tools' });
  });
});
