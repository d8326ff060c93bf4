/**
 * The main job: varied prompts through one client, on the embedded simulator, or with `--live` on the
 * real API. Run it with `npm start`.
 */
import { RouteLLClient, type ChatSuccess, type ModelCapability } from 'routell';
import { startSimulator } from 'routell/testing';
import { prompts, streamed, type Prompt } from './main-job/prompts.js';
import { type Column, formatTable } from './main-job/table.js';

const CEILING_USD = 0.25;
const isLive = process.argv.includes('--live');
const hasKey = (process.env['ROUTELLM_API_KEY'] ?? '') !== '';
const say = (text = ''): void => void process.stdout.write(`${text}\n`);
const usd = (amount: number | null): string => (amount === null ? 'unknown' : `$${amount.toFixed(5)}`);

if (isLive && !hasKey) {
  say('--live needs a key: set ROUTELLM_API_KEY, or run without --live on the simulator.');
  process.exit(2);
}

interface Row {
  readonly prompt: Prompt;
  readonly result: ChatSuccess;
}

// The account is nearly used up, so that the alert below fires while you watch.
const simulator = isLive ? null : await startSimulator({ creditsGranted: 20_000, creditsUsed: 19_893 });
const limits = { requestsPerMinute: 600, burst: 100 };
const preferences = { cost: 0.3, quality: 0.7 };
const client = isLive
  ? new RouteLLClient({ preferences, budgets: [{ limitUsd: CEILING_USD, per: 'session', mode: 'hard' }] })
  : new RouteLLClient({
      baseURL: simulator?.baseURL,
      apiKey: simulator?.apiKey,
      rateLimits: limits,
      preferences,
    });

say(
  isLive
    ? `routell, live: real answers, at most $${CEILING_USD.toFixed(2)} of spend.`
    : 'routell on its embedded simulator. The answers are simulated: figures show how it works, not quality, nor money saved.',
);
if (!isLive && hasKey) {
  say(`ROUTELLM_API_KEY is set. For real answers, within $${CEILING_USD.toFixed(2)}: npm start -- --live`);
}

client.monitor.addAlertHandler('low-credits', (alert) => {
  say(`\n  ⚠ alert: ${alert.message}\n`);
});
const before = await client.getCreditStatus();

say(`\n${prompts.length} prompts:`);
const rows: Row[] = [];
for (const prompt of prompts) {
  const result = await client.chatCompletion(prompt.messages, { max_tokens: 400, ...prompt.options });
  const done = `${String(rows.length + 1).padStart(4)}/${prompts.length} ${prompt.title}`;
  if (result.success) {
    rows.push({ prompt, result });
    say(`${done} → ${result.model}`);
  } else {
    say(`${done} failed: ${result.error.message}`);
    process.exitCode = 1;
  }
}

say(`\n${streamed.title}:\n`);
const stream = client.streamCompletion(streamed.messages, streamed.options);
for await (const text of stream) process.stdout.write(text);
const streamResult = await stream.result;
if (streamResult.success) rows.push({ prompt: streamed, result: streamResult });
say('\n');

// The last column has what is left of the line; on a narrow terminal it goes.
const whyWidth = Math.min(90, (process.stdout.isTTY ? process.stdout.columns : 190) - 114);
const why: Column<Row> = {
  title: 'why',
  width: whyWidth,
  of: ({ result }) => result.routing?.reasons.at(-1) ?? '',
};
say(
  formatTable<Row>(
    [
      { title: 'prompt', width: 16, of: ({ prompt }) => prompt.title },
      { title: 'task', width: 18, of: ({ result }) => result.routing?.taskType ?? '' },
      {
        title: 'difficulty',
        width: 10,
        isRight: true,
        of: ({ result }) => (result.routing?.difficulty ?? 0).toFixed(2),
      },
      { title: 'model', width: 24, of: ({ result }) => result.model },
      {
        title: 'tokens',
        width: 12,
        isRight: true,
        of: ({ result }) => `${result.usage.inputTokens}→${result.usage.outputTokens}`,
      },
      { title: 'cost', width: 9, isRight: true, of: ({ result }) => usd(result.costUsd) },
      { title: 'latency', width: 8, isRight: true, of: ({ result }) => `${Math.round(result.latencyMs)} ms` },
      ...(whyWidth < 40 ? [] : [why]),
    ],
    rows,
  ),
);

const status = await client.getCreditStatus();
const credits = (amount: number | null): string => (amount === null ? 'unknown' : amount.toFixed(1));
say(
  `\nCredits: ${credits(before.remainingCredits)} before, ${credits(status.remainingCredits)} after (${status.source}).`,
);

/** What the same tokens would have cost on one model. */
const costOn = (model: ModelCapability): number =>
  rows.reduce((total, { result: { usage } }) => {
    const { input = 0, output = 0 } = model.prices ?? {};
    return total + (usage.inputTokens * input + usage.outputTokens * output) / 1e6;
  }, 0);
const listed = new Set((await client.listModels()).map((model) => model.id));
const byRating = client.catalog
  .list()
  .filter((model) => listed.has(model.name) && model.prices && !model.routesItself && !model.legacy)
  .sort((a, b) => (a.quality?.overall ?? 0) - (b.quality?.overall ?? 0));
const strongest = byRating.at(-1);
const cheapest = [...byRating].sort((a, b) => costOn(a) - costOn(b))[0];
const session = client.getSessionAnalytics();
say(`Cost: ${usd(session.estimatedTotalCost)} for ${session.totalRequests} calls.`);
if (strongest !== undefined && cheapest !== undefined) {
  say(
    `The same tokens on the strongest model (${strongest.name}): ${usd(costOn(strongest))}; on the cheapest (${cheapest.name}): ${usd(costOn(cheapest))}.`,
  );
}
say(
  `\nNext: the ten lines for your own program stand in README.md; examples/ has one idea each; \`npm test\` runs the tests.`,
);

await client.close();
await simulator?.close();
