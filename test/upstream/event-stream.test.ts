import type { EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UpstreamError } from '../../src/errors.js';
import { readEvents } from '../../src/upstream/event-stream.js';
import { fakeClock } from '../fake-clock.js';
import { responseContext } from './response-context.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Body {
  readonly stream: ReadableStream<Uint8Array>;
  /** Parts that were asked for. */
  readonly pulled: () => number;
  readonly cancelled: () => boolean;
}

/** A body of the given parts, one by one as it is read; after the last it ends, fails or stays open. */
function bodyOf(parts: readonly Uint8Array[], ending: 'end' | 'fail' | 'open' = 'end'): Body {
  let pulled = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const part = parts[pulled];
        pulled += 1;
        if (part !== undefined) controller.enqueue(part);
        else if (ending === 'end') controller.close();
        else if (ending === 'fail') controller.error(new TypeError('terminated'));
        else return new Promise<void>(() => undefined);
        return undefined;
      },
      cancel: () => {
        cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, pulled: () => pulled, cancelled: () => cancelled };
}

async function dataOf(body: ReadableStream<Uint8Array>): Promise<string[]> {
  return (await eventsOf(body)).map((event) => event.data);
}

async function eventsOf(body: ReadableStream<Uint8Array>): Promise<EventSourceMessage[]> {
  const events: EventSourceMessage[] = [];
  for await (const event of readEvents(body, responseContext(), { clock: fakeClock() })) events.push(event);
  return events;
}

async function failureOf(body: ReadableStream<Uint8Array>): Promise<UpstreamError> {
  const error = await dataOf(body).catch((thrown: unknown) => thrown);
  if (error instanceof UpstreamError) return error;
  throw new Error(`expected an UpstreamError, got ${String(error)}`);
}

const TEXT =
  ': ping\n\ndata: {"a":"Grüße, 世界 👩‍🚀"}\n\nevent: x\nid: 1\ndata: {"b":\ndata: 2}\n\ndata:{"c":3}\n\ndata: [DONE]\n\n';
const DATA = ['{"a":"Grüße, 世界 👩‍🚀"}', '{"b":\n2}', '{"c":3}'];
const LINE_ENDS = { LF: '\n', CRLF: '\r\n', CR: '\r' };

