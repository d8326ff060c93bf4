import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { AbortWatch, whenAborted } from '../src/abort-watch.js';

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

describe('whenAborted', () => {
  it('has one listener on a signal, however many wait for it, and none once nobody does', () => {
    const { signal } = new AbortController();
    const stops = Array.from({ length: 50 }, () => whenAborted(signal, () => undefined));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (const stop of stops) stop();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('tells each once, but for those that stopped waiting', () => {
    const controller = new AbortController();
    const told: string[] = [];
    whenAborted(controller.signal, () => told.push('a'));
    whenAborted(controller.signal, () => told.push('b'))();
    whenAborted(controller.signal, () => told.push('c'));
    controller.abort();
    expect(told).toEqual(['a', 'c']);
  });

  it('waits for nothing where there is no signal', () => {
    const told: string[] = [];
    whenAborted(undefined, () => told.push('a'))();
    expect(told).toEqual([]);
  });
});
