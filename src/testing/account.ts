/** The credits of the simulated account, to be set at will. */
export interface AccountSettings {
  readonly creditsGranted?: number;
  readonly creditsUsed?: number;
}

interface Charge {
  readonly at: number;
  readonly credits: number;
}

/** The account behind the simulated key. Its page may lag behind, as the real one does. */
export class Account {
  readonly #creditsPerUsd: number;
  readonly #lagMs: number;
  #granted: number;
  #used: number;
  /** Charges that the page may not show yet. */
  #recent: Charge[] = [];

  constructor(options: { granted: number; used: number; creditsPerUsd: number; lagMs: number }) {
    this.#granted = options.granted;
    this.#used = options.used;
    this.#creditsPerUsd = options.creditsPerUsd;
    this.#lagMs = options.lagMs;
  }

  get exhausted(): boolean {
    return this.#used >= this.#granted;
  }

  /** Whole compute points for an amount: 100 are one credit, and what costs anything costs one. */
  pointsFor(costUsd: number): number {
    return Math.max(0, Math.ceil(costUsd * this.#creditsPerUsd * 100 - 1e-9));
  }

  charge(points: number, at: number): void {
    this.#used += points / 100;
    if (this.#lagMs > 0) this.#recent.push({ at, credits: points / 100 });
  }

  set(settings: AccountSettings): void {
    this.#granted = settings.creditsGranted ?? this.#granted;
    if (settings.creditsUsed === undefined) return;
    this.#used = settings.creditsUsed;
    this.#recent = [];
  }

  /** The body of `GET /v1/account`. The person is invented, so that a test can prove it is dropped. */
  page(now: number): object {
    this.#recent = this.#recent.filter((charge) => charge.at > now - this.#lagMs);
    const unseen = this.#recent.reduce((sum, charge) => sum + charge.credits, 0);
    return {
      user_id: 'simulated-user-4711',
      organization_id: 'simulated-organization-42',
      name: 'Simulated Person',
      email: 'simulated.person@example.com',
      picture: 'https://example.com/simulated-person.png',
      organization: 'Simulated Organization',
      plan: 'simulated',
      subscription_tier: 'simulated',
      credits_used: Math.max(0, this.#used - unseen),
      credits_granted: this.#granted,
    };
  }
}
