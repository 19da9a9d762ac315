// The main job over the stand-in cluster: every rule of capture that needs a fault at the right moment.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { StandInCluster } from '../../src/standin/stand-in-cluster.js';
import type { JsonObject } from '../../src/lib/json.js';
import { exportOnce, startMirror, testPolicy, until, withFolder, type RunningMirror } from '../support/mirror-run.js';

const git = (repo: string, ...args: string[]): string => execFileSync('git', ['--git-dir', repo, ...args], { encoding: 'utf8' });
const files = (repo: string, rev = 'main'): string[] => git(repo, 'ls-tree', '-r', '--name-only', rev).split('\n').filter((path) => path.endsWith('.yaml'));
const show = (repo: string, path: string): string => git(repo, 'show', `main:${path}`);
const commits = (repo: string): number => Number(git(repo, 'rev-list', '--count', 'main'));
const trailer = (repo: string, key: string, rev = 'main'): string => git(repo, 'log', '-1', `--format=%(trailers:key=${key},valueonly)`, rev).trim();
const subject = (repo: string): string => git(repo, 'log', '-1', '--format=%s', 'main').trim();

function configMap(name: string, data: JsonObject, namespace = 'shop'): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

function clusterWith(count: number): StandInCluster {
  const cluster = new StandInCluster();
  cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  for (let i = 0; i < count; i++) cluster.create(configMap(`cm-${i}`, { key: `value-${i}` }));
  return cluster;
}

async function settled(run: RunningMirror, cluster: StandInCluster): Promise<void> {
  await until('the mirror has seen and committed everything', () => {
    cluster.bookmark();
    return run.mirror.synced && run.mirror.staged === 0 && Number(run.mirror.completeTo) >= cluster.revision;
  });
}

async function mirrored(cluster: StandInCluster, use: (run: RunningMirror, repo: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const repo = join(folder, 'repo.git');
    const run = await startMirror(cluster, repo);
    try {
      await settled(run, cluster);
      await use(run, repo);
    } finally {
      await run.stop().catch(() => undefined);
    }
  });
}

