import type { ModelCatalog } from './catalog/model-catalog.js';
import type { ResolvedProvider } from './config/providers.js';
import type { ProviderFigures, ProviderHealth, ProviderUsage } from './usage-monitor/provider-figures.js';

/** A provider, how it is, and what was asked of it. */
export interface ProviderStatus {
  readonly id: string;
  readonly kind: 'llm_api';
  readonly name: string;
  readonly enabled: boolean;
  readonly baseURL: string;
  readonly docsUrl: string | null;
  /** How many models it lists; `null` until its list was read. */
  readonly models: number | null;
  readonly health: ProviderHealth;
  readonly usage: ProviderUsage;
}

/** What is known of each provider, those switched off included. */
export function listProviders(
  providers: readonly ResolvedProvider[],
  catalog: ModelCatalog,
  figures: ProviderFigures,
): readonly ProviderStatus[] {
  return providers.map(({ id, name, enabled, baseURL, docsUrl }) => ({
    id,
    kind: 'llm_api',
    name,
    enabled,
    baseURL,
    docsUrl,
    models: catalog.countListed(id),
    health: figures.health(id),
    usage: figures.usage(id),
  }));
}
