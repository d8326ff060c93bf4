/** The measures of aborts, tiny and without the time: so that they cannot rot. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { abortIn, PHASES, ScriptedServer, stallOf, STALLS } from './abort-phases.js';

const server = new ScriptedServer();
beforeAll(() => server.start());
afterAll(() => server.close());

describe('an abort', () => {
  it.each(PHASES)('ends a call $name, its socket, and leaves no listener', async (phase) => {
    const { settleMs, closeMs, listenersLeft, ending } = await abortIn(phase, server);
    expect({ listenersLeft, ending }).toEqual({ listenersLeft: 0, ending: 'aborted' });
    expect([settleMs, closeMs ?? 0].every(Number.isFinite)).toBe(true);
    expect(closeMs === null).toBe(phase.holdsSocket !== true);
  });
});

describe('a limit of time', () => {
  it.each(STALLS)('$name ends a call by its own name', async (stall) => {
    expect(await stallOf(stall, 100, server)).toMatchObject({ phase: stall.name });
  });
});
