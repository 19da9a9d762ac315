// Proof on a cluster that moves: what a mirror is about to commit is no difference, what it lost is one.
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../src/lib/clock.js';
import type { JsonObject } from '../../src/lib/json.js';
import type { ClusterReader } from '../../src/model/cluster-reader.js';
import { verificationExitCode, verificationResult } from '../../src/inspect/live/verification.js';
import { StandInCluster } from '../../src/standin/stand-in-cluster.js';
import { line, tamper, verified, WITH_KEY } from '../support/live.js';
import { exportOnce, startMirror, testPolicy, until, withFolder, type RunningMirror } from '../support/mirror-run.js';

const configMap = (name: string, value = 'value'): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data: { key: value } });

function shop(): StandInCluster {
  const cluster = new StandInCluster();
  cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  for (let i = 0; i < 40; i++) cluster.create(configMap(`cm-${i}`));
  return cluster;
}

/** A mirror that commits every 300 ms while `use` runs. */
async function mirrored(use: (cluster: StandInCluster, repo: string, mirror: RunningMirror) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const cluster = shop();
    const repo = join(folder, 'repo.git');
    const mirror = await startMirror(cluster, repo, { options: { ...WITH_KEY, windowMs: 300 }, deps: { clock: systemClock } });
    try {
      await until('the mirror is in sync', () => mirror.mirror.synced);
      await use(cluster, repo, mirror);
    } finally {
      await mirror.stop().catch(() => undefined);
    }
  });
}

/** The cluster with something happening at each request of one kind. */
function withEvents(cluster: StandInCluster, events: { readonly onList?: (type: string) => void; readonly onGet?: () => void }): ClusterReader {
  return new Proxy<ClusterReader>(cluster, {
    get(target, property) {
      const value = Reflect.get(target, property, target) as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (property === 'list') events.onList?.((args[0] as { resource: string }).resource);
        if (property === 'get') events.onGet?.();
        return Reflect.apply(value, target, args);
      };
    },
  });
}

