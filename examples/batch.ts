/** Many requests at once: progress, cost so far, and what failed. */
import { type BatchProgress, RouteLLClient } from 'routell';
import { startSimulator } from 'routell/testing';

const simulator = await startSimulator({ faults: [{ fault: 'status', status: 400, times: 2 }] });
const client = new RouteLLClient({
  baseURL: simulator.baseURL,
  apiKey: simulator.apiKey,
  rateLimits: { requestsPerMinute: 600, burst: 20 },
});

const cities = ['Lisbon', 'Porto', 'Oslo', 'Bergen', 'Lima', 'Cusco', 'Accra', 'Kumasi', 'Hanoi', 'Hue'];

function show({ completed, total, failed, ratePerSecond, remainingMs, costUsd }: BatchProgress): void {
  const left = remainingMs === null ? 'unknown' : `${(remainingMs / 1000).toFixed(1)} s`;
  const cost = costUsd === null ? 'unknown' : `$${costUsd.toFixed(6)}`;
  console.log(
    `${completed}/${total ?? '?'}, ${failed} failed, ${ratePerSecond.toFixed(1)}/s, ${left} left, ${cost}`,
  );
}

// A generator works as well: requests are pulled as the batch goes on.
const requests = cities.map((city) => [
  { role: 'user' as const, content: `Describe ${city} in a sentence.` },
]);
const failed: string[] = [];
for await (const { index, result } of client.batch(requests, {
  concurrency: 4,
  preferences: { cost: 0.8, speed: 0.2 },
  max_tokens: 60,
  onProgress: show,
})) {
  if (!result.success) failed.push(`${cities[index]}: ${result.error.code}`);
}

console.log(`${cities.length - failed.length} answered. Failed: ${failed.join(', ')}`);

await client.close();
await simulator.close();
