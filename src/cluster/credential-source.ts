import { isDeepStrictEqual } from 'node:util';
import type { ClusterSettings } from '../model/settings.js';
import { readToken, resolveCredentials, type CredentialProvider, type Credentials } from './credentials.js';
import { selectCluster } from './kubeconfig.js';
import type { ClusterEnvironment, ClusterOptions, Timeouts } from './options.js';

/** Renewed this long before they expire, so that no request meets the end. */
const EARLY_MS = 60_000;
/** After a refresh that a 401 asked for, further ones wait this long: a plugin is no hot loop. */
const REFRESH_PAUSE_MS = 10_000;

/**
 * The credentials in force. Renewed before they expire, when a token file changes (looked at each minute) and when a
 * server answers 401. Many requests that ask at once share one renewal.
 */
export class CredentialSource implements CredentialProvider {
  readonly #resolve: (signal: AbortSignal) => Promise<Credentials>;
  readonly #timeouts: Timeouts;
  readonly #ending: AbortController;
  #current: Credentials | undefined;
  #renewal: Promise<Credentials> | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #tokenReadAt = Number.NEGATIVE_INFINITY;
  /** A 401 has asked for a renewal before. */
  #wasRefused = false;

  constructor(settings: ClusterSettings, environment: ClusterEnvironment, options: { readonly timeouts: Timeouts } & Pick<ClusterOptions, 'parseYaml'>) {
    this.#timeouts = options.timeouts;
    this.#ending = new AbortController();
    this.#resolve = async (signal) =>
      resolveCredentials(selectCluster(settings, environment, options.parseYaml), environment, options.timeouts, signal);
  }

  async current(): Promise<Credentials> {
    const held = this.#current;
    const now = performance.now();
    if (held === undefined || (this.#expires(held) && now - this.#renewedAt > REFRESH_PAUSE_MS)) return this.#renew();
    if (held.tokenFile !== undefined && now - this.#tokenReadAt > this.#timeouts.tokenFileMs) return this.#renewToken(held);
    return held;
  }

  async after401(used: Credentials): Promise<Credentials | null> {
    if (this.#current !== undefined && this.#current !== used) return this.#current;
    if (this.#renewal === undefined && performance.now() - this.#renewedAt < REFRESH_PAUSE_MS && this.#wasRefused) return null;
    this.#wasRefused = true;
    const renewed = await this.#renew();
    return renewed === used ? null : renewed;
  }

  /** Ends a plugin that is still asked. */
  close(): void {
    this.#ending.abort(new Error('closed'));
  }

  #expires(held: Credentials): boolean {
    return held.tokenFile === undefined && held.expiresAt !== undefined && held.expiresAt - EARLY_MS < Date.now();
  }

  #renew(): Promise<Credentials> {
    this.#renewal ??= this.#resolve(this.#ending.signal)
      .then((renewed) => this.#take(renewed))
      .finally(() => {
        this.#renewal = undefined;
      });
    return this.#renewal;
  }

  /** The token file again, which is cheap; while it cannot be read, the token that we hold may still be good. */
  #renewToken(held: Credentials): Promise<Credentials> {
    this.#renewal ??= readToken(held.tokenFile ?? '', held.source)
      .then((token) => this.#take({ ...held, headers: { ...held.headers, authorization: `Bearer ${token}` } }))
      .catch(() => this.#take(held))
      .finally(() => {
        this.#renewal = undefined;
      });
    return this.#renewal;
  }

  /** Equal credentials stay the same object, so that identity means "nothing changed". */
  #take(renewed: Credentials): Credentials {
    this.#renewedAt = this.#tokenReadAt = performance.now();
    const held = this.#current;
    if (held === undefined || !isDeepStrictEqual(renewed, held)) this.#current = renewed;
    return this.#current ?? renewed;
  }
}
