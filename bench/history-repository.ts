// A repository with a long history, made with the parts of the writer but without its fsyncs and its pack a commit.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCorePack } from '../src/canon/pack-files.js';
import { Canonicaliser, type CanonicalPolicy } from '../src/canon/canonicaliser.js';
import { emit } from '../src/canon/emitter.js';
import { commitMessage } from '../src/capture/message.js';
import { clusterFile, META, policyFiles, typesFile } from '../src/capture/meta-files.js';
import { encodeCommit } from '../src/git/commit-object.js';
import { PackBuilder } from '../src/git/pack-builder.js';
import { moveRef } from '../src/git/refs.js';
import { createRepository } from '../src/git/repository-setup.js';
import { splitPath, Tree } from '../src/git/tree.js';
import { planTree } from '../src/git/tree-plan.js';
import { blobOf, deflate, objectOid } from '../src/lib/git-blob.js';
import { EVERYTHING } from '../src/model/filter.js';
import { typeName } from '../src/model/resource-type.js';
import type { Blob, Oid } from '../src/model/tape.js';
import { random } from '../test/support/scale.js';
import { bodyAt, objectAt, OBJECTS, textAt, TYPES } from './history-objects.js';

const PACK_COMMITS = 50_000;
/** One commit a second from here on. */
const START = Date.UTC(2026, 0, 1) / 1000;
const BY = 'kubetape <kubetape@localhost>';
const CLUSTER = 'kube-system 6f2f1c55-3f6b-4a8e-9a34-0b5a3c7d9e10';
/** One commit in so many changes the same object. */
const HOT_EVERY = 100;
export const HOT = 6001;

/** What the bench asks for. */
export interface BenchRepository {
  readonly path: string;
  readonly commits: number;
  /** First and last commit, and those 10,000 and 86,400 before the last (or the first). */
  readonly first: Oid;
  readonly last: Oid;
  readonly before10k: Oid;
  readonly dayBefore: Oid;
  /** An object that changed about as often as most, and how often. */
  readonly ordinary: { readonly object: number; readonly changes: number };
  readonly hot: { readonly object: number; readonly changes: number };
}