describe('verify', () => {
  it('calls a quiet cluster equal at once', async () => {
    await mirrored(async (cluster, repo) => {
      const verification = await verified(cluster, repo, { followsHead: true });

      expect(verificationResult(verification)).to.equal('equal');
      expect(verificationExitCode(verification)).to.equal(0);
      expect(verification.findings).to.deep.equal([]);
      expect(verification.counts.equal).to.be.greaterThan(50);
      expect(verification.skippedBy.map(({ rule }) => rule)).to.include('core/skip-root-ca');
    });
  });

  it('waits for the commit of what changes while it lists', async () => {
    await mirrored(async (cluster, repo) => {
      let step = 0;
      const moving = withEvents(cluster, {
        onList(type) {
          if (type !== 'configmaps') return;
          step++;
          cluster.patchMerge('configmaps', 'shop', `cm-${step}`, { data: { key: 'changed just now' } });
          cluster.remove('configmaps', 'shop', 'cm-20');
          cluster.create(configMap('new'));
        },
      });

      const verification = await verified(moving, repo, { followsHead: true });

      expect(verification.lookedAgain).to.equal(3);
      expect(verification.findings.map(line)).to.deep.equal([]);
      expect(verificationResult(verification)).to.equal('equal');
    });
  });

  it('ends equal while a workload goes on', async () => {
    await mirrored(async (cluster, repo, mirror) => {
      const before = mirror.tape.head()?.oid;
      let serial = 0;
      const workload = setInterval(() => {
        for (let i = 0; i < 3; i++) cluster.patchMerge('configmaps', 'shop', `cm-${serial++ % 40}`, { data: { serial: `${serial}` } });
      }, 10);
      try {
        await until('something was committed', () => mirror.tape.head()?.oid !== before);
        const verification = await verified(cluster, repo, { followsHead: true });

        expect(verification.findings.map(line)).to.deep.equal([]);
        expect(verificationResult(verification)).to.equal('equal');
        expect(verification.counts.equal).to.be.greaterThan(50);
      } finally {
        clearInterval(workload);
      }
    });
  });

  it('finds what nobody commits within its patience', async () => {
    await withFolder(async (folder) => {
      const cluster = shop();
      const repo = join(folder, 'repo.git');
      await exportOnce(cluster, repo, { options: WITH_KEY });
      cluster.patchMerge('configmaps', 'shop', 'cm-3', { data: { key: 'lost' } });

      const verification = await verified(cluster, repo, { followsHead: true, patienceMs: 200 });

      expect(verification.findings.map(line)).to.deep.equal(['differs shop configmaps/cm-3']);
      expect(verification.findings[0]?.fields.map(({ path }) => path)).to.deep.equal(['data.key']);
      expect(verification.durationMs).to.be.at.least(200);
      expect(verificationExitCode(verification)).to.equal(1);
    });
  });

  it('waits for nothing when the commit is not the head of a mirror', async () => {
    await withFolder(async (folder) => {
      const cluster = shop();
      const repo = join(folder, 'repo.git');
      await exportOnce(cluster, repo, { options: WITH_KEY });
      cluster.remove('configmaps', 'shop', 'cm-3');

      const verification = await verified(cluster, repo, { followsHead: false, patienceMs: 60_000 });

      expect(verification.findings.map(line)).to.deep.equal(['missing shop configmaps/cm-3']);
      expect(verification.lookedAgain).to.equal(0);
    });
  });

  it('holds what changes whenever it is looked at, and never calls it equal', async () => {
    await withFolder(async (folder) => {
      const cluster = shop();
      const repo = join(folder, 'repo.git');
      await exportOnce(cluster, repo, { options: WITH_KEY });
      let serial = 0;
      const churn = (): void => void cluster.patchMerge('configmaps', 'shop', 'cm-3', { data: { serial: `${serial++}` } });
      churn();

      const verification = await verified(withEvents(cluster, { onGet: churn }), repo, { followsHead: true, patienceMs: 60 });

      expect(verification.findings.map((each) => [line(each), each.reason])).to.deep.equal([['held shop configmaps/cm-3', 'it changes faster than it can be looked at']]);
      expect(verificationExitCode(verification)).to.equal(3);
    });
  });

  it('gives up, and says so, when the rules change under it', async () => {
    await withFolder(async (folder) => {
      const cluster = shop();
      const repo = join(folder, 'repo.git');
      await exportOnce(cluster, repo, { options: WITH_KEY });
      cluster.patchMerge('configmaps', 'shop', 'cm-3', { data: { key: 'new' } });
      const policy = testPolicy({ filter: { include: [], exclude: [{ names: ['cm-4'] }] } });
      const exports: Promise<unknown>[] = [];
      const onList = (): void => { if (exports.length === 0) exports.push(exportOnce(cluster, repo, { options: WITH_KEY, policy })); };

      const verification = await verified(withEvents(cluster, { onList }), repo, { followsHead: true, patienceMs: 5_000 });
      await Promise.all(exports);

      expect(verification.findings.filter(({ verdict }) => verdict === 'held').map(({ id, reason }) => [id.name, reason])).to.deep.equal([['cm-3', 'the rules of the branch changed meanwhile']]);
    });
  });

  it('finds a file that somebody tampered with, put there or took away', async () => {
    await withFolder(async (folder) => {
      const cluster = shop();
      const repo = join(folder, 'repo.git');
      await exportOnce(cluster, repo, { options: WITH_KEY });
      tamper(repo, {
        'namespaces/shop/configmaps/cm-1.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cm-1\n  namespace: shop\ndata:\n  key: forged\n',
        'namespaces/shop/configmaps/cm-2.yaml': null,
        'namespaces/shop/configmaps/planted.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: planted\n  namespace: shop\n',
      });

      const verification = await verified(cluster, repo, { followsHead: true, patienceMs: 100 });

      expect(verification.findings.map(line)).to.deep.equal(['differs shop configmaps/cm-1', 'extra shop configmaps/cm-2', 'missing shop configmaps/planted']);
    });
  });
});
