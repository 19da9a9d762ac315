// Small real repositories with a known history, and a History over them.
import { join } from 'node:path';
import { emit } from '../../src/canon/emitter.js';
import { Canonicaliser, type CanonicalPolicy } from '../../src/canon/canonicaliser.js';
import { digestKeyId } from '../../src/canon/secrets.js';
import { META, policyFiles, typesFile, type RecordedType } from '../../src/capture/meta-files.js';
import { parseCommit } from '../../src/git/commit-object.js';
import { GitTape } from '../../src/git/git-tape.js';
import { changesBetween } from '../../src/git/history.js';
import { ObjectStore } from '../../src/git/object-store.js';
import { Tree } from '../../src/git/tree.js';
import { blobOf } from '../../src/lib/git-blob.js';
import type { JsonObject } from '../../src/lib/json.js';
import { parseJson } from '../../src/lib/parse-json.js';
import { SILENT } from '../../src/lib/log.js';
import { NO_FACTS } from '../../src/model/canonical.js';
import type { History, LogEntry, LogQuery, Snapshot } from '../../src/model/history.js';
import { apiVersionOf, typeName, type ResourceType } from '../../src/model/resource-type.js';
import type { CommitInfo, Oid } from '../../src/model/tape.js';
import { testPolicy } from './mirror-run.js';

const core = (resource: string, kind: string, namespaced: boolean, shortNames: string[] = []): ResourceType => ({ group: '', version: 'v1', resource, kind, namespaced, watchable: true, shortNames });

/** Types of the repositories here, as .kubetape/types records them. */
export const TEST_TYPES: ReadonlyMap<string, RecordedType> = new Map(
  ([
    [core('configmaps', 'ConfigMap', true, ['cm']), false],
    [core('namespaces', 'Namespace', false, ['ns']), false],
    [core('secrets', 'Secret', true), false],
    [core('services', 'Service', true, ['svc']), false],
    [{ ...core('deployments', 'Deployment', true, ['deploy']), group: 'apps' }, false],
    [{ ...core('roles', 'Role', true), group: 'rbac.authorization.k8s.io' }, false],
    [{ ...core('clusterroles', 'ClusterRole', false), group: 'rbac.authorization.k8s.io' }, false],
    [{ ...core('services', 'Service', true, ['ksvc']), group: 'serving.knative.dev' }, true],
    [{ ...core('widgets', 'Widget', true, ['wg']), group: 'test.kubetape.io', version: 'v1alpha1' }, true],
  ] as [ResourceType, boolean][]).map(([type, custom]) => [typeName(type), { type, custom }]),
);

export function testType(name: string): ResourceType {
  const found = TEST_TYPES.get(name);
  if (found === undefined) throw new Error(`no test type ${name}`);
  return found.type;
}

export interface CommitWords {
  readonly subject?: string;
  /** null: no trailers, as a person's commit. */
  readonly event?: string | null;
  readonly managers?: readonly string[];
}

/** A repository that is written commit by commit: one second passes from each to the next. */
export class TestRepository {
  readonly path: string;
  readonly #tape: GitTape;
  readonly #clock: { seconds: number };
  #policy: CanonicalPolicy;

  static async create(folder: string, policy: CanonicalPolicy = testPolicy()): Promise<TestRepository> {
    const path = join(folder, 'repository');
    const clock = { seconds: 1_750_000_000 };
    const tape = await GitTape.open({ path, branch: 'main', create: true, log: SILENT, now: () => clock.seconds * 1000 });
    return new TestRepository(path, tape, clock, policy);
  }

  constructor(path: string, tape: GitTape, clock: { seconds: number }, policy: CanonicalPolicy) {
    this.path = path;
    this.#tape = tape;
    this.#clock = clock;
    this.#policy = policy;
  }

  get policy(): CanonicalPolicy {
    return this.#policy;
  }

