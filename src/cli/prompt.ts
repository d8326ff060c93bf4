import { addAbortSignal } from 'node:stream';
import type { ChatMessage, ChatOptions, ParameterPolicy } from '../index.js';
import type { AskOptions } from './command-line.js';
import type { CommandLineIO } from './io.js';

/** A prompt that is not there. */
export class MissingPrompt extends Error {
  override readonly name = 'MissingPrompt';
}

/**
 * The prompt that was given, or what stdin holds where it is `-`, or absent and stdin is no terminal.
 * @throws {MissingPrompt} where there is none.
 */
export async function readPrompt(
  given: string | undefined,
  { stdin, interrupt }: CommandLineIO,
): Promise<string> {
  const isPiped = given === '-' || (given === undefined && stdin.isTTY !== true);
  if (!isPiped && given === undefined) {
    throw new MissingPrompt('No prompt. Give it in quotes, or pipe it in.');
  }
  const prompt = isPiped ? await readAll(addAbortSignal(interrupt, stdin)) : (given ?? '');
  if (prompt.trim() === '') throw new MissingPrompt('The prompt is empty.');
  return prompt;
}

async function readAll(stdin: CommandLineIO['stdin']): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of stdin as AsyncIterable<Uint8Array | string>) {
    parts.push(typeof part === 'string' ? Buffer.from(part) : part);
  }
  return Buffer.concat(parts).toString('utf8');
}

export function messagesOf(prompt: string, { system }: AskOptions): readonly ChatMessage[] {
  const user: ChatMessage = { role: 'user', content: prompt };
  return system === undefined ? [user] : [{ role: 'system', content: system }, user];
}

/**
 * The options of a call that those of the command line stand for.
 * @param outputCap The name by which the model takes the longest answer; routed calls rename it themselves.
 */
export function chatOptionsOf(
  options: AskOptions,
  outputCap: NonNullable<ParameterPolicy['outputCap']> = 'max_tokens',
): ChatOptions {
  const { cost, quality, speed, maxCostUsd, maxCostPerToken, maxTimeMs, minContextWindow, models } = options;
  const isWeighted = [cost, quality, speed].some((weight) => weight !== undefined);
  return {
    preferences: isWeighted ? { cost, quality, speed } : undefined,
    constraints: { maxCostUsd, maxCostPerToken, maxTimeMs, minContextWindow, models },
    [outputCap]: options.maxTokens,
  };
}
