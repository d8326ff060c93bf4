/** Handlers for alerts: low credits, 80 % and 95 % of them used, and many requests in an hour. */
import { RouteLLClient, type Alert } from 'routell';
import { startSimulator } from 'routell/testing';

// 101 credits are left: the first calls cross the threshold of 100.
const simulator = await startSimulator({ creditsGranted: 20_000, creditsUsed: 19_899 });
const client = new RouteLLClient({
  baseURL: simulator.baseURL,
  apiKey: simulator.apiKey,
  rateLimits: { requestsPerHour: 10, requestsPerMinute: null, burst: null },
});

/** Each handler gets the alert: `value` is the number that it is about. */
class CustomAlertHandler {
  handleLowCredits = ({ value, threshold }: Alert): void => {
    console.log(`Low credits: ${value.toFixed(1)} left, the threshold is ${threshold}.`);
  };

  handleShareUsed = ({ value, threshold, unit }: Alert): void => {
    console.log(`${value.toFixed(1)} ${unit} used, told at ${threshold}.`);
  };

  handleHighUsage = ({ value, threshold }: Alert): void => {
    console.log(`High usage: ${value} requests in an hour, the threshold is ${threshold}.`);
  };
}
const handler = new CustomAlertHandler();
client.monitor.addAlertHandler('low_credits', handler.handleLowCredits);
client.monitor.addAlertHandler('budget_threshold', handler.handleShareUsed);
client.monitor.addAlertHandler('high_usage', handler.handleHighUsage);

await client.getCreditStatus();
for (let call = 0; call < 10; call++) {
  await client.chatCompletion([{ role: 'user', content: 'Write an essay about the history of tea.' }], {
    preferences: { quality: 1 },
    max_tokens: 300,
  });
}
const status = client.monitor.getCurrentStatus();
console.log(
  `Credits remaining: ${status.creditsRemaining?.toFixed(1)}; requests today: ${status.dailyUsage.requests}`,
);

await client.close();
await simulator.close();
