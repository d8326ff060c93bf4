/** What a warm prompt cache does to the choice of a client, on the simulator, which has such caches. */
import { describe, expect, it } from 'vitest';
import { type ChatMessage, RouteLLClient } from 'routell';
import { withSimulator } from '../testing/with-simulator.js';
import { atEnd } from './scene.js';

const MANUAL = 'The manual says how the machine is to be set up, used and looked after. '.repeat(700);
/** One cheap and fair, one dear and strong; both caches are cheap. */
const MODELS = ['gpt-6-luna', 'claude-opus-5-5'];
const EASY = 'Thanks! And what colour is it?';
const HARD =
  'Prove rigorously, by induction, that the controller never deadlocks: for all schedules there must be at least one fair continuation, unless two locks are held in reverse order. Derive the asymptotic complexity of the check.';

async function converse(
  asks: readonly string[],
  options: { readonly sessions?: readonly string[] } = {},
): Promise<{ readonly model: string; readonly reasons: string; readonly cached: number }[]> {
  const { simulator } = await withSimulator();
  const client = new RouteLLClient({ apiKey: simulator.apiKey, baseURL: simulator.baseURL });
  atEnd(() => client.close());
  const messages: ChatMessage[] = [{ role: 'system', content: MANUAL }];
  const turns = [];
  for (const [index, ask] of asks.entries()) {
    messages.push({ role: 'user', content: ask });
    const session = options.sessions?.[index];
    const result = await client.chatCompletion(messages, {
      constraints: { models: MODELS },
      preferences: { cost: 0.15, quality: 0.85 },
      max_tokens: 400,
      ...(session === undefined ? {} : { session }),
    });
    if (!result.success) throw result.error;
    messages.push({ role: 'assistant', content: result.content });
    turns.push({
      model: result.model,
      reasons: result.routing?.reasons.join('\n') ?? '',
      cached: result.usage.cachedInputTokens,
    });
  }
  return turns;
}

describe('a conversation', () => {
  it('is priced with what its model’s cache holds from the second turn on', async () => {
    const [first, second, third] = await converse([EASY, EASY, EASY]);
    expect(first?.reasons).not.toContain('in its cache');
    for (const turn of [second, third]) {
      expect(turn?.model).toBe(first?.model);
      expect(turn?.reasons).toContain('tokens in its cache');
      expect(turn?.cached).toBeGreaterThan(10_000);
    }
  });

  it('says nothing to another session', async () => {
    const [, second] = await converse([EASY, EASY], { sessions: ['one', 'another'] });
    expect(second?.reasons).not.toContain('in its cache');
  });

  it('moves up all the same for an ask that needs more', async () => {
    const turns = await converse([EASY, HARD]);
    expect(turns[1]?.model).not.toBe(turns[0]?.model);
  });
});
