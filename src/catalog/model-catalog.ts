import type { ListedModel, ModelCapability } from '../types.js';
import { pricesOf } from './cost.js';
import { type Listed, Listings } from './listings.js';
import { mergeModel } from './merge.js';
import { checkModelEntry, type ModelEntry } from './model-validation.js';
import { shippedModels } from './shipped.js';

export interface ModelCatalogOptions {
  /** The user's models by name; what they say goes before everything else. */
  readonly models?: Readonly<Record<string, ModelEntry>> | undefined;
  /** Models that bill nothing and keep serving once the balance is gone. */
  readonly unlimitedModels?: readonly string[];
  /** In order of preference: the first that lists a model serves it. @default in the order of their listings */
  readonly providers?: readonly CatalogProvider[];
  /** What is known without the user and the upstream. @default the catalogue of the package */
  readonly shipped?: readonly ModelCapability[];
}

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

/** Where a model can be had. */
export interface ModelOffer {
  /** `null` where no provider lists it: it may know it all the same. */
  readonly provider: string | null;
  /** The name by which the provider lists it. */
  readonly id: string;
  /** What is known of the model there, under the name that was asked for. */
  readonly model: ModelCapability;
}

/** Everything the layers add up to, made once after each change. */
interface View {
  readonly offers: Map<string, readonly ModelOffer[]>;
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
  readonly #providers: readonly CatalogProvider[];
  /** Models held to bill nothing of which a charge was reported all the same. */
  readonly #billed = new Set<string>();
  readonly #listings: Listings;
  #view: View | null = null;

  /** @throws {ConfigurationError} naming `models.<name>.<field>`. */
  constructor(options: ModelCatalogOptions = {}) {
    const { models = {}, unlimitedModels = [], providers = [], shipped = shippedModels } = options;
    this.#providers = providers;
    this.#listings = new Listings(providers.map(({ id }) => id));
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
    this.#listings.apply(providerId, listed);
    this.#view = null;
  }

  /**
   * Where a model can be had, by its name or an alias: the providers that list it under either, in order of
   * preference, or the one that the user's entry names. Never empty.
   */
  offers(name: string): readonly ModelOffer[] {
    const { offers } = this.#current();
    let found = offers.get(name);
    if (found === undefined) offers.set(name, (found = this.#findOffers(name)));
    return found;
  }

  /** A charge was reported for a model that was held to bill nothing: it is priced as listed from now on. */
  markBilled(name: string): void {
    this.#billed.add(this.get(name)?.name ?? name);
    this.#view = null;
  }

  /** How many models a provider lists; `null` where its listing was not read. */
  countListed(providerId: string): number | null {
    return this.#listings.count(providerId);
  }

  /** Whether the user gave an entry for exactly this name. */
  isConfigured(name: string): boolean {
    return this.#user.has(name);
  }

  /** Whether the model's provider lists exactly this id; `null` where no listing was read. */
  isListed(name: string): boolean | null {
    const provider = this.#user.get(name)?.provider;
    if (provider !== undefined) return this.#listings.has(provider, name);
    if (this.#listings.isEmpty) return null;
    return this.#listings.find([name], undefined) !== undefined;
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
      priced.filter(
        ({ name }) => (this.isConfigured(name) || this.isListed(name) === true) && this.#isReachable(name),
      ),
    );
    const routable = this.#listings.isEmpty
      ? priced.filter(({ name, legacy }) => this.isConfigured(name) || legacy !== true)
      : forAuto;
    return {
      offers: new Map(),
      byName,
      nameOfAlias: this.#indexAliases(byName),
      list,
      forAuto: Object.freeze(forAuto),
      routable: Object.freeze(routable),
    };
  }

  #names(): ReadonlySet<string> {
    const names = new Set(this.#shipped.keys());
    for (const id of this.#listings.ids()) names.add(id);
    for (const name of this.#user.keys()) names.add(name);
    for (const name of this.#removed) names.delete(name);
    return names;
  }

  #merge(name: string): ModelCapability {
    const user = this.#user.get(name);
    return this.#mergeAt(name, this.#listings.find([name, ...(user?.aliases ?? [])], user?.provider));
  }

  /** What is known of a model at the provider of a listing. */
  #mergeAt(name: string, at: Listed | undefined): ModelCapability {
    const user = this.#user.get(name);
    const ids = [name, ...(user?.aliases ?? [])];
    const shippedName = ids.map((id) => this.#shippedNameOf(id)).find((found) => found !== undefined);
    const { unlimitedModels = [], premiumModels = [] } =
      this.#providers.find(({ id }) => id === at?.provider) ?? {};
    const known = at === undefined ? ids : [...ids, at.listed.id];
    return mergeModel(name, {
      user,
      provider: at?.provider,
      listed: at?.listed,
      shipped: shippedName === undefined ? undefined : this.#shipped.get(shippedName),
      // Held to bill nothing only where somebody is known to have it: a list, or the user.
      unlimited:
        (at !== undefined || user !== undefined) &&
        known.some((id) => this.#unlimited.has(id) || unlimitedModels.includes(id)),
      premium: known.some((id) => premiumModels.includes(id)),
      billed: this.#billed.has(name),
    });
  }

  /** Not where the user's entry names a provider that is switched off. */
  #isReachable(name: string): boolean {
    const pinned = this.#user.get(name)?.provider;
    return pinned === undefined || this.#providers.find(({ id }) => id === pinned)?.enabled !== false;
  }

  #findOffers(name: string): readonly ModelOffer[] {
    const known = this.get(name) ?? { name };
    const pinned = this.#user.get(known.name)?.provider;
    const ids = [name, known.name, ...(known.aliases ?? [])];
    const providers = pinned === undefined ? this.#listings.providers() : [pinned];
    const offers = providers.flatMap((provider): ModelOffer[] => {
      const at = this.#listings.find(ids, provider);
      if (at === undefined) return [];
      return [{ provider, id: at.listed.id, model: { ...this.#mergeAt(known.name, at), name } }];
    });
    return offers.length > 0 ? offers : [{ provider: pinned ?? null, id: name, model: { ...known, name } }];
  }

  #shippedNameOf(id: string): string | undefined {
    return this.#shipped.has(id) ? id : this.#shippedNameOfAlias.get(id);
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
