import { linked } from '../lib/abort.js';
import type { MirrorResult } from '../capture/mirror-types.js';
import type { ConfigError } from '../config/config-error.js';
import { formatMistake } from '../config/config-error.js';
import type { LoadedSettings } from '../config/load.js';
import type { Reload } from '../config/reload.js';
import type { Clock } from '../lib/clock.js';
import { messageOf } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import type { ClusterReader } from '../model/cluster-reader.js';
import type { ExposedMetrics } from '../observe/metrics.js';
import type { Progress } from '../model/progress.js';
import type { Settings } from '../model/settings.js';
import { healthRoutes } from '../server/health.js';
import { startHttpServer, type HttpServer } from '../server/http.js';
import { Churn } from './churn.js';
import { MirrorRun, type MirrorMode } from './mirror-run.js';
import { SelfVerification } from './self-verification.js';
import { daemonStatus } from './status.js';
import { Tally } from './tally.js';

export interface DaemonDeps {
  readonly openCluster: (settings: Settings, signal: AbortSignal) => Promise<ClusterReader>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: ExposedMetrics;
  readonly log: Logger;
  readonly progress: Progress;
  readonly version: string;
  /** Valid changes of the configuration file, and what is wrong with the others. */
  readonly reloads: (signal: AbortSignal) => AsyncIterable<Reload>;
}

/** The mirror as a service: serves its health, follows its configuration, and ends on the signal with everything committed. */
export class Daemon {
  readonly #deps: DaemonDeps;
  readonly #tally: Tally;
  readonly #churn: Churn;
  readonly #verification: SelfVerification;
  readonly #startedAt: number;
  #run: MirrorRun | null = null;
  #reader: ClusterReader | null = null;
  #settings: Settings;
  #next: Settings | null = null;
  #stopping = false;

  constructor(settings: Settings, deps: DaemonDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#tally = new Tally(deps.metrics, deps.log, deps.clock);
    this.#churn = new Churn(deps.clock);
    this.#verification = new SelfVerification({ clock: deps.clock, random: deps.random, metrics: this.#tally.metrics, log: this.#tally.log });
    this.#startedAt = deps.clock.now();
  }

  /** Resolves after the first complete sync (once-synced) or when the signal aborted and all is committed. */
  async run(mode: MirrorMode, signal: AbortSignal): Promise<MirrorResult> {
    const { listen } = this.#settings.serve;
    const server = listen === undefined ? null : await this.#serve(listen);
    let proven = this.#settings;
    try {
      for (;;) {
        try {
          const result = await this.#once(mode, signal);
          proven = this.#settings;
          if (this.#next === null || signal.aborted) return result;
          this.#settings = this.#next;
          this.#deps.log.info('Going on with the changed configuration');
        } catch (error) {
          // A changed configuration that cannot be put into force (a cluster that is not there) must not end the daemon.
          if (this.#settings === proven || signal.aborted || this.#run?.mirror.synced === true) throw error;
          this.#deps.log.error('The changed configuration cannot be put into force; going back to the one before', { reason: messageOf(error) });
          this.#settings = proven;
        }
        this.#next = null;
      }
    } finally {
      this.#stopping = true;
      await server?.close();
    }
  }

  /** One mirror, until it ends, the signal aborts, or the configuration changes. */
  async #once(mode: MirrorMode, signal: AbortSignal): Promise<MirrorResult> {
    using child = linked(signal);
    this.#run = null;
    const reader = await this.#deps.openCluster(this.#settings, child.signal);
    this.#reader = reader;
    const reloads = this.#follow(child);
    let verifying: Promise<void> | undefined;
    try {
      const { clock, random, version, progress } = this.#deps;
      const onCommit = (_: unknown, paths: Iterable<string>): void => this.#churn.committed(paths);
      this.#run = await MirrorRun.open(this.#settings, mode, {
        reader, clock, random, version, progress, onCommit, metrics: this.#tally.metrics, log: this.#tally.log,
      }, child.signal);
      if (mode === 'follow') verifying = this.#verification.run({ settings: this.#settings, mirror: this.#run.mirror, reader }, child.signal);
      return await this.#run.run(child.signal);
    } finally {
      child.abort();
      await reloads;
      await verifying;
      await reader.close();
    }
  }

  /** A valid change ends the present mirror (everything is committed first); a broken one is only said. */
  async #follow(child: { readonly signal: AbortSignal; abort(): void }): Promise<void> {
    try {
      for await (const reload of this.#deps.reloads(child.signal)) {
        if ('error' in reload) this.#sayBroken(reload.error);
        else if (this.#accept(reload.settings)) child.abort();
      }
    } catch (error) {
      if (!child.signal.aborted) this.#deps.log.error('The configuration file is no longer watched', { reason: messageOf(error) });
    }
  }

  #accept({ settings }: LoadedSettings): boolean {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return false;
    if (settings.serve.listen !== this.#settings.serve.listen) this.#deps.log.warn('A changed listen address takes a restart', { listen: settings.serve.listen });
    this.#next = settings;
    return true;
  }

  #sayBroken(error: ConfigError): void {
    this.#tally.log.error('The changed configuration is not valid; the old one stays in force', { reason: error.message, mistakes: error.mistakes.map(formatMistake) });
  }

  #serve(listen: string): Promise<HttpServer> {
    const routes = healthRoutes({ status: () => this.#status(), metrics: () => this.#deps.metrics.exposition() });
    return startHttpServer({ listen, routes, onError: (path, error) => this.#deps.log.error('Could not answer a request', { path, reason: messageOf(error) }) });
  }

  #status(): ReturnType<typeof daemonStatus> {
    return daemonStatus({
      reader: this.#reader, run: this.#run, tally: this.#tally, churn: this.#churn, verification: this.#verification.last, branch: this.#settings.repository.branch,
      version: this.#deps.version, startedAt: this.#startedAt, stopping: this.#stopping,
    });
  }
}
