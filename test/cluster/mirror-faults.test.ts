// A proxy does to the mirror what networks and overloaded servers do: nothing is lost, nothing is deleted on weak evidence.
import { join } from 'node:path';
import { expect } from 'chai';
import { noMetrics } from '../../src/model/metrics.js';
import { becomesFreshExport, expectFollowed, exportCluster, following, type ClusterRun } from '../support/cluster-mirror.js';
import { commitHistory, expectSameTrees, objectTrees } from '../support/commit-history.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import type { Fault, FaultHandle, FaultRule } from '../support/faults.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { testPolicy, withFolder } from '../support/mirror-run.js';
import { configMap, crd, customObject, namespace, type TestObject } from '../support/objects.js';
import { fileAt, fsck, git } from '../support/repo.js';
import { LONG, propertySeed, random, scaled } from '../support/scale.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';
import { startWorkload, type WorkloadRecord } from '../support/workload.js';

/** Types that the workload writes: their lists and watches suffer. */
const VICTIMS = /\/(configmaps|secrets|deployments|services|serviceaccounts|roles|widgets)$/;

/** Workloads that run while a fault has not happened yet. */
const ROUNDS = 5;

describe('a mirror behind a network that breaks', function () {
  this.timeout(scaled(240_000, 1_800_000));
  let plane: ControlPlane;
  let proxy: FaultyProxy;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
  });

  beforeEach(async () => { proxy = await FaultyProxy.start(plane); });
  afterEach(async () => proxy.stop());

  const run = (more: Partial<ClusterRun> = {}): ClusterRun => ({ policy: testPolicy({ secrets: 'plain' }), ...more });

  /** Runs a workload while the faults are injected; they must have happened, and the tree must be right afterwards. */
  async function suffers(prefix: string, rules: readonly FaultRule[], changes: Partial<ClusterRun> = {}, meanwhile?: (stop: () => boolean) => Promise<void>): Promise<void> {
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      await following(proxy.kubeconfig(), repo, run(changes), async () => {
        const handles: FaultHandle[] = rules.map((rule) => proxy.inject(rule));
        proxy.cutAll(); // so that every watch begins again, and meets the faults
        const records = new Map<string, WorkloadRecord>();
        const workload = async (name: string): Promise<void> => {
          const { done } = await startWorkload(plane.api, { seed: propertySeed(), operations: scaled(500, 5000), perSecond: 150, prefix: name });
          for (const [key, record] of await done) records.set(key, record);
        };
        let over = false;
        const trouble = meanwhile?.(() => over);
        await workload(prefix);
        const unmet = (): string[] => handles.flatMap(({ injected }, index) => (injected > 0 ? [] : [JSON.stringify(rules[index]?.fault)]));
        // Chance decides which requests there are: what has met none yet gets more of them.
        for (let round = 1; round < ROUNDS && unmet().length > 0; round++) {
          proxy.inject({ fault: { kind: 'errorEvent', code: 410 }, path: VICTIMS, times: 10 });
          proxy.cutAll();
          await workload(`${prefix}-${round}`);
        }
        over = true;
        await trouble;
        expect(unmet(), 'faults that were never met').to.deep.equal([]);
        proxy.heal();
        await becomesFreshExport(plane.kubeconfig(), repo, folder, run());
        await expectFollowed(repo, records);
      });
      await fsck(repo);
    });
  }

  const draw = random(propertySeed());
  const rule = (fault: Fault, more: Partial<FaultRule> = {}): FaultRule => ({ fault, path: VICTIMS, ...more });

  it('survives connections that are cut at random', async () => {
    let cuts = 0;
    await suffers('cuts', [rule({ kind: 'cut', afterBytes: 1203 }, { watch: true })], {}, async (over) => {
      while (!over()) {
        await new Promise((done) => setTimeout(done, 200 + draw() * 800)); // the moment is the point
        cuts += proxy.cutAll();
      }
    });
    expect(cuts).to.be.greaterThan(3);
  });

  it('survives events that are cut in the middle of a line, and lists that end too early', async () => {
    await suffers('lines', [
      ...[137, 1500, 4001].map((afterBytes) => rule({ kind: 'truncate', afterBytes }, { watch: true, times: 6, share: { of: 0.5, random: draw } })),
      rule({ kind: 'cut', afterBytes: 1999 }, { watch: true, times: 4 }),
      rule({ kind: 'errorEvent', code: 410 }, { times: 10 }),
      ...(['truncate', 'cut'] as const).map((kind) => rule({ kind, afterBytes: 700 }, { watch: false, times: 3, query: /^(?!.*limit=1)/ })),
    ]);
  });

  it('survives 410, 429, 500, 503 and 504 of lists and watches', async () => {
    await suffers('answers', [
      rule({ kind: 'answer', status: 410 }, { watch: true, times: 4 }),
      rule({ kind: 'answer', status: 429, retryAfterSeconds: 1 }, { watch: true, times: 3 }),
      ...[500, 503, 504, 401, 403].map((status) => rule({ kind: 'answer', status }, { watch: true, times: 2 })),
      rule({ kind: 'errorEvent', code: 410 }, { times: 6 }),
      rule({ kind: 'errorEvent', code: 500 }, { times: 2 }),
      ...[410, 429, 500, 503, 504].map((status) => rule({ kind: 'answer', status }, { watch: false, times: 1 })),
    ]);
    expect(proxy.count(410)).to.be.greaterThan(5);
    expect(proxy.count(429)).to.be.greaterThan(0);
  });

  it('survives watches that stall without a word, because it misses the signs of life', async () => {
    // The connection itself answers PINGs: only the lack of bookmarks or bytes can tell. HTTP/1.1 has no PINGs at all.
    await proxy.stop();
    proxy = await FaultyProxy.start(plane, { protocol: 'http/1.1' });
    await suffers('stalls', [rule({ kind: 'stall', afterBytes: 1500 }, { watch: true, times: 6 })], { timeouts: { watchSilenceMs: 2000 } });
  });

  it('deletes nothing while every list fails, also when it starts in that state', async () => {
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      await plane.api.create(namespace('outage'));
      for (let index = 0; index < 20; index++) await plane.api.create(configMap('outage', `kept-${index}`));
      await exportCluster(plane.kubeconfig(), repo, run());
      const before = await objectTrees(repo);
      for (const [status, times] of [[403, 1e6], [500, 1e6], [503, 1e6]] as const) {
        const handle = proxy.inject({ fault: { kind: 'answer', status }, path: VICTIMS, times });
        const result = await exportCluster(proxy.kubeconfig(), repo, run());
        expect(result.uncovered.map(({ type }) => type)).to.include.members(['configmaps', 'secrets', 'deployments.apps']);
        expect(await objectTrees(repo), `after ${status}`).to.equal(before);
        expect(handle.injected).to.be.greaterThan(2);
        handle.remove();
      }
      // An empty answer that looks like success is none: the list has no end.
      const cut = proxy.inject({ fault: { kind: 'truncate', afterBytes: 60 }, path: VICTIMS });
      await exportCluster(proxy.kubeconfig(), repo, run());
      expect(await objectTrees(repo), 'after truncated lists').to.equal(before);
      expect(cut.injected).to.be.greaterThan(2);
      proxy.heal();
      await exportCluster(proxy.kubeconfig(), repo, run());
      await exportCluster(plane.kubeconfig(), join(folder, 'fresh.git'), run());
      await expectSameTrees(repo, join(folder, 'fresh.git'));
    });
  });
});

