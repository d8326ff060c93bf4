import type { ListedModel } from '../types.js';

/** What is said of the models of one provider, beside what it lists. */
export interface CatalogProvider {
  readonly id: string;
  /** Off: models that are had from it alone are no candidates. @default true */
  readonly enabled?: boolean;
  /** Models that it does not bill. */
  readonly unlimitedModels?: readonly string[];
  /** Models of its that count as `premium`. */
  readonly premiumModels?: readonly string[];
}

/** A model in the listing of a provider. */
export interface Listed {
  readonly provider: string;
  readonly listed: ListedModel;
}

/** What providers list, by provider and by id. */
export class Listings {
  readonly #preferred: readonly string[];
  readonly #byProvider = new Map<string, ReadonlyMap<string, ListedModel>>();

  /** @param preferred Ids of providers, the first asked first; others come after them as they are read. */
  constructor(preferred: readonly string[]) {
    this.#preferred = preferred;
  }

  /** Whether any listing was read. */
  get isEmpty(): boolean {
    return this.#byProvider.size === 0;
  }

  /** Takes over what a provider lists, in place of what it listed before. */
  apply(provider: string, listed: readonly ListedModel[]): void {
    this.#byProvider.set(provider, new Map(listed.map((model) => [model.id, model])));
  }

  /** Providers whose listing was read, in order of preference. */
  providers(): readonly string[] {
    const preferred = this.#preferred.filter((id) => this.#byProvider.has(id));
    return [...new Set([...preferred, ...this.#byProvider.keys()])];
  }

  /** How many models a provider lists; `null` where its listing was not read. */
  count(provider: string): number | null {
    return this.#byProvider.get(provider)?.size ?? null;
  }

  /** Every id that any provider lists. */
  ids(): readonly string[] {
    return this.providers().flatMap((provider) => [...(this.#byProvider.get(provider)?.keys() ?? [])]);
  }

  /** Whether a provider lists exactly this id; `null` where its listing was not read. */
  has(provider: string, id: string): boolean | null {
    return this.#byProvider.get(provider)?.has(id) ?? null;
  }

  /**
   * The first provider that lists a model under one of its ids, and what it says.
   * @param only The one provider that counts.
   */
  find(ids: readonly string[], only: string | undefined): Listed | undefined {
    for (const provider of only === undefined ? this.providers() : [only]) {
      const listing = this.#byProvider.get(provider);
      const id = ids.find((candidate) => listing?.has(candidate));
      const listed = id === undefined ? undefined : listing?.get(id);
      if (listed !== undefined) return { provider, listed };
    }
    return undefined;
  }
}
