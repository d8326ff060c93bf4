import type { Exchange } from '../exchange.js';
import type { Frame } from '../frames.js';
import type { JsonObject } from '../json.js';
import type { FaultVariant } from './fields.js';
import type { FaultGroup } from './implementation.js';
import { choicesOf, edited, extraEvent, mapped, valueOf } from './reshape.js';

/** Faults of what the chunks of a stream, or a whole answer, say. */
export const chunkFaults = {
  /** What is said of the tokens that were spent. */
  usage: {
    variants: [
      'missing',
      'null',
      'zero',
      'twice',
      'decreasing',
      'every-chunk',
      'with-finish',
      'after-finish',
    ],
    frames: (frames, exchange, { variant = 'missing' }) => {
      const usage = exchange.usage;
      if (usage === null) return frames;
      const change = (USAGES[variant] ?? (() => (frame: Frame) => frame))(usage, exchange);
      return mapped(frames, (frame) => (frame.stage === 'body' ? bodyUsage(frame, variant) : change(frame)));
    },
  },
  /** Tool calls in a stream that are legal, and hard to put together. */
  'odd-tool-calls': {
    variants: ['one-byte-arguments', 'index-gap', 'huge-index'],
    frames: (frames, _exchange, { variant = 'one-byte-arguments' }) =>
      mapped(frames, (frame) => (frame.stage === 'delta' ? oddToolCall(frame, variant) : frame)),
  },
  /** Choices that nobody asked for, or under another index. */
  'odd-choices': {
    variants: ['interleaved', 'wrong-index', 'finish-on-one'],
    frames: (frames, _exchange, { variant = 'interleaved' }) =>
      mapped(frames, (frame) => oddChoices(frame, variant)),
  },
} satisfies FaultGroup;

type UsageChange = (usage: JsonObject, exchange: Exchange) => (frame: Frame) => Frame | Iterable<Frame>;

const onUsageChunk =
  (change: (usage: JsonObject, frame: Frame) => Iterable<Frame>): UsageChange =>
  (usage) =>
  (frame) =>
    frame.stage === 'usage' ? change(usage, frame) : frame;

const withUsage = (frame: Frame, usage: JsonObject | null): Frame =>
  edited(frame, (value) => ({ ...value, usage }));

/** What becomes of the chunks of a stream. */
const USAGES: Partial<Record<FaultVariant, UsageChange>> = {
  missing: () => (frame) => (frame.stage === 'usage' ? [] : without(frame, 'usage')),
  null: onUsageChunk((_usage, frame) => [withUsage(frame, null)]),
  zero: onUsageChunk((usage, frame) => [withUsage(frame, scaled(usage, 0))]),
  twice: onUsageChunk((_usage, frame) => [frame, frame]),
  decreasing: onUsageChunk((usage, frame) => [withUsage(frame, scaled(usage, 2)), frame]),
  'every-chunk':
    (usage, { spent }) =>
    (frame) => {
      if (frame.stage === 'usage') return frame;
      const output = spent.visible + spent.reasoning + frame.tokens + frame.reasoningTokens;
      return withUsage(frame, usageSoFar(usage, output));
    },
  'with-finish': (usage) => (frame) => {
    if (frame.stage === 'usage') return [];
    return frame.stage === 'finish' ? withUsage(frame, usage) : frame;
  },
  'after-finish': (usage) => (frame) => {
    if (frame.stage === 'usage') return [];
    return frame.stage === 'finish' ? [frame, extraEvent(usageChunk(frame, usage))] : frame;
  },
};

function usageSoFar(usage: JsonObject, output: number): JsonObject {
  return {
    ...usage,
    completion_tokens: output,
    total_tokens: Number(usage['prompt_tokens']) + output,
  };
}

function usageChunk(frame: Frame, usage: JsonObject): object {
  return { ...valueOf(frame), choices: [], usage };
}

function bodyUsage(frame: Frame, variant: FaultVariant): Frame {
  if (variant === 'missing') return without(frame, 'usage');
  if (variant === 'null') return withUsage(frame, null);
  if (variant !== 'zero') return frame;
  return edited(frame, (value) => ({ ...value, usage: scaled(value['usage'] as JsonObject, 0) }));
}

/** The frame without a member of its JSON. */
function without(frame: Frame, member: string): Frame {
  return edited(frame, (value) => ({ ...value, [member]: undefined }));
}

/** Every number times a factor, the nested ones too. */
function scaled(usage: JsonObject, factor: number): JsonObject {
  return JSON.parse(JSON.stringify(usage), (_key, value: unknown) =>
    typeof value === 'number' ? value * factor : value,
  ) as JsonObject;
}

function oddToolCall(frame: Frame, variant: FaultVariant): Frame | readonly Frame[] {
  if (variant !== 'one-byte-arguments') {
    const indexOf = (index: number): number => (variant === 'index-gap' ? index * 3 + 2 : index + 2 ** 31);
    return edited(frame, (value) =>
      withToolCalls(value, (call) => ({ ...call, index: indexOf(Number(call['index'])) })),
    );
  }
  const text = choicesOf(valueOf(frame) ?? {})
    .flatMap((choice) => callsOf(choice) ?? [])
    .map((call) => (call['function'] as { readonly arguments: string }).arguments)
    .join('');
  if (text.length < 2) return frame;
  return Array.from(text, (character, index) => ({
    ...edited(frame, (value) =>
      withToolCalls(value, (call) => ({ ...call, function: { arguments: character } })),
    ),
    // What the frame costs is spent with its first piece.
    ...(index === 0 ? {} : { tokens: 0, reasoningTokens: 0 }),
  }));
}

function withToolCalls(value: JsonObject, change: (call: JsonObject) => JsonObject): JsonObject {
  const changed = choicesOf(value).map((choice) => {
    const calls = callsOf(choice);
    if (calls === undefined) return choice;
    return { ...choice, delta: { ...(choice['delta'] as JsonObject), tool_calls: calls.map(change) } };
  });
  return { ...value, choices: changed };
}

function callsOf(choice: JsonObject): readonly JsonObject[] | undefined {
  return (choice['delta'] as JsonObject)['tool_calls'] as readonly JsonObject[] | undefined;
}

function oddChoices(frame: Frame, variant: FaultVariant): Frame | readonly Frame[] {
  if (frame.stage === 'usage' || frame.stage === 'done') return frame;
  if (variant === 'wrong-index') {
    return edited(frame, (value) => ({
      ...value,
      choices: choicesOf(value).map((choice) => ({ ...choice, index: Number(choice['index']) + 7 })),
    }));
  }
  const neverEnds = variant === 'finish-on-one';
  const second = (choice: JsonObject): JsonObject => ({
    ...choice,
    index: Number(choice['index']) + 1,
    ...(neverEnds ? { finish_reason: null } : {}),
  });
  if (frame.stage === 'body') {
    return edited(frame, (value) => ({
      ...value,
      choices: choicesOf(value).flatMap((choice) => [choice, second(choice)]),
    }));
  }
  if (frame.stage === 'finish' && neverEnds) return frame;
  const copy = edited(frame, (value) => ({ ...value, choices: choicesOf(value).map(second) }));
  return [frame, { ...copy, tokens: 0, reasoningTokens: 0 }];
}
