import { describe, expect, it } from 'vitest';
import { Deadline } from '../../src/call/deadline.js';
import type { TimeoutError } from '../../src/errors.js';
import { type FakeClock, fakeClock } from '../fake-clock.js';

function setUp(totalMs: number): { clock: FakeClock; deadline: Deadline; passed: TimeoutError[] } {
  const clock = fakeClock();
  const passed: TimeoutError[] = [];
  const deadline = new Deadline(clock, { startedMs: clock.monotonic(), totalMs }, (error) =>
    passed.push(error),
  );
  return { clock, deadline, passed };
}

describe('Deadline', () => {
  it('passes once, and says how to have more time', async () => {
    const { clock, deadline, passed } = setUp(1000);
    await clock.advance(400);
    expect(deadline.remainingMs()).toBe(600);
    await clock.advance(10_000);
    expect(deadline.remainingMs()).toBe(0);
    expect(passed).toMatchObject([{ code: 'timeout', phase: 'total' }]);
    expect(passed[0]?.message).toContain('1000 ms');
  });

  it('stands still while it is paused, and goes on with what was left', async () => {
    const { clock, deadline, passed } = setUp(1000);
    await clock.advance(400);
    const waited = deadline.pausedFor(() => clock.sleep(5000));
    await clock.advance(5000);
    await waited;
    expect([deadline.remainingMs(), passed.length]).toEqual([600, 0]);
    await clock.advance(600);
    expect(passed).toHaveLength(1);
  });

  it('begins anew, stopped or not', async () => {
    const { clock, deadline, passed } = setUp(1000);
    await clock.advance(400);
    deadline.restart();
    deadline.stop();
    await clock.advance(5000);
    expect(passed).toHaveLength(0);
    deadline.restart();
    expect(deadline.remainingMs()).toBe(1000);
    await clock.advance(999);
    expect(passed).toHaveLength(0);
    await clock.advance(1);
    expect(passed).toHaveLength(1);
  });

  it('goes on where what it was paused for fails', async () => {
    const { clock, deadline, passed } = setUp(1000);
    await expect(deadline.pausedFor(() => Promise.reject(new Error('left')))).rejects.toThrow('left');
    await clock.advance(1000);
    expect(passed).toHaveLength(1);
  });

  it('never passes once it is stopped, and leaves no timer', async () => {
    const { clock, deadline, passed } = setUp(1000);
    deadline.stop();
    await clock.advance(5000);
    expect([passed.length, clock.pending]).toEqual([0, 0]);
  });
});
