/** A hard budget: many calls at once, and never a cent more. */
import { BudgetExceededError, RouteLLClient } from 'routell';
import { startSimulator } from 'routell/testing';

const simulator = await startSimulator();
const client = new RouteLLClient({
  baseURL: simulator.baseURL,
  apiKey: simulator.apiKey,
  rateLimits: { requestsPerMinute: null, requestsPerHour: null, burst: null },
  budgets: [{ limitUsd: 0.02, per: 'day', mode: 'hard' }],
});
client.on('budget-threshold', ({ scope, share }) =>
  console.log(`${share * 100} % of the budget per ${scope} is spent`),
);

const calls = Array.from({ length: 60 }, () =>
  client.chatCompletion([{ role: 'user', content: 'Write a limerick about thrift.' }], {
    model: 'claude-sonnet-5-5',
    max_tokens: 120,
  }),
);
const results = await Promise.all(calls);
const answered = results.filter((result) => result.success).length;
const refused = results.find((result) => !result.success);

console.log(`${answered} answered, ${results.length - answered} refused before anything was sent.`);
if (refused?.error instanceof BudgetExceededError) console.log(refused.error.message);
console.log(`Spent: $${simulator.ledger.totals.costUsd.toFixed(5)} of $0.02, as the upstream counts it.`);

await client.close();
await simulator.close();
