import type { ChatResult, ChatSuccess } from '../index.js';
import type { ChatCommandOptions } from './command-line.js';
import { failureOutcome } from './failure.js';
import { plural, usd } from './figures.js';
import { ExitCode, type Outcome } from './io.js';
import { printable, printableProse } from './printable.js';
import { chatOptionsOf, messagesOf } from './prompt.js';
import type { Session, Terminal } from './session.js';

/** `routell chat`: the answer on stdout as it comes, what it was and cost on stderr. */
export async function chat(
  prompt: string,
  options: ChatCommandOptions,
  { client, simulated }: Session,
  terminal: Terminal,
): Promise<Outcome> {
  const stream = client.streamCompletion(messagesOf(prompt, options), {
    ...chatOptionsOf(options, client.catalog.get(options.model ?? '')?.parameters?.outputCap),
    model: options.model,
    temperature: options.temperature,
    signal: terminal.io.interrupt,
  });
  if (!options.json) await print(stream, terminal);
  const result = await stream.result;
  if (!result.success) return chatFailure(result, { simulated, isUnread: terminal.stdout.isClosed });
  return {
    report: { ...result, simulated },
    text: summary(result, simulated),
    to: 'stderr',
    exitCode: ExitCode.WELL,
  };
}

/** Prints the answer, until it ends or nobody reads any more. Why it broke off is told by its result. */
async function print(stream: AsyncIterable<string>, { io, stdout }: Terminal): Promise<void> {
  // On a screen nothing but text; elsewhere the answer as it is.
  const shown = io.stdout.isTTY === true ? printableProse : (text: string) => text;
  let last = '';
  try {
    for await (const text of stream) {
      await stdout.write(shown(text));
      last = text;
      if (stdout.isClosed) break;
    }
  } catch {
    // In the result.
  }
  if (last !== '' && !last.endsWith('\n')) await stdout.write('\n');
}

function chatFailure(
  result: Extract<ChatResult, { success: false }>,
  { simulated, isUnread }: { readonly simulated: boolean; readonly isUnread: boolean },
): Outcome {
  const outcome = failureOutcome(result.error, { simulated });
  const { usage, costUsd, latencyMs, callId } = result;
  return {
    ...outcome,
    report: { ...outcome.report, callId, usage, costUsd, latencyMs },
    // Whoever closed the pipe has what was wanted.
    ...(isUnread ? { text: '', exitCode: ExitCode.WELL } : {}),
  };
}

function summary(
  { model, provider, usage, costUsd, credits, finishReason }: ChatSuccess,
  simulated: boolean,
): string {
  const parts = [
    `${model} at ${provider}`,
    `${plural(usage.inputTokens, 'token')} in, ${plural(usage.outputTokens, 'token')} out`,
    costUsd === null ? 'cost unknown' : usd(costUsd),
  ];
  if (credits !== null) parts.push(plural(credits, 'credit'));
  if (finishReason !== 'stop') parts.push(`ended by ${finishReason}`);
  return printable(`${simulated ? 'Simulated: ' : ''}${parts.join(', ')}`);
}
