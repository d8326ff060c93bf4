/** Tools in a stream: each call as it is written, then its result back to the model, until it answers in words. */
import { type ChatMessage, type CompletionChunk, RouteLLClient, type ToolCall } from 'routell';
import { startSimulator } from 'routell/testing';
import * as z from 'zod';

const simulator = await startSimulator();
const client = new RouteLLClient({ baseURL: simulator.baseURL, apiKey: simulator.apiKey });

const WeatherArguments = z.object({ city: z.string() });
const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      description: 'The weather of a city today.',
      parameters: z.toJSONSchema(WeatherArguments),
    },
  },
];

/** What a chunk adds: text, or a piece of a call. The whole calls stand in the result. */
function wordsOf({ choices: [choice] }: CompletionChunk): string {
  const pieces = (choice?.delta.tool_calls ?? []).map(
    ({ function: called }) => (called?.name ? `\n${called.name} ` : '') + (called?.arguments ?? ''),
  );
  return (choice?.delta.content ?? '') + pieces.join('');
}

/** What the tool says goes back as a message. Its arguments are the model's words: they are checked first. */
function run(call: ToolCall): ChatMessage {
  const parsed = WeatherArguments.safeParse(
    call.type === 'function' ? JSON.parse(call.function.arguments || '{}') : null,
  );
  const content = parsed.success ? `18 °C and sun in ${parsed.data.city}` : 'Which city?';
  return { role: 'tool', tool_call_id: call.id, content };
}

const messages: ChatMessage[] = [
  { role: 'user', content: 'What is the weather today in Lisbon and in Porto?' },
];
for (let turn = 1; turn <= 5; turn++) {
  const stream = client.streamCompletion(messages, { tools });
  for await (const chunk of stream.chunks()) process.stdout.write(wordsOf(chunk));
  console.log();
  const result = await stream.result;
  if (!result.success || result.toolCalls.length === 0) break;
  // The message goes back as it is: some services look for what else it holds.
  messages.push(result.message, ...result.toolCalls.map(run));
}
console.log(`${messages.length} messages, $${client.getSessionAnalytics().estimatedTotalCost.toFixed(6)}`);

await client.close();
await simulator.close();
