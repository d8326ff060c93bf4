import type { ListedModel, ModelCapability } from '../types.js';
import { pricesOf } from './cost.js';
import { mergeModel } from './merge.js';
import { checkModelEntry, type ModelEntry } from './model-validation.js';
import { shippedModels } from './shipped.js';

export interface ModelCatalogOptions {
  /** The user's models by name; what they say goes before everything else. */
  readonly models?: Readonly<Record<string, ModelEntry>> | undefined;
  /** Models that bill nothing and keep serving once the balance is gone. */
  readonly unlimitedModels?: readonly string[];
  /** What is known without the user and the upstream. @default the catalogue of the package */
  readonly shipped?: readonly ModelCapability[];
}

/** Everything the layers add up to, made once after each change. */
interface View {
  readonly byName: ReadonlyMap<string, ModelCapability>;
  readonly nameOfAlias: ReadonlyMap<string, string>;
  readonly list: readonly ModelCapability[];
  readonly forAuto: readonly ModelCapability[];
  readonly routable: readonly ModelCapability[];
}

/**
 * What is known of each model. A Map of capabilities by name, in layers: the user's entries, then the
 * upstream's listing, then the shipped catalogue; what none of them says is unknown, never 0. Aliases
 * resolve in `get` and `has`.
 */
export class ModelCatalog implements Iterable<[string, ModelCapability]> {
  readonly #shipped: ReadonlyMap<string, ModelCapability>;
  readonly #shippedNameOfAlias = new Map<string, string>();
  readonly #user = new Map<string, ModelEntry>();
  readonly #removed = new Set<string>();
  readonly #unlimited: ReadonlySet<string>;
  /** By provider, then by id. */
  readonly #listings = new Map<string, ReadonlyMap<string, ListedModel>>();
  #view: View | null = null;

  /** @throws {ConfigurationError} naming `models.<name>.<field>`. */
  constructor({ models = {}, unlimitedModels = [], shipped = shippedModels }: ModelCatalogOptions = {}) {
    this.#shipped = new Map(shipped.map((model) => [model.name, model]));
    for (const model of shipped) {
      for (const alias of model.aliases ?? []) this.#shippedNameOfAlias.set(alias, model.name);
    }
    this.#unlimited = new Set(unlimitedModels);
    for (const [name, entry] of Object.entries(models)) this.set(name, entry);
  }

  get size(): number {
    return this.#current().byName.size;
  }

