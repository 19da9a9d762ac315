import type { BatchResult } from '../../capture/batch.js';
import type { ClusterFacts } from '../../capture/facts.js';
import type { BatchSink } from '../../capture/list-pass.js';
import { isObject, type JsonObject } from '../../lib/json.js';
import { parseJsonItems } from '../../lib/parse-json.js';
import type { Snapshot } from '../../model/history.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';
import type { Channel } from './channel.js';
import type { Judge } from './judge.js';
import type { LiveFinding } from './live-comparison.js';
import { namespaceOfPath, type LiveScope } from './live-scope.js';
import type { LiveTally } from './live-tally.js';

export interface SinkDeps {
  readonly snapshot: Snapshot;
  readonly scope: LiveScope;
  readonly judge: Judge;
  readonly tally: LiveTally;
  readonly facts: ClusterFacts;
  readonly channel: Channel<LiveFinding>;
}

/**
 * Judges the objects of one type as lists bring them. Each is judged once: a list that was begun again, or went on by
 * namespace, brings some twice.
 */
export class TypeSink implements BatchSink {
  readonly wantsItems = true;
  readonly type: ResourceType;
  /** Paths of every object that was seen. */
  readonly #judged = new Set<string>();
  readonly #deps: SinkDeps;

  constructor(type: ResourceType, deps: SinkDeps) {
    this.type = type;
    this.#deps = deps;
  }

  room(): Promise<void> {
    return this.#deps.channel.room();
  }

  observeBatch(batch: BatchResult): void {
    const raw = rawItems(batch);
    this.#files(batch, raw);
    this.#failures(batch, raw);
    this.#skips(batch, raw);
  }

  /** Wanted files of a folder of the commit of which no object was seen. */
  *unseen(folder: string): Iterable<{ readonly path: string; readonly oid: string }> {
    const { snapshot, scope } = this.#deps;
    for (const { path, oid } of snapshot.files(folder)) {
      if (!this.#judged.has(path) && scope.wantsFile(path, this.type, oid)) yield { path, oid };
    }
  }

  find(finding: LiveFinding): void {
    this.#deps.tally.add(typeName(this.type), finding.id.namespace, finding.verdict);
    if (finding.verdict !== 'equal') this.#deps.channel.put(finding);
  }

  #isNew(path: string): boolean {
    return this.#judged.size !== this.#judged.add(path).size;
  }

  #files(batch: BatchResult, raw: (place: number) => JsonObject): void {
    const { snapshot, scope, judge, tally, facts } = this.#deps;
    const type = this.type;
    const name = typeName(type);
    const terminating = new Set(batch.terminating);
    for (const [i, path] of batch.paths.entries()) {
      if (!this.#isNew(path)) continue;
      const oid = snapshot.oidAt(path);
      const object = (): JsonObject => raw(batch.places[i] ?? 0);
      // An object whose labels changed is wanted when either side has them.
      if (!scope.wants(path, type, object) && (oid === null || !scope.wantsFile(path, type, oid))) continue;
      if (terminating.has(i)) this.find(judge.terminating({ path, type, raw: object() }));
      else if (oid === batch.oids[i]) tally.add(name, namespaceOfPath(path), 'equal');
      else {
        const live = { path, type, text: textOf(batch, i), raw: object() };
        this.find(oid === null ? judge.extra(live) : judge.differing(live, snapshot.read(oid).toString('utf8'), facts.current));
      }
    }
  }

  #failures(batch: BatchResult, raw: (place: number) => JsonObject): void {
    for (const { path, message, place } of batch.failures) {
      if (path === null || !this.#isNew(path)) continue;
      const found = { path, type: this.type, raw: raw(place) };
      if (this.#deps.scope.wants(path, this.type, () => found.raw)) this.find(this.#deps.judge.held(found, `it has no canonical form: ${message}`));
    }
  }

  /** Counted by rule; named only where the commit has a file. */
  #skips(batch: BatchResult, raw: (place: number) => JsonObject): void {
    const { snapshot, scope, judge, tally } = this.#deps;
    for (const { path, rule, place } of batch.skipped) {
      if (!this.#isNew(path) || !scope.wants(path, this.type, () => raw(place))) continue;
      tally.skipped(rule);
      if (snapshot.oidAt(path) === null) tally.add(typeName(this.type), namespaceOfPath(path), 'skipped');
      else this.find(judge.skipped({ path, type: this.type, raw: raw(place) }, rule));
    }
  }
}

function textOf(batch: BatchResult, i: number): string {
  const bytes = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.byteLength);
  return bytes.toString('utf8', i === 0 ? 0 : batch.ends[i - 1], batch.ends[i]);
}

/** The items of a batch as objects; a batch is parsed when the first is asked for, because few have to be looked at. */
function rawItems({ items }: BatchResult): (place: number) => JsonObject {
  let parsed: readonly unknown[] | null = null;
  return (place) => {
    parsed ??= parseJsonItems(items ?? new Uint8Array());
    const object = parsed[place] as JsonObject | undefined;
    return isObject(object) ? object : {};
  };
}
