import type { Budget } from 'routell';
import type { CallPlan } from './chaos-calls.js';

/** The budgets of a round, and the calls that are too many for them. */
export interface CallBudget {
  /** The first is the hard one that is looked at. */
  readonly budgets: readonly [Budget, ...Budget[]];
  readonly unit: 'usd' | 'credits';
  readonly limit: number;
  readonly isPerCall: boolean;
  /** Every answer is as long as its cap, so that no more is reserved than is used. */
  readonly isTight: boolean;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly calls: readonly { readonly content: string; readonly plan: CallPlan }[];
}

const READS = ['whole', 'whole', 'stream', 'stream', 'some of a stream'] as const;
const PERIODS = ['session', 'hour', 'day', 'month', 'call'] as const;
const ZONES = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Australia/Lord_Howe'] as const;
const FALLBACKS = [undefined, [], ['cheap'], ['middle', 'cheap']] as const;
const MODELS = [undefined, 'dear', 'middle', 'cheap'] as const;
const TIGHT_CAPS = [20, 30, 40] as const;
const CAPS = [undefined, 30, 300, 2000] as const;

export interface RoundToDraw {
  /** What the `user` of its requests begins with. */
  readonly name: string;
  readonly calls: number;
  /** The dearest price of output, USD per 1M tokens. */
  readonly dearest: number;
  readonly creditsPerUsd: number;
}

/** A round drawn from the seed: every second one has tight caps. */
export function drawnBudget(
  random: () => number,
  { name, calls, dearest, creditsPerUsd }: RoundToDraw,
): CallBudget {
  const oneOf = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
  const isTight = random() < 0.5;
  const per = isTight ? oneOf(PERIODS.slice(0, 4)) : oneOf(PERIODS);
  const tag = random() < 0.3 ? 'counted' : undefined;
  const unit = random() < 0.3 ? 'credits' : 'usd';
  // As much as some 20 to 60 of the calls cost at the dearest model; of one call, two attempts or so.
  const worth = per === 'call' ? 1 + 2 * random() : calls * (0.1 + 0.2 * random());
  const limitUsd = (worth * (isTight ? 30 : 100) * dearest) / 1e6;
  const limit = unit === 'usd' ? limitUsd : limitUsd * creditsPerUsd;
  const budget: Budget = {
    ...(unit === 'usd' ? { limitUsd: limit } : { limitCredits: limit }),
    per,
    timeZone: oneOf(ZONES),
    ...(tag === undefined ? {} : { tag }),
  };
  const drawnCalls = Array.from({ length: calls }, (_, index) => {
    const fallbacks = oneOf(FALLBACKS);
    const plan: CallPlan = {
      read: oneOf(READS),
      model: oneOf(MODELS),
      cap: oneOf<number | undefined>(isTight ? TIGHT_CAPS : CAPS),
      abortAfterMs: !isTight && random() < 0.125 ? Math.floor(random() * 25) : undefined,
      more: {
        user: `${name}/${index}`,
        ...(fallbacks === undefined ? {} : { fallbacks }),
        ...(tag === undefined ? {} : { tags: [tag] }),
      },
    };
    // The one takes hundreds of tokens, the other a few.
    return { content: isTight ? `Write a story of ${900 + index} words.` : `Count up to ${index}.`, plan };
  });
  return {
    budgets: [budget, { limitUsd: 1, per: 'day', mode: 'soft' }, { limitUsd: 100, per: 'month' }],
    unit,
    limit,
    isPerCall: per === 'call',
    isTight,
    at: Date.UTC(2026, 0, 1) + Math.floor(random() * 3 * 365 * 86_400_000),
    calls: drawnCalls,
  };
}
