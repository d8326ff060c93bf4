/** A streamed answer, piece by piece, and how the call ended. */
import { RouteLLClient } from 'routell';
import { startSimulator } from 'routell/testing';

const simulator = await startSimulator();
const client = new RouteLLClient({ baseURL: simulator.baseURL, apiKey: simulator.apiKey });

const stream = client.streamCompletion([{ role: 'user', content: 'Write a long story about AI' }], {
  preferences: { cost: 0.7, quality: 0.3 },
  temperature: 0.7,
  max_tokens: 200,
});
// A stream that is cut throws an IncompleteStreamError here: it never looks complete.
for await (const text of stream) process.stdout.write(text);

const result = await stream.result;
if (result.success)
  console.log(`\n\n${result.usage.outputTokens} tokens, finish reason ${result.finishReason}`);
console.log(`Total cost: $${client.getSessionAnalytics().estimatedTotalCost.toFixed(6)}`);

await client.close();
await simulator.close();
