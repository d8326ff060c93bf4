/** Configuration files, what the environment overrides, and how a slip is told. */
import { existsSync } from 'node:fs';
import { ConfigurationError, loadConfig, RouteLLClient } from 'routell';
import { startSimulator } from 'routell/testing';

// The library reads the environment. A program that wants a file of it reads `.env` itself, as here.
if (existsSync('.env')) process.loadEnvFile();
// Offline, on the simulator: in earnest these stand in your environment.
const simulator = await startSimulator();
process.env['ROUTELLM_BASE_URL'] = simulator.baseURL;
process.env['ROUTELLM_API_KEY'] = simulator.apiKey;
process.env['ROUTELL_API_TIMEOUT'] = '60';

const client = new RouteLLClient({
  ...loadConfig('config/routellm.config.json'),
  budgets: [{ limitUsd: 5, per: 'day' }],
});
const { timeouts, rateLimits, credits } = client.config;
console.log(`Seconds for a call, from the environment: ${timeouts.totalMs / 1000}`);
console.log(`Requests a minute, from the file: ${rateLimits.requestsPerMinute}`);
console.log(`For hard requests only: ${credits.highCostModels.join(', ')}`);
for (const { id, name, baseURL } of client.listProviders())
  console.log(`Provider ${id}: ${name} at ${baseURL}`);

const result = await client.chatCompletion([{ role: 'user', content: 'Name three rivers.' }]);
console.log(result.success ? result.content : result.error.message);

try {
  loadConfig('config/routellm.config.json', { environment: { ROUTELL_API_TIMOUT: '60' } });
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.log(`A slip: ${error.message}`);
}

await client.close();
await simulator.close();
