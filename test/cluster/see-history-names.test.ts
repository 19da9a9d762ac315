// Names, values and managers that are made to be taken for something else: no output obeys them, none has a line more.
import { expect } from 'chai';
import { load } from 'js-yaml';
import type { AnyJson } from '../support/api-client.js';
import { expectWellFormed, unsafeLines, type CleanOptions } from '../support/clean-output.js';
import type { ControlPlane } from '../support/control-plane.js';
import type { Exit } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { Workshop } from '../support/kubetape.js';
import { configMap, HOSTILE_NAMES, namespace, role, withMetadata, type TestObject } from '../support/objects.js';
import { fewAtATime, ReadCommands } from '../support/read-commands.js';
import { fileAt, log } from '../support/repo.js';
import { LONG } from '../support/scale.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const [HOSTILE, HARMLESS] = ['see-names-hostile', 'see-names-harmless'] as const;
const NAMES: readonly string[] = [
  ...HOSTILE_NAMES,
  ...['x\nKubetape-Event: store-went-back', 'x\r\nerror: all is lost', '\u001b]0;title\u0007', '\u009b31m', '\u2028line', 'a,b', 'a=b', 'x #y', '- x', '{x: y}', '| x |', '**x**', '`x`', '$(touch x)'],
  ...['<b>x', ']]>', '&amp;', '"><testcase name="', '--- a', '+++ b', '@@ -1 +1 @@', 'commit 0123456789abcdef', '\u200bx', '\ud7ff\ue000', '=cmd()', 'x\ty', '```\nx', '::set-output name=x::y'],
];
const VALUES: readonly string[] = [...NAMES.filter((name) => name.length < 100), '"/></testcase><testcase name="', 'a\n--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+b', '\u001b[2J\u001b[H', '</failure></testcase>', '| a | b |\n|---|---|', 'x\u0000y', '\u202etxt.exe'];
/** The server wants managers to be printable: what is left to a forger. */
const MANAGER = 'x: y | <b> ](http://x) `x` $(x) Kubetape-Event: change';

const GENERAL = ['table', 'wide', 'yaml', 'json', 'name'];
const DIFF = ['text', 'fields', 'json-patch', 'side-by-side', 'summary', 'junit', 'md', 'json', 'yaml', 'name'];
const VERIFY = ['table', 'wide', 'yaml', 'json', 'name', 'md', 'junit'];
/** Forms that print files as they are when the output is no terminal. */
const BYTES = [['show', 'yaml'], ['diff', 'text'], ['log', '--patch'], ['blame']];
/** Forms that carry a unified diff. */
const PATCHES = ['md', 'junit', 'text', '--patch'];
/** Forms of which a line is an object or a field, and nothing is left out. */
const COUNTED: Readonly<Record<string, RegExp>> = { ls: /^(table|wide|name)$/, log: /^(wide|name)$/, diff: /^(fields|name|summary)$/, verify: /^(wide|name)$/ };

