// Whatever happens between a mirror and its cluster, and in which order: the tree ends as one fresh list would make it,
// and on the way no object was removed that lived, nor went back to a state that it had left.
import { join } from 'node:path';
import * as fc from 'fast-check';
import type { JsonObject } from '../../src/lib/json.js';
import { StandInCluster } from '../../src/standin/stand-in-cluster.js';
import { commitHistory, expectSameTrees, expectSubsequence } from '../support/commit-history.js';
import { eventually } from '../support/eventually.js';
import { exportOnce, startMirror, until, withFolder, type RunningMirror } from '../support/mirror-run.js';
import { contents } from '../support/repo.js';
import { propertyRuns } from '../support/scale.js';

const TYPES = ['configmaps', 'deployments.apps', 'horizontalpodautoscalers.autoscaling', 'widgets.example.com'] as const;
type Type = (typeof TYPES)[number];

const namespace = fc.constantFrom('red', 'blue');
const type = fc.constantFrom<Type>(...TYPES);
const name = fc.constantFrom('a', 'b', 'c');
const place = fc.record({ type, namespace, name });

const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constantFrom('write', 'write', 'remove'), at: place }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('cut', 'compact', 'bookmark', 'compact and cut'), at: place }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('forbid', 'allow', 'fail list', 'truncate list', 'expire list'), at: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('fail group', 'heal group', 'toggle crd'), at: place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('breathe', 'settle'), at: place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('restart', 'roll back', 'keep copy'), at: place }) },
);
type Step = { readonly do: string; readonly at: { readonly type: Type; readonly namespace: string; readonly name: string } };

const WIDGETS: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
  },
};

/** One run: a cluster, a mirror of it, and the record of what the cluster held. */
class Play {
  readonly cluster = new StandInCluster();
  readonly repo: string;
  run: RunningMirror | null = null;
  /** States of each path in order: the serial that was written, null where it was not there. */
  readonly states = new Map<string, (string | null)[]>();
  #copy: ReturnType<StandInCluster['snapshot']> | null = null;
  #serial = 0;

