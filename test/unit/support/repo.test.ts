import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { compareTree, treeIdentities } from '../../support/mirrored-tree.js';
import { identityKey, type Listed } from '../../support/oracle.js';
import { changes, fileAt, fsck, git, log, tree, withTempDir } from '../../support/repo.js';

const SETTINGS = 'namespaces/shop/configmaps/settings.yaml';
const ROLE = 'cluster/clusterroles.rbac.authorization.k8s.io/%41dmin.yaml';

async function commit(folder: string, files: Readonly<Record<string, string>>, message: string): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  await git(folder, ['add', '-A']);
  await git(folder, ['commit', '-q', '-F', '-'], { stdin: message });
}

const configMap = (data: string): string => `# kubetape:owner v1 Pod/x\napiVersion: v1\ndata:\n${data}kind: ConfigMap\nmetadata:\n  name: settings\n  namespace: shop\n`;
const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: Admin\nrules: []\n';

function listed(group: string, resource: string, kind: string, object: Listed['object']): [string, Listed] {
  const id = { group, resource, namespace: object.metadata.namespace ?? '', name: object.metadata.name };
  return [identityKey(id), { id, object: { ...object, kind }, type: { group, resource, kind, version: 'v1', namespaced: id.namespace !== '', watchable: true } }];
}

async function withRepository(work: (folder: string) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    await git(folder, ['init', '-q']);
    await work(folder);
  });
}

describe('git helpers of the tests', () => {
  it('read commits with their trailers, trees with any path, files and changes', async () => {
    await withRepository(async (folder) => {
      expect(await log(folder, 'main')).to.deep.equal([]);
      await commit(folder, { 'a.txt': 'one\n', 'odd \u00e9\t"name"': '\n' }, 'first\n\nbody\n');
      await commit(folder, { 'a.txt': 'two' }, 'second: a → b\n\nKubetape-Event: change\nKubetape-Managers: x\nKubetape-Managers: y\n');
      const entries = await log(folder, 'main');
      expect(entries.map(({ subject, parents }) => [subject, parents.length])).to.deep.equal([['second: a → b', 1], ['first', 0]]);
      expect([...(entries[0]?.trailers ?? [])]).to.deep.equal([['Kubetape-Event', ['change']], ['Kubetape-Managers', ['x', 'y']]]);
      expect((await tree(folder, 'main')).map(({ path, mode }) => `${mode} ${path}`)).to.deep.equal(['100644 a.txt', '100644 odd \u00e9\t"name"']);
      expect([await fileAt(folder, 'main', 'a.txt'), await fileAt(folder, 'main~', 'a.txt'), await fileAt(folder, 'main', 'b.txt')]).to.deep.equal(['two', 'one\n', null]);
      expect(await changes(folder, 'main~', 'main')).to.deep.equal([{ status: 'M', path: 'a.txt' }]);
    });
  });

  it('find a damaged object', async () => {
    await withRepository(async (folder) => {
      await commit(folder, { 'a.txt': 'one\n' }, 'first');
      await fsck(folder);
      const oid = await git(folder, ['rev-parse', 'main:a.txt']);
      const file = join(folder, '.git/objects', oid.slice(0, 2), oid.slice(2));
      rmSync(file);
      const failure = await fsck(folder).then(() => '', (error: Error) => error.message);
      expect(failure).to.contain(`missing blob ${oid}`);
    });
  });
});

describe('comparison of a tree with a cluster', () => {
  const cluster = new Map([
    listed('', 'configmaps', 'ConfigMap', { apiVersion: 'v1', metadata: { name: 'settings', namespace: 'shop', uid: 'u', resourceVersion: '7' }, data: { a: '1', empty: '' } }),
    listed('rbac.authorization.k8s.io', 'clusterroles', 'ClusterRole', { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'Admin', uid: 'v' }, rules: [] }),
  ]);

  it('finds nothing when every object is there leaf by leaf', async () => {
    await withRepository(async (folder) => {
      await commit(folder, { [SETTINGS]: configMap("  a: '1'\n  empty: ''\n"), [ROLE]: role, '.kubetape/format': '1\n' }, 'x');
      const files = await treeIdentities(folder, 'main');
      expect(compareTree(cluster, files)).to.deep.equal({ missing: [], surplus: [], different: [] });
      expect(files.get(identityKey({ group: '', resource: 'configmaps', namespace: 'shop', name: 'settings' }))?.comments).to.deep.equal(['owner v1 Pod/x']);
    });
  });

  it('finds what is missing, what is too much, and each leaf that is lost, changed or invented', async () => {
    await withRepository(async (folder) => {
      await commit(folder, { [SETTINGS]: configMap('  a: 1\n  b: x\n'), 'cluster/nodes/n.yaml': 'apiVersion: v1\nkind: Node\nmetadata:\n  name: n\n' }, 'x');
      const found = compareTree(cluster, await treeIdentities(folder, 'main'));
      expect(found.missing).to.deep.equal(['["rbac.authorization.k8s.io","clusterroles","","Admin"]']);
      expect(found.surplus).to.deep.equal(['["","nodes","","n"]']);
      expect(found.different.map((line) => line.slice(line.indexOf(']: ') + 3))).to.have.members(['/data/a: "1", 1', '/data/empty: "", absent', '/data/b: absent, "x"']);
    });
  });

  it('refuses two files of one object, and a file that lies where another object belongs', async () => {
    await withRepository(async (folder) => {
      await commit(folder, { [ROLE]: role, 'cluster/clusterroles.rbac.authorization.k8s.io/Admin.yaml': role }, 'x');
      expect(await treeIdentities(folder, 'main').then(() => '', (error: Error) => error.message)).to.match(/^Two files hold/);
    });
    await withRepository(async (folder) => {
      await commit(folder, { 'cluster/configmaps/settings.yaml': configMap("  a: '1'\n") }, 'x');
      expect(await treeIdentities(folder, 'main').then(() => '', (error: Error) => error.message)).to.contain('is not where');
    });
  });
});
