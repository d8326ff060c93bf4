/** Whatever a prompt is, there is a decision. How long it takes: `npm run bench -- bad-input`. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RouteLLClient } from 'routell';
import { ModelRouter } from '../../src/router/model-router.js';
import type { RoutingResult } from '../../src/router/router.js';
import { type ChatMessage, TaskType } from '../../src/types.js';
import { fakeClock } from '../fake-clock.js';
import { HOSTILE_TEXTS } from './hostile-texts.js';

const router = new ModelRouter({
  clock: fakeClock(),
  models: { 'any-length': { prices: { input: 0.1, output: 0.4 } } },
});
const TASKS: ReadonlySet<string> = new Set(Object.values(TaskType));

function expectDecision({ routingDecision: decision, alternatives, basis }: RoutingResult): void {
  expect(TASKS.has(decision.taskType)).toBe(true);
  for (const share of [decision.difficulty, decision.confidence]) {
    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThanOrEqual(1);
  }
  expect(alternatives[0]?.model).toBe(decision.selectedModel);
  const figures = alternatives.flatMap(({ score, pGood, costUsd, latencyMs }) => [
    score,
    pGood,
    costUsd ?? 0,
    latencyMs,
  ]);
  expect(figures.filter((figure) => !Number.isFinite(figure))).toEqual([]);
  expect(Object.values(basis?.features ?? {}).filter((feature) => !Number.isFinite(feature))).toEqual([]);
}

const user = (content: ChatMessage['content']): ChatMessage => ({ role: 'user', content }) as ChatMessage;

describe('a decision', () => {
  it.each(Object.entries(HOSTILE_TEXTS))('is made on 10 MB of %s', (_name, text) => {
    expectDecision(router.previewRequest([user(text(10_000_000))]));
  });

  it.each(Object.entries(HOSTILE_TEXTS))('is made on little of %s', (_name, text) => {
    for (const length of [0, 1, 2, 3, 7, 200, 4096, 70_000]) {
      expectDecision(router.previewRequest([user(text(length))]));
    }
  });

  it('is made on 100,000 messages', () => {
    const roles = ['user', 'assistant', 'tool', 'system'] as const;
    const turns = Array.from({ length: 100_000 }, (_, turn) => ({
      role: roles[turn % 4]!,
      content: `and ${turn}?`,
      tool_call_id: 'c',
    }));
    expectDecision(router.previewRequest(turns));
    expectDecision(router.previewRequest(Array.from({ length: 100_000 }, () => user('yes'))));
    expectDecision(router.previewRequest(Array.from({ length: 100_000 }, () => user(''))));
  });

  it('is made on 100,000 parts of one message', () => {
    const parts = Array.from({ length: 100_000 }, () => ({ type: 'text' as const, text: 'and ' }));
    expectDecision(router.previewRequest([user(parts)]));
  });

  it('is made on any text', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 400 }), (codes) => {
        expectDecision(router.previewRequest([user(String.fromCharCode(...codes))]));
      }),
    );
  });

  it('is made on hostile texts one after the other', () => {
    const texts = Object.values(HOSTILE_TEXTS);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(texts.length - 1), fc.nat(300)), { maxLength: 12 }), (pieces) => {
        const text = pieces.map(([index, length]) => texts[index]!(length)).join('');
        expectDecision(router.previewRequest([user(text)]));
      }),
    );
  });

  it('is made where nobody asks anything', () => {
    for (const messages of [
      [{ role: 'system', content: 'Be kind.' }],
      [{ role: 'assistant', content: null, tool_calls: [] }],
      [{ role: 'user', content: [] }],
      [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,' } }] }],
    ] as unknown as ChatMessage[][]) {
      const candidates = [{ name: 'any', costPerToken: 1e-6 }];
      expectDecision(router.previewRequest(messages, undefined, undefined, { candidates }));
    }
  });
});

describe('a client', () => {
  it('decides on what it is given, 10 MB and 100,000 messages included', async () => {
    const client = new RouteLLClient({
      apiKey: 'test-key',
      baseURL: 'http://127.0.0.1:9/v1',
      models: { 'any-length': { prices: { input: 0.1, output: 0.4 } } },
      monitoring: { logLevel: 'silent' },
    });
    try {
      for (const text of Object.values(HOSTILE_TEXTS)) {
        expectDecision(await client.route([user(text(1_000_000))]));
      }
      expectDecision(await client.route([user(HOSTILE_TEXTS['base64']!(10_000_000))]));
      expectDecision(await client.route(Array.from({ length: 100_000 }, (_, turn) => user(`and ${turn}?`))));
    } finally {
      await client.close();
    }
  });
});
