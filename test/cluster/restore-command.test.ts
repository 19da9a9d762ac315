// plan, restore and revert as a person runs them: the built program against a real API server.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { z } from 'zod';
import { MERGE_PATCH, type AnyJson, type Reference } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import type { Daemon, Exit } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { Workshop } from '../support/kubetape.js';
import { configMap, deployment, grant, namespace, object, secret, service, withMetadata } from '../support/objects.js';
import { deleted } from '../support/restore-bed.js';
import { canary, tracesOf } from '../support/secret-traces.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'put-back-command';
const VALUE = canary();
const SETTINGS = configMap(NS, 'settings', { a: '1' });
const PASSWORD = secret(NS, 'password', { value: VALUE });
const WEB = deployment(NS, 'web', 2, 'registry.example/app:1');
const SERVICE = service(NS, 'web', { type: 'NodePort' });
const FROZEN: Reference = { ...configMap(NS, 'frozen', { a: '1' }), immutable: true };
const MANY = 60;
const many = Array.from({ length: MANY }, (_, i) => configMap(NS, `many-${i}`, { i: String(i) }));
const SCHEMA = (name: string): ReturnType<typeof z.fromJSONSchema> => z.fromJSONSchema(JSON.parse(readFileSync(new URL(`../../docs/schema/${name}`, import.meta.url), 'utf8')) as Parameters<typeof z.fromJSONSchema>[0]);

