import { RouteLLError } from '../../src/errors.js';
import type { ListedModel } from '../../src/types.js';
import type { AccountCredits, Provider, ProviderCallOptions } from '../../src/upstream/provider.js';

type Ask<T> = (options: ProviderCallOptions) => Promise<T>;

/** A provider of which only the pages are asked for. */
export function fakeProvider(pages: {
  readonly models?: Ask<readonly ListedModel[]>;
  readonly account?: Ask<AccountCredits | null>;
}): Provider {
  const refuse = (): Promise<never> => Promise.reject(new RouteLLError('upstream', 'not in this test'));
  return {
    id: 'p',
    baseURL: 'https://llm.example.com/v1',
    group: 'p',
    chat: refuse,
    stream: refuse,
    models: pages.models ?? refuse,
    account: pages.account ?? refuse,
  };
}

/** Never answers; ends with the signal. */
export function hanging({ signal }: ProviderCallOptions): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

export function listedModel(id: string): ListedModel {
  return {
    id,
    ownedBy: null,
    prices: null,
    contextWindow: null,
    maxOutput: null,
    vision: null,
    unlimited: false,
  };
}