  constructor(repo: string) {
    this.repo = repo;
    for (const each of ['red', 'blue']) this.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: each } });
    this.cluster.create(WIDGETS);
  }

  async start(): Promise<void> {
    this.run = await startMirror(this.cluster, this.repo);
  }

  async stop(): Promise<void> {
    const { run } = this;
    this.run = null;
    // Before the first sync there is nothing to commit, and the abort is the answer.
    await run?.stop().catch((error: unknown) => {
      if (run.mirror.synced) throw error;
    });
  }

  async take({ do: what, at }: Step): Promise<void> {
    const { cluster } = this;
    switch (what) {
      case 'write': this.#write(at); break;
      case 'remove': if (this.#held(at) !== null) cluster.remove(at.type, at.namespace, at.name); break;
      case 'cut': cluster.closeWatches(); break;
      case 'compact': cluster.compact(); break;
      case 'compact and cut': cluster.closeWatches(); cluster.compact(); break;
      case 'bookmark': cluster.bookmark(); break;
      case 'forbid': cluster.faults.forbid(at.type); cluster.closeWatches(); break;
      case 'allow': cluster.faults.allow(at.type); break;
      case 'fail list': cluster.faults.failNextList(at.type); break;
      case 'truncate list': cluster.faults.truncateNextList(at.type); break;
      case 'expire list': cluster.faults.expireNextList(at.type); break;
      case 'fail group': cluster.faults.failGroup('apps', 'the server is down'); cluster.closeWatches(); break;
      case 'heal group': cluster.faults.healGroup('apps'); break;
      case 'toggle crd': this.#toggleCrd(); break;
      case 'breathe': await new Promise((done) => setTimeout(done, 3)); break;
      case 'settle': await this.settled(); break;
      case 'restart': await this.stop(); await this.start(); break;
      case 'keep copy': this.#copy = cluster.snapshot(); break;
      case 'roll back': await this.#rollBack(); break;
      default: throw new Error(`No such step: ${what}`);
    }
    this.#record();
  }

  /** Everything is served again, seen and committed. */
  async settled(): Promise<void> {
    this.cluster.faults.healGroup('apps');
    for (const each of TYPES) this.cluster.faults.allow(each);
    await until('the mirror has seen and committed everything', () => {
      this.cluster.bookmark();
      const mirror = this.run?.mirror;
      return mirror !== undefined && mirror.synced && mirror.staged === 0 && Number(mirror.completeTo) >= this.cluster.revision;
    }, 8_000);
  }

  #held({ type: of, namespace: ns, name: called }: Step['at']): JsonObject | null {
    return this.#served(of) ? this.cluster.read(of, ns, called) : null;
  }

  #served(of: Type): boolean {
    return of !== 'widgets.example.com' || this.cluster.read('customresourcedefinitions.apiextensions.k8s.io', '', 'widgets.example.com') !== null;
  }

  #write(at: Step['at']): void {
    if (!this.#served(at.type)) return;
    const object = objectOf(at, String(++this.#serial));
    if (this.#held(at) === null) this.cluster.create(object);
    else this.cluster.update(object);
  }

  #toggleCrd(): void {
    if (this.#served('widgets.example.com')) this.cluster.remove('customresourcedefinitions.apiextensions.k8s.io', '', 'widgets.example.com');
    else this.cluster.create(WIDGETS);
  }

  /** Only a store that is still behind can be told from one that is not: nothing is written until it was noticed. */
  async #rollBack(): Promise<void> {
    if (this.#copy === null || this.#copy.revision === this.cluster.revision || !this.#served('widgets.example.com')) return;
    await this.settled();
    this.cluster.rollBack(this.#copy);
    this.#record();
    await until('the mirror has noticed that the store went back', () => Number(this.run?.mirror.completeTo ?? Infinity) <= this.cluster.revision, 8_000);
  }

  #record(): void {
    for (const of of TYPES) for (const ns of ['red', 'blue']) for (const called of ['a', 'b', 'c']) {
      const at = { type: of, namespace: ns, name: called };
      const serial = this.#held(at)?.['metadata'] as { annotations?: { serial?: string } } | undefined;
      const state = serial?.annotations?.serial ?? null;
      const path = `namespaces/${ns}/${of}/${called}.yaml`;
      const states = this.states.get(path) ?? [null];
      this.states.set(path, states);
      if (states.at(-1) !== state) states.push(state);
    }
  }
}

function objectOf({ type: of, namespace: ns, name: called }: Step['at'], serial: string): JsonObject {
  const metadata: JsonObject = { name: called, namespace: ns, annotations: { serial } };
  switch (of) {
    case 'configmaps':
      return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { serial } };
    case 'deployments.apps':
      return {
        apiVersion: 'apps/v1', kind: 'Deployment', metadata,
        spec: { replicas: Number(serial) % 4, selector: { matchLabels: { app: called } }, template: { metadata: { labels: { app: called } }, spec: { containers: [{ name: 'app', image: 'app:1' }] } } },
      };
    case 'horizontalpodautoscalers.autoscaling':
      // It targets one of three Deployments, another at each write: the form of the targets depends on it.
      return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata, spec: { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'abc'.charAt(Number(serial) % 3) } } };
    default:
      return { apiVersion: 'example.com/v1', kind: 'Widget', metadata, spec: { serial: Number(serial) } };
  }
}

/** The serials that were committed of each path, in order; one that only changed its form counts once. */
async function committedStates(repo: string): Promise<Map<string, (string | null)[]>> {
  const history = await commitHistory(repo);
  const texts = await contents(repo, history.flatMap(({ changes }) => changes.flatMap(({ after }) => (after === null ? [] : [after]))));
  const states = new Map<string, (string | null)[]>();
  for (const { path, after } of history.flatMap(({ changes }) => changes)) {
    const serial = after === null ? null : /^ {4}serial: "?(\d+)"?$/m.exec(texts.get(after)?.toString('utf8') ?? '')?.[1] ?? 'none';
    const committed = states.get(path) ?? [null];
    states.set(path, committed);
    if (committed.at(-1) !== serial) committed.push(serial);
  }
  return states;
}

describe('interleavings of a cluster and its mirror (property)', function () {
  this.timeout(600_000);

  it('end in the tree of a fresh export, through states that the cluster had, in its order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        await withFolder(async (folder) => {
          const play = new Play(join(folder, 'repo.git'));
          const fresh = join(folder, 'fresh.git');
          await play.start();
          try {
            for (const each of steps) await play.take(each);
            await play.settled();
            await exportOnce(play.cluster, fresh);
            // After a store that went back, what is held says nothing; the tree does.
            await eventually(async () => expectSameTrees(play.repo, fresh).then(() => true), { timeoutMs: 8_000, everyMs: 5 });
          } finally {
            await play.stop();
          }
          const committed = await committedStates(play.repo);
          for (const [path, states] of play.states) expectSubsequence(committed.get(path) ?? [null], states, path);
        });
      }),
      { ...propertyRuns(25), endOnFailure: true, verbose: 0 },
    );
  });
});
