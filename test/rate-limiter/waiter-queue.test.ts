import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Queued, WaiterQueue } from '../../src/rate-limiter/waiter-queue.js';

const waiter = (priority: number, tokens = 0): Queued => ({
  amount: { requests: 1, tokens },
  priority,
  index: -1,
  sequence: 0,
});

function drain(queue: WaiterQueue<Queued>): Queued[] {
  const order: Queued[] = [];
  for (let head = queue.head; head !== undefined; head = queue.head) {
    queue.remove(head);
    order.push(head);
  }
  return order;
}

describe('WaiterQueue', () => {
  it('serves by priority and, within one, by arrival, whoever leaves meanwhile', () => {
    const arrival = fc.record({ priority: fc.integer({ min: 0, max: 9 }), leaves: fc.boolean() });
    fc.assert(
      fc.property(fc.array(arrival), (arrivals) => {
        const queue = new WaiterQueue<Queued>();
        const all = arrivals.map(({ priority, leaves }) => ({ waiter: waiter(priority), leaves }));
        for (const each of all) queue.push(each.waiter);
        for (const each of all) if (each.leaves) queue.remove(each.waiter);
        const expected = all
          .filter((each) => !each.leaves)
          .map((each) => each.waiter)
          .sort((a, b) => a.priority - b.priority || a.sequence - b.sequence);
        expect(queue.size).toBe(expected.length);
        expect(drain(queue)).toEqual(expected);
        expect(queue.ahead(9)).toEqual({ requests: 0, tokens: 0 });
      }),
    );
  });

  it('knows what stands before a newcomer', () => {
    const queue = new WaiterQueue<Queued>();
    const urgent = waiter(0, 7);
    for (const each of [urgent, waiter(5, 20), waiter(9, 100)]) queue.push(each);
    expect(queue.ahead(4)).toEqual({ requests: 1, tokens: 7 });
    expect(queue.ahead(5)).toEqual({ requests: 2, tokens: 27 });
    queue.remove(urgent);
    queue.remove(urgent);
    expect(urgent.index).toBe(-1);
    expect(queue.ahead(9)).toEqual({ requests: 2, tokens: 120 });
    expect(queue.all()).toHaveLength(2);
  });
});