/** Makes it, or takes the one that an earlier run made in the same folder. */
export function benchRepository(folder: string, commits: number, progress: (done: number) => void): BenchRepository {
  const path = join(folder, `history-${commits}.git`);
  const facts = join(path, 'bench.json');
  if (existsSync(facts)) return { ...(JSON.parse(readFileSync(facts, 'utf8')) as BenchRepository), path };
  rmSync(path, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  createRepository(path, 'refs/heads/main');
  const made = new Writer(path).run(commits, progress);
  writeFileSync(`${facts}.new`, JSON.stringify(made));
  renameSync(`${facts}.new`, facts);
  return made;
}

class Writer {
  readonly #path: string;
  readonly #tree = new Tree(() => { throw new Error('every tree is in memory'); }, null);
  #pack: PackBuilder;
  #packs = 0;
  #head: Oid | null = null;
  readonly #rules: string;
  readonly #policy: CanonicalPolicy = { packs: [loadCorePack()], filter: EVERYTHING, secrets: 'plain', digestKey: null };

  constructor(path: string) {
    this.#path = path;
    this.#rules = new Canonicaliser(this.#policy).rulesHash;
    this.#pack = this.#newPack();
  }

  run(commits: number, progress: (done: number) => void): BenchRepository {
    const first = this.#baseline();
    this.#nextPack();
    const chance = random(4);
    const versions = new Uint32Array(OBJECTS);
    const noted = new Map<number, Oid>();
    let last = first;
    for (let n = 1; n <= commits; n++) {
      const i = n % HOT_EVERY === 0 ? HOT : Math.floor(chance() * OBJECTS);
      versions[i] = (versions[i] as number) + 1;
      last = this.#change(i, versions[i], n);
      if (n === commits - 10_000 || n === commits - 86_400) noted.set(commits - n, last);
      if (n % PACK_COMMITS === 0) this.#nextPack();
      if (n % 10_000 === 0) progress(n);
    }
    this.#nextPack();
    moveRef(this.#path, 'refs/heads/main', null, last);
    const ordinary = versions.findIndex((count, i) => i !== HOT && count >= Math.max(1, Math.round(commits / OBJECTS)));
    return {
      path: this.#path, commits: commits + 1, first, last, before10k: noted.get(10_000) ?? first, dayBefore: noted.get(86_400) ?? first,
      ordinary: { object: ordinary, changes: versions[ordinary] as number }, hot: { object: HOT, changes: versions[HOT] as number },
    };
  }

  #baseline(): Oid {
    const types = new Map(TYPES.map((type) => [typeName(type), { type, custom: type.group === 'example.io' || type.group === 'cert-manager.io' }]));
    const coverage = emit({ types: Object.fromEntries(TYPES.map((type) => [typeName(type), { state: 'complete' }])) });
    const files = new Map([
      ...policyFiles(this.#policy, this.#rules, null),
      [META.cluster, clusterFile({ identity: { text: CLUSTER }, server: 'v1.36.3' })],
      [META.types, typesFile(types)],
      [META.coverage, coverage],
    ]);
    for (let i = 0; i < OBJECTS; i++) files.set(objectAt(i).path, textAt(i, 0));
    const blobs = new Map([...files].map(([path, text]) => [path, blobOf(Buffer.from(text))]));
    const counts = TYPES.map((type) => ({ type: typeName(type), created: OBJECTS / TYPES.length, updated: 0, deleted: 0 }));
    return this.#commit(blobs, commitMessage({ kind: 'counts', counts }, 'First complete snapshot', this.#trailers('baseline', 0)), START);
  }

  #change(i: number, version: number, n: number): Oid {
    const { path, type, namespace, name } = objectAt(i);
    const body = bodyAt(i, version);
    const field = 'data' in body ? { path: 'data.revision', keys: ['data', 'revision'], before: String(version - 1), after: String(version) }
      : { path: 'spec.template.spec.containers[0].image', keys: [], before: `registry.example.com/team/${name}:1.${version - 1}`, after: `registry.example.com/team/${name}:1.${version}` };
    const described = { verb: 'update', namespace, object: `${type.resource}/${name}`, fields: [field], secret: false, body } as const;
    const message = commitMessage({ kind: 'objects', objects: [described] }, null, this.#trailers('change', n));
    return this.#commit(new Map([[path, blobOf(Buffer.from(emit(body)))]]), message, START + n);
  }

  #trailers(event: 'baseline' | 'change', n: number): Parameters<typeof commitMessage>[2] {
    return { event, cluster: CLUSTER, completeTo: String(1_000_000 + 3 * n), managers: event === 'change' ? ['helm', 'kubectl-client-side-apply'] : [], coverage: 'complete', rules: this.#rules, version: '0.1.0', terminating: [] };
  }

  #commit(files: ReadonlyMap<string, Blob>, message: string, at: number): Oid {
    const changes = new Map<string, Map<string, Oid>>();
    for (const [path, blob] of files) {
      const [folder, name] = splitPath(path);
      const names = changes.get(folder) ?? new Map<string, Oid>();
      changes.set(folder, names.set(name, blob.oid));
      this.#pack.add('blob', blob.oid, blob.size, blob.deflated);
    }
    const plan = planTree(this.#tree, changes);
    for (const { oid, bytes } of plan.objects) this.#pack.add('tree', oid, bytes.length, deflate(bytes));
    const content = encodeCommit({ tree: plan.root, parents: this.#head === null ? [] : [this.#head], by: BY, at, message });
    this.#head = objectOid('commit', content);
    this.#pack.add('commit', this.#head, content.length, deflate(content));
    plan.apply();
    return this.#head;
  }

  #newPack(): PackBuilder {
    return new PackBuilder(join(this.#path, 'objects', 'pack'), `bench_${this.#packs++}`);
  }

  #nextPack(): void {
    if (this.#pack.count === 0) return;
    this.#pack.publish('bench');
    this.#pack.settle();
    this.#pack = this.#newPack();
  }
}