/** Each way is proven by the proxy, which counts the 410 that passed it. */
describe('410 from a real API server', function () {
  this.timeout(240_000);

  before(async function () {
    await controlPlaneOrSkip(this);
  });

  interface Scene { readonly plane: ControlPlane; readonly proxy: FaultyProxy; readonly repo: string; readonly folder: string; readonly gone: string[] }

  async function scene(flags: readonly string[], play: (at: Scene, run: ClusterRun) => Promise<void>): Promise<void> {
    const plane = await ControlPlane.start({ controllerManager: false, extraApiServerFlags: flags });
    const proxy = await FaultyProxy.start(plane);
    const gone: string[] = [];
    try {
      await withFolder(async (folder) => {
        const run: ClusterRun = { deps: { metrics: { ...noMetrics, gone410: (type) => void gone.push(type) } } };
        await play({ plane, proxy, repo: join(folder, 'repo.git'), folder, gone }, run);
      });
    } finally {
      await proxy.stop();
      await plane.stop();
    }
  }

  const arrives = async (repo: string, path: string, there = true): Promise<unknown> =>
    eventually(async () => ((await fileAt(repo, 'main', path)) !== null) === there, { timeoutMs: 60_000, describe: `${path} ${there ? 'is there' : 'is gone'}` });

  /** While the watch of ConfigMaps is kept away: one goes, one comes, one changes, and more than a cache holds besides. */
  async function missed(plane: ControlPlane, writes: number): Promise<void> {
    await plane.api.delete(configMap('default', 'goes'));
    await plane.api.create(configMap('default', 'comes'));
    for (let serial = 0; serial < writes; serial++) await plane.api.patch(configMap('default', 'changes'), { data: { serial: String(serial) } });
  }

  async function found({ plane, repo, folder }: Scene): Promise<void> {
    await arrives(repo, 'namespaces/default/configmaps/comes.yaml');
    await arrives(repo, 'namespaces/default/configmaps/goes.yaml', false);
    await becomesFreshExport(plane.kubeconfig(), repo, folder);
    const deleted = (await commitHistory(repo)).flatMap(({ changes }) => changes).filter(({ after }) => after === null).map(({ path }) => path);
    expect(deleted).to.deep.equal(['namespaces/default/configmaps/goes.yaml']);
  }

  it('is answered after a restart of the API server to a resourceVersion that was compacted: what went meanwhile is found', async () => {
    await scene([], async (at, run) => {
      const { plane, proxy, repo, gone } = at;
      for (const name of ['goes', 'changes', 'stays']) await plane.api.create(configMap('default', name));
      await following(proxy.kubeconfig(), repo, run, async () => {
        const away = proxy.inject({ fault: { kind: 'answer', status: 503 }, path: /./ });
        proxy.cutAll();
        await missed(plane, 10);
        await plane.compactEtcd();
        await plane.killApiServer();
        await plane.startApiServer();
        away.remove();
        await found(at);
      });
      expect(proxy.count(410, '/api/v1/configmaps'), '410 that passed the proxy').to.be.greaterThan(0);
      expect(gone).to.include('configmaps');
    });
  });

  it('is answered by a server without a watch cache after a compaction: what went meanwhile is found', async () => {
    await scene(['--watch-cache=false'], async (at, run) => {
      const { plane, proxy, repo, gone } = at;
      for (const name of ['goes', 'changes', 'stays']) await plane.api.create(configMap('default', name));
      await following(proxy.kubeconfig(), repo, run, async () => {
        const away = proxy.inject({ fault: { kind: 'answer', status: 503 }, path: '/api/v1/configmaps' });
        proxy.cutAll();
        await missed(plane, 10);
        await plane.compactEtcd();
        away.remove();
        await found(at);
      });
      expect(proxy.count(410, '/api/v1/configmaps'), '410 that passed the proxy').to.be.greaterThan(0);
      expect(gone).to.include('configmaps');
    });
  });

  it('is answered to a continue token that expired: the list starts again and misses nothing', async () => {
    await scene([], async ({ plane, proxy, repo, folder }, run) => {
      // Lists are read in one piece from every server that can be had here, but for a custom type of which nobody may
      // say whether an aggregated server answers it.
      await plane.api.create(crd('Page'));
      await eventually(async () => (await plane.request('GET', '/apis/test.kubetape.io/v1/pages?limit=1')).status === 200);
      const page = (name: string): TestObject => customObject('Page', 'default', name);
      for (let index = 0; index < 520; index++) await plane.api.create(page(`page-${String(index).padStart(3, '0')}`));
      proxy.inject({ fault: { kind: 'answer', status: 403 }, path: '/apis/apiregistration.k8s.io/v1/apiservices' });
      const path = '/apis/test.kubetape.io/v1/pages';
      const slow = proxy.inject({ fault: { kind: 'delay', ms: 60_000 }, path, query: /continue=/, times: 1 });
      const exported = exportCluster(proxy.kubeconfig(), repo, run);
      await eventually(() => slow.injected === 1, { describe: 'the second page was asked for' });
      await plane.api.delete(page('page-000'));
      await plane.api.create(page('page-zzz'));
      await plane.compactEtcd();
      await plane.killApiServer(); // it holds snapshots of what it listed, and would go on from one
      await plane.startApiServer();
      slow.remove();
      await exported;
      expect(proxy.count(410, path), '410 that passed the proxy').to.be.greaterThan(0);
      await exportCluster(plane.kubeconfig(), join(folder, 'fresh.git'));
      await expectSameTrees(repo, join(folder, 'fresh.git'));
      expect(await git(repo, ['rev-list', '--count', 'main'])).to.equal('1');
    });
  });

  // Long form only: events must be 75 s old before a watch cache drops them.
  if (LONG) it('is answered when a watch cache was overrun', async () => {
    await scene([], async (at, run) => {
      const { plane, proxy, repo, gone } = at;
      for (const name of ['goes', 'changes', 'stays']) await plane.api.create(configMap('default', name));
      await following(proxy.kubeconfig(), repo, run, async () => {
        const away = proxy.inject({ fault: { kind: 'answer', status: 503 }, path: '/api/v1/configmaps' });
        proxy.cutAll();
        await missed(plane, 50);
        await new Promise((done) => setTimeout(done, EVENTS_ARE_FRESH_MS));
        for (let serial = 0; serial < OVERRUN; serial++) await plane.api.patch(configMap('default', 'changes'), { data: { again: String(serial) } });
        away.remove();
        await found(at);
      });
      expect(proxy.count(410, '/api/v1/configmaps'), '410 that passed the proxy').to.be.greaterThan(0);
      expect(gone).to.include('configmaps');
    });
  });
});

/** A watch cache starts with room for 100 events, and grows rather than drop one that is younger (cacher's eventFreshDuration). */
const OVERRUN = 200;
const EVENTS_ARE_FRESH_MS = 80_000;
