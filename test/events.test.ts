import { describe, expect, it, vi } from 'vitest';
import { RouteLLError } from '../src/errors.js';
import { EventBus, type EventMap } from '../src/events.js';
import type { Logger } from '../src/types.js';

const low: EventMap['credits-low'] = { at: 1, remainingCredits: 9, threshold: 10, unit: 'credits' };

function recordingLogger(): Logger & { readonly errors: unknown[][] } {
  const errors: unknown[][] = [];
  const ignore = (): void => undefined;
  return { errors, debug: ignore, info: ignore, warn: ignore, error: (...args) => errors.push(args) };
}

describe('EventBus', () => {
  it('tells a listener its type, with `type` in the event, in order', () => {
    const bus = new EventBus();
    const seen: unknown[] = [];
    bus.on('credits-low', (event) => seen.push(event));
    bus.emit('credits-low', low);
    bus.emit('credits-critical', low);
    bus.emit('credits-low', { ...low, at: 2 });
    expect(seen).toEqual([
      { type: 'credits-low', ...low },
      { type: 'credits-low', ...low, at: 2 },
    ]);
  });

  it('tells a subscriber everything, until it leaves', () => {
    const bus = new EventBus();
    const seen: string[] = [];
    const leave = bus.subscribe((event) => seen.push(event.type));
    bus.emit('credits-low', low);
    bus.emit('credits-critical', low);
    leave();
    leave();
    bus.emit('credits-low', low);
    expect(seen).toEqual(['credits-low', 'credits-critical']);
  });

  it('tells a subscriber the cause before what is told because of it', () => {
    const bus = new EventBus();
    const seen: string[] = [];
    bus.on('credits-low', () => {
      bus.emit('credits-critical', low);
    });
    bus.subscribe((event) => seen.push(event.type));
    bus.emit('credits-low', low);
    expect(seen).toEqual(['credits-low', 'credits-critical']);
  });

  it('tells events as plain JSON objects', () => {
    const bus = new EventBus();
    let seen: unknown;
    bus.subscribe((event) => (seen = event));
    bus.emit('credits-low', low);
    expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  });

  it('tells `once` once, also where the event is told again from within', () => {
    const bus = new EventBus();
    const seen: number[] = [];
    let depth = 0;
    bus.on('credits-low', () => {
      if (depth++ === 0) bus.emit('credits-low', { ...low, at: 2 });
    });
    bus.once('credits-low', (event) => seen.push(event.at));
    bus.emit('credits-low', low);
    bus.emit('credits-low', { ...low, at: 3 });
    expect(seen).toEqual([2]);
  });

  it('a `once` that was taken back is never told', () => {
    const bus = new EventBus();
    const listener = vi.fn();
    bus.once('credits-low', listener)();
    bus.emit('credits-low', low);
    expect(listener).not.toHaveBeenCalled();
  });

  it('a listener may take itself back, and others, while it is told', () => {
    const bus = new EventBus();
    const seen: string[] = [];
    const leaveFirst = bus.on('credits-low', () => {
      seen.push('first');
      leaveFirst();
      leaveSecond();
    });
    const leaveSecond = bus.on('credits-low', () => seen.push('second'));
    bus.on('credits-low', () => seen.push('third'));
    bus.emit('credits-low', low);
    bus.emit('credits-low', low);
    expect(seen).toEqual(['first', 'third', 'third']);
  });

  it('the same function may listen twice, and leave once', () => {
    const bus = new EventBus();
    const listener = vi.fn();
    const leave = bus.on('credits-low', listener);
    bus.on('credits-low', listener);
    bus.emit('credits-low', low);
    expect(listener).toHaveBeenCalledTimes(2);
    leave();
    bus.emit('credits-low', low);
    expect(listener).toHaveBeenCalledTimes(3);
  });

  it.each<[string, () => unknown]>([
    [
      'an error',
      () => {
        throw new Error('listener broke');
      },
    ],
    [
      'a thing without a prototype',
      () => {
        throw Object.create(null);
      },
    ],
    ['a rejection', () => Promise.reject(new Error('listener broke'))],
    [
      'a rejection of a foreign promise',
      () => ({ then: (_: unknown, reject: (error: Error) => void) => reject(new Error('listener broke')) }),
    ],
  ])('a listener that ends with %s reaches the logger and nobody else', async (_, listener) => {
    const logger = recordingLogger();
    const bus = new EventBus(logger);
    const other = vi.fn();
    bus.on('credits-low', listener);
    bus.on('credits-low', other);
    bus.emit('credits-low', low);
    await new Promise((resolve) => setImmediate(resolve));
    expect(other).toHaveBeenCalledTimes(1);
    expect(logger.errors).toHaveLength(1);
    expect(String(logger.errors[0]?.[0])).toContain('credits-low');
  });

  it('survives a logger that throws, and having none', async () => {
    const broken = recordingLogger();
    broken.error = () => {
      throw new Error('logger broke');
    };
    for (const bus of [new EventBus(broken), new EventBus()]) {
      bus.on('credits-low', () => Promise.reject(new Error('listener broke')));
      bus.on('credits-low', () => {
        throw new Error('listener broke');
      });
      expect(() => bus.emit('credits-low', low)).not.toThrow();
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it('names a listener that is no function', () => {
    const bus = new EventBus();
    for (const listen of [
      () => bus.on('credits-low', undefined as never),
      () => bus.once('credits-low', {} as never),
      () => bus.subscribe('x' as never),
    ]) {
      expect(listen).toThrow(RouteLLError);
      expect(listen).toThrow(/listener/);
    }
  });
});
