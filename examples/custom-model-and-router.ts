/** A model of your own beside the catalogue, and a router of your own instead of the default. */
import { ModelRouter, ModelTier, RouteLLClient, TaskType, type Router } from 'routell';
import { startSimulator } from 'routell/testing';

const simulator = await startSimulator({
  models: {
    'house-coder': {
      prices: { input: 0.1, output: 0.4 },
      contextWindow: 64_000,
      maxOutput: 8_000,
      firstTokenMs: 300,
      tokensPerSecond: 120,
      skill: 1480,
    },
  },
});
const access = { baseURL: simulator.baseURL, apiKey: simulator.apiKey };

// 1. A name and a price are enough; the rest helps the router.
const client = new RouteLLClient({
  ...access,
  models: {
    'house-coder': {
      tier: ModelTier.SPECIALIZED,
      prices: { input: 0.1, output: 0.4 },
      contextWindow: 64_000,
      strengths: [TaskType.CODE_GENERATION],
      qualityScore: 0.95,
      typicalFirstTokenMs: 300,
      typicalTokensPerSecond: 150,
    },
  },
});
const code = await client.chatCompletion(
  [{ role: 'user', content: 'Write a Python function that parses ISO dates.' }],
  { preferences: { cost: 0.2, quality: 0.6, speed: 0.2 } },
);
if (code.success) console.log(`code goes to ${code.model}`);
await client.close();

// 2. A router is one method. This one sends whatever is short to the cheapest model.
const defaultRouter = new ModelRouter();
const router: Router = {
  routeRequest(messages, preferences, constraints, context) {
    const ranked = defaultRouter.routeRequest(messages, preferences, constraints, context);
    if ((context?.inputTokens ?? 0) > 200) return ranked;
    const cheapest = [...ranked.alternatives].sort(
      (a, b) => (a.costUsd ?? Infinity) - (b.costUsd ?? Infinity),
    )[0];
    if (cheapest === undefined) return ranked;
    const reasons = [`short prompts go to the cheapest model, ${cheapest.model}`];
    return {
      ...ranked,
      routingDecision: { ...ranked.routingDecision, selectedModel: cheapest.model, reasons },
    };
  },
};
const frugal = new RouteLLClient({ ...access, router });
const short = await frugal.route([{ role: 'user', content: 'Prove the infinitude of primes.' }]);
console.log(short.routingDecision.reasons.join('; '));
await frugal.close();
await simulator.close();
