import OpenAI from 'openai';
import { afterEach } from 'vitest';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/testing/index.js';

const running: Simulator[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
});

/** An immediate simulator that ends with the test, and the official client on it, without retries. */
export async function withSimulator(
  options: SimulatorOptions = {},
): Promise<{ simulator: Simulator; openai: OpenAI }> {
  const simulator = await startSimulator({ latency: 0, ...options });
  running.push(simulator);
  const openai = new OpenAI({ baseURL: simulator.baseURL, apiKey: simulator.apiKey, maxRetries: 0 });
  return { simulator, openai };
}

export const user = (content: string): OpenAI.ChatCompletionUserMessageParam => ({ role: 'user', content });
