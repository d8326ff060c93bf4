import { describe, expect, it } from 'vitest';
import type { FaultRule } from '../../../src/testing/index.js';
import { RawClient, STREAM, chunksIn, contentIn, eventsOf, struck } from '../raw-client.js';
import { withSimulator } from '../with-simulator.js';

const reasonsIn = (body: string) =>
  chunksIn(body).flatMap(({ choices }) => choices.flatMap((choice) => choice.finish_reason ?? []));

describe('how a stream ends (F26)', () => {
  const ends: [FaultRule['fault'], { outcome: string; reasons: string[]; dones: number }][] = [
    ['end-early', { outcome: 'broken', reasons: [], dones: 0 }],
    ['no-done', { outcome: 'broken', reasons: ['stop'], dones: 0 }],
    ['no-finish', { outcome: 'broken', reasons: [], dones: 1 }],
    ['data-after-done', { outcome: 'completed', reasons: ['stop'], dones: 1 }],
    ['done-twice', { outcome: 'completed', reasons: ['stop'], dones: 2 }],
  ];

  it.each(ends)('%s', async (fault, { outcome, reasons, dones }) => {
    const { simulator, answer } = await struck({ fault }, STREAM);
    expect([answer.end, answer.isWhole]).toEqual(['fin', true]);
    expect(reasonsIn(answer.body)).toEqual(reasons);
    expect(eventsOf(answer.body).filter((data) => data === '[DONE]')).toHaveLength(dones);
    expect(simulator.ledger.entries).toMatchObject([{ fault, outcome }]);
    expect(simulator.ledger.charged).toBe(1);
  });

  it('data-after-done sends a token that is none', async () => {
    const { simulator, answer } = await struck({ fault: 'data-after-done' }, STREAM);
    const events = eventsOf(answer.body);
    expect(events.at(-2)).toBe('[DONE]');
    expect(events.at(-1)).toContain('"content":');
    const usage = chunksIn(answer.body).find((chunk) => chunk.usage)?.usage;
    expect(simulator.ledger.totals.tokens.output).toBe(usage?.completion_tokens);
  });

  it('open-after-done waits for the client to close, and has answered in full', async () => {
    const { simulator } = await withSimulator({ faults: [{ fault: 'open-after-done' }] });
    const client = new RawClient(simulator.url).ask(simulator, STREAM);
    await client.until('[DONE]');
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(client.text).not.toContain('\r\n0\r\n');
    expect(simulator.ledger.entries[0]?.outcome).toBe('pending');
    client.socket.destroy();
    await simulator.settled();
    expect(simulator.ledger.entries).toMatchObject([{ fault: 'open-after-done', outcome: 'completed' }]);
  });

  it.each([
    ['space-after' as const, 'data: [DONE] \n\n'],
    ['no-space' as const, 'data:[DONE]\n\n'],
    ['lower-case' as const, 'data: [done]\n\n'],
  ])('odd-done: %s', async (variant, expected) => {
    const { simulator, answer } = await struck({ fault: 'odd-done', variant }, STREAM);
    expect(answer.body.endsWith(expected)).toBe(true);
    expect(simulator.ledger.answered).toBe(1);
  });
});

describe('error-event (F27)', () => {
  it.each([
    ['object' as const, /\n\ndata: (\{"error".*\})\n\n$/],
    ['named' as const, /\n\nevent: error\ndata: (\{"error".*\})\n\n$/],
  ])('%s', async (variant, expected) => {
    const rule: FaultRule = { fault: 'error-event', variant, tokens: 3, code: 'overloaded' };
    const { simulator, answer } = await struck(rule, STREAM);
    const [, json = ''] = expected.exec(answer.body) ?? [];
    expect(JSON.parse(json)).toMatchObject({ error: { code: 'overloaded', type: 'server_error' } });
    expect(simulator.ledger.entries).toMatchObject([
      { fault: 'error-event', status: 200, outcome: 'broken', tokens: { output: 3 } },
    ]);
  });
});

describe('error-event without a stream', () => {
  it('leaves the answer as it is', async () => {
    const { simulator, answer } = await struck({ fault: 'error-event' });
    expect(JSON.parse(answer.body)).toMatchObject({ object: 'chat.completion' });
    expect(simulator.ledger.answered).toBe(1);
  });
});

describe('finish-reason (F27)', () => {
  it.each(['content_filter', 'error', 'insufficient_system_resource'])('%s', async (finishReason) => {
    const stream = await struck({ fault: 'finish-reason', finishReason }, STREAM);
    expect(reasonsIn(stream.answer.body)).toEqual([finishReason]);
    expect(contentIn(stream.answer.body)).toContain('[simulated');
    const whole = await struck({ fault: 'finish-reason', finishReason });
    expect(JSON.parse(whole.answer.body)).toMatchObject({ choices: [{ finish_reason: finishReason }] });
    expect(whole.simulator.ledger.answered).toBe(1);
  });
});
