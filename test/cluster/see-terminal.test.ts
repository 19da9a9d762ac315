// Commands that look at a live cluster, in a real terminal: progress, Ctrl-C, a view that stays open.
import { expect } from 'chai';
import type { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { Workshop } from '../support/kubetape.js';
import { configMap, namespace } from '../support/objects.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';
import { hasTerminal, kubetapeIn, Terminal } from '../support/terminal.js';

const NS = 'see-terminal';
const CONFIG_MAPS = /^\/api\/v1\/(namespaces\/[^/]+\/)?configmaps$/;
/** `comparing  12/60 types  34 objects  5s`. */
const PROGRESS = /(comparing|verifying)  \d+\/\d+ types/;

describe('commands that look at a cluster, in a terminal', function () {
  this.timeout(120_000);
  const workshop = new Workshop();
  const repo = workshop.repository();
  let plane: ControlPlane;
  let proxy: FaultyProxy;
  let terminal: Terminal;

  before(async function () {
    if (!hasTerminal()) return this.skip();
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await plane.api.create(namespace(NS));
    await plane.api.create(configMap(NS, 'watched', { key: 'before' }));
    expect((await workshop.run(plane, ['export', '--repo', repo, '-n', NS])).code).to.equal(0);
    proxy = await FaultyProxy.start(plane);
    const path = kubetapeIn(workshop.path('home'));
    terminal = await Terminal.open({ folder: workshop.path('home'), columns: 100, env: { PATH: path, KUBETAPE_REPOSITORY_PATH: repo, KUBECONFIG: proxy.kubeconfig() } });
  });

  after(async () => {
    (terminal as Terminal | undefined)?.close();
    await (proxy as FaultyProxy | undefined)?.stop();
    await workshop.remove();
  });

  afterEach(() => proxy.heal());

  for (const command of ['diff', 'verify']) {
    it(`${command} draws how far it is, and takes that away at its end`, async () => {
      const stall = proxy.inject({ fault: { kind: 'delay', ms: 60_000 }, path: CONFIG_MAPS, watch: false });
      await terminal.start(`kubetape ${command} -n ${NS} --no-pager`);
      await terminal.waitFor(PROGRESS);
      await eventually(() => stall.injected > 0, { describe: 'the list that is late was asked for' });
      stall.remove();
      const { code, text } = await terminal.finished();
      expect(code, text).to.equal(0);
      expect(text).not.to.match(PROGRESS);
    });

    it(`${command} draws nothing with -q, nor into a file`, async () => {
      for (const line of [`kubetape ${command} -n ${NS} -q --no-pager`, `kubetape ${command} -n ${NS} > out 2> err; cat out err`]) {
        const { text } = await terminal.run(line);
        expect(`${terminal.recorded()}${text}`, line).not.to.match(PROGRESS);
      }
    });

    it(`${command} ends with 130 at Ctrl-C, in the middle of a list, and leaves a clean terminal`, async () => {
      const settings = (await terminal.run('stty -a')).text;
      const stall = proxy.inject({ fault: { kind: 'delay', ms: 60_000 }, path: CONFIG_MAPS, watch: false });
      await terminal.start(`kubetape ${command} -n ${NS}`);
      await terminal.waitFor(PROGRESS);
      await terminal.keys('C-c');
      const { code, text } = await terminal.finished(5000);
      stall.remove();
      expect(code, text).to.equal(130);
      expect(text).not.to.match(PROGRESS).and.not.to.match(/error|    at /);
      expect((await terminal.run('stty -a')).text).to.equal(settings);
    });
  }

  it('diff --watch shows drift while it comes and goes, and Ctrl-C ends it', async () => {
    const settings = (await terminal.run('stty -a')).text;
    await terminal.start(`kubetape diff --watch --interval 500ms -n ${NS}`);
    await terminal.waitFor(/every 500ms/);
    await plane.api.patch(configMap(NS, 'watched'), { data: { key: 'after' } });
    await terminal.waitFor(/configmaps\/watched.*before → after/, 30_000);
    await plane.api.patch(configMap(NS, 'watched'), { data: { key: 'before' } });
    await terminal.waitFor(/^(?![^]*configmaps\/watched)/, 30_000);
    await terminal.keys('C-c');
    const { code, text } = await terminal.finished(5000);
    expect(code, text).to.equal(130);
    expect((await terminal.run('stty -a')).text).to.equal(settings);
  });
});
