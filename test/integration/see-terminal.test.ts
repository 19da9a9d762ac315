// The reading commands in a real terminal (tmux): what a person sees, presses and gets back.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { JsonObject } from '../../src/lib/json.js';
import { StandInCluster } from '../../src/standin/stand-in-cluster.js';
import { writeKubeconfig } from '../support/cluster-settings.js';
import { exportOnce, testPolicy } from '../support/mirror-run.js';
import { canary, tracesOf } from '../support/secret-traces.js';
import { hasTerminal, kubetapeIn, Terminal, type TerminalOptions } from '../support/terminal.js';

/** less waits for a key: its prompt stands alone in the last line. */
const WAITING = /\n:\s*$/;
/** So many that a list of them fills any screen, and more than a pipe holds. */
const MANY = 1500;
const SGR = /\x1b\[[0-9;]*m/;
const VALUE = canary();

describe('the reading commands in a terminal', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'kubetape-terminal-'));
  const repo = join(folder, 'repo.git');
  const open: Terminal[] = [];
  let terminals = 0;
  let path: string;

  before(async function () {
    if (!hasTerminal()) {
      process.stderr.write('\n  !!! NO TMUX: the suite of terminals is SKIPPED. To run it, apt-get install tmux.\n\n');
      return this.skip();
    }
    path = kubetapeIn(folder);
    const cluster = new StandInCluster();
    for (const name of ['shop', 'other']) cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    for (let index = 0; index < MANY; index++) cluster.create(configMap(`map-${String(index).padStart(6, '0')}-${'x'.repeat(40)}`, { key: 'value' }));
    cluster.create({ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name: 'guarded', namespace: 'shop' }, data: { password: Buffer.from(VALUE).toString('base64') } });
    cluster.create(configMap('small', { replicas: '2', wide: '漢字かな交じり文', long: 'word '.repeat(60) }, 'other'));
    cluster.create(configMap('nasty', { bidi: '\u202etxt.exe', escape: '\x1b[2J\x1b]0;title\x07', c1: '\x9b2J' }, 'other'));
    await exportOnce(cluster, repo, { policy: testPolicy({ secrets: 'plain' }) });
    cluster.update(configMap('small', { replicas: '5', wide: '漢字かな交じり', long: 'word '.repeat(61) }, 'other'));
    await exportOnce(cluster, repo, { policy: testPolicy({ secrets: 'plain' }) });
  });

  afterEach(() => open.splice(0).forEach((each) => each.close()));
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  function configMap(name: string, data: JsonObject, namespace = 'shop'): JsonObject {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
  }

  async function terminal(options: Partial<TerminalOptions> = {}): Promise<Terminal> {
    const home = join(folder, `home-${++terminals}`);
    mkdirSync(home);
    const env = { PATH: path, KUBETAPE_REPOSITORY_PATH: repo, TZ: 'UTC', ...options.env };
    const opened = await Terminal.open({ folder: home, ...options, env });
    open.push(opened);
    return opened;
  }

  describe('colour', () => {
    const log = 'kubetape log configmaps/small -n other --no-pager';

    it('is there in a terminal, and nowhere else', async () => {
      const at = await terminal();
      await at.run(log);
      expect(at.recorded()).to.match(SGR);
      await at.run(`${log} | cat`);
      expect(at.recorded()).not.to.match(SGR);
    });

    it('is away with NO_COLOR, --color never and a dumb terminal, and --color always says more than these', async () => {
      const at = await terminal();
      for (const line of [`NO_COLOR=1 ${log}`, `${log} --color never`, `TERM=dumb ${log}`]) {
        await at.run(line);
        expect(at.recorded(), line).to.contain('configmaps/small').and.not.to.match(SGR);
      }
      for (const line of [`NO_COLOR=1 ${log} --color always`, `${log} --color always | cat`]) {
        await at.run(line);
        expect(at.recorded(), line).to.match(SGR);
      }
    });

    it('is all that is obeyed: what else a value holds is shown as text', async () => {
      const at = await terminal();
      for (const line of ['kubetape show configmaps/nasty -n other --no-pager', 'kubetape log configmaps/nasty -n other --patch --no-pager', 'kubetape blame configmaps/nasty -n other --no-pager']) {
        const { text, code } = await at.run(line);
        expect(code, text).to.equal(0);
        expect(at.recorded().replaceAll('\x1b[?2004h', '').replaceAll('\x1b[?2004l', '').replaceAll(new RegExp(SGR, 'g'), ''), line).not.to.match(/[\x1b\x07\x9b\u202e]/);
        expect(text).to.match(/txt\.exe/);
      }
    });
  });

  describe('width', () => {
    for (const columns of [80, 121]) {
      it(`is kept by side by side on ${columns} columns, wide characters counted`, async () => {
        const at = await terminal({ columns, rows: 60 });
        const { text, code } = await at.run('kubetape diff HEAD~1 HEAD -o side-by-side --no-pager');
        expect(code).to.equal(1);
        const lines = text.split('\n').filter((line) => line.includes('漢字'));
        expect(lines, text).to.have.length(1);
        expect(lines[0]).to.match(/漢字かな交じり文.* \| .*漢字かな交じり/);
        // Joined lines are those that the terminal had to break: there is none.
        const cells = (line: string): number => [...line].reduce((sum, each) => sum + (each > '\u2e80' ? 2 : 1), 0);
        const left = (line: string): number => cells(line.slice(0, line.indexOf(' | ')));
        for (const line of text.split('\n').slice(0, -1)) expect(cells(line), line).to.be.at.most(columns);
        const marked = text.split('\n').filter((line) => line.includes(' | '));
        expect(new Set(marked.map(left)).size, 'the columns are aligned').to.equal(1);
      });
    }
  });

  describe('a pager', () => {
    it('takes what is longer than the screen, goes on when it is told, and q ends it with 0', async () => {
      const at = await terminal({ rows: 20 });
      await at.start('kubetape ls configmaps -n shop');
      await at.waitFor(WAITING);
      expect(await at.screen()).to.match(/map-000000-/).and.not.to.match(/map-000030-/);
      await at.keys('Space');
      await at.waitFor(/map-000030-/);
      await at.keys('q');
      const { code, text } = await at.finished();
      expect(code, text).to.equal(0);
      expect(text).not.to.match(/error|EPIPE/i).and.not.to.contain(`map-${String(MANY - 1).padStart(6, '0')}`);
    });

    it('is quit while much is still to come, and Ctrl-C is its own', async () => {
      const at = await terminal({ rows: 20 });
      const settings = (await at.run('stty -a')).text;
      await at.start('kubetape log -n shop --patch -o wide');
      await at.waitFor(/commit [0-9a-f]{40}/);
      await at.keys('C-c');
      await at.keys('G', 'g');
      await at.waitFor(/commit [0-9a-f]{40}/);
      await at.keys('q');
      expect((await at.finished()).code).to.equal(0);
      expect((await at.run('stty -a')).text).to.equal(settings);
    });

    it('is not started for what fits, with --no-pager, with PAGER=cat, in a pipe', async () => {
      const at = await terminal({ rows: 20 });
      for (const line of ['kubetape ls configmaps -n other', 'kubetape ls configmaps -n shop --no-pager', 'PAGER=cat kubetape ls configmaps -n shop', 'kubetape ls configmaps -n shop | tail -1', 'TERM=dumb kubetape ls configmaps -n shop']) {
        const { code } = await at.run(line);
        expect(code, line).to.equal(0);
        expect(at.recorded(), line).to.match(/(map-\d|small)/);
      }
    });

    it('is what KUBETAPE_PAGER or PAGER says, and one that does not exist costs nothing', async () => {
      const at = await terminal({ rows: 20 });
      for (const [index, variable] of ['KUBETAPE_PAGER', 'PAGER'].entries()) {
        const file = join(folder, `paged-${index}`);
        expect((await at.run(`${variable}='cat > ${file}' kubetape ls configmaps -n shop -q`)).code).to.equal(0);
        expect(readFileSync(file, 'utf8').split('\n').length).to.be.greaterThan(MANY);
      }
      const { code, text } = await at.run('PAGER=/nonexistent/pager kubetape ls configmaps -n shop');
      expect(code, text).to.equal(0);
      expect(text).to.contain(`map-${String(MANY - 1).padStart(6, '0')}`);
    });

    it('gets no value of a Secret without --reveal', async () => {
      const at = await terminal({ rows: 5 });
      for (const reveal of ['', ' --reveal']) {
        const file = join(folder, `secret${reveal.trim()}`);
        const { code } = await at.run(`KUBETAPE_PAGER='cat > ${file}' kubetape show secrets/guarded -n shop${reveal}`);
        expect(code).to.equal(0);
        expect(existsSync(file), 'it was paged').to.equal(true);
        expect(tracesOf(VALUE, readFileSync(file, 'utf8')).length > 0).to.equal(reveal !== '');
        expect(tracesOf(VALUE, at.recorded())).to.deep.equal([]);
      }
    });
  });

  describe('Ctrl-C', () => {
    it('ends a command that waits for a silent server at once with 130, and the terminal is as it was', async () => {
      const connections = new Set<{ destroy(): void }>();
      const server = createServer((socket) => void connections.add(socket.on('error', () => undefined)));
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const kubeconfig = writeKubeconfig({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, { token: 'test' });
      try {
        const at = await terminal();
        const settings = (await at.run('stty -a')).text;
        for (const command of ['diff', 'verify', 'diff --watch']) {
          const before = connections.size;
          await at.start(`kubetape ${command} --kubeconfig ${kubeconfig}`);
          while (connections.size === before) await new Promise((done) => setImmediate(done));
          await at.keys('C-c');
          const { code, text } = await at.finished(5000);
          expect(code, text).to.equal(130);
          expect(text, command).not.to.match(/error|Error| at /);
          expect((await at.run('stty -a')).text).to.equal(settings);
        }
      } finally {
        for (const each of connections) each.destroy();
        await new Promise((done) => server.close(done));
      }
    });
  });

  describe('a reader that goes away', () => {
    it('ends the command quietly with 0', async () => {
      const at = await terminal();
      for (const command of ['ls configmaps -n shop', 'ls configmaps -n shop -o json', 'show --at HEAD configmaps/small -n other', 'log -n shop --patch -o wide', 'diff HEAD~1 HEAD']) {
        const { text } = await at.run(`kubetape ${command} -q | head -1 > /dev/null; echo "\${PIPESTATUS[@]}"`);
        // What fits into the pipe was written before anybody could go away: then its own answer counts.
        expect(text, command).to.match(command.startsWith('diff') ? /^[01] 0\n$/ : /^0 0\n$/);
      }
    });
  });
});
