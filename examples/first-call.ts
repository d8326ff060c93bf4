/** One call, routed: the answer, the model that gave it, why, and what it cost. */
import { RouteLLClient } from 'routell';
import { startSimulator } from 'routell/testing';

// Offline, on the simulator. For the real API: `new RouteLLClient()` with ROUTELLM_API_KEY set.
const simulator = await startSimulator();
const client = new RouteLLClient({ baseURL: simulator.baseURL, apiKey: simulator.apiKey });

const result = await client.chatCompletion([{ role: 'user', content: 'What is machine learning?' }]);

if (result.success) {
  console.log(result.content);
  console.log(`${result.model} for $${result.costUsd?.toFixed(6)}, because:`);
  for (const reason of result.routing?.reasons ?? []) console.log(`  ${reason}`);
} else {
  console.error(`${result.error.code}: ${result.error.message}`);
}

await client.close();
await simulator.close();
