/** The response cache: the same question costs once, and no answer passes from one tenant to another. */
import { RouteLLClient } from 'routell';
import { startSimulator } from 'routell/testing';

const simulator = await startSimulator();
const client = new RouteLLClient({ baseURL: simulator.baseURL, apiKey: simulator.apiKey });
let savedUsd = 0;
client.on('cache-hit', (hit) => (savedUsd += hit.savedUsd ?? 0));

const triage = (tenant: string) =>
  client.chatCompletion([{ role: 'user', content: 'Classify this ticket: "The app crashes at start."' }], {
    temperature: 0,
    cache: { scope: tenant, ttlMs: 60_000 },
  });

// A hundred at once: one of them asks, the others wait for its answer.
const results = await Promise.all(Array.from({ length: 100 }, () => triage('tenant-1')));
const cached = results.filter((result) => result.success && result.cached).length;
console.log(`${cached} of ${results.length} answers were shared; ${simulator.ledger.received} was sent.`);

const later = await triage('tenant-1');
if (later.success) console.log(`Later: cached ${later.cached}, $${later.costUsd}.`);

const other = await triage('tenant-2');
if (other.success) console.log(`Another tenant: cached ${other.cached}, $${other.costUsd?.toFixed(6)}.`);
console.log(`Saved: $${savedUsd.toFixed(6)}; the upstream counts ${simulator.ledger.received} requests.`);

await client.close();
await simulator.close();
