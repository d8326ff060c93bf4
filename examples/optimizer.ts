/** The credit optimizer: parameters that fit the task, an estimate, a split of a budget, and a call tuned by itself. */
import { CreditOptimizer, RateLimiter, RouteLLClient } from 'routell';
import { startSimulator } from 'routell/testing';

const messages = [{ role: 'user' as const, content: 'Extract every date from: Ada met Bob on 3 May 1840.' }];

// On its own, as in the integration guide.
const limiter = new RateLimiter();
const optimizer = new CreditOptimizer(limiter);
if (limiter.canMakeRequest()) {
  const optimized = optimizer.optimizeRequest(messages, { cost: 0.8, speed: 0.2 });
  console.log(`Optimized max_tokens: ${optimized.max_tokens}`);
  console.log(`Optimized temperature: ${optimized.temperature}`);
} else {
  console.log(`Rate limited. Wait ${limiter.getWaitTime().toFixed(1)} seconds`);
}

const { costUsd, lowUsd, highUsd } = optimizer.estimateCost(messages, { model: 'claude-haiku-4-5' });
console.log(`Estimate: $${costUsd?.toFixed(5)}, from $${lowUsd?.toFixed(5)} to $${highUsd?.toFixed(5)}`);

const { slots, reserveUsd, budgets } = optimizer.suggestBudgetAllocation(70, 'week');
console.log(slots.map(({ name, usd }) => `${name} $${usd}`).join(', '), `and $${reserveUsd} kept back`);
console.log('budgets:', budgets);

// In a routed call: what it leaves open is filled in.
const simulator = await startSimulator();
const client = new RouteLLClient({ baseURL: simulator.baseURL, apiKey: simulator.apiKey });
const result = await client.chatCompletion(messages, { optimize: true });
if (result.success) {
  console.log(result.content);
  for (const { parameter, to, reason, freesUsd } of result.changes) {
    console.log(`${parameter}: ${to}, frees $${freesUsd?.toFixed(4)} (${reason})`);
  }
}

await client.close();
await simulator.close();