describe('readEvents', () => {
  describe.each(Object.entries(LINE_ENDS))('with %s', (_, lineEnd) => {
    const bytes = encode(TEXT.replaceAll('\n', lineEnd));

    it('reads the same at every split in two', async () => {
      for (let at = 0; at <= bytes.length; at++) {
        expect(await dataOf(bodyOf([bytes.slice(0, at), bytes.slice(at)]).stream)).toEqual(DATA);
      }
    });

    it('reads byte by byte', async () => {
      const parts = Array.from(bytes, (byte) => Uint8Array.of(byte));
      expect(await dataOf(bodyOf(parts).stream)).toEqual(DATA);
    });
  });

  it('reads the same in whatever parts it arrives, with line ends mixed', async () => {
    const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 20 });
    const ends = fc.infiniteStream(fc.constantFrom('\n', '\r\n', '\r'));
    await fc.assert(
      fc.asyncProperty(cuts, ends, async (positions, lineEnds) => {
        // A lone CR before LF would be one line end: mix by whole events.
        const text = TEXT.split('\n\n')
          .map((event) => {
            const lineEnd = lineEnds.next().value as string;
            return event.replaceAll('\n', lineEnd) + lineEnd + lineEnd;
          })
          .join('');
        const bytes = encode(text);
        const at = [0, ...positions.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        const parts = at.slice(1).map((end, index) => bytes.slice(at[index], end));
        expect(await dataOf(bodyOf(parts).stream)).toEqual(DATA);
      }),
    );
  });

  it('tells the name of an event', async () => {
    const [event] = await eventsOf(bodyOf([encode('event: error\ndata: {}\n\n')]).stream);
    expect(event).toMatchObject({ event: 'error', data: '{}' });
  });

  it.each([[[0xef, 0xbb, 0xbf]], [[0xef], [0xbb], [0xbf]]].map((parts) => [parts]))(
    'passes over a byte order mark in parts %j',
    async (parts) => {
      const body = bodyOf([...parts.map((part) => Uint8Array.from(part)), encode('data: 1\n\n')]);
      expect(await dataOf(body.stream)).toEqual(['1']);
    },
  );

  it('passes over comments, empty events, unknown fields and fields without a value', async () => {
    const text =
      ': OPENROUTER PROCESSING\n\n\n\nretry: soon\nretry: 10\nid: \0\ncolour: blue\n\nnonsense\n\ndata\n\ndata: 1\n\n';
    expect(await dataOf(bodyOf([encode(text)]).stream)).toEqual(['', '1']);
  });

  it.each(['[DONE]', ' [DONE] ', '[DONE]\t'])('ends at %j and reads no further', async (mark) => {
    const body = bodyOf([encode(`data: 1\n\ndata:${mark}\n\ndata: 2\n\n`), encode('data: 3\n\n')]);
    expect(await dataOf(body.stream)).toEqual(['1']);
  });

  it('ends at a second [DONE] no more than at the first', async () => {
    const body = bodyOf([encode('data: 1\n\ndata: [DONE]\n\ndata: [DONE]\n\n')]);
    expect(await dataOf(body.stream)).toEqual(['1']);
  });

  describe('after [DONE]', () => {
    const read = async (body: Body, clock = fakeClock()): Promise<void> => {
      const events = readEvents(body.stream, responseContext(), { clock });
      for await (const event of events) expect(event.data).toBe('1');
      await clock.advance(49);
    };
    const done = encode('data: 1\n\ndata: [DONE]\n\n');

    it('lets a body end by itself, so that its connection can be kept', async () => {
      const clock = fakeClock();
      const body = bodyOf([done]);
      await read(body, clock);
      expect(body.cancelled()).toBe(false);
      expect(clock.pending).toBe(0);
    });

    it('closes one that stays open, after a moment', async () => {
      const clock = fakeClock();
      const body = bodyOf([done], 'open');
      await read(body, clock);
      expect(body.cancelled()).toBe(false);
      await clock.advance(1);
      expect(body.cancelled()).toBe(true);
      expect(clock.pending).toBe(0);
    });

    it('closes one that goes on', async () => {
      const body = bodyOf([done, encode('data: 2\n\n')], 'open');
      await read(body);
      expect(body.cancelled()).toBe(true);
    });

    it('does not mind one that breaks', async () => {
      const clock = fakeClock();
      await read(bodyOf([done], 'fail'), clock);
      expect(clock.pending).toBe(0);
    });
  });

  it('closes the body where the reader leaves', async () => {
    const body = bodyOf([encode('data: 1\n\ndata: 2\n\n')], 'open');
    for await (const event of readEvents(body.stream, responseContext(), { clock: fakeClock() })) {
      expect(event.data).toBe('1');
      break;
    }
    expect(body.cancelled()).toBe(true);
  });

  it('asks for no more than it is asked for', async () => {
    const body = bodyOf(Array.from({ length: 100 }, (_, index) => encode(`data: ${index}\n\n`)));
    const events = readEvents(body.stream, responseContext(), { clock: fakeClock() });
    await events.next();
    await events.next();
    expect(body.pulled()).toBe(2);
    await events.return();
  });

  it.each([
    ['a last event without its blank line', 'data: 1\n\ndata: {"a":1}\n', ['1', '{"a":1}']],
    ['a last event without any line end', 'data: 1\n\ndata: {"a":1}', ['1', '{"a":1}']],
    ['a last [DONE] without any line end', 'data: 1\n\ndata: [DONE]', ['1']],
    ['an end within JSON', 'data: 1\n\ndata: {"a":', ['1']],
    ['an end within a field', 'data: 1\n\ndat', ['1']],
    ['nothing', '', []],
  ])('takes what is whole at the end of the body: %s', async (_, text, data) => {
    expect(await dataOf(bodyOf([encode(text)]).stream)).toEqual(data);
  });

  it('makes no character up where the end cuts one', async () => {
    const bytes = encode('data: 1\n\ndata: "ü');
    expect(await dataOf(bodyOf([bytes.slice(0, -1)]).stream)).toEqual(['1']);
  });

  it('refuses bytes that are no UTF-8 rather than replace them, and what came before stands', async () => {
    const body = bodyOf([encode('data: 1\n\n'), Uint8Array.of(0x64, 0xff, 0x0a)], 'open');
    const events = readEvents(body.stream, responseContext(), { clock: fakeClock() });
    expect((await events.next()).value).toMatchObject({ data: '1' });
    await expect(events.next()).rejects.toMatchObject({ code: 'malformed-response', provider: 'routellm' });
    expect(body.cancelled()).toBe(true);
  });

  it('passes the error of a broken body on', async () => {
    await expect(dataOf(bodyOf([encode('data: 1\n\n')], 'fail').stream)).rejects.toThrow('terminated');
  });

  describe('events over 1 MiB', () => {
    const MIB = 2 ** 20;
    const line = (length: number): string => `data: ${'x'.repeat(length)}\n\n`;

    it('takes one of exactly that', async () => {
      const [data] = await dataOf(bodyOf([encode(line(MIB))]).stream);
      expect(data).toHaveLength(MIB);
    });

    it.each([
      ['whole in one part', [line(MIB + 1)]],
      ['in many lines', [`data: ${'x'.repeat(1000)}\n`.repeat(1100), '\n']],
      ['in many parts', Array.from({ length: 1100 }, (_, i) => (i === 0 ? 'data: ' : '') + 'x'.repeat(1000))],
    ])('refuses a longer one %s', async (_, parts) => {
      const body = bodyOf(['data: 1\n\n', ...parts].map(encode), 'open');
      const error = await failureOf(body.stream);
      expect(error.code).toBe('malformed-response');
      expect(error.message).toContain('1048576');
      expect(error.message.length).toBeLessThan(300);
      expect(body.cancelled()).toBe(true);
    });

    it('stops reading soon after the limit', async () => {
      const part = encode('x'.repeat(65_536));
      const body = bodyOf(
        Array.from({ length: 1000 }, () => part),
        'open',
      );
      await failureOf(body.stream);
      expect(body.pulled()).toBeLessThan(20);
    });
  });

  it('reads many small events and many in one part', async () => {
    const text = 'data: 1\n\n'.repeat(50_000);
    expect(await dataOf(bodyOf([encode(text)]).stream)).toHaveLength(50_000);
    expect(await dataOf(bodyOf([encode('\n'.repeat(500_000))]).stream)).toHaveLength(0);
  });
});
