// The reading commands of the built program, over a small repository with a known history.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { load } from 'js-yaml';
import type { CommitInfo } from '../../src/model/tape.js';
import { unsafeLines } from '../support/clean-output.js';
import { TestRepository, yaml } from '../support/history.js';
import { testPolicy } from '../support/mirror-run.js';
import { fileAt, git } from '../support/repo.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const VALUE = 'correct-horse-battery-staple';
const HOSTILE = 'x\nforged: line\u001b[2J\u202egnp';

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describe('the reading commands', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'kubetape-read-'));
  const commits: CommitInfo[] = [];
  let repo: string;

  before(async () => {
    const repository = await TestRepository.create(folder, testPolicy({ secrets: 'plain', digestKey: null }));
    repo = repository.path;
    const deployment = (replicas: number, image: string) => repository.file('deployments.apps', {
      metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } }, spec: { replicas, template: { spec: { containers: [{ name: 'web', image }] } } },
    });
    const map = (name: string, namespace: string, data: object) => repository.file('configmaps', { metadata: { name, namespace }, data });
    const secret = repository.file('secrets', { metadata: { name: 'db', namespace: 'shop' }, type: 'Opaque', data: { password: Buffer.from(VALUE).toString('base64') } });
    const role = repository.file('clusterroles.rbac.authorization.k8s.io', { metadata: { name: HOSTILE }, rules: [] });
    const coverage = yaml({ types: { configmaps: { state: 'complete' }, 'deployments.apps': { state: 'complete' }, secrets: { state: 'partial', reason: 'forbidden' }, leases: { state: 'skipped', rules: ['core/skip-leases'] } } });
    const first = [deployment(2, 'nginx:1.25'), map('settings', 'shop', { a: '1' }), map('settings', 'other', { a: '1' }), secret, role, ['.kubetape/coverage', coverage] as const];
    commits.push(repository.commit(Object.fromEntries(first), { subject: 'Baseline', event: 'baseline' }));
    commits.push(repository.commit(Object.fromEntries([deployment(5, 'nginx:1.25')]), { managers: ['kubectl-edit'] }));
    commits.push(repository.commit(Object.fromEntries([deployment(5, 'nginx:1.26'), map('settings', 'shop', { a: '2' })]), { managers: ['helm'] }));
    commits.push(repository.commit(Object.fromEntries([[map('settings', 'shop', {})[0], null]])));
    repository.close();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function run(...argv: string[]): Promise<Result> {
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, TZ: 'Asia/Kolkata', KUBETAPE_REPOSITORY_PATH: repo };
    return new Promise((resolve) => {
      execFile(process.execPath, [MAIN, ...argv], { env, cwd: folder }, (error, out, err) => { resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }); });
    });
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- documents of many shapes
  async function json(...argv: string[]): Promise<any> {
    const { code, out, err } = await run(...argv, '-o', 'json');
    expect(code, err).to.be.oneOf([0, 3]);
    return JSON.parse(out);
  }

  describe('ls', () => {
    it('lists a type as kubectl does, and several with their types', async () => {
      expect(await run('ls', 'cm', '-A')).to.deep.equal({ code: 0, out: 'NAMESPACE   NAME\nother       settings\n', err: '1 object of 1 type\n' });
      expect((await run('ls', 'deploy,cm', '-q')).out).to.equal('NAMESPACE   NAME\nother       configmaps/settings\nshop        deployments.apps/web\n');
      expect((await run('ls', '-n', 'shop', '-l', 'app=web', '-o', 'name', '-q'))).to.deep.equal({ code: 0, out: 'deployments.apps/web\n', err: '' });
      expect((await run('ls', '--exclude', 'types=deploy,secrets', '-n', 'sh*', '-q')).out).to.equal('');
    });

    it('shows labels and the last change with -o wide', async () => {
      const [, line = ''] = (await run('ls', 'deploy', '-o', 'wide', '--at', 'HEAD~1')).out.split('\n');

      expect(line).to.match(new RegExp(`^shop +web +Deployment +apps/v1 +2025-06-15T20:36:43\\+05:30 +${commits[2]?.oid.slice(0, 12)} +app=web$`));
    });

    it('goes back in time, and says which commit that is and in which zone', async () => {
      const then = new Date((commits[2]?.committedAt ?? 0) * 1000);
      for (const at of [commits[2]?.oid.slice(0, 8) ?? '', 'HEAD~1', then.toISOString(), '2025-06-15T20:36:43']) {
        const { out, err } = await run('ls', 'cm', '-n', 'shop', '--at', at);
        expect(out, at).to.equal('NAMESPACE   NAME\nshop        settings\n');
        expect(err, at).to.contain(at.startsWith('2025') ? `is commit ${commits[2]?.oid.slice(0, 12)}` : '1 object');
      }
      expect((await run('ls', 'cm', '--at', '2025-06-15T20:36:43')).err).to.match(/Asia\/(Kolkata|Calcutta)/);
      expect((await run('ls', 'cm', '--at', '2025-06-15T20:36:43', '-q')).err).to.equal('');
    });

    it('gives every object once in a document, whatever its name', async () => {
      const { commit, objects } = await json('ls');

      expect(commit).to.equal(commits[3]?.oid);
      expect(objects.map(({ type, namespace, name }: { type: string; namespace: string | null; name: string }) => [type, namespace, name])).to.have.deep.members([
        ['clusterroles.rbac.authorization.k8s.io', null, HOSTILE], ['configmaps', 'other', 'settings'], ['deployments.apps', 'shop', 'web'], ['secrets', 'shop', 'db'],
      ]);
      expect(load((await run('ls', '-o', 'yaml')).out)).to.deep.equal({ ...(await json('ls')) });
    });

    it('reports coverage, and 3 when a type was not seen completely', async () => {
      const { code, out, err } = await run('ls', '--coverage');

      expect(code).to.equal(3);
      expect(out).to.match(/^secrets +partial +1 +forbidden$/m).and.match(/^leases +skipped +0 +core\/skip-leases$/m);
      expect(err).to.contain('not seen completely');
      expect((await run('ls', 'deploy', '--coverage')).code).to.equal(0);
      expect((await json('ls', '--coverage')).types.find(({ type }: { type: string }) => type === 'secrets')).to.include({ state: 'partial', reason: 'forbidden', objects: 1 });
    });
  });

  describe('show', () => {
    it('prints the bytes of the file, then as now', async () => {
      for (const [at, commit] of [['HEAD', commits[3]], ['HEAD~3', commits[0]]] as const) {
        expect((await run('show', 'deploy/web', '-n', 'shop', '--at', at)).out).to.equal(await fileAt(repo, commit?.oid ?? '', 'namespaces/shop/deployments.apps/web.yaml'));
      }
    });

    it('prints several as one stream, and as one List', async () => {
      const { out } = await run('show', 'deploy/web', 'cm/settings');
      expect(out.split('---\n')).to.have.length(2);
      expect((await json('show', 'deploy/web', 'cm/settings')).items.map(({ kind }: { kind: string }) => kind)).to.deep.equal(['Deployment', 'ConfigMap']);
    });

    it('shows no value of a Secret without --reveal, in no form', async () => {
      const encoded = Buffer.from(VALUE).toString('base64');
      for (const form of ['yaml', 'json', 'table', 'wide', 'name']) {
        const { code, out, err } = await run('show', 'secret/db', '-n', 'shop', '-o', form);
        expect([code, out.includes(encoded), out.includes(VALUE)], form).to.deep.equal([0, false, false]);
        expect(err).to.contain('--reveal');
      }
      expect((await run('show', 'secret/db', '-n', 'shop', '--reveal')).out).to.contain(encoded);
    });

    it('says with 2 what is not there, not one, or not named', async () => {
      for (const [argv, words] of [[['show', 'deploy/wbe'], 'web'], [['show', 'cm/settings', '--at', 'HEAD~1', '-q'], 'other'], [['show', 'deplo/web'], 'deployments.apps'], [['show'], 'TYPE/NAME'], [['ls', 'cm/none'], 'none']] as const) {
        const { code, out, err } = await run(...argv);
        expect([code, out], argv.join(' ')).to.deep.equal([2, '']);
        expect(err, argv.join(' ')).to.match(/^error: .+\nhint: .+\n$/).and.contain(words);
      }
    });
  });

  describe('log', () => {
    it('tells what changed, when, by whom, newest first, through a deletion', async () => {
      const { out } = await run('log', 'deploy/web', 'cm/settings', '-n', 'shop');

      expect(out.replaceAll(/[0-9a-f]{12} /g, '<id> ')).to.equal(`commit <id>  2025-06-15T20:36:44+05:30  change
  shop: delete configmaps/settings

commit <id>  2025-06-15T20:36:43+05:30  change  by helm
  shop: update configmaps/settings
      data.a 1 → 2
  shop: update deployments.apps/web
      image nginx:1.25 → 1.26

commit <id>  2025-06-15T20:36:42+05:30  change  by kubectl-edit
  shop: update deployments.apps/web
      spec.replicas 2 → 5

commit <id>  2025-06-15T20:36:41+05:30  first snapshot
    baseline: was there when the mirror began
  shop: create configmaps/settings
  shop: create deployments.apps/web
`);
    });

    it('takes a part of the time, and so many commits', async () => {
      const ids = async (...argv: string[]) => (await run('log', '-o', 'name', ...argv)).out.trim().split('\n');
      const all = commits.map(({ oid }) => oid).reverse();

      expect(await ids()).to.deep.equal(all);
      expect(await ids('--max-count', '2')).to.deep.equal(all.slice(0, 2));
      expect(await ids('--at', 'HEAD~2')).to.deep.equal(all.slice(2));
      expect(await ids('--since', '2025-06-15T15:06:42Z', '--until', '2025-06-15T20:36:43')).to.deep.equal([all[1], all[2]]);
      expect(await ids('--since', commits[2]?.oid ?? '')).to.deep.equal(all.slice(0, 2));
      expect(await run('log', 'cm', '--since', '2026-01-01', '-q')).to.deep.equal({ code: 0, out: '', err: '' });
      expect((await run('log', 'cm/never')).code).to.equal(2);
      expect((await run('log', '--max-count', 'many')).code).to.equal(2);
    });

    it('prints patches that git applies, and counts', async () => {
      const { entries } = await json('log', 'deploy/web', '--patch');
      expect(entries[0].objects[0].patch).to.contain('-        image: nginx:1.25\n+        image: nginx:1.26\n');
      expect((await run('log', 'deploy/web', '--patch', '--max-count', '1')).out).to.contain(entries[0].objects[0].patch);
      expect((await run('log', '--stat', '--max-count', '1')).out).to.match(/^ {2}configmaps +0 +0 +1 +0$/m);
      expect((await json('log', '--stat', '--at', 'HEAD~3')).entries[0].stat).to.deep.include({ type: 'deployments.apps', created: 1, updated: 0, deleted: 0, other: 0 });
    });

    it('shows no value of a Secret, and nothing of a name that a terminal would obey', async () => {
      for (const form of ['table', 'wide', 'json', 'yaml', 'name']) {
        for (const more of [[], ['--patch']]) {
          const { out, err } = await run('log', '-o', form, ...more);
          expect(out, form).to.not.contain(Buffer.from(VALUE).toString('base64')).and.not.contain(VALUE);
          expect(unsafeLines(out + err), form).to.deep.equal([]);
        }
      }
    });
  });

  describe('blame', () => {
    it('names the commit and the manager of each line and field', async () => {
      const lines = (await run('blame', 'deploy/web', '-n', 'shop')).out.split('\n');
      const line = (text: string): string => lines.find((each) => each.endsWith(text)) ?? '';

      expect(line('replicas: 5')).to.match(new RegExp(`^${commits[1]?.oid.slice(0, 12)}  2025-06-15T20:36:42\\+05:30  kubectl-edit   `));
      expect(line('image: nginx:1.26')).to.match(new RegExp(`^${commits[2]?.oid.slice(0, 12)} .* helm `));
      expect(line('kind: Deployment')).to.match(new RegExp(`^${commits[0]?.oid.slice(0, 12)} .*\\(baseline\\)`));
      const { fields } = await json('blame', 'deploy/web', '-n', 'shop');
      expect(fields.find(({ path }: { path: string }) => path === 'spec.replicas')).to.deep.include({ keys: ['spec', 'replicas'], value: 5, commit: commits[1]?.oid, managers: ['kubectl-edit'] });
      expect((await run('blame', 'deploy/web', 'cm/settings')).code).to.equal(2);
    });
  });

  describe('point', () => {
    it('names a commit for every other command, and takes the name back', async () => {
      expect(await run('point', 'create', 'good', '--at', 'HEAD~1', '-m', 'it worked', '-o', 'name', '-q')).to.deep.equal({ code: 0, out: 'good\n', err: '' });
      expect(await git(repo, ['cat-file', '-t', 'good'])).to.equal('tag');
      const { points } = await json('point', 'list');
      expect(points).to.have.length(1);
      expect(points[0]).to.include({ name: 'good', commit: commits[2]?.oid, message: 'it worked' });
      expect((await run('ls', 'cm', '-n', 'shop', '--at', 'good', '-q', '-o', 'name')).out).to.equal('configmaps/settings\n');
      expect((await run('point', 'create', 'good')).code).to.not.equal(0);
      expect((await run('status')).out).to.match(/^Points: +good$/m);
      expect((await run('point', 'rm', 'good')).code).to.equal(0);
      expect((await json('point', 'list')).points).to.deep.equal([]);
      expect((await run('point', 'rm', 'good')).code).to.equal(2);
    });
  });

  it('status of a repository says what is not synced, with 3', async () => {
    const { code, out } = await run('status');

    expect(code).to.equal(3);
    expect(out).to.contain(`Repository:  ${repo}, branch main`).and.match(/^secrets +\? +forbidden$/m);
    expect(await json('status')).to.deep.include({ source: 'repository', churning: [], points: [] });
  });

  it('every command has help with examples and its forms', async () => {
    for (const command of ['ls', 'show', 'log', 'blame', 'diff', 'verify', 'status', 'completion', 'point create', 'point list', 'point rm']) {
      const { code, out } = await run(...command.split(' '), '--help');
      expect([code, out.includes('Examples:'), out.includes('$ kubetape ') || out.includes('kubetape completion')], command).to.deep.equal([0, true, true]);
    }
    expect((await run('diff', 'deploy/web')).err).to.contain('-- deploy/web');
    expect((await run('ls', '-o', 'junit')).err).to.contain('table, wide, yaml, json, name');
  });
});