  /** The files in .kubetape/ for the policy in force. */
  meta(types: ReadonlyMap<string, RecordedType> = TEST_TYPES): Record<string, string> {
    const { rulesHash } = new Canonicaliser(this.#policy);
    const keyId = this.#policy.digestKey === null ? null : digestKeyId(this.#policy.digestKey);
    return { ...Object.fromEntries(policyFiles(this.#policy, rulesHash, keyId)), [META.types]: typesFile(types) };
  }

  /** Files and objects by path; null removes. */
  commit(files: Readonly<Record<string, string | null>>, { subject = 'change', event = 'change', managers = [] }: CommitWords = {}): CommitInfo {
    this.#clock.seconds += 1;
    const draft = this.#tape.begin();
    const all = this.#tape.head() === null ? { ...this.meta(), ...files } : files;
    for (const [path, text] of Object.entries(all)) {
      if (text === null) draft.remove(path);
      else draft.put(path, blobOf(Buffer.from(text)));
    }
    const trailers = event === null ? [] : [`Kubetape-Event: ${event}`, ...(managers.length === 0 ? [] : [`Kubetape-Managers: ${managers.join(', ')}`]), 'Kubetape-Coverage: complete'];
    const info = draft.commit(`${subject}\n${trailers.length === 0 ? '' : `\n${trailers.join('\n')}\n`}`);
    if (info === null) throw new Error('nothing was committed');
    return info;
  }

  /** The path and canonical text of an object as the API gives it. */
  file(type: string, object: object): readonly [string, string] {
    const resourceType = testType(type);
    const body = parseJson(JSON.stringify({ apiVersion: apiVersionOf(resourceType), kind: resourceType.kind, ...object })) as JsonObject;
    const canonical = new Canonicaliser(this.#policy).canonicalise(body, resourceType, NO_FACTS);
    if (canonical.kind === 'skip') throw new Error(`skipped by ${canonical.rule}`);
    return [canonical.path, canonical.text];
  }

  /** Puts the tree under another policy, as the mirror does: from the tree alone. */
  recanonicalise(policy: CanonicalPolicy): CommitInfo {
    const canonicaliser = new Canonicaliser(policy);
    const old = Object.keys(this.meta());
    this.#policy = policy;
    const files: Record<string, string | null> = { ...Object.fromEntries(old.map((path) => [path, null])), ...this.meta() };
    for (const root of ['cluster', 'namespaces']) {
      for (const { path, oid } of this.#tape.files(root)) {
        const [group, resource] = ((folder: string) => [folder.split('.').slice(1).join('.'), folder.split('.')[0] ?? ''])(path.split('/').at(-2) ?? '');
        const canonical = canonicaliser.recanonicalise(this.#tape.read(oid).toString(), { group, resource });
        if (canonical.kind === 'file') files[path] = canonical.text;
      }
    }
    return this.commit(files, { subject: 'Rewrite the tree under changed rules', event: 'recanonicalise' });
  }

  /** Of what was committed so far. */
  history(): TestHistory {
    const head = this.#tape.head();
    if (head === null) throw new Error('nothing was committed');
    return new TestHistory(this.path, head);
  }

  close(): void {
    this.#tape.close();
  }
}

/** A plain object as canonical text without rules. */
export function yaml(object: object): string {
  return emit(parseJson(JSON.stringify(object)) as JsonObject);
}

/** The History of model/history.ts by walking every commit; counts blobs that are read. */
export class TestHistory implements History {
  readonly location: string;
  readonly branch = 'main';
  reads = 0;
  readonly #store: ObjectStore;
  readonly #head: CommitInfo;

  constructor(path: string, head: CommitInfo) {
    this.location = path;
    this.#store = new ObjectStore(join(path, 'objects'));
    this.#head = head;
  }

  head(): CommitInfo {
    return this.#head;
  }

  refresh(): CommitInfo {
    return this.#head;
  }

  async resolve(): Promise<never> {
    throw new Error('not here');
  }

  commit(oid: Oid): CommitInfo {
    return parseCommit(oid, this.#store.read(oid, 'commit'));
  }

  snapshot(commit: CommitInfo): Snapshot {
    const tree = new Tree((oid) => this.#store.read(oid, 'tree'), commit.tree);
    return { commit, oidAt: (path) => tree.oidAt(path), files: (folder) => tree.files(folder), folders: (path) => tree.folders(path), read: (oid) => this.read(oid) };
  }

  read(oid: Oid): Buffer {
    this.reads++;
    return this.#store.read(oid, 'blob');
  }

  *changes(before: CommitInfo | null, after: CommitInfo): Iterable<{ path: string; before: Oid | null; after: Oid | null }> {
    yield* changesBetween((oid) => this.#store.read(oid, 'tree'), before?.tree ?? null, after.tree);
  }

  async *log({ from, paths, since = 0, until = Infinity }: LogQuery): AsyncIterable<LogEntry> {
    for (let commit: CommitInfo | null = from; commit !== null; ) {
      const parent: CommitInfo | null = commit.parents[0] === undefined ? null : this.commit(commit.parents[0]);
      const changes = [...this.changes(parent, commit)].filter(({ path }) => paths === undefined || paths.some((wanted) => path === wanted || path.startsWith(`${wanted}/`)));
      if ((paths === undefined || changes.length > 0) && commit.committedAt >= since && commit.committedAt <= until) yield { commit, changes };
      commit = parent;
    }
  }

  points(): readonly never[] {
    return [];
  }

  createPoint(): never {
    throw new Error('not here');
  }

  removePoint(): never {
    throw new Error('not here');
  }

  beginSide(): never {
    throw new Error('not here');
  }

  side(): never {
    throw new Error('not here');
  }

  close(): void {
    this.#store.close();
  }
}