describe('mirror of the stand-in cluster', () => {
  describe('the first commit', () => {
    it('is one baseline that holds every object and says so in its trailers', async () => {
      await withFolder(async (folder) => {
        const repo = join(folder, 'repo.git');
        const result = await exportOnce(clusterWith(30), repo);

        expect(commits(repo)).to.equal(1);
        expect(files(repo).filter((path) => path.startsWith('namespaces/shop/configmaps/'))).to.have.length(30);
        expect(trailer(repo, 'Kubetape-Event')).to.equal('baseline');
        expect(trailer(repo, 'Kubetape-Coverage')).to.equal('complete');
        expect(result.uncovered).to.deep.equal([]);
        git(repo, 'fsck', '--strict');
      });
    });

    it('is followed by none when nothing changed', async () => {
      await withFolder(async (folder) => {
        const repo = join(folder, 'repo.git');
        const cluster = clusterWith(10);
        await exportOnce(cluster, repo);
        const again = await exportOnce(cluster, repo);

        expect(again.commit).to.equal(null);
        expect(commits(repo)).to.equal(1);
      });
    });
  });

  describe('a change', () => {
    it('is committed with a subject that says what changed, and by whom', async () => {
      const cluster = clusterWith(1);
      await mirrored(cluster, async (run, repo) => {
        cluster.patchMerge('configmaps', 'shop', 'cm-0', { data: { key: 'new' } }, { manager: 'alice' });
        await settled(run, cluster);

        expect(subject(repo)).to.equal('shop: update configmaps/cm-0 data.key value-0 → new');
        expect(trailer(repo, 'Kubetape-Managers')).to.equal('alice');
        expect(trailer(repo, 'Kubetape-Event')).to.equal('change');
      });
    });

    it('that is taken back within the window leaves no commit', async () => {
      const cluster = clusterWith(1);
      await mirrored(cluster, async (run, repo) => {
        const before = commits(repo);
        cluster.patchMerge('configmaps', 'shop', 'cm-0', { metadata: { annotations: { 'control-plane.alpha.kubernetes.io/leader': 'me' } } });
        await settled(run, cluster);

        expect(commits(repo)).to.equal(before);
      });
    });

    it('of a Secret names the key, never the value', async () => {
      const cluster = clusterWith(0);
      const secret = (value: string): JsonObject => ({
        apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop' }, type: 'Opaque', data: { password: Buffer.from(value).toString('base64') },
      });
      cluster.create(secret('canary-one'));
      await mirrored(cluster, async (run, repo) => {
        cluster.update(secret('canary-two'));
        await settled(run, cluster);

        expect(subject(repo)).to.equal('shop: update secrets/db data.password');
        const everything = git(repo, 'log', '--all', '-p', '--format=fuller');
        for (const value of ['canary-one', 'canary-two']) {
          expect(everything).to.not.include(value);
          expect(everything).to.not.include(Buffer.from(value).toString('base64'));
        }
      });
    });
  });

  describe('absence', () => {
    it('after a restart removes what was deleted meanwhile, in one catch-up commit', async () => {
      await withFolder(async (folder) => {
        const repo = join(folder, 'repo.git');
        const cluster = clusterWith(20);
        await exportOnce(cluster, repo);
        cluster.remove('configmaps', 'shop', 'cm-3');
        cluster.create(configMap('new', { a: 'b' }));
        await exportOnce(cluster, repo);

        expect(commits(repo)).to.equal(2);
        expect(trailer(repo, 'Kubetape-Event')).to.equal('catch-up');
        expect(files(repo)).to.include('namespaces/shop/configmaps/new.yaml');
        expect(files(repo)).to.not.include('namespaces/shop/configmaps/cm-3.yaml');
      });
    });

    it('is not believed of a type whose list is forbidden, cut short or fails', async () => {
      for (const fault of ['forbid', 'truncate', 'fail'] as const) {
        await withFolder(async (folder) => {
          const repo = join(folder, 'repo.git');
          const cluster = clusterWith(20);
          await exportOnce(cluster, repo);
          const before = files(repo);
          if (fault === 'forbid') cluster.faults.forbid('configmaps');
          for (let i = 0; i < 30; i++) {
            if (fault === 'truncate') cluster.faults.truncateNextList('configmaps');
            if (fault === 'fail') cluster.faults.failNextList('configmaps');
          }
          const result = await exportOnce(cluster, repo);

          expect(files(repo), fault).to.deep.equal(before);
          expect(result.uncovered.map(({ type }) => type), fault).to.include('configmaps');
          expect(trailer(repo, 'Kubetape-Coverage'), fault).to.match(/^partial/);
        });
      }
    });

    it('of more than 30 % of a type is confirmed by a second list', async () => {
      await withFolder(async (folder) => {
        const repo = join(folder, 'repo.git');
        const cluster = clusterWith(200);
        await exportOnce(cluster, repo);
        for (let i = 0; i < 150; i++) cluster.remove('configmaps', 'shop', `cm-${i}`);
        const lists: string[] = [];
        const counting = new Proxy(cluster, {
          get(target, key) {
            const value: unknown = Reflect.get(target, key, target);
            if (typeof value !== 'function') return value;
            return (...args: unknown[]) => {
              if (key === 'list' && (args[1] as { peek?: number }).peek === undefined) lists.push((args[0] as { resource: string }).resource);
              return (value as (...all: unknown[]) => unknown).apply(target, args);
            };
          },
        });
        await exportOnce(counting, repo);

        expect(lists.filter((resource) => resource === 'configmaps')).to.have.length(2);
        expect(files(repo).filter((path) => path.startsWith('namespaces/shop/configmaps/'))).to.have.length(50);
      });
    });

    it('in another cluster removes nothing: the repository is refused', async () => {
      await withFolder(async (folder) => {
        const repo = join(folder, 'repo.git');
        await exportOnce(clusterWith(3), repo);
        const error = await exportOnce(clusterWith(0), repo).then(() => null, (caught: unknown) => caught as { code: string; hint: string });

        expect(error?.code).to.equal('OTHER_CLUSTER');
        expect(error?.hint).to.include('--repo');
        expect(commits(repo)).to.equal(1);
      });
    });

    it('is found of an object that only a first list, cut short, had shown', async () => {
      await withFolder(async (folder) => {
        const repo = join(folder, 'repo.git');
        const cluster = clusterWith(20);
        cluster.faults.truncateNextList('configmaps');
        // The second list comes after the first one failed: meanwhile an object that the first one showed goes.
        const list = cluster.list.bind(cluster);
        let lists = 0;
        cluster.list = (type, request, signal) => {
          if (type.resource === 'configmaps' && request.peek === undefined && ++lists === 2) cluster.remove('configmaps', 'shop', 'cm-0');
          return list(type, request, signal);
        };
        await exportOnce(cluster, repo);

        expect(lists).to.equal(2);
        expect(files(repo).filter((path) => path.startsWith('namespaces/shop/configmaps/'))).to.have.length(19);
      });
    });

    it('is found after a watch gap that ended in 410', async () => {
      const cluster = clusterWith(5);
      await mirrored(cluster, async (run, repo) => {
        cluster.faults.forbid('configmaps');
        cluster.closeWatches();
        cluster.remove('configmaps', 'shop', 'cm-1');
        cluster.compact();
        cluster.faults.allow('configmaps');
        await settled(run, cluster);

        expect(files(repo)).to.not.include('namespaces/shop/configmaps/cm-1.yaml');
      });
    });
  });

  it('freezes the file of an object that is being deleted, until it is gone', async () => {
    const cluster = clusterWith(0);
    cluster.create({ ...configMap('guarded', { a: '1' }), metadata: { name: 'guarded', namespace: 'shop', finalizers: ['example.com/hold'] } });
    await mirrored(cluster, async (run, repo) => {
      const path = 'namespaces/shop/configmaps/guarded.yaml';
      const before = show(repo, path);
      cluster.remove('configmaps', 'shop', 'guarded');
      cluster.patchMerge('configmaps', 'shop', 'guarded', { data: { a: '2' } });
      await settled(run, cluster);
      expect(show(repo, path)).to.equal(before);

      cluster.patchMerge('configmaps', 'shop', 'guarded', { metadata: { finalizers: null } });
      await settled(run, cluster);
      expect(files(repo)).to.not.include(path);
    });
  });

  it('commits one store-went-back commit when the store was restored from an older state', async () => {
    const cluster = clusterWith(5);
    await mirrored(cluster, async (run, repo) => {
      const older = cluster.snapshot();
      for (let i = 0; i < 10; i++) cluster.create(configMap(`later-${i}`, {}));
      cluster.patchMerge('configmaps', 'shop', 'cm-0', { data: { key: 'later' } });
      await settled(run, cluster);
      const before = commits(repo);
      cluster.rollBack(older);
      await until('the tree is as the store is', () => files(repo).filter((path) => path.includes('later-')).length === 0);

      expect(trailer(repo, 'Kubetape-Event')).to.equal('store-went-back');
      expect(commits(repo)).to.equal(before + 1);
      expect(show(repo, 'namespaces/shop/configmaps/cm-0.yaml')).to.include('value-0');
    });
  });

  it('mirrors the objects of a new CRD, and lets them go in one labelled commit when it is deleted', async () => {
    const cluster = clusterWith(0);
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
      },
    };
    await mirrored(cluster, async (run, repo) => {
      cluster.create(crd);
      cluster.create({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' }, spec: { size: 3 } });
      await until('the widget is in the tree', () => files(repo).includes('namespaces/shop/widgets.example.com/w.yaml'));
      cluster.remove('customresourcedefinitions.apiextensions.k8s.io', '', 'widgets.example.com');
      await until('the widget left', () => !files(repo).some((path) => path.includes('widgets.example.com')));
      await settled(run, cluster);
    });
  });

  it('takes a person\'s commit on the branch as parent and never overwrites it', async () => {
    const cluster = clusterWith(2);
    await mirrored(cluster, async (run, repo) => {
      const tree = execFileSync('sh', ['-c', `cd ${repo} && export GIT_INDEX_FILE=${repo}/person.index && git read-tree main && printf note | git hash-object -w --stdin | xargs -I{} git update-index --add --cacheinfo 100644,{},NOTES.md && git write-tree`], { encoding: 'utf8' }).trim();
      const person = execFileSync('git', ['--git-dir', repo, '-c', 'user.name=p', '-c', 'user.email=p@x', 'commit-tree', tree, '-p', 'main', '-m', 'A note'], { encoding: 'utf8' }).trim();
      git(repo, 'update-ref', 'refs/heads/main', person);
      cluster.patchMerge('configmaps', 'shop', 'cm-1', { data: { key: 'next' } });
      await settled(run, cluster);
      await until('our commit stands on top', () => git(repo, 'rev-parse', 'main').trim() !== person);

      expect(git(repo, 'rev-parse', 'main^').trim()).to.equal(person);
      expect(git(repo, 'show', 'main:NOTES.md')).to.equal('note');
    });
  });

  it('lets files that a new filter excludes leave in an unmirrored commit', async () => {
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      const cluster = clusterWith(3);
      await exportOnce(cluster, repo);
      const policy = testPolicy({ filter: { include: [], exclude: [{ types: ['configmaps'], names: ['cm-1'] }] } });
      await exportOnce(cluster, repo, { policy });

      expect(files(repo)).to.include('namespaces/shop/configmaps/cm-2.yaml');
      expect(files(repo)).to.not.include('namespaces/shop/configmaps/cm-1.yaml');
      const events = git(repo, 'log', '--format=%(trailers:key=Kubetape-Event,valueonly)', 'main').split('\n').filter((line) => line !== '');
      expect(events).to.include('unmirrored');
    });
  });

  it('drops replicas while an autoscaler targets the object, and restores them to the file when it goes', async () => {
    const cluster = clusterWith(0);
    cluster.create({
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' },
      spec: { replicas: 4, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } } },
    });
    await mirrored(cluster, async (_run, repo) => {
      const path = 'namespaces/shop/deployments.apps/web.yaml';
      expect(show(repo, path)).to.include('replicas: 4');
      cluster.create({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web', namespace: 'shop' }, spec: { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } } });
      await until('replicas are the autoscaler\'s', () => !show(repo, path).includes('replicas:'));
      cluster.remove('horizontalpodautoscalers.autoscaling', 'shop', 'web');
      await until('replicas are back', () => show(repo, path).includes('replicas: 4'));
    });
  });
});