describe('plan, restore and revert, the commands', function () {
  this.timeout(300_000);
  let plane: ControlPlane;
  const shop = new Workshop();
  let repo: string;
  /** Everything that a command wrote anywhere. */
  let said = '';
  const codes = new Set<number | null>();
  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await plane.api.create(namespace(NS));
    await Promise.all([SETTINGS, PASSWORD, WEB, SERVICE, FROZEN, ...many].map((each) => plane.api.create(each)));
    repo = shop.repository();
    expect((await shop.run(plane, ['export', '--repo', repo, '--secrets', 'plain'])).code).to.equal(0);
  });
  after(async () => { await shop.remove(); });

  async function kubetape(...args: readonly string[]): Promise<Exit> {
    const end = await shop.run(plane, args.includes('--repo') ? args : [...args, '--repo', repo]);
    said += end.stdout + end.stderr;
    codes.add(end.code);
    return end;
  }
  const restore = (...args: readonly string[]): Promise<Exit> => kubetape('restore', ...args, '--yes', '--settle', '0');
  const journals = (): string[] => readdirSync(shop.path('home', '.local', 'state', 'kubetape', 'runs')).sort();
  const json = (text: string): AnyJson => JSON.parse(text);

  it('shows an accidental delete, puts it back, proves it, and has nothing to do the second time', async () => {
    const before = await plane.api.get(SERVICE);
    await Promise.all([plane.api.delete(SERVICE), plane.api.delete(PASSWORD), plane.api.patch(SETTINGS, { data: { a: '2' } }, { contentType: MERGE_PATCH })]);

    const plan = await kubetape('plan', 'HEAD', '-n', NS);
    expect(plan.code).to.equal(1);
    expect(plan.stdout).to.contain(`+ create services/web in ${NS}`).and.contain(`+ create secrets/password in ${NS}`).and.contain('data.a 2 → 1');
    expect(plan.stdout.trimEnd().split('\n').at(-1)).to.match(/^A restore would write 3 objects: create 2, update 1 \(each passed a dry run\); \d+ objects are as the commit says$/);
    expect(await plane.api.find(SERVICE), 'a plan writes nothing').to.equal(null);

    const done = await restore('HEAD', '-n', NS, '--report', shop.path('report'));
    expect(done.code, done.stderr).to.equal(0);
    expect(done.stdout).to.match(/Restored and verified: 3 of 3 planned objects are as commit [0-9a-f]{12} says/);
    expect((await plane.api.get(SERVICE)).spec.clusterIP).to.equal(before.spec.clusterIP);
    expect((await kubetape('verify', 'HEAD', '-n', NS)).code).to.equal(0);

    const again = await kubetape('restore', 'HEAD', '-n', NS);
    expect([again.code, again.stdout.trimEnd().split('\n').at(-1)]).to.deep.equal([0, `Nothing to write: ${5 + MANY + 1} objects are as the commit says`]);
  });

  it('writes reports of their schemas, and a plan as -o json that is the file of --out', async () => {
    await plane.api.delete(SETTINGS);
    const out = shop.path('plan.json');
    const plan = await kubetape('plan', 'HEAD', 'cm', '-n', NS, '-o', 'json', '--out', out);
    const checked = SCHEMA('plan.v1.json').safeParse(json(plan.stdout));
    expect(checked.success, checked.error?.message).to.equal(true);
    const file = json(readFileSync(out, 'utf8'));
    expect({ ...file, createdAt: '' }).to.deep.equal({ ...json(plan.stdout), createdAt: '' });

    const done = await restore('HEAD', 'cm', '-n', NS, '-o', 'json', '--report', shop.path('report'));
    expect(done.code, done.stderr).to.equal(0);
    expect(json(done.stdout)).to.deep.include({ result: 'restored', exitCode: 0 });
    expect(json(readFileSync(shop.path('report', 'report.json'), 'utf8'))).to.deep.equal(json(done.stdout));
    const report = SCHEMA('restore-report.v1.json').safeParse(json(done.stdout));
    expect(report.success, report.error?.message).to.equal(true);
    expect(readdirSync(shop.path('report')).sort()).to.deep.equal(['junit.xml', 'report.json', 'report.md']);
  });

  it('brings back what a restore changed, by the command that it names', async () => {
    await plane.api.patch(SETTINGS, { data: { a: 'before' } }, { contentType: MERGE_PATCH });
    const done = await restore('HEAD', 'cm/settings', '-n', NS);
    expect((await plane.api.get(SETTINGS)).data).to.deep.equal({ a: '1' });
    const [, back = ''] = /To put that back: kubetape (.*)/.exec(done.stdout) ?? [];
    const [command = '', ...words] = back.replace(/ --(?:repo|kubeconfig) \S+/g, '').split(' ');

    const undone = await kubetape(command, ...words, '--yes', '--settle', '0');
    expect(undone.code, undone.stderr).to.equal(0);
    expect((await plane.api.get(SETTINGS)).data).to.deep.equal({ a: 'before' });
    await restore('HEAD', 'cm/settings', '-n', NS);
  });

  it('carries out a plan file as far as it still holds', async () => {
    const out = shop.path('stale.json');
    await Promise.all([plane.api.delete(SETTINGS), plane.api.delete(SERVICE)]);
    await kubetape('plan', 'HEAD', '-n', NS, '--out', out);
    // Somebody was quicker, with another content: to change it was not agreed upon.
    await plane.api.create(configMap(NS, 'settings', { a: 'somebody' }));

    const done = await kubetape('restore', '--plan', out, '--yes', '--settle', '0');
    expect(done.code).to.equal(3);
    expect(done.stdout).to.contain(`configmaps/settings in ${NS}`).and.contain('stale');
    expect((await plane.api.get(SETTINGS)).data).to.deep.equal({ a: 'somebody' });
    expect(await plane.api.find(SERVICE)).not.to.equal(null);
    expect((await restore('HEAD', '-n', NS)).code).to.equal(0);
  });

  it('refuses before the first write: no scope, no confirmation, a name that is not there, another cluster, rights', async () => {
    await plane.api.delete(SETTINGS);
    const refusals: readonly (readonly [args: readonly string[], code: number, words: string])[] = [
      [['restore', 'HEAD', '--yes'], 2, 'needs a scope'],
      [['plan', 'HEAD'], 2, 'needs a scope'],
      [['revert', 'HEAD~1..HEAD'], 2, 'needs a scope'],
      [['restore', 'HEAD', '-n', NS], 5, 'Nobody was there to confirm'],
      [['restore', 'HEAD', '-n', NS, '-o', 'json'], 5, 'Nobody was there to confirm'],
      [['restore', 'HEAD', 'deploy/wbe', '-n', NS, '--yes'], 2, 'does not have deployments.apps/wbe'],
      [['restore', 'HEAD', '-n', 'nowhere', '--yes'], 2, 'has nothing of this scope'],
      [['restore', 'deploy/web', '-n', NS, '--yes'], 2, 'The revision comes first'],
      [['restore', 'HEAD', '-n', NS, '--resume', 'last'], 2, '--resume says already'],
      [['restore', '--resume', 'nobody', '--yes'], 2, 'There is no run'],
      [['restore', '--plan', shop.path('absent.json'), '--yes'], 2, 'cannot be read'],
      [['plan', 'HEAD', '-n', NS, '--context', 'nobody'], 10, 'nobody'],
      [['plan', 'HEAD', '-n', NS, '--repo', shop.path('sha256.git')], 11, 'SHA-256'],
    ];
    const runs = journals();
    execFileSync('git', ['init', '-q', '--bare', '--object-format=sha256', shop.path('sha256.git')]);
    for (const [args, code, words] of refusals) {
      const end = await kubetape(...args);
      expect([end.code, end.stderr], args.join(' ')).to.satisfy(([ended, text]: [number, string]) => ended === code && text.includes(words), `${args.join(' ')}: ${end.code} ${end.stderr}`);
    }
    const demo = shop.repository();
    expect((await shop.program(['demo', '--repo', demo]).waitForExit()).code).to.equal(0);
    const other = await shop.run(plane, ['restore', 'HEAD', '-n', 'shop', '--yes', '--repo', demo]);
    expect([other.code, other.stderr]).to.satisfy(([code, text]: [number, string]) => code === 5 && text.includes('another cluster'), other.stderr);
    // Whoever may read everything and write nothing gets a plan that says so, and does not begin.
    const rights = grant('viewer', {}, null, 'restore-command-viewer');
    for (const each of rights) await plane.api.create(each);
    try {
      const plan = await shop.run(plane, ['plan', 'HEAD', 'cm/settings', '-n', NS, '--repo', repo], 'viewer');
      expect([plan.code, plan.stdout]).to.satisfy(([code, text]: [number, string]) => code === 4 && text.includes('The server refuses now (1)'), `${plan.code} ${plan.stdout} ${plan.stderr}`);
      const viewer = await shop.run(plane, ['restore', 'HEAD', 'cm/settings', '-n', NS, '--yes', '--repo', repo], 'viewer');
      expect([viewer.code, viewer.stderr]).to.satisfy(([code, text]: [number, string]) => code === 5 && text.includes('rights that are missing: the right to create configmaps'), `${viewer.code} ${viewer.stderr}`);
    } finally {
      for (const each of rights) await plane.api.delete(each);
    }
    expect(await plane.api.find(SETTINGS)).to.equal(null);
    expect(journals()).to.deep.equal(runs);
    expect((await restore('HEAD', 'cm', '-n', NS)).code).to.equal(0);
  });

  it('recreates only when it was told to, and says so before', async () => {
    await plane.api.delete(FROZEN);
    await plane.api.create({ ...FROZEN, data: { a: 'another' } });
    const kept = await restore('HEAD', 'cm/frozen', '-n', NS);
    expect(kept.code).to.equal(3);
    expect(kept.stdout).to.contain('immutable: stays as it is live').and.contain('--on-immutable recreate');

    const plan = await kubetape('plan', 'HEAD', 'cm/frozen', '-n', NS, '--on-immutable', 'recreate');
    expect(plan.stdout.indexOf('Objects are deleted and created again (1)')).to.be.greaterThan(0).and.lessThan(plan.stdout.indexOf('Wave '));
    const done = await restore('HEAD', 'cm/frozen', '-n', NS, '--on-immutable', 'recreate');
    expect(done.code, done.stderr).to.equal(0);
    expect(done.stderr).to.contain(`recreated: configmaps/frozen in ${NS}`);
    expect((await plane.api.get(FROZEN)).data).to.deep.equal({ a: '1' });
  });

  it('takes a change back, and leaves what was changed since', async () => {
    const [mine, theirs] = [configMap(NS, 'reverted', { x: '1', y: '1' }), configMap(NS, 'kept', { x: '1' })];
    const head = async (): Promise<string> => (await shop.run(plane, ['export', '--repo', repo, '--secrets', 'plain', '-o', 'name'])).stdout.trim();
    for (const each of [mine, theirs]) await plane.api.create(each);
    const from = await head();
    for (const each of [mine, theirs]) await plane.api.patch(each, { data: { x: 'bad' } }, { contentType: MERGE_PATCH });
    const to = await head();
    await plane.api.patch(mine, { data: { y: 'later' } }, { contentType: MERGE_PATCH });
    await plane.api.patch(theirs, { data: { x: 'better' } }, { contentType: MERGE_PATCH });

    const done = await kubetape('revert', `${from}..${to}`, '-n', NS, '--yes', '--settle', '0');
    expect(done.code, done.stderr).to.equal(3);
    expect((await plane.api.get(mine)).data).to.deep.equal({ x: '1', y: 'later' });
    expect((await plane.api.get(theirs)).data).to.deep.equal({ x: 'better' });
    expect(done.stdout).to.contain(`configmaps/kept in ${NS}`).and.contain('data.x');
    for (const each of [mine, theirs]) await plane.api.delete(each);
    await head();
  });

  describe('interrupted', () => {
    let proxy: FaultyProxy;
    before(async () => { proxy = await FaultyProxy.start(plane); });
    after(async () => { await proxy?.stop(); });

    /** A restore of many objects that has written some and is held up in the middle. */
    async function halfway(fault: Parameters<FaultyProxy['inject']>[0]['fault']): Promise<Daemon> {
      await Promise.all(many.map((each) => plane.api.delete(each)));
      proxy.inject({ method: 'POST', path: new RegExp(`/namespaces/${NS}/configmaps$`), query: /^(?!.*dryRun=)/, skip: 20, fault });
      const before = journals();
      const running = shop.program(['restore', 'HEAD', 'cm', '-n', NS, '--yes', '--settle', '0', '--concurrency', '4', '--repo', repo, '--kubeconfig', proxy.kubeconfig()]);
      await eventually(() => {
        const [journal] = journals().filter((name) => !before.includes(name));
        return journal !== undefined && results(journal) >= 10;
      }, { timeoutMs: 60_000, describe: 'results in the journal' });
      return running;
    }
    const results = (journal: string): number => readFileSync(shop.path('home', '.local', 'state', 'kubetape', 'runs', journal), 'utf8').split('"kind":"result"').length - 1;
    const live = async (): Promise<number> => (await plane.api.list('v1', 'ConfigMap', NS)).filter(({ metadata }: AnyJson) => /^many-/.test(metadata.name)).length;

    it('by kill -9: --resume last does the rest', async () => {
      const running = await halfway({ kind: 'stall', afterBytes: 0 });
      running.signal('SIGKILL');
      said += Object.values(await running.exited).join('\n');
      proxy.heal();
      expect(await live()).to.be.lessThan(MANY);

      const done = await kubetape('restore', '--resume', 'last', '--yes', '--settle', '0');
      expect(done.code, done.stderr).to.equal(0);
      expect(done.stderr).to.match(/^Run \S+ goes on$/m);
      expect(done.stdout).to.contain('The state of before is saved as refs/kubetape/pre-restore/');
      expect(await live()).to.equal(MANY);
      expect((await kubetape('verify', 'HEAD', '-n', NS)).code).to.equal(0);
    });

    it('by Ctrl-C: it ends by the signal, says how to go on, and that works', async () => {
      const running = await halfway({ kind: 'delay', ms: 400 });
      running.signal('SIGINT');
      const ended = await running.waitForExit(60_000);
      said += ended.stdout + ended.stderr;
      proxy.heal();
      expect([ended.code, ended.signal]).to.deep.equal([null, 'SIGINT']);
      expect(ended.stdout).to.contain('Interrupted, not verified');
      const [, run = ''] = /To go on: kubetape restore --resume (\S+)/.exec(ended.stdout) ?? [];
      expect(await live()).to.be.lessThan(MANY);

      const done = await kubetape('restore', '--resume', run, '--yes', '--settle', '0');
      expect(done.code, done.stderr).to.equal(0);
      expect(await live()).to.equal(MANY);
    });

    it('by a server that stays away: it ends with 7, says how to go on, and that works', async () => {
      const running = await halfway({ kind: 'delay', ms: 400 });
      await proxy.stop();
      const ended = await running.waitForExit(120_000);
      said += ended.stdout + ended.stderr;
      codes.add(ended.code);
      proxy = await FaultyProxy.start(plane);
      expect(ended.code, ended.stderr).to.equal(7);
      const [, run = ''] = /To go on: kubetape restore --resume (\S+)/.exec(ended.stdout) ?? [];

      const done = await kubetape('restore', '--resume', run, '--yes', '--settle', '0');
      expect(done.code, done.stderr).to.equal(0);
      expect(await live()).to.equal(MANY);
    });
  });

  it('an object that the server refuses ends in the report, with the words of the server', async () => {
    const quota = object('v1', 'ResourceQuota', NS, 'no-services', { spec: { hard: { 'count/services': '0' } } });
    await Promise.all([plane.api.delete(SERVICE), plane.api.create(quota)]);
    const failed = await restore('HEAD', 'service/web', '-n', NS);
    expect(failed.code, failed.stderr).to.equal(4);
    expect(failed.stdout).to.match(/exceeded quota|status unknown for quota/);
    await deleted(plane, quota);
    expect((await restore('HEAD', 'service/web', '-n', NS)).code).to.equal(0);
  });

  it('names of objects that would break a terminal come out harmless', async () => {
    const hostile = withMetadata({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: '', namespace: NS }, rules: [] }, { name: 'x\u001b]0;owned\u0007\nforged' });
    await plane.api.create(hostile);
    await shop.run(plane, ['export', '--repo', repo, '--secrets', 'plain']);
    await plane.api.delete(hostile);
    for (const output of ['table', 'wide', 'md', 'name', 'json', 'yaml']) {
      const { stdout } = await kubetape('plan', 'HEAD', 'role', '-n', NS, '-o', output);
      expect(stdout, output).to.not.match(/[\x00-\x08\x0b-\x1f\x7f]/).and.not.match(/^forged/m);
    }
    const done = await restore('HEAD', 'role', '-n', NS);
    expect(done.stdout + done.stderr).to.not.match(/[\x00-\x08\x0b-\x1f\x7f]/);
  });

  describe('after all of this', () => {
    it('acceptance 25: no value of a Secret is in anything that was written', () => {
      const runs = journals().map((name) => readFileSync(shop.path('home', '.local', 'state', 'kubetape', 'runs', name), 'utf8'));
      const files = [shop.path('plan.json'), shop.path('stale.json'), ...readdirSync(shop.path('report')).map((name) => shop.path('report', name))].map((path) => readFileSync(path, 'utf8'));
      expect(said.length).to.be.greaterThan(10_000);
      expect(tracesOf(VALUE, [said, ...runs, ...files].join('\n'))).to.deep.equal([]);
    });

    it('acceptance 27: each exit code was met by its scenario', () => {
      expect([...codes].sort((x, y) => Number(x) - Number(y))).to.deep.equal([0, 1, 2, 3, 4, 5, 7, 10, 11]);
    });
  });
});
