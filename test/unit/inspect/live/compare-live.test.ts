// Live against a commit, over the stand-in cluster: every verdict, and what may not become one.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import type { JsonObject } from '../../../../src/lib/json.js';
import { StandInCluster } from '../../../../src/standin/stand-in-cluster.js';
import { compared, tamper, withHistory, WITH_KEY } from '../../../support/live.js';
import { exportOnce, testPolicy, withFolder, type RunOptions } from '../../../support/mirror-run.js';

const configMap = (name: string, data: JsonObject = { key: 'value' }, namespace = 'shop'): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const secret = (value: string): JsonObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'password', namespace: 'shop' }, type: 'Opaque', data: { password: base64(value) } });

function shop(): StandInCluster {
  const cluster = new StandInCluster();
  for (const name of ['shop', 'other']) cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const name of ['a', 'b', 'c']) cluster.create(configMap(name));
  cluster.create(configMap('elsewhere', {}, 'other'));
  cluster.create(secret('canary-4711'));
  return cluster;
}

async function exported(use: (cluster: StandInCluster, repo: string) => Promise<void>, run: RunOptions = {}, cluster = shop()): Promise<void> {
  await withFolder(async (folder) => {
    const repo = join(folder, 'repo.git');
    await exportOnce(cluster, repo, { options: WITH_KEY, ...run });
    await use(cluster, repo);
  });
}

