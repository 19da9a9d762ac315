import { isDeepStrictEqual } from 'node:util';
import type { ClusterSettings } from '../model/settings.js';
import { readToken, resolveCredentials, type CredentialProvider, type Credentials } from './credentials.js';
import { kubeconfigError, selectCluster } from './kubeconfig.js';
import type { ClusterEnvironment, ClusterOptions, Timeouts } from './options.js';

type CredentialOptions = { readonly timeouts: Timeouts } & Pick<ClusterOptions, 'parseYaml'>;

/** Renewed this long before they expire, so that no request meets the end. */
const EARLY_MS = 60_000;
/** Between two tries to renew: a plugin is no hot loop. */
const PAUSE_MS = 10_000;

/**
 * The credentials in force. Renewed before they expire, when a token file changes (looked at each minute) and when a
 * server answers 401. Many requests that ask at once share one renewal. Context and server are those of the start: a
 * kubeconfig that names another cluster later would mix two clusters in one mirror.
 */
export class CredentialSource implements CredentialProvider {
  readonly #settings: ClusterSettings;
  readonly #environment: ClusterEnvironment;
  readonly #options: CredentialOptions;
  readonly #ending = new AbortController();
  #context: string | undefined;
  #current: Credentials | undefined;
  #renewal: Promise<Credentials> | undefined;
  /** When a renewal was last tried, by performance.now(). */
  #triedAt = Number.NEGATIVE_INFINITY;
  #tokenReadAt = Number.NEGATIVE_INFINITY;
  /** A 401 has asked for a renewal before. */
  #wasRefused = false;

  constructor(settings: ClusterSettings, environment: ClusterEnvironment, options: CredentialOptions) {
    this.#settings = settings;
    this.#environment = environment;
    this.#options = options;
  }

  current(): Credentials | Promise<Credentials> {
    const held = this.#current;
    if (held === undefined) return this.#renew();
    const now = performance.now();
    if (this.#expires(held) && now - this.#triedAt > PAUSE_MS) return this.#renewEarly(held);
    if (held.tokenFile !== undefined && now - this.#tokenReadAt > this.#options.timeouts.tokenFileMs) return this.#renewToken(held);
    return held;
  }

  async after401(used: Credentials): Promise<Credentials | null> {
    if (this.#current !== undefined && this.#current !== used) return this.#current;
    if (this.#renewal === undefined && this.#wasRefused && performance.now() - this.#triedAt < PAUSE_MS) return null;
    this.#wasRefused = true;
    const renewed = await this.#renew();
    return renewed === used ? null : renewed;
  }

  /** Ends a plugin that is still asked; who waits for it gets the reason. */
  close(reason: unknown = new Error('closed')): void {
    this.#ending.abort(reason);
  }

  #expires(held: Credentials): boolean {
    return held.tokenFile === undefined && held.expiresAt !== undefined && held.expiresAt - EARLY_MS < Date.now();
  }

  /** What we hold is good for a while yet: a renewal that fails is tried again later. */
  async #renewEarly(held: Credentials): Promise<Credentials> {
    try {
      return await this.#renew();
    } catch (error) {
      if (held.expiresAt !== undefined && held.expiresAt > Date.now()) return held;
      throw error;
    }
  }

  #renew(): Promise<Credentials> {
    return this.#share(() => this.#resolve());
  }

  async #resolve(): Promise<Credentials> {
    const { parseYaml, timeouts } = this.#options;
    const settings = this.#context === undefined ? this.#settings : { ...this.#settings, context: this.#context };
    const selection = selectCluster(settings, this.#environment, parseYaml);
    const renewed = await resolveCredentials(selection, this.#environment, timeouts, this.#ending.signal);
    const held = this.#current;
    if (held !== undefined && held.server.href !== renewed.server.href) {
      throw kubeconfigError(`The server of ${renewed.source} changed from ${held.server.href} to ${renewed.server.href}`, 'Start again to follow it, after checking that it is the same cluster');
    }
    this.#context = selection.context;
    return renewed;
  }

  /** The token file again, which is cheap; while it cannot be read, the token that we hold may still be good. */
  #renewToken(held: Credentials): Promise<Credentials> {
    return this.#share(async () => {
      const token = await readToken(held.tokenFile ?? '', held.source).catch(() => undefined);
      return token === undefined ? held : { ...held, headers: { ...held.headers, authorization: `Bearer ${token}` } };
    });
  }

  /** One renewal at a time. Equal credentials stay the same object, so that identity means "nothing changed". */
  #share(renew: () => Promise<Credentials>): Promise<Credentials> {
    this.#renewal ??= renew()
      .then((renewed) => {
        if (this.#current === undefined || !isDeepStrictEqual(renewed, this.#current)) this.#current = renewed;
        return this.#current;
      })
      .finally(() => {
        this.#renewal = undefined;
        this.#triedAt = this.#tokenReadAt = performance.now();
      });
    return this.#renewal;
  }
}
