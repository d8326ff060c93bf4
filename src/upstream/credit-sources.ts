import type { AccountCredits } from './provider.js';
import { isObject } from './response.js';

/**
 * Where a service says what an account has left, and what that page means. It names a path only: the provider
 * asks it with its own key at its own address, so that no source can send a key elsewhere.
 */
export interface CreditSource {
  /** Of the page, as `/credits`; `null` where there is none. */
  readonly path: string | null;
  /** Whether the path stands beside the version that ends the base URL, as `/key/info` beside `/v1`. @default below it */
  readonly besideVersion?: boolean;
  /** What the page says, in one unit; `null` where that cannot be told. Whatever else the page holds is dropped. */
  read(page: unknown): AccountCredits | null;
}

/** The services whose pages are known, and `none`, which asks nobody. */
export type CreditSourceName = 'abacus' | 'openrouter' | 'litellm' | 'deepseek' | 'vercel' | 'none';

/** How far the page of the RouteLLM API lags behind, as measured. */
const ABACUS_LAG_SECONDS = 3600;

/** Where the shapes come from: the services' own documentation, and for Abacus its client. */
const creditSources: Readonly<Record<CreditSourceName, CreditSource>> = {
  abacus: { path: '/account', read: readAbacus },
  openrouter: { path: '/key', read: readOpenRouter },
  litellm: { path: '/key/info', besideVersion: true, read: readLiteLLM },
  deepseek: { path: '/user/balance', besideVersion: true, read: readDeepSeek },
  vercel: { path: '/credits', read: readVercel },
  none: { path: null, read: () => null },
};

export const CREDIT_SOURCE_NAMES = Object.keys(creditSources) as readonly CreditSourceName[];

/** The source of a name; one that is given whole is itself. */
export function creditSourceOf(source: CreditSourceName | CreditSource): CreditSource {
  return typeof source === 'string' ? creditSources[source] : source;
}

const SOURCES_BY_HOST: readonly (readonly [host: string, source: CreditSourceName])[] = [
  ['openrouter.ai', 'openrouter'],
  ['deepseek.com', 'deepseek'],
  ['ai-gateway.vercel.sh', 'vercel'],
];

/**
 * The source that fits an address. Who is not known is asked as the RouteLLM API is: others answer that they have
 * no such page. A LiteLLM proxy stands at any address, and must be named.
 */
export function creditSourceAt(baseURL: string): CreditSourceName {
  const { hostname } = new URL(baseURL);
  const known = SOURCES_BY_HOST.find(([host]) => hostname === host || hostname.endsWith(`.${host}`));
  return known?.[1] ?? 'abacus';
}

/** Where the page of a source is, to be put after the base URL; `null` where there is none. */
export function creditPath({ path, besideVersion }: CreditSource, baseURL: string): string | null {
  if (path === null) return null;
  const isVersioned = /\/(?:v\d{1,3}|beta)$/.test(new URL(baseURL).pathname);
  return besideVersion === true && isVersioned ? `/..${path}` : path;
}

/** What a page says: what a source makes nothing of, or throws at, is unknown. */
export function readCreditPage(source: CreditSource, page: unknown): AccountCredits | null {
  try {
    return source.read(page);
  } catch {
    return null;
  }
}

function readAbacus(page: unknown): AccountCredits | null {
  if (!isObject(page)) return null;
  const usedCredits = amountOf(page['credits_used']);
  const grantedCredits = amountOf(page['credits_granted']);
  if (usedCredits === null && grantedCredits === null) return null;
  const plan = typeof page['plan'] === 'string' ? page['plan'] : null;
  return { usedCredits, grantedCredits, plan, unit: 'credits', lagSeconds: ABACUS_LAG_SECONDS };
}

/** `usage` counts from the first day of the key, its limit may start anew: what is used of it is what is missing. */
function readOpenRouter(page: unknown): AccountCredits | null {
  const key = partOf(page, 'data');
  if (key === null) return null;
  const limit = amountOf(key['limit']);
  const left = amountOf(key['limit_remaining']);
  if (limit !== null && left !== null && left <= limit) {
    return inUsd({ usedCredits: limit - left, grantedCredits: limit, remainingCredits: left });
  }
  return inUsd({ usedCredits: amountOf(key['usage']), grantedCredits: null, remainingCredits: null });
}

function readLiteLLM(page: unknown): AccountCredits | null {
  const key = partOf(page, 'info');
  return key === null
    ? null
    : inUsd({ usedCredits: amountOf(key['spend']), grantedCredits: amountOf(key['max_budget']) });
}

function readVercel(page: unknown): AccountCredits | null {
  if (!isObject(page)) return null;
  return inUsd({
    usedCredits: amountOf(page['total_used']),
    grantedCredits: null,
    remainingCredits: amountOf(page['balance']),
  });
}

/** An account may hold several currencies: of two that hold something nobody knows which one is spent. */
function readDeepSeek(page: unknown): AccountCredits | null {
  const listed = isObject(page) ? page['balance_infos'] : null;
  if (!Array.isArray(listed)) return null;
  const balances = (listed as unknown[]).map(currencyBalance);
  const known = balances.filter((balance) => balance !== null);
  if (known.length < balances.length) return null;
  const filled = known.filter(({ amount }) => amount > 0);
  const [balance = known[0]] = filled;
  if (balance === undefined || filled.length > 1) return null;
  const { amount: remainingCredits, unit } = balance;
  return { usedCredits: null, grantedCredits: null, remainingCredits, unit, plan: null };
}

function currencyBalance(value: unknown): { readonly unit: string; readonly amount: number } | null {
  if (!isObject(value)) return null;
  const { currency, total_balance: total } = value;
  const amount = amountOf(total);
  if (amount === null || typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) return null;
  return { unit: currency.toLowerCase(), amount };
}

function inUsd(figures: Omit<AccountCredits, 'unit' | 'plan'>): AccountCredits | null {
  const { usedCredits, grantedCredits, remainingCredits = null } = figures;
  if (usedCredits === null && grantedCredits === null && remainingCredits === null) return null;
  return { ...figures, unit: 'usd', plan: null };
}

function partOf(page: unknown, name: string): Record<string, unknown> | null {
  const part = isObject(page) ? page[name] : null;
  return isObject(part) ? part : null;
}

/** Money is a number, or a text that is nothing but one: `12,50`, `$5`, `1e3` and `-3` are unknown. */
const PLAIN_AMOUNT = /^\d{1,15}(?:\.\d{1,20})?$/;

function amountOf(value: unknown): number | null {
  const amount = typeof value === 'string' && PLAIN_AMOUNT.test(value) ? Number(value) : value;
  return typeof amount === 'number' && Number.isFinite(amount) && amount >= 0 ? amount : null;
}
