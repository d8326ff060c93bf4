import { describe, expect, it } from 'vitest';
import { StorePatience } from '../../src/call/store-patience.js';
import { fakeClock } from '../fake-clock.js';

describe('a bound in the middle of a call', () => {
  it('gives up what hangs within it, and what follows is waited for again', async () => {
    const clock = fakeClock();
    const patience = new StorePatience(clock, new AbortController().signal, new Set());
    const fails = (error: unknown): never => {
      throw error;
    };
    const stop = patience.within(200);
    const hanging = patience.until(() => new Promise<void>(() => undefined), fails);
    await clock.advance(200);
    await hanging;
    stop();

    let isWritten = false;
    const write = async (): Promise<void> => {
      await clock.sleep(50);
      isWritten = true;
    };
    const whenWaited = patience.until(write, fails).then(() => isWritten);
    await clock.advance(40);
    await clock.advance(10);
    expect(await whenWaited).toBe(true);
  });
});
