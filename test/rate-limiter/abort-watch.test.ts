import { describe, expect, it } from 'vitest';
import { AbortWatch } from '../../src/rate-limiter/abort-watch.js';

describe('AbortWatch', () => {
  it('tells of an abort however many listeners the signal has before it', () => {
    const told: string[] = [];
    const watch = new AbortWatch<string>((members) => told.push(...members));
    const controller = new AbortController();
    controller.signal.addEventListener('abort', () => told.push('another listener'));
    watch.add(controller.signal, 'a');
    watch.add(controller.signal, 'b');
    watch.remove(controller.signal, 'a');
    controller.abort();
    controller.abort();
    expect(told).toEqual(['another listener', 'b']);
  });

  it('leaves nothing on a signal that nobody watches any more', () => {
    const told: string[] = [];
    const watch = new AbortWatch<string>((members) => told.push(...members));
    const controller = new AbortController();
    watch.add(controller.signal, 'a');
    watch.remove(controller.signal, 'a');
    controller.abort();
    expect(told).toEqual([]);
  });
});
