/** A signed-in session as the server gives it; the access token lives in memory only. */
export interface Grant {
  access_token: string;
  /** Seconds from now. */
  expires_in: number;
}

export interface TokenKeeperOptions<G extends Grant> {
  /** POST /api/v1/auth/refresh: the new grant, or null when the cookie is no longer good. May throw on network errors. */
  refresh: () => Promise<G | null>;
  now?: () => number;
  schedule?: (run: () => void, delayMs: number) => unknown;
  unschedule?: (handle: unknown) => void;
}

const EARLY_MS = 60_000;
const RETRY_MS = 5_000;

/**
 * Holds the access token and renews it ahead of its end. However many calls need a token at the same moment,
 * one refresh is in flight: the cookie is rotated, so two at once would look like a stolen cookie.
 */
export class TokenKeeper<G extends Grant> {
  private grant: G | null = null;
  private expiresAt = 0;
  private inFlight: Promise<G | null> | null = null;
  private timer: unknown = null;
  private epoch = 0;
  private readonly listeners = new Set<(grant: G | null) => void>();
  private readonly now: () => number;
  private readonly schedule: (run: () => void, delayMs: number) => unknown;
  private readonly unschedule: (handle: unknown) => void;

  constructor(private readonly options: TokenKeeperOptions<G>) {
    this.now = options.now ?? Date.now;
    this.schedule = options.schedule ?? ((run, delay) => setTimeout(run, delay));
    this.unschedule =
      options.unschedule ?? ((handle) => clearTimeout(handle as ReturnType<typeof setTimeout>));
  }

  onChange(listener: (grant: G | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Takes the grant of a sign-in, or null at sign-out; a refresh still in flight is then ignored. */
  set(grant: G | null): void {
    this.epoch += 1;
    this.inFlight = null;
    this.store(grant);
  }

  /** A token that is good for a few seconds yet, refreshed first if need be; null when signed out. */
  async token(): Promise<string | null> {
    if (this.grant && this.now() < this.expiresAt - 5_000) return this.grant.access_token;
    const grant = await this.refresh();
    return grant?.access_token ?? null;
  }

  /** After a 401: a newer token than the one that failed, or null. */
  async replace(failed: string): Promise<string | null> {
    if (this.grant && this.grant.access_token !== failed) return this.grant.access_token;
    const grant = await this.refresh();
    return grant?.access_token ?? null;
  }

  refresh(): Promise<G | null> {
    if (this.inFlight) return this.inFlight;
    const epoch = this.epoch;
    const flight = this.options
      .refresh()
      .then((grant) => {
        if (epoch !== this.epoch) return this.grant;
        this.store(grant);
        return grant;
      })
      .finally(() => {
        if (this.inFlight === flight) this.inFlight = null;
      });
    this.inFlight = flight;
    return flight;
  }

  private store(grant: G | null): void {
    if (this.timer !== null) this.unschedule(this.timer);
    this.timer = null;
    this.grant = grant;
    if (grant) {
      const lifeMs = grant.expires_in * 1000;
      this.expiresAt = this.now() + lifeMs;
      this.arm(Math.max(lifeMs - EARLY_MS, lifeMs / 2));
    }
    for (const listener of this.listeners) listener(grant);
  }

  // A failed renewal (network down) is tried again while the token still holds; after that the next call asks.
  private arm(delayMs: number): void {
    this.timer = this.schedule(() => {
      this.timer = null;
      this.refresh().catch(() => {
        if (this.now() + RETRY_MS < this.expiresAt) this.arm(RETRY_MS);
      });
    }, delayMs);
  }
}
