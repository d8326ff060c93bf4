/** An answer as an object: checked by a schema, typed by it, and asked for again once where it was cut. */
import { InvalidObjectError, RouteLLClient } from 'routell';
import { startSimulator } from 'routell/testing';
import * as z from 'zod';

// Any library that follows Standard Schema will do: valibot, arktype and others.
const Invoice = z.strictObject({
  customer: z.string(),
  due: z.iso.date().transform((date) => new Date(date)),
  lines: z.array(
    z.strictObject({
      item: z.string(),
      quantity: z.int().min(1).max(999),
      priceUsd: z.number().min(0).max(1000),
    }),
  ),
});

const simulator = await startSimulator();
const client = new RouteLLClient({ baseURL: simulator.baseURL, apiKey: simulator.apiKey });

/** Asks twice at most: an answer that does not fit was paid for, so nothing is asked again by itself. */
async function readInvoice(letter: string, max_tokens: number) {
  const messages = [{ role: 'user' as const, content: `Extract the invoice from this letter:\n\n${letter}` }];
  const options = { responseSchema: Invoice, temperature: 0 };
  const first = await client.chatCompletion(messages, { ...options, max_tokens });
  if (first.success || !(first.error instanceof InvalidObjectError)) return first;
  const { reason, issues, message } = first.error;
  console.log(`No invoice (${reason}), for $${first.costUsd?.toFixed(6)}: ${message}`);
  for (const issue of issues) console.log(`  ${issue.path.join('.')}: ${issue.message}`);
  return client.chatCompletion(messages, { ...options, max_tokens: reason === 'length' ? 1000 : max_tokens });
}

const result = await readInvoice('Dear Ms. Sousa, for the two lamps at $40 each …', 10);
if (result.success) {
  const { customer, due, lines } = result.object;
  const totalUsd = lines.reduce((sum, { quantity, priceUsd }) => sum + quantity * priceUsd, 0);
  console.log(`${customer} owes $${totalUsd.toFixed(2)} by ${due.toDateString()}: ${lines.length} lines.`);
  console.log(`From ${result.model}, for $${result.costUsd?.toFixed(6)}`);
}

await client.close();
await simulator.close();
