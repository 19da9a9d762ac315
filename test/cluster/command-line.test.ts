// The program as people and supervisors meet it: exit codes, messages, signals, health, configuration that changes.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AnyJson } from '../support/api-client.js';
import { makeCertificates } from '../support/certificates.js';
import type { ControlPlane } from '../support/control-plane.js';
import { tokenOf, writeKubeconfig } from '../support/control-plane-files.js';
import { httpGet, type Daemon, type Exit } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { Workshop } from '../support/kubetape.js';
import { configMap, grant, namespace, secret } from '../support/objects.js';
import { changes, fileAt, fsck, git, log, tree } from '../support/repo.js';
import { freePorts } from '../support/server-process.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'command-line';
const SECRET = /^namespaces\/[^/]+\/secrets\//;
const MAP = `namespaces/${NS}/configmaps/kept.yaml`;

describe('the command line over a cluster', function () {
  const workshop = new Workshop();
  let plane: ControlPlane;
  /** A good repository of this cluster; tests that harm one work on a copy. */
  let good: string;
  let copies = 0;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await plane.api.create(namespace(NS));
    await plane.api.create(configMap(NS, 'kept'));
    await plane.api.create(secret(NS, 'guarded'));
    good = workshop.repository();
    expect((await workshop.run(plane, ['export', '--repo', good])).code).to.equal(0);
  });

  after(() => workshop.remove());

  /** A copy of the good repository, with the key of its digests. */
  function copy(): string {
    const path = workshop.path(`copy-${++copies}.git`);
    execFileSync('cp', ['-r', good, path]);
    execFileSync('cp', [`${good}.digest-key`, `${path}.digest-key`]);
    return path;
  }

  /** What a failure must not touch. */
  function content(repository: string): string {
    const files = readdirSync(repository, { recursive: true, withFileTypes: true }).filter((each) => each.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    const refs = files.filter((file) => /\/(refs\/.*|packed-refs)$/.test(file));
    return [...files.map((file) => `${file} ${statSync(file).size}`), ...refs.map((file) => `${file}: ${readFileSync(file, 'utf8')}`)].sort().join('\n');
  }

  /** Runs it on a repository that must come out as it was; the answer is one error with a hint. */
  async function refused(repository: string, code: number, words: RegExp, run: () => Promise<Exit>): Promise<Exit> {
    const before = content(repository);
    const exit = await run();
    expect(exit.code, exit.stderr).to.equal(code);
    expect(exit.stderr).to.match(words).and.match(/^hint: ./m);
    expect(exit.stderr.match(/^error: /gm)).to.have.length(1);
    expect(exit.stderr).not.to.match(/^\s+at /m);
    expect(content(repository)).to.equal(before);
    return exit;
  }

  const exporting = (repository: string, args: readonly string[]): (() => Promise<Exit>) => () => workshop.program(['export', '--repo', repository, ...args]).waitForExit();
  const exportOf = (repository: string): (() => Promise<Exit>) => exporting(repository, ['--kubeconfig', plane.kubeconfig()]);

  function kubeconfig(name: string, changed: { readonly server?: string; readonly ca?: string; readonly token?: string }): string[] {
    return ['--kubeconfig', writeKubeconfig(workshop.path(name), { server: plane.server, ca: plane.ca, user: 'admin', token: tokenOf('admin'), ...changed })];
  }

  describe('when the cluster says no', () => {
    it('ends with 10 for a server that is not there', async () => {
      const [port] = await freePorts(1);
      await refused(good, 10, /^error: Could not .*127\.0\.0\.1/m, exporting(good, kubeconfig('nobody-there', { server: `https://127.0.0.1:${port}` })));
    });

    it('ends with 10 for a certificate of another authority', async () => {
      await refused(good, 10, /certificate/i, exporting(good, kubeconfig('wrong-ca', { ca: makeCertificates().ca })));
    });

    it('ends with 10 for a token that is not valid, and does not show it', async () => {
      const { stderr } = await refused(good, 10, /401 Unauthorized/, exporting(good, ['-v', ...kubeconfig('expired', { token: 'an-expired-token' })]));
      expect(stderr).not.to.contain('an-expired-token');
    });

    it('ends with 10 for a user who may not list anything, also for a new repository', async () => {
      await refused(good, 10, /403|forbidden|may not/i, exporting(good, ['--kubeconfig', plane.kubeconfig('nobody')]));
      const fresh = workshop.repository();
      expect((await exporting(fresh, ['--kubeconfig', plane.kubeconfig('nobody')])()).code).to.equal(10);
      expect(existsSync(fresh) ? await log(fresh, 'main') : []).to.deep.equal([]);
    });

    it('gives the error as JSON with -o json', async () => {
      const [port] = await freePorts(1);
      const { stderr, code } = await exporting(good, ['-o', 'json', '--log-level', 'error', ...kubeconfig('nobody-there', { server: `https://127.0.0.1:${port}` })])();
      const { error } = JSON.parse(stderr);
      expect(error).to.include({ code: 'UNREACHABLE', exitCode: 10 });
      expect([code, typeof error.hint, typeof error.message]).to.deep.equal([10, 'string', 'string']);
    });

    it('ends with 3 when some types are refused: mirrors the rest and removes nothing', async () => {
      const repository = copy();
      const rights = grant('mirror', { resources: ['namespaces', 'configmaps', 'services', 'deployments', 'roles'] }, null, 'command-line-part');
      for (const each of rights) await plane.api.create(each);
      try {
        await plane.api.create(configMap(NS, 'news'));
        const exit = await eventually(async () => {
          const last = await exporting(repository, ['--kubeconfig', plane.kubeconfig('mirror')])();
          return last.code === 10 ? null : last; // rights take a moment
        });
        expect(exit.code, exit.stderr).to.equal(3);
        expect(exit.stderr).to.match(/^not complete: secrets: .*forbidden/m);
        expect((await changes(repository, 'main~1', 'main')).filter(({ status }) => status === 'D')).to.deep.equal([]);
        expect(await fileAt(repository, 'main', `namespaces/${NS}/configmaps/news.yaml`)).to.contain('key: value');
        expect(await fileAt(repository, 'main', `namespaces/${NS}/secrets/guarded.yaml`)).to.contain('type: Opaque');
        expect((await log(repository, 'main'))[0]?.trailers.get('Kubetape-Coverage')?.[0]).to.match(/^partial \(/);
      } finally {
        for (const each of rights) await plane.api.delete(each);
        await plane.api.delete(configMap(NS, 'news'));
      }
    });
  });

  describe('when the repository says no', () => {
    it('ends with 11 while another process writes into it', async () => {
      const repository = copy();
      const daemon = workshop.start(plane, ['mirror', '--repo', repository]);
      await daemon.waitForLine(/First complete sync/);
      const { code, stderr } = await exportOf(repository)();
      expect([code, /^error: The repository is locked: process \d+/m.test(stderr), /^hint: /m.test(stderr)], stderr).to.deep.equal([11, true, true]);
      expect(daemon.running).to.equal(true);
      await daemon.stop();
      expect((await exportOf(repository)()).code).to.equal(0);
    });

    it('ends with 11 when it is damaged', async () => {
      const repository = copy();
      const packs = join(repository, 'objects', 'pack');
      for (const name of readdirSync(packs)) if (name.endsWith('.pack')) truncateSync(join(packs, name), 100);
      await refused(repository, 11, /^error: .*(pack|damaged)/im, exportOf(repository));
    });

    it('ends with 11 when an object of the last commit is missing', async () => {
      const repository = copy();
      await git(repository, ['update-ref', 'refs/heads/main', 'HEAD']).catch(() => undefined);
      writeFileSync(join(repository, 'refs', 'heads', 'main'), `${'1'.repeat(40)}\n`);
      const { code, stderr } = await exportOf(repository)();
      expect([code, /^hint: /m.test(stderr)], stderr).to.deep.equal([11, true]);
      expect(readFileSync(join(repository, 'refs', 'heads', 'main'), 'utf8')).to.equal(`${'1'.repeat(40)}\n`);
    });

    it('ends with 11 when it follows another cluster', async () => {
      const repository = copy();
      await rewrite(repository, '.kubetape/cluster', (text) => text.replace(/[0-9a-f]{8}-[0-9a-f]{4}/, '00000000-0000'));
      await refused(repository, 11, /follows another cluster/, exportOf(repository));
    });

    it('ends with 11 when a newer kubetape wrote it', async () => {
      const repository = copy();
      await rewrite(repository, '.kubetape/format', (text) => text.replace(/^format: .*$/m, 'format: 99'));
      await refused(repository, 11, /format 99/, exportOf(repository));
    });

    it('ends with 11 for a branch that is not ours', async () => {
      const work = workshop.path('work');
      mkdirSync(work);
      await git(work, ['init', '--quiet']);
      writeFileSync(join(work, 'README'), 'mine\n');
      await git(work, ['add', '.']);
      await git(work, ['commit', '--quiet', '-m', 'mine']);
      const repository = workshop.repository();
      await git(workshop.folder, ['clone', '--quiet', '--bare', work, repository]);
      await refused(repository, 11, /^error: /m, exportOf(repository));
      expect(await fileAt(repository, 'main', 'README')).to.equal('mine\n');
    });

    it('ends with 11 when the disk is full, and goes on when there is room', async function () {
      const disk = workshop.path('disk');
      mkdirSync(disk);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'kubetape-test', disk], { stdio: 'pipe' });
      } catch {
        process.stdout.write('      SKIPPED: a full disk needs the right to mount a tmpfs\n');
        return this.skip();
      }
      try {
        const repository = join(disk, 'cluster.git');
        await git(disk, ['clone', '--quiet', '--bare', '--no-hardlinks', good, repository]);
        execFileSync('sh', ['-c', `cat /dev/zero > ${join(disk, 'filler')} || true`], { stdio: 'pipe' });
        await plane.api.create(configMap(NS, 'big', { text: 'x'.repeat(1000) }));
        const key = ['--digest-key', `${good}.digest-key`, '--kubeconfig', plane.kubeconfig()];
        const head = await git(repository, ['rev-parse', 'main']);
        const { code, stderr } = await exporting(repository, key)();
        expect([code, /no space|disk|room/i.test(stderr), /^hint: /m.test(stderr)], stderr).to.deep.equal([11, true, true]);
        expect(await git(repository, ['rev-parse', 'main'])).to.equal(head);
        await fsck(repository);
        execFileSync('rm', [join(disk, 'filler')]);
        expect((await exporting(repository, key)()).code).to.equal(0);
        expect(await fileAt(repository, 'main', `namespaces/${NS}/configmaps/big.yaml`)).to.contain('xxx');
      } finally {
        execFileSync('umount', [disk], { stdio: 'pipe' });
        await plane.api.delete(configMap(NS, 'big'));
      }
    });

    it('ends with 2 for a broken configuration, before anything is asked or written', async () => {
      const file = workshop.path('broken.yaml');
      writeFileSync(file, 'window: never\nincldue: []\n');
      const repository = workshop.repository();
      const { code, stderr } = await exporting(repository, ['--config', file, '--kubeconfig', plane.kubeconfig()])();
      expect(code).to.equal(2);
      expect(stderr).to.contain('has 2 mistakes').and.contain(`${file}:1:9: window`).and.contain(`${file}:2:1: incldue`);
      expect(existsSync(repository)).to.equal(false);
    });

    it('ends with 2 without a repository', async () => {
      const { code, stderr } = await workshop.program(['export', '--kubeconfig', plane.kubeconfig()]).waitForExit();
      expect([code, stderr]).to.deep.equal([2, 'error: No repository was named\nhint: Give one with --repo DIR, KUBETAPE_REPOSITORY_PATH or repository.path in the configuration\n']);
    });
  });

  describe('when it succeeds', () => {
    it('says what it committed, also as JSON and as a name', async () => {
      const repository = workshop.repository();
      const first = JSON.parse((await exporting(repository, ['-o', 'json', '--kubeconfig', plane.kubeconfig()])()).stdout);
      const head = await git(repository, ['rev-parse', 'main']);
      expect(first).to.deep.include({ repository, commit: head, head, uncovered: [] });
      const again = await exporting(repository, ['-o', 'name', '-q', '--kubeconfig', plane.kubeconfig()])();
      expect([again.code, again.stdout, again.stderr]).to.deep.equal([0, `${await git(repository, ['rev-parse', 'main'])}\n`, '']);
    });

    it('takes a person\'s commit on the branch as its parent', async () => {
      const repository = copy();
      const theirs = await rewrite(repository, 'NOTES.md', () => 'mine\n');
      await plane.api.create(configMap(NS, 'after-a-person'));
      expect((await exportOf(repository)()).code).to.equal(0);
      await plane.api.delete(configMap(NS, 'after-a-person'));
      expect((await log(repository, 'main'))[0]?.parents).to.deep.equal([theirs]);
      expect(await fileAt(repository, 'main', 'NOTES.md')).to.equal('mine\n');
    });
  });

  describe('as a daemon', () => {
    let daemon: Daemon | undefined;
    let url: string;

    beforeEach(async () => {
      url = `http://127.0.0.1:${(await freePorts(1))[0]}`;
    });

    afterEach(async () => {
      if (daemon?.running === true) await daemon.stop('SIGKILL');
    });

    async function follow(repository: string, args: readonly string[] = []): Promise<Daemon> {
      daemon = workshop.start(plane, ['mirror', '--repo', repository, '--listen', url.slice('http://'.length), ...args]);
      await daemon.waitForHttp(`${url}/readyz`);
      return daemon;
    }

    const status = async (): Promise<AnyJson> => JSON.parse((await httpGet(`${url}/status`)).body);
    const count = async (repository: string): Promise<number> => (await log(repository, 'main')).length;
    const settled = (repository: string): Promise<boolean> => eventually(async () => {
      const { staged, head } = await status();
      return staged === 0 && head.oid === (await git(repository, ['rev-parse', 'main']));
    });

    it('serves health, metrics and status', async () => {
      const repository = copy();
      await follow(repository, ['--window', '50ms']);
      await plane.api.patch(configMap(NS, 'kept'), { data: { key: 'served' } });
      await eventually(async () => (await fileAt(repository, 'main', MAP))?.includes('key: served') === true);
      await settled(repository);
      expect(await httpGet(`${url}/livez`)).to.deep.equal({ status: 200, body: 'ok\n' });
      expect(JSON.parse((await httpGet(`${url}/readyz`)).body)).to.deep.equal({ ready: true });
      const { body } = await httpGet(`${url}/metrics`);
      for (const name of ['kubetape_objects{type="configmaps"}', 'kubetape_events_total{type="configmaps",change="MODIFIED"}', 'kubetape_commits_total', 'kubetape_event_to_commit_seconds_count', 'kubetape_commit_duration_seconds_count', 'kubetape_unsynced_types 0', 'process_resident_memory_bytes']) {
        expect(body).to.contain(name);
      }
      const report = await status();
      expect(report).to.deep.include({ source: 'daemon', phase: 'following', ready: true, unsynced: [], staged: 0, lastError: null });
      expect(report.cluster.identity).to.match(/^kube-system [0-9a-f-]{36}$/);
      expect(report.types.synced).to.equal(report.types.total);
      expect(report.repository).to.deep.equal({ location: repository, branch: 'main' });
      const cli = await workshop.program(['status', '--url', url]).waitForExit();
      expect([cli.code, cli.stdout.includes('following')], cli.stdout + cli.stderr).to.deep.equal([0, true]);
    });

    it('commits what is staged on SIGTERM, and ends by it', async () => {
      const repository = copy();
      const running = await follow(repository, ['--window', '60s']);
      await settled(repository);
      const before = await count(repository);
      await plane.api.patch(configMap(NS, 'kept'), { data: { key: 'staged' } });
      await eventually(async () => (await status()).staged > 0);
      expect(await count(repository)).to.equal(before);
      const { code, signal } = await running.stop('SIGTERM');
      expect([code, signal]).to.deep.equal([null, 'SIGTERM']); // 143 in a shell
      expect(await fileAt(repository, 'main', MAP)).to.contain('key: staged');
      await fsck(repository);
    });

    it('leaves at once on two signals, and the next run finds nothing wrong', async () => {
      const repository = copy();
      const running = await follow(repository, ['--window', '60s']);
      await plane.api.patch(configMap(NS, 'kept'), { data: { key: 'two signals' } });
      await eventually(async () => (await status()).staged > 0);
      running.signal('SIGSTOP'); // both are there when it goes on
      running.signal('SIGTERM');
      running.signal('SIGINT');
      running.signal('SIGCONT');
      const { code, signal } = await running.waitForExit(5000);
      expect(code).to.equal(null);
      expect(signal).to.be.oneOf(['SIGTERM', 'SIGINT']);
      await fsck(repository);
      expect((await exportOf(repository)()).code).to.equal(0);
      expect(await fileAt(repository, 'main', MAP)).to.contain('key: two signals');
    });

    it('ends on SIGTERM also while a credential plugin waits for its user', async () => {
      const file = workshop.path('plugin');
      const asked = workshop.path('asked');
      const plugin = { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', command: 'sh', args: ['-c', `touch ${asked}; exec sleep 30`] };
      writeFileSync(file, JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }] },
        ...{ clusters: [{ name: 'c', cluster: { server: plane.server } }], users: [{ name: 'u', user: { exec: plugin } }] },
      }));
      daemon = workshop.program(['mirror', '--repo', workshop.repository(), '--kubeconfig', file]);
      await eventually(() => existsSync(asked));
      const { signal, stderr } = await daemon.stop('SIGTERM', 5000);
      expect([signal, stderr]).to.deep.equal(['SIGTERM', '']);
    });

    it('ends after the first complete sync with --once-synced', async () => {
      const repository = workshop.repository();
      const { code, stdout } = await workshop.run(plane, ['mirror', '--once-synced', '--repo', repository]);
      expect([code, /^Committed [0-9a-f]{12} Baseline of /.test(stdout)], stdout).to.deep.equal([0, true]);
      expect((await workshop.run(plane, ['mirror', '--once-synced', '--repo', repository, '-q'])).code).to.equal(0);
    });

    it('writes nothing when it restarts and nothing changed', async () => {
      const repository = copy();
      await (await follow(repository)).stop();
      const before = content(repository);
      await (await follow(repository)).stop();
      expect(content(repository)).to.equal(before);
    });

    it('waits for a server that does not answer, says why, and goes on', async () => {
      const proxy = await FaultyProxy.start(plane);
      try {
        const fault = proxy.inject({ fault: { kind: 'answer', status: 503 } });
        const repository = workshop.repository();
        daemon = workshop.program(['mirror', '--repo', repository, '--listen', url.slice('http://'.length), '--kubeconfig', proxy.kubeconfig()]);
        await daemon.waitForLine(/503/);
        await daemon.waitForHttp(`${url}/livez`);
        expect((await httpGet(`${url}/readyz`)).status).to.equal(503);
        expect((await status()).lastError.message).to.contain('503');
        fault.remove();
        await daemon.waitForHttp(`${url}/readyz`, 200, 60_000);
        expect(await fileAt(repository, 'main', MAP)).to.contain('kind: ConfigMap');
        await daemon.stop();
      } finally {
        await proxy.stop();
      }
    });

    it('follows its configuration: what is excluded leaves in one commit, what is broken changes nothing', async () => {
      const repository = copy();
      const file = workshop.path('kubetape.yaml');
      const write = (text: string): void => {
        writeFileSync(`${file}.new`, text);
        renameSync(`${file}.new`, file); // as editors and ConfigMap volumes do
      };
      write('window: 50ms\n');
      const running = await follow(repository, ['--config', file]);
      await settled(repository);
      const before = await git(repository, ['rev-parse', 'main']);
      write('window: 50ms\nexclude:\n  - types: [secrets]\n');
      await eventually(async () => (await tree(repository, 'main')).every(({ path }) => !SECRET.test(path)));
      await running.waitForLine(/Going on with the changed configuration/);
      const commits = await log(repository, `${before}..main`);
      const leaving = [];
      for (const { oid, trailers } of commits) {
        if ((await changes(repository, `${oid}~1`, oid)).some(({ status: how }) => how === 'D')) leaving.push(trailers.get('Kubetape-Event')?.[0]);
      }
      expect(leaving).to.deep.equal(['unmirrored']);
      expect((await changes(repository, before, 'main')).filter(({ path }) => !path.startsWith('.kubetape/')).every(({ status: how, path }) => how === 'D' && SECRET.test(path))).to.equal(true);

      write('window: 50ms\nexclude: nothing\n');
      await running.waitForLine(/The changed configuration is not valid/);
      await eventually(async () => (await status()).lastError?.message.includes('not valid') === true);
      await plane.api.patch(configMap(NS, 'kept'), { data: { key: 'still followed' } });
      await eventually(async () => (await fileAt(repository, 'main', MAP))?.includes('still followed') === true);
      expect((await tree(repository, 'main')).filter(({ path }) => SECRET.test(path))).to.deep.equal([]);
      await running.stop();
    });
  });
});

/** Commits another text of a file on main, as a person with git would; returns the commit. */
async function rewrite(repository: string, path: string, change: (text: string) => string): Promise<string> {
  const env = { GIT_INDEX_FILE: join(repository, 'test-index') };
  await git(repository, ['read-tree', 'main'], { env });
  const oid = await git(repository, ['hash-object', '-w', '--stdin'], { stdin: change((await fileAt(repository, 'main', path)) ?? '') });
  await git(repository, ['update-index', '--add', '--cacheinfo', `100644,${oid},${path}`], { env });
  const commit = await git(repository, ['commit-tree', '-p', 'main', '-m', 'By hand', await git(repository, ['write-tree'], { env })]);
  await git(repository, ['update-ref', 'refs/heads/main', commit]);
  return commit;
}