describe('comparing live with a commit', () => {
  it('finds nothing right after an export, and counts every object', async () => {
    await exported(async (cluster, repo) => {
      const { lines, comparison } = await compared(cluster, repo);

      expect(lines).to.deep.equal([]);
      expect(comparison.uncovered).to.deep.equal([]);
      expect(comparison.tally.counts.equal).to.be.greaterThan(20);
      expect(comparison.tally.scopes().find(({ type, namespace }) => type === 'configmaps' && namespace === 'shop')?.counts).to.deep.include({ equal: 3, skipped: 1 });
      expect([...comparison.tally.skippedBy.keys()]).to.include('core/skip-root-ca');
    });
  });

  it('finds what was changed, deleted and created, and nothing else', async () => {
    await exported(async (cluster, repo) => {
      cluster.patchMerge('configmaps', 'shop', 'a', { data: { key: 'other', more: '1' } }, { manager: 'alice' });
      cluster.remove('configmaps', 'shop', 'b');
      cluster.create(configMap('new'));

      const { lines, findings } = await compared(cluster, repo);

      expect(lines).to.deep.equal(['differs shop configmaps/a', 'extra shop configmaps/new', 'missing shop configmaps/b']);
      const fields = findings.find(({ verdict }) => verdict === 'differs')?.difference?.fields;
      expect(fields?.map(({ path, before, after, class: kind, managers }) => [path, before, after, kind, managers])).to.have.deep.members([
        ['data.key', 'value', 'other', 'intent', ['alice']],
        ['data.more', undefined, '1', 'intent', ['alice']],
      ]);
    });
  });

  it('finds a change among many big objects, in whichever batch it comes', async () => {
    const cluster = shop();
    for (let i = 0; i < 400; i++) cluster.create(configMap(`big-${i}`, { text: 'x'.repeat(30_000), serial: `${i}` }));
    await exported(async (_, repo) => {
      cluster.patchMerge('configmaps', 'shop', 'big-7', { data: { serial: 'seven' } });
      cluster.patchMerge('configmaps', 'shop', 'big-399', { data: { serial: 'last' } });

      const { lines, findings } = await compared(cluster, repo);

      expect(lines).to.deep.equal(['differs shop configmaps/big-399', 'differs shop configmaps/big-7']);
      expect(findings.flatMap(({ difference }) => difference?.fields.map(({ path }) => path))).to.deep.equal(['data.serial', 'data.serial']);
    }, {}, cluster);
  });

  it('does not compare what is being deleted', async () => {
    const cluster = shop();
    cluster.create({ ...configMap('stuck'), metadata: { name: 'stuck', namespace: 'shop', finalizers: ['example.org/hold'] } });
    await exported(async (_, repo) => {
      cluster.patchMerge('configmaps', 'shop', 'stuck', { data: { key: 'later' } });
      cluster.remove('configmaps', 'shop', 'stuck');

      const { lines, findings } = await compared(cluster, repo);

      expect(lines).to.deep.equal(['terminating shop configmaps/stuck']);
      expect(findings[0]?.reason).to.equal('being deleted; it waits for example.org/hold');
    }, {}, cluster);
  });

  for (const secrets of ['digest', 'plain'] as const) {
    it(`sees that a Secret's value changed in mode ${secrets}, and shows none`, async () => {
      const policy = testPolicy(secrets === 'plain' ? { secrets, digestKey: null } : {});
      await exported(async (cluster, repo) => {
        cluster.patchMerge('secrets', 'shop', 'password', { data: { password: base64('canary-4712') } });

        const { lines, findings } = await compared(cluster, repo);

        expect(lines).to.deep.equal(['differs shop secrets/password']);
        expect(findings[0]?.difference?.fields).to.have.length(1);
        for (const canary of ['canary', base64('canary-4711'), base64('canary-4712')]) expect(JSON.stringify(findings)).to.not.contain(canary);
      }, { policy });
    });
  }

  it('shows values in mode plain where that was asked for', async () => {
    await exported(async (cluster, repo) => {
      cluster.patchMerge('secrets', 'shop', 'password', { data: { password: base64('canary-4712') } });

      const { findings } = await compared(cluster, repo, { options: { reveal: true } });

      expect(findings[0]?.difference?.fields[0]).to.deep.include({ before: base64('canary-4711'), after: base64('canary-4712') });
    }, { policy: testPolicy({ secrets: 'plain', digestKey: null }) });
  });

  it('holds Secrets when the key of their digests is not here, unless sizes or labels differ', async () => {
    await exported(async (cluster, repo) => {
      cluster.patchMerge('secrets', 'shop', 'password', { data: { password: base64('canary-4712') } });
      const same = await compared(cluster, repo, { digestKey: null });
      cluster.patchMerge('secrets', 'shop', 'password', { data: { password: base64('longer') } });
      const other = await compared(cluster, repo, { digestKey: Buffer.alloc(32, 9) });

      expect(same.lines).to.deep.equal(['held shop secrets/password']);
      expect(same.findings[0]?.reason).to.contain('key of its digests is not here');
      expect(other.lines).to.deep.equal(['differs shop secrets/password']);
    });
  });

  it('compares an older commit under the rules of both', async () => {
    const stricter = 'apiVersion: kubetape.io/v1\nkind: RulePack\nname: own\nversion: 1\nrules:\n- id: own/no-notes\n  class: noise\n  match: {resources: [configmaps]}\n  dropAnnotations: [example.org/note]\n- id: own/skip-c\n  class: noise\n  match: {resources: [configmaps], names: [c]}\n  skip: true\n';
    const cluster = shop();
    cluster.patchMerge('configmaps', 'shop', 'a', { metadata: { annotations: { 'example.org/note': 'one' } } });
    await exported(async (_, repo) => {
      await exportOnce(cluster, repo, { policy: testPolicy({ packs: [...testPolicy().packs, { name: 'own', text: stricter }] }), options: WITH_KEY });
      cluster.patchMerge('configmaps', 'shop', 'a', { metadata: { annotations: { 'example.org/note': 'two' } } });
      cluster.patchMerge('configmaps', 'shop', 'b', { data: { key: 'changed' } });
      cluster.patchMerge('configmaps', 'shop', 'c', { data: { key: 'changed' } });

      const { lines, findings } = await compared(cluster, repo, { revision: 'HEAD~2' });

      expect(lines).to.deep.equal(['differs shop configmaps/b', 'skipped shop configmaps/c']);
      expect(findings.find(({ verdict }) => verdict === 'skipped')?.reason).to.equal('own/skip-c');
    }, {}, cluster);
  });

  it('finds nothing in a commit that an older emitter wrote', async () => {
    const cluster = shop();
    cluster.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'once', namespace: 'shop' }, spec: { containers: [{ name: 'app', image: 'app:1' }] } });
    cluster.patchMerge('pods', 'shop', 'once', { status: { phase: 'Succeeded' } }, { subresource: 'status' });
    await exported(async (_, repo) => {
      const path = 'namespaces/shop/pods/once.yaml';
      const text = execFileSync('git', ['--git-dir', repo, 'show', `main:${path}`], { encoding: 'utf8' });
      expect(text).to.contain('# kubetape:finished Succeeded\n');
      tamper(repo, { [path]: text.replace(/^# kubetape:finished .*\n/m, ''), '.kubetape/format': 'format: 1\nemitter: 1\n' });

      const { lines, comparison } = await compared(cluster, repo);

      expect(lines).to.deep.equal([]);
      expect(comparison.tally.counts.equal).to.be.greaterThan(20);
    }, {}, cluster);
  });

  it('names a file that somebody edited, whatever they wrote', async () => {
    await exported(async (cluster, repo) => {
      tamper(repo, {
        'namespaces/shop/configmaps/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: shop\ndata: {key: "value"}\n',
        'namespaces/shop/configmaps/b.yaml': 'not: [yaml\n',
        'namespaces/shop/configmaps/ghost.yaml': '42\n',
        'namespaces/shop/configmaps/c.yaml': null,
      });

      const { lines, findings } = await compared(cluster, repo);

      expect(lines).to.deep.equal(['differs shop configmaps/a', 'differs shop configmaps/b', 'extra shop configmaps/c', 'missing shop configmaps/ghost']);
      expect(findings.map(({ id, reason }) => `${id.name}: ${reason ?? ''}`)).to.include.members([
        'a: its text differs, though no field does: kubetape did not write it so', 'b: its file in the commit cannot be read', 'ghost: its file in the commit cannot be read',
      ]);
    });
  });

  it('refuses the commit of another cluster, unless that is meant', async () => {
    await exported(async (_, repo) => {
      const error = await compared(new StandInCluster(), repo).then(() => null, (thrown: unknown) => thrown as { code: string; message: string });
      expect(error).to.deep.include({ code: 'OTHER_CLUSTER' });
      expect((await compared(new StandInCluster(), repo, { options: { allowOtherCluster: true } })).lines).to.include('missing shop configmaps/a');
    });
  });

  it('asks nothing more when its reader leaves', async () => {
    await exported(async (cluster, repo) => {
      for (let i = 0; i < 50; i++) cluster.create(configMap(`new-${i}`));
      await withHistory(repo, async (history) => {
        const { compareLive } = await import('../../../../src/inspect/live/compare-live.js');
        const { Selection } = await import('../../../../src/inspect/selection.js');
        const snapshot = history.snapshot(history.head());
        const comparison = compareLive({ reader: cluster, history, digestKey: null }, snapshot, Selection.everything(new Map()), { reveal: false, threads: 0 }, new AbortController().signal);
        for await (const finding of comparison) {
          expect(finding.verdict).to.be.oneOf(['extra', 'held']);
          break;
        }
      });
    });
  });
});
