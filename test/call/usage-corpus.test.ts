/** The corpus of reported usages through the whole client, over a real socket, whole and streamed. */
import { describe, expect, it } from 'vitest';
import type { ChatResult, RouteLLEvent } from 'routell';
import { CORPUS_PRICES, NO_USAGE, USAGE_CORPUS, type UsageSample } from '../catalog/usage-corpus.js';
import { type Answer, chunkOf, completionOf, sendJson, startEvents } from './loopback-upstream.js';
import { expectQuiet, hello, type Scene, scene } from './scene.js';

const model = 'test-model';
const options = { models: { [model]: { prices: CORPUS_PRICES } } };

const whole =
  (more: object): Answer =>
  (response) =>
    sendJson(response, { ...completionOf('fine'), usage: undefined, ...more });

const streamed =
  (chunks: readonly object[]): Answer =>
  (response) => {
    startEvents(response);
    response.write(chunkOf({ content: 'fine' }));
    const ends = chunks.some((chunk) => JSON.stringify(chunk).includes('"stop"'));
    if (!ends) response.write(chunkOf({}, 'stop'));
    for (const chunk of chunks) response.write(chunkOf({}, null, chunk));
    response.end('data: [DONE]\n\n');
  };

async function expectSample(held: Scene, result: ChatResult, sample: UsageSample): Promise<void> {
  const { usage, charged, mismatches, millionthsUsd } = sample;
  expect(result).toMatchObject({ success: true, usage, attempts: [{ billed: 'yes', usage, charged }] });
  expect(result.costUsd).toBeCloseTo(millionthsUsd / 1e6, 12);
  expect(result.usage?.estimated).toBe(false);
  expect(mismatchesIn(held.events)).toEqual(mismatches);
  const [record] = (await held.journal()).filter(({ kind }) => kind === 'attempt');
  expect(record).toMatchObject({ record: { usage, charged } });
  expectQuiet(held);
}

const mismatchesIn = (events: readonly RouteLLEvent[]): unknown =>
  events.flatMap((event) => (event.type === 'usage-mismatch' ? event.mismatches : []));

const wholes = USAGE_CORPUS.flatMap((sample) =>
  sample.whole === null ? [] : [[sample.name, sample, sample.whole] as const],
);

describe('the usage of an answer', () => {
  it.each(wholes)('%s', async (_name, sample, more) => {
    const held = await scene(whole(more), options);
    await expectSample(held, await held.client.chatCompletion(hello, { model }), sample);
  });

  it.each(NO_USAGE)('that is %s is estimated, and marked', async (_name, usage) => {
    const held = await scene(whole({ usage }), options);
    const result = await held.client.chatCompletion(hello, { model });
    expect(result).toMatchObject({ success: true, usage: { estimated: true } });
    expect(result.usage?.inputTokens).toBeGreaterThan(0);
    expect(result.costUsd).toBeGreaterThan(0);
    expectQuiet(held);
  });
});

describe('the usage of a stream', () => {
  it.each(USAGE_CORPUS.map((sample) => [sample.name, sample] as const))('%s', async (_name, sample) => {
    const held = await scene(streamed(sample.chunks), options);
    const stream = held.client.streamCompletion(hello, { model });
    await expectSample(held, await stream.result, sample);
  });

  it.each(NO_USAGE)('that is %s is estimated, and marked', async (_name, usage) => {
    const held = await scene(streamed([{ choices: [], usage }]), options);
    const result = await held.client.streamCompletion(hello, { model }).result;
    expect(result).toMatchObject({ success: true, usage: { estimated: true } });
    expect(result.costUsd).toBeGreaterThan(0);
    expectQuiet(held);
  });
});

describe('a usage that does not add up', () => {
  it('is warned of once for each model, whatever the number of calls', async () => {
    const warnings: string[] = [];
    const logger = {
      debug: ignore,
      info: ignore,
      warn: (text: string) => warnings.push(text),
      error: ignore,
    };
    const held = await scene(whole({ usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 9 } }), {
      ...options,
      logger,
    });
    for (let call = 0; call < 3; call++) await held.client.chatCompletion(hello, { model });
    expect(held.events.filter(({ type }) => type === 'usage-mismatch')).toHaveLength(3);
    expect(warnings.filter((text) => text.includes('does not add up'))).toEqual([
      expect.stringMatching(
        /^test-model at \S+ reports a usage that does not add up: outputTokens \(sum: 2 reported, 8 counted\)$/,
      ),
    ]);
  });
});

function ignore(): void {
  // Only warnings are looked at.
}
