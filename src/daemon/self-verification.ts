import type { Mirror } from '../capture/mirror.js';
import { readTypes } from '../capture/meta-files.js';
import { openHistory } from '../git/open-history.js';
import type { LiveFinding } from '../inspect/live/live-comparison.js';
import { PATIENCE_BEYOND_WINDOW_MS, verify } from '../inspect/live/verify.js';
import { verificationResult, type Verification } from '../inspect/live/verification.js';
import { Selection } from '../inspect/selection.js';
import type { Clock } from '../lib/clock.js';
import { codeOf, messageOf } from '../lib/errors.js';
import { escapeLine } from '../lib/escape.js';
import type { Logger } from '../lib/log.js';
import type { ClusterReader } from '../model/cluster-reader.js';
import type { Metrics } from '../model/metrics.js';
import { typeName } from '../model/resource-type.js';
import type { Settings } from '../model/settings.js';
import type { StatusVerification } from '../model/status-report.js';
import { repositoryPath } from './mirror-run.js';
import { mirrorPolicy } from './policy.js';

/** Beside the mirror, so that its events are not held up by canonicalising. */
const THREADS = 1;
/** Two daemons that were started together do not verify together. */
const JITTER = 0.1;
/** Between two looks whether the first complete sync is done. */
const SYNC_MS = 1_000;
/** Objects and types that a log line names. */
const NAMED = 20;

export interface SelfVerificationDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** What is verified: a mirror that follows, and how to reach its cluster. */
export interface Verified {
  readonly settings: Settings;
  readonly mirror: Pick<Mirror, 'synced'>;
  readonly reader: ClusterReader;
}

/**
 * The daemon doubts itself: every `verify.every` it lists the cluster afresh, beside the mirror, and compares it with the
 * repository, read as anybody reads it. What differs is a silent loss, which must not stay silent; a failure is counted
 * and said, and ends nothing.
 */
export class SelfVerification {
  readonly #deps: SelfVerificationDeps;
  #last: StatusVerification | null = null;

  constructor(deps: SelfVerificationDeps) {
    this.#deps = deps;
  }

  /** The last one that came to a result; null: none did yet. */
  get last(): StatusVerification | null {
    return this.#last;
  }

  /** Until the signal aborts; never rejects. The first one is due an interval after the first complete sync. */
  async run(verified: Verified, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    const { everyMs } = verified.settings.verify;
    if (everyMs === 0) return;
    try {
      while (!verified.mirror.synced) await clock.sleep(SYNC_MS, signal);
      for (;;) {
        await clock.sleep(everyMs * (1 - JITTER + 2 * JITTER * random()), signal);
        await this.#once(verified, signal);
      }
    } catch (error) {
      if (!signal.aborted) this.#deps.log.error('The daemon no longer verifies itself', { code: codeOf(error), reason: messageOf(error) });
    }
  }

  async #once(verified: Verified, signal: AbortSignal): Promise<void> {
    const { clock, metrics, log } = this.#deps;
    const started = clock.now();
    try {
      const verification = await this.#verify(verified, signal);
      const result = verificationResult(verification);
      const { endedAt, durationMs, commit, counts } = verification;
      this.#last = { at: endedAt, durationMs, oid: commit.oid, result, counts };
      metrics.verified({ result, at: Date.parse(endedAt), durationMs, counts });
      this.#say(verification);
    } catch (error) {
      if (signal.aborted) return;
      metrics.failed(codeOf(error));
      metrics.verified({ result: 'failed', at: clock.now(), durationMs: clock.now() - started, counts: {} });
      log.warn('Could not verify the repository against the cluster; trying again at the next time', { code: codeOf(error), reason: messageOf(error) });
    }
  }

  async #verify({ settings, reader }: Verified, signal: AbortSignal): Promise<Verification> {
    const { clock, log } = this.#deps;
    const path = repositoryPath(settings);
    const { digestKey } = mirrorPolicy(settings, path).policy;
    const history = await openHistory({ location: path, branch: settings.repository.branch, cacheFolder: path, now: () => clock.now() }, signal);
    try {
      const snapshot = history.snapshot(history.head());
      const everything = Selection.everything(readTypes(snapshot));
      return await verify({ reader, history, digestKey, log }, snapshot, everything, {
        reveal: false, followsHead: true, patienceMs: settings.windowMs + PATIENCE_BEYOND_WINDOW_MS, clock, threads: THREADS,
      }, signal);
    } finally {
      history.close();
    }
  }

  #say(verification: Verification): void {
    const { log } = this.#deps;
    const { counts, commit, durationMs, uncovered } = verification;
    const fields = { commit: commit.oid, ms: durationMs, ...counts };
    switch (verificationResult(verification)) {
      case 'equal':
        log.info('Verified: the repository is what the cluster is', fields);
        return;
      case 'incomplete':
        log.warn('Verified: nothing differs, but not everything could be compared', {
          ...fields, types: uncovered.slice(0, NAMED).map(({ type, namespace, reason }) => escapeLine(`${namespace ?? '*'}: ${type}: ${reason}`, 200)),
        });
        return;
      case 'differences':
        log.error('The repository is not what the cluster is: something was lost', { ...fields, objects: differing(verification) });
    }
  }
}

/** Names, never values. */
function differing({ findings }: Verification): string[] {
  const wrong = findings.filter(({ verdict }) => verdict === 'differs' || verdict === 'missing' || verdict === 'extra');
  return wrong.slice(0, NAMED).map(({ verdict, id }: Pick<LiveFinding, 'verdict' | 'id'>) => escapeLine(`${verdict} ${id.namespace}: ${typeName(id)}/${id.name}`, 200));
}