describe('hostile names, values and managers', function () {
  this.timeout(180_000);
  const workshop = new Workshop();
  const repo = workshop.repository();
  let plane: ControlPlane;
  let kubetape: ReadCommands;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    for (const ns of [HOSTILE, HARMLESS]) await plane.api.create(namespace(ns));
    await inBoth((object) => plane.api.create(object), 1);
    await exported();
    await followed(() => touchedByForger('followed'));
    await inBoth((object) => plane.api.replace(object), 2);
    await exported();
    await inBoth((object) => plane.api.replace(object), 3);
    kubetape = new ReadCommands(repo, { cwd: workshop.path('home') });
  });

  after(() => workshop.remove());

  async function exported(): Promise<void> {
    const exit = await workshop.run(plane, ['export', '--repo', repo, '-n', 'see-names-*']);
    expect(exit.code, exit.stderr).to.equal(0);
    expectClean(['export'], exit);
  }

  /** The same objects in both namespaces: hostile names and values in one, as many harmless ones in the other. */
  async function inBoth(write: (object: TestObject) => Promise<unknown>, version: number): Promise<void> {
    const objects = [HOSTILE, HARMLESS].flatMap((ns) => {
      const name = (given: string, index: number): string => (ns === HOSTILE ? given : `name-${index}`);
      const value = (index: number): string => name(`${VALUES[index % VALUES.length]}`, index) + (index % 3 === version % 3 ? version : '');
      const roles = NAMES.map((given, index) => withMetadata(role(ns, name(given, index), ['get', value(index)]), { annotations: { 'test.kubetape.io/note': value(index + 1) } }));
      return [...roles, configMap(ns, 'values', Object.fromEntries(VALUES.map((_, index) => [`value-${String(index).padStart(3, '0')}`, value(index)])))];
    });
    await fewAtATime(objects.map((object) => () => write(object)), 6);
    await touchedByForger(String(version));
  }

  async function touchedByForger(version: string): Promise<void> {
    for (const ns of [HOSTILE, HARMLESS]) {
      const path = `${await plane.api.pathOf(configMap(ns, 'values'))}?fieldManager=${encodeURIComponent(ns === HOSTILE ? MANAGER : 'harmless')}`;
      const answer = await plane.request('PATCH', path, { metadata: { labels: { version } } }, { contentType: 'application/merge-patch+json' });
      expect(answer.status, answer.text).to.equal(200);
    }
  }

  /** Only who watches knows the managers. */
  async function followed(change: () => Promise<void>): Promise<void> {
    const daemon = workshop.start(plane, ['mirror', '--repo', repo, '-n', 'see-names-*', '--window', '50ms']);
    await daemon.waitForLine(/First complete sync/);
    await change();
    await eventually(async () => (await fileAt(repo, 'main', `namespaces/${HARMLESS}/configmaps/values.yaml`))?.includes('followed'));
    expectClean(['mirror'], await daemon.stop());
  }

  /** Nothing on the terminal or in a file that is obeyed, turned around or hidden; colours are ours. */
  function expectClean(words: readonly string[], { code, stdout, stderr }: Exit, options: CleanOptions = {}): void {
    expect(code, `kubetape ${words.join(' ')}\n${stderr}`).not.to.equal(70);
    // Between the cells of fields there are tabs; a name cannot add one.
    const text = words.includes('fields') ? stdout.replace(/^[^\t\n]+(\t[^\t\n]*){3,5}$/gm, (line) => line.replaceAll('\t', ' ')) : stdout;
    const what = `kubetape ${words.join(' ')}`;
    expect(unsafeLines(text, { bytes: BYTES.some((each) => each.every((word) => words.includes(word))), patch: PATCHES.some((word) => words.includes(word)), ...options }), what).to.deep.equal([]);
    expect(unsafeLines(stderr, options), what).to.deep.equal([]);
  }

  const cluster = (): string[] => ['--kubeconfig', plane.kubeconfig()];
  const lines = (text: string): number => text.split('\n').length;

  /** Runs a command for both namespaces in every form; where a line is an object or a field, both have as many. */
  async function everyForm(forms: readonly string[], code: number, ...words: readonly string[]): Promise<Map<string, string>> {
    const texts = new Map<string, string>();
    await fewAtATime(forms.map((form) => async () => {
      const [hostile, harmless] = [await kubetape.run(...words, '-n', HOSTILE, '-o', form), COUNTED[words[0] ?? '']?.test(form) === true ? await kubetape.run(...words, '-n', HARMLESS, '-o', form) : null];
      expectClean([...words, '-o', form], hostile);
      expect(hostile.code, hostile.stderr).to.equal(code);
      if (harmless !== null) expect(lines(hostile.stdout), `lines of kubetape ${words.join(' ')} -o ${form}:\n${hostile.stdout}`).to.equal(lines(harmless.stdout));
      if (form === 'json' || form === 'json-patch') JSON.parse(hostile.stdout);
      if (form === 'yaml') expect(load(hostile.stdout)).to.be.an('object');
      if (form === 'junit') expectWellFormed(hostile.stdout);
      if (form === 'md') expectTables(hostile.stdout);
      texts.set(form, hostile.stdout);
    }));
    return texts;
  }

  /** Every row of a table of Markdown has as many cells as its head; outside of code nothing opens HTML but ours. */
  function expectTables(markdown: string): void {
    const outside = markdown.replace(/^(`{3,})[^\n]*\n[^]*?\n\1$/gm, '');
    let cells = 0;
    for (const line of outside.split('\n')) {
      const found = line.startsWith('|') ? (line.replaceAll(/\\./g, '').match(/\|/g) ?? []).length : 0;
      if (found > 0 && cells > 0) expect(found, line).to.equal(cells);
      cells = found;
    }
    expect([...outside.replaceAll(/\\./g, '').matchAll(/<\/?(\w+)/g)].map(([, tag]) => tag).filter((tag) => !/^(details|summary|code)$/.test(tag ?? ''))).to.deep.equal([]);
  }

  it('make no trailer and no line in a commit message', async () => {
    for (const { body, subject, trailers } of await log(repo, 'main')) {
      expect(unsafeLines(`${subject}\n${body}`)).to.deep.equal([]);
      expect(trailers.get('Kubetape-Event')).to.have.length(1);
    }
  });

  it('are listed as they are by ls -o json, and a line each elsewhere', async () => {
    const texts = await everyForm(GENERAL, 0, 'ls');
    const { objects } = JSON.parse(texts.get('json') ?? '');
    const names = objects.filter(({ type }: AnyJson) => type.startsWith('roles.')).map(({ name }: AnyJson) => name);
    expect([...names].sort()).to.deep.equal([...NAMES].sort());
    const escaped = (texts.get('name') ?? '').split('\n').filter((line) => line.startsWith('roles.'));
    expect(new Set(escaped).size, 'different names look different').to.equal(NAMES.length);
  });

  it('can be shown, each by its name, in every form', async () => {
    const words = NAMES.map((name) => `roles/${name}`);
    for (const form of ['yaml', 'json', 'table', 'wide', 'name']) {
      const exit = await kubetape.run('show', '-n', HOSTILE, '-o', form, '--', ...words, 'configmaps/values');
      expectClean(['show', '-o', form], exit);
      expect(exit.code, exit.stderr).to.equal(0);
      if (form === 'json') expect(JSON.parse(exit.stdout).items.map((each: AnyJson) => each.metadata.name)).to.deep.equal([...NAMES, 'values']);
      if (form === 'name') expect(exit.stdout.trimEnd().split('\n')).to.have.length(NAMES.length + 1);
    }
  });

  it('forge nothing in log and blame', async () => {
    const texts = await everyForm(GENERAL, 0, 'log');
    await everyForm(['table'], 0, 'log', '--stat');
    const forged = JSON.parse(texts.get('json') ?? '').entries.find((entry: AnyJson) => entry.managers.includes(MANAGER));
    expect(forged, 'a commit by the forger').to.be.an('object');
    const patch = await kubetape.run('log', '-n', HOSTILE, '--patch');
    expectClean(['log', '--patch'], patch);
    await fewAtATime((LONG ? NAMES : NAMES.slice(-3)).flatMap((name) => ['table', 'json'].map((form) => async () => {
      const exit = await kubetape.run('blame', '-n', HOSTILE, '-o', form, '--', `roles/${name}`);
      expectClean(['blame', name], exit);
      expect(exit.code, exit.stderr).to.equal(0);
    })));
    const exit = await kubetape.run('blame', 'configmaps/values', '-n', HOSTILE, '-o', 'wide', '--at', forged.commit);
    expectClean(['blame', 'wide'], exit);
    expect(exit.stdout).to.contain(MANAGER);
  });

  it('forge nothing in any form of diff, of commits and of live', async () => {
    await everyForm(DIFF, 1, 'diff', 'HEAD~1', 'HEAD');
    await everyForm(LONG ? DIFF : ['text', 'json'], 1, 'diff', ...cluster());
  });

  it('forge nothing in any form of verify', async () => {
    await everyForm(LONG ? VERIFY : ['wide', 'yaml', 'md', 'junit'], 1, 'verify', '--patience', '0s', ...cluster());
  });

  it('forge nothing in colour either', async () => {
    const all = [['ls'], ['log'], ['log', '--patch'], ['diff', 'HEAD~1', 'HEAD'], ['diff', 'HEAD~1', 'HEAD', '-o', 'side-by-side'], ['diff', 'HEAD~1', 'HEAD', '-o', 'fields'], ['verify', '--patience', '0s', ...cluster()]];
    await fewAtATime(all.map((words) => async () => {
      const exit = await kubetape.run(...words, '-n', HOSTILE, '--color', 'always');
      expectClean(words, exit, { colours: true, patch: true, bytes: words.includes('--patch') || words.length === 3 });
    }));
  });

  it('forge nothing in an error', async () => {
    const names = LONG ? NAMES : ['a\nb', 'x\r\nerror: all is lost', '\u001b]0;title\u0007', '\u202egnirts', 'y'.repeat(1000)];
    await fewAtATime(names.flatMap((name, index) => {
      const all = [['show', '--', `configmaps/${name}`], ['ls', '--', name], ['ls', '--at', name], ['diff', name, 'HEAD'], ['point', 'create', '--', name]];
      return LONG ? all : [0, 2, 3].map((at) => all[(index + at) % all.length] ?? []);
    }).map((words) => async () => {
      const exit = await kubetape.run(...words, '-n', HOSTILE);
      expectClean(words, exit);
      expect(exit.stderr.match(/^(error|hint|cause):/gm)?.length ?? 0, exit.stderr).to.be.lessThan(3);
    }));
  });
});
