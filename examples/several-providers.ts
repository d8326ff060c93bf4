/** Two providers and a spare key: the model stays the same when the first provider fails, or refuses a key. */
import { RouteLLClient } from 'routell';
import { startSimulator } from 'routell/testing';

const main = await startSimulator({ apiKey: 'new-key' });
const spare = await startSimulator();
const client = new RouteLLClient({
  providers: [
    // The old key was revoked; the new one stands beside it.
    { id: 'main', baseURL: main.baseURL, apiKey: ['old-key', 'new-key'] },
    { id: 'spare', baseURL: spare.baseURL, apiKey: spare.apiKey },
  ],
  retries: { maxRetries: 0 },
});
client.on('key-reject', ({ provider, key, keysLeft }) =>
  console.log(`${provider} refuses key ${key}; ${keysLeft} left`),
);
client.on('route-fallback', ({ to, toProvider, reason }) =>
  console.log(`${to} at ${toProvider}, since ${reason}`),
);

const ask = async (): Promise<void> => {
  const result = await client.chatCompletion([{ role: 'user', content: 'Name three rivers in Portugal.' }]);
  console.log(result.success ? `${result.model} answered at ${result.provider}` : result.error.message);
};
await ask();
main.setFaults([{ fault: 'status', status: 503 }]);
await ask();

for (const { id, health, usage } of client.listProviders()) {
  console.log(`${id}: ${health.status}, ${usage.totalRequests} requests, $${usage.totalCostUsd.toFixed(6)}`);
}
await client.close();
await Promise.all([main.close(), spare.close()]);
