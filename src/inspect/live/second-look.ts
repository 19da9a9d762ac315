import { pathOf } from '../../capture/batch.js';
import { META } from '../../capture/meta-files.js';
import { linked } from '../../lib/abort.js';
import type { Clock } from '../../lib/clock.js';
import { messageOf } from '../../lib/errors.js';
import { isObject, type JsonObject } from '../../lib/json.js';
import { Limit } from '../../lib/limit.js';
import { parseJson } from '../../lib/parse-json.js';
import { blobOid } from '../../lib/git-blob.js';
import { ClusterError } from '../../model/cluster-error.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { History, Snapshot } from '../../model/history.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';
import type { LiveFinding } from './live-comparison.js';
import type { LiveScan } from './live-scan.js';

export interface SecondLookDeps {
  readonly reader: ClusterReader;
  readonly history: History;
  readonly scan: LiveScan;
  readonly clock: Clock;
  /** How long a state of an object may be missing from the branch. */
  readonly patienceMs: number;
}

/** Between two looks whether the branch moved. */
const POLL_MS = 50;
const READS = 8;
/** How often an object may change under our eyes before it is given up. */
const MOST_CHANGES = 5;

interface Pending {
  readonly first: LiveFinding;
  finding: LiveFinding;
  /** Since when the object is seen in this state, and how often it changed before. */
  since: number;
  changes: number;
}

/** What became of findings that were looked at again; `after` null: the object is neither live nor in the branch any more. */
export interface SecondFinding {
  readonly before: LiveFinding;
  readonly after: LiveFinding | null;
}

/**
 * Looks again at what differed from the head of a branch that a mirror goes on writing. After each commit the objects that
 * it changed are read again and compared with it; a difference is one when the same live state is missing from the branch
 * for as long as patience lasts. What keeps changing is given up as `held`, never called equal.
 */
export class SecondLook {
  readonly #deps: SecondLookDeps;
  readonly #pending = new Map<string, Pending>();
  readonly #done: SecondFinding[] = [];
  #snapshot: Snapshot;

  constructor(deps: SecondLookDeps, snapshot: Snapshot) {
    this.#deps = deps;
    this.#snapshot = snapshot;
  }

  /** The last head that was compared with. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** ClusterError when the connection is lost, RepositoryError, the signal's reason. */
  async run(findings: readonly LiveFinding[], signal: AbortSignal): Promise<readonly SecondFinding[]> {
    const { clock, history } = this.#deps;
    const since = clock.now();
    for (const finding of findings) this.#pending.set(finding.path, { first: finding, finding, since, changes: 0 });
    while (this.#pending.size > 0) {
      const head = history.refresh();
      const last = this.#snapshot;
      if (head.oid !== last.commit.oid) {
        this.#snapshot = history.snapshot(head);
        if (this.#snapshot.oidAt(META.policy) !== last.oidAt(META.policy)) return this.#giveUp('the rules of the branch changed meanwhile');
        const changed = [...history.changes(last.commit, head)].flatMap(({ path }) => this.#pending.get(path) ?? []);
        await this.#look(changed, false, signal);
        continue;
      }
      const due = clock.now() - this.#deps.patienceMs;
      const overdue = [...this.#pending.values()].filter((each) => each.since <= due);
      if (overdue.length > 0) {
        await this.#deps.scan.relearn(signal);
        await this.#look(overdue, true, signal);
      } else await clock.sleep(POLL_MS, signal);
    }
    return this.#done;
  }

  #giveUp(reason: string): readonly SecondFinding[] {
    for (const each of this.#pending.values()) this.#settle(each, { ...each.finding, verdict: 'held', reason });
    return this.#done;
  }

  /** `final`: patience is over, so that a state which was seen before is settled now. */
  async #look(objects: readonly Pending[], final: boolean, signal: AbortSignal): Promise<void> {
    using stop = linked(signal);
    const limit = new Limit(READS);
    await Promise.all(objects.map(async (each) => {
      using _place = await limit.take(stop.signal);
      const found = await this.#read(each, stop.signal);
      if (found === null || !isDifference(found)) this.#settle(each, found);
      else if (found.verdict === each.finding.verdict && isSameState(found, each.finding)) {
        if (final) this.#settle(each, found);
      } else this.#changed(each, found);
    }));
  }

  #changed(each: Pending, found: LiveFinding): void {
    each.finding = found;
    each.since = this.#deps.clock.now();
    if (++each.changes > MOST_CHANGES) this.#settle(each, { ...found, verdict: 'held', reason: 'it changes faster than it can be looked at' });
  }

  #settle(each: Pending, after: LiveFinding | null): void {
    this.#pending.delete(each.first.path);
    this.#done.push({ before: each.first, after });
  }

  /** The object as it is now against the head as it is now; null: it is in neither. */
  async #read({ finding }: Pending, signal: AbortSignal): Promise<LiveFinding | null> {
    const { reader, scan } = this.#deps;
    const type = scan.served.get(typeName(finding.id));
    if (type === undefined) return finding;
    try {
      const raw = await reader.get(type, finding.id.namespace, finding.id.name, signal);
      return raw === null ? this.#absent(finding, type) : this.#present(finding, type, Buffer.from(raw).toString('utf8'));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ClusterError)) throw error;
      return { ...finding, verdict: 'held', reason: `it could not be read a second time: ${messageOf(error)}` };
    }
  }

  #absent(finding: LiveFinding, type: ResourceType): LiveFinding | null {
    const oid = this.#snapshot.oidAt(finding.path);
    if (oid === null) return null;
    const version = finding.verdict === 'missing' ? (finding.resourceVersion ?? '') : '';
    return this.#deps.scan.judge.missing({ path: finding.path, type, text: this.#snapshot.read(oid).toString('utf8') }, version);
  }

  #present(finding: LiveFinding, type: ResourceType, json: string): LiveFinding {
    const { scan } = this.#deps;
    const raw = objectOf(json);
    const found = { path: finding.path, type, raw };
    // The path of a file that somebody put there is not the one of the object that the file names.
    if (pathOf(raw, type) !== finding.path) return finding;
    try {
      const canonical = scan.policy.then.canonicaliser.canonicalise(objectOf(json), type, scan.facts.current);
      if (canonical.kind === 'skip') return scan.judge.skipped(found, canonical.rule);
      if (canonical.terminating) return scan.judge.terminating(found);
      const oid = this.#snapshot.oidAt(finding.path);
      const live = { ...found, text: canonical.text };
      if (oid === null) return scan.judge.extra(live);
      if (oid === blobOid(Buffer.from(canonical.text, 'utf8'))) return { ...finding, verdict: 'equal', reason: null, difference: null };
      return scan.judge.differing(live, this.#snapshot.read(oid).toString('utf8'), scan.facts.current);
    } catch (error) {
      if (error instanceof ClusterError) return scan.judge.held(found, `it has no canonical form: ${error.message}`);
      throw error;
    }
  }
}

/** What a commit can still take back. */
export function isDifference({ verdict }: LiveFinding): boolean {
  return verdict === 'differs' || verdict === 'missing' || verdict === 'extra';
}

function isSameState(a: LiveFinding, b: LiveFinding): boolean {
  return a.resourceVersion === b.resourceVersion;
}

function objectOf(json: string): JsonObject {
  const object = parseJson(json);
  if (!isObject(object)) throw new ClusterError('MALFORMED', 'The server sent no object where one was due');
  return object;
}