  /** What is known of a model, by its name or an alias; `undefined` where nothing is. */
  get(name: string): ModelCapability | undefined {
    const { byName, nameOfAlias } = this.#current();
    return byName.get(name) ?? byName.get(nameOfAlias.get(name) ?? '');
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /**
   * Adds a model of the user's, or changes what is known of one.
   * @throws {ConfigurationError} naming `models.<name>.<field>`.
   */
  set(name: string, model: ModelEntry): this {
    checkModelEntry(name, model);
    this.#user.set(name, { ...model });
    this.#removed.delete(name);
    this.#view = null;
    return this;
  }

  /** Takes a model out, from whichever layer it came, until it is set again. */
  delete(name: string): boolean {
    if (!this.#current().byName.has(name)) return false;
    this.#user.delete(name);
    this.#removed.add(name);
    this.#view = null;
    return true;
  }

  keys(): MapIterator<string> {
    return this.#current().byName.keys();
  }

  values(): MapIterator<ModelCapability> {
    return this.#current().byName.values();
  }

  entries(): MapIterator<[string, ModelCapability]> {
    return this.#current().byName.entries();
  }

  [Symbol.iterator](): MapIterator<[string, ModelCapability]> {
    return this.entries();
  }

  /** Every known model, legacy ones included. The same array until something changes. */
  list(): readonly ModelCapability[] {
    return this.#current().list;
  }

  /** Takes over what a provider lists, in place of what it listed before. */
  applyListing(providerId: string, listed: readonly ListedModel[]): void {
    this.#listings.set(providerId, new Map(listed.map((model) => [model.id, model])));
    this.#view = null;
  }

  /** Whether the user gave an entry for exactly this name. */
  isConfigured(name: string): boolean {
    return this.#user.has(name);
  }

  /** Whether the model's provider lists exactly this id; `null` where no listing was read. */
  isListed(name: string): boolean | null {
    const provider = this.#user.get(name)?.provider;
    if (provider !== undefined) return this.#listings.get(provider)?.has(name) ?? null;
    if (this.#listings.size === 0) return null;
    return this.#listingOf([name], undefined) !== undefined;
  }

  /**
   * The models `auto` considers: configured or listed, of known price, and not routing by themselves.
   * Of several listed ids of one shipped model only the first counts. Empty until a listing was
   * read, unless models are configured.
   */
  candidatesForAuto(): readonly ModelCapability[] {
    return this.#current().forAuto;
  }

  /**
   * What a router on its own chooses from: `candidatesForAuto()` once a listing was read; before that
   * the shipped models as well, without the legacy ones.
   */
  routable(): readonly ModelCapability[] {
    return this.#current().routable;
  }

  #current(): View {
    this.#view ??= this.#makeView();
    return this.#view;
  }

  #makeView(): View {
    const byName = new Map<string, ModelCapability>();
    for (const name of this.#names()) byName.set(name, this.#merge(name));
    const list = Object.freeze([...byName.values()]);
    const priced = list.filter((model) => model.routesItself !== true && pricesOf(model) !== null);
    const forAuto = this.#oncePerShippedModel(
      priced.filter(({ name }) => this.isConfigured(name) || this.isListed(name) === true),
    );
    const routable =
      this.#listings.size > 0
        ? forAuto
        : priced.filter(({ name, legacy }) => this.isConfigured(name) || legacy !== true);
    return {
      byName,
      nameOfAlias: this.#indexAliases(byName),
      list,
      forAuto: Object.freeze(forAuto),
      routable: Object.freeze(routable),
    };
  }

  #names(): ReadonlySet<string> {
    const names = new Set(this.#shipped.keys());
    for (const listing of this.#listings.values()) for (const id of listing.keys()) names.add(id);
    for (const name of this.#user.keys()) names.add(name);
    for (const name of this.#removed) names.delete(name);
    return names;
  }

  #merge(name: string): ModelCapability {
    const user = this.#user.get(name);
    const ids = [name, ...(user?.aliases ?? [])];
    const [provider, listed] = this.#listingOf(ids, user?.provider) ?? [undefined, undefined];
    const shippedName = ids.map((id) => this.#shippedNameOf(id)).find((found) => found !== undefined);
    return mergeModel(name, {
      user,
      provider,
      listed,
      shipped: shippedName === undefined ? undefined : this.#shipped.get(shippedName),
      unlimited: ids.some((id) => this.#unlimited.has(id)),
    });
  }

  #shippedNameOf(id: string): string | undefined {
    return this.#shipped.has(id) ? id : this.#shippedNameOfAlias.get(id);
  }

  /** The first provider that lists the model under one of its ids, and what it says. */
  #listingOf(
    ids: readonly string[],
    provider: string | undefined,
  ): readonly [provider: string, listed: ListedModel] | undefined {
    for (const [providerId, listing] of this.#listings) {
      if (provider !== undefined && provider !== providerId) continue;
      const id = ids.find((candidate) => listing.has(candidate));
      const listed = id === undefined ? undefined : listing.get(id);
      if (listed !== undefined) return [providerId, listed];
    }
    return undefined;
  }

  #oncePerShippedModel(models: readonly ModelCapability[]): readonly ModelCapability[] {
    const seen = new Set<string>();
    return models.filter(({ name }) => {
      const shippedName = this.#shippedNameOf(name);
      if (shippedName === undefined || this.isConfigured(name)) return true;
      if (seen.has(shippedName)) return false;
      seen.add(shippedName);
      return true;
    });
  }

  /** Names go before aliases; of models with one alias, those configured, then those listed. */
  #indexAliases(byName: ReadonlyMap<string, ModelCapability>): ReadonlyMap<string, string> {
    const rank = (name: string): number =>
      this.isConfigured(name) ? 0 : this.isListed(name) === true ? 1 : 2;
    const byRank = [...byName.values()].sort((a, b) => rank(a.name) - rank(b.name));
    const index = new Map<string, string>();
    for (const { name, aliases } of byRank) {
      for (const alias of aliases ?? []) if (!index.has(alias)) index.set(alias, name);
    }
    return index;
  }
}
