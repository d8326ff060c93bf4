/** For code that already uses the official client: two ways to put routell under it. */
import OpenAI from 'openai';
import { RouteLLClient } from 'routell';
import { startSimulator } from 'routell/testing';

const simulator = await startSimulator();
const client = new RouteLLClient({ baseURL: simulator.baseURL, apiKey: simulator.apiKey });
const messages = [{ role: 'user' as const, content: 'Name three rivers in Portugal.' }];

// 1. The official client's own `chat`; `auto` is routed, any other model is used as it is.
const completion = await client.chat.completions.create({ model: 'auto', messages });
console.log(`${completion.model}: ${completion.choices[0]?.message.content}`);

// 2. A fetch that speaks the OpenAI API: for any SDK that takes one.
const openai = new OpenAI({ apiKey: 'held by routell', baseURL: simulator.baseURL, fetch: client.fetch });
const stream = await openai.chat.completions.create({ model: 'auto', messages, stream: true });
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
console.log();

await client.close();
await simulator.close();
