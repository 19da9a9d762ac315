// What a person is asked before a restore writes: a real terminal, the built program, a real API server.
import { mkdirSync } from 'node:fs';
import { expect } from 'chai';
import { MERGE_PATCH, type Reference } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import { Workshop } from '../support/kubetape.js';
import { configMap, namespace } from '../support/objects.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';
import { hasTerminal, kubetapeIn, Terminal } from '../support/terminal.js';

const NS = 'put-back-terminal';
const SETTINGS = configMap(NS, 'settings', { a: '1' });
const FROZEN: Reference = { ...configMap(NS, 'frozen', { a: '1' }), immutable: true };

describe('restore at a terminal', function () {
  this.timeout(180_000);
  let plane: ControlPlane;
  const shop = new Workshop();
  let terminal: Terminal;
  let always: string;

  before(async function () {
    await controlPlaneOrSkip(this);
    if (!hasTerminal()) this.skip();
    plane = await sharedControlPlane();
    await plane.api.create(namespace(NS));
    for (const each of [SETTINGS, FROZEN]) await plane.api.create(each);
    const repo = shop.repository();
    expect((await shop.run(plane, ['export', '--repo', repo])).code).to.equal(0);
    const folder = shop.path('terminal');
    mkdirSync(folder);
    terminal = await Terminal.open({ folder, columns: 120, rows: 40, env: { PATH: kubetapeIn(folder) } });
    always = `--repo ${repo} --kubeconfig ${plane.kubeconfig()} --no-pager`;
  });
  after(async () => {
    terminal?.close();
    await shop.remove();
  });

  const isOne = async (): Promise<boolean> => (await plane.api.find(SETTINGS))?.data?.a === '1';

  it('asks for yes, after the plan; anything else writes nothing', async () => {
    await plane.api.patch(SETTINGS, { data: { a: '2' } }, { contentType: MERGE_PATCH });
    for (const answer of ['y', 'no', '']) {
      await terminal.start(`kubetape restore HEAD cm/settings -n ${NS} --settle 0 ${always}`);
      const screen = await terminal.waitFor(/Type yes to restore 1 object to https:\/\/127\.0\.0\.1:\d+:/, 60_000);
      expect(screen).to.contain('data.a 2 → 1');
      await terminal.type(answer);
      const { code, text } = await terminal.finished(60_000);
      expect([code, text]).to.satisfy(([ended, words]: [number, string]) => ended === 5 && words.includes('was not confirmed: nothing was written'), text);
      expect(await isOne()).to.equal(false);
    }
    await terminal.start(`kubetape restore HEAD cm/settings -n ${NS} --settle 0 ${always}`);
    await terminal.waitFor(/Type yes to restore 1 object/, 60_000);
    await terminal.type('yes');
    const { code, text } = await terminal.finished(60_000);
    expect(code, text).to.equal(0);
    expect(text).to.contain('Restored and verified: 1 of 1 planned object is');
    expect(await isOne()).to.equal(true);
  });

  it('asks for the number where objects are deleted; Ctrl-C and Ctrl-D write nothing', async () => {
    await plane.api.delete(FROZEN);
    await plane.api.create({ ...FROZEN, data: { a: 'another' } });
    const line = `kubetape restore HEAD cm/frozen -n ${NS} --on-immutable recreate --settle 0 ${always}`;
    const uid = (await plane.api.get(FROZEN)).metadata.uid;
    const ends: readonly (readonly [key: string, code: number])[] = [['C-c', 130], ['C-d', 5]];
    for (const [key, expected] of ends) {
      await terminal.start(line);
      await terminal.waitFor(/Objects are deleted and created again\. Type how many to restore 1 object to/, 60_000);
      await terminal.keys(key);
      const { code, text } = await terminal.finished(60_000);
      expect(code, text).to.equal(expected);
    }
    await terminal.start(line);
    await terminal.waitFor(/Type how many/, 60_000);
    await terminal.type('yes');
    expect((await terminal.finished(60_000)).code).to.equal(5);
    expect((await plane.api.get(FROZEN)).metadata.uid).to.equal(uid);
    await terminal.start(line);
    await terminal.waitFor(/Type how many/, 60_000);
    await terminal.type('1');
    const { code, text } = await terminal.finished(60_000);
    expect(code, text).to.equal(0);
    expect((await plane.api.get(FROZEN)).data).to.deep.equal({ a: '1' });
  });

  it('asks on stderr where stdout is a document', async () => {
    await plane.api.delete(SETTINGS);
    await terminal.start(`kubetape restore HEAD cm/settings -n ${NS} --settle 0 -o json ${always} > report.json`);
    await terminal.waitFor(/Type yes to restore 1 object/, 60_000);
    await terminal.type('yes');
    expect((await terminal.finished(60_000)).code).to.equal(0);
    const { text } = await terminal.run('head -c 40 report.json');
    expect(text).to.contain('kubetape.io/restore/v1');
    expect(await isOne()).to.equal(true);
  });
});
