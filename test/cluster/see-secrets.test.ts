// No value of a Secret leaves the program without --reveal: in no form of any command, no log, no error, no report.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ControlPlane } from '../support/control-plane.js';
import type { Exit } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { Workshop } from '../support/kubetape.js';
import { configMap, namespace, object, secret, type TestObject } from '../support/objects.js';
import { fewAtATime, ReadCommands } from '../support/read-commands.js';
import { canary, tracesOf } from '../support/secret-traces.js';
import { LONG } from '../support/scale.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'see-secrets';
const MODES = ['digest', 'plain'] as const;
type Mode = (typeof MODES)[number];

const GENERAL = ['table', 'wide', 'yaml', 'json', 'name'];
const DIFF = ['text', 'fields', 'json-patch', 'side-by-side', 'summary', 'junit', 'md', 'json', 'yaml', 'name'];
const VERIFY = ['table', 'wide', 'yaml', 'json', 'name', 'md', 'junit'];

describe('a value of a Secret', function () {
  this.timeout(180_000);
  const workshop = new Workshop();
  const values: string[] = [];
  const repositories = { digest: workshop.repository(), plain: workshop.repository() };
  const exports: Exit[] = [];
  let plane: ControlPlane;

  /** A value that must not be seen. */
  function value(): string {
    values.push(canary());
    return values.at(-1) ?? '';
  }

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await plane.api.create(namespace(NS));
    const stays = value();
    await plane.api.create(applied(secret(NS, 'guarded', { password: value(), 'tls.key': stays })));
    await plane.api.create(secret(NS, 'gone', { password: value() }));
    await plane.api.create(configMap(NS, 'beside'));
    await plane.api.create(withToken('default'));
    values.push(await eventually(async () => {
      const token = (await plane.api.get(withToken('default'))).data?.token as string | undefined;
      return token === undefined ? null : Buffer.from(token, 'base64').toString().slice(-40);
    }, { describe: 'the controller made a token' }));
    await exportBoth();
    await plane.api.patch(secret(NS, 'guarded'), { data: secret(NS, '', { password: value(), more: value(), 'tls.key': stays })['data'] });
    await plane.api.delete(secret(NS, 'gone'));
    await exportBoth();
    await plane.api.patch(secret(NS, 'guarded'), { data: secret(NS, '', { password: value() })['data'], metadata: { labels: { drift: 'yes' } } });
    await plane.api.create(secret(NS, 'extra', { password: value() }));
  });

  after(() => workshop.remove());

  /** As kubectl apply leaves it: with all values in an annotation. */
  function applied(given: TestObject): TestObject {
    return { ...given, metadata: { ...given.metadata, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ ...given, stringData: { password: values.at(-1) } }) } } };
  }

  function withToken(account: string): TestObject {
    return object('v1', 'Secret', NS, 'token', { metadata: { name: 'token', namespace: NS, annotations: { 'kubernetes.io/service-account.name': account } }, type: 'kubernetes.io/service-account-token' });
  }

  async function exportBoth(): Promise<void> {
    for (const mode of MODES) {
      const exit = await workshop.run(plane, ['export', '-v', '--secrets', mode, '--repo', repositories[mode], '-n', NS]);
      expect(exit.code, exit.stderr).to.equal(0);
      exports.push(exit);
    }
  }

  function kubetape(mode: Mode): ReadCommands {
    mkdirSync(workshop.path('home', mode), { recursive: true });
    return new ReadCommands(repositories[mode], { cwd: workshop.path('home', mode), args: ['-v'] });
  }

  const cluster = (): string[] => ['--kubeconfig', plane.kubeconfig()];
  const traces = (text: string): string[] => values.flatMap((each, index) => tracesOf(each, text).map((form) => `value ${index} ${form}`));

  function expectNoTrace(words: readonly string[], { code, stdout, stderr }: Exit): void {
    expect(traces(`${stdout}\n${stderr}`), `kubetape ${words.join(' ')} (exit ${code})\n${stdout}\n${stderr}`).to.deep.equal([]);
    expect(code, `kubetape ${words.join(' ')}\n${stderr}`).not.to.equal(70);
  }

  /** Manifests as people have them: right, in a List, broken in every way in which a parser may quote what it read. */
  function manifests(): string[] {
    const folder = workshop.path('home', `manifests-${values.length}`);
    mkdirSync(folder);
    const plain = (rest: string): string => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: guarded\n  namespace: ${NS}\n${rest}`;
    const text = JSON.stringify(value());
    const encoded = Buffer.from(value()).toString('base64');
    const files: Record<string, string> = {
      'string-data.yaml': plain(`stringData:\n  password: ${text}\n  new: ${text}\n`),
      'data.yaml': plain(`data:\n  password: ${encoded}\n`),
      'new-one.yaml': plain(`stringData:\n  password: ${text}\n`).replace('guarded', 'only-here'),
      'list.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [secret(NS, 'guarded', { password: value() })] }),
      'broken-indent.yaml': plain(`stringData:\n  password: ${text}\n   new: ${text}\n`),
      'broken-quote.yaml': plain(`stringData:\n  password: ${text.slice(0, -1)}\n`),
      'broken.json': JSON.stringify(secret(NS, 'guarded', { password: value() })).slice(0, -1),
      'twice.yaml': plain(`stringData:\n  password: ${text}\n  password: ${text}\n`),
      'no-map.yaml': plain(`stringData: ${text}\n`),
      'not-base64.yaml': plain(`data:\n  password: ${text}\n`),
      'no-name.yaml': plain(`stringData:\n  password: ${text}\n`).replace('  name: guarded\n', ''),
      'text.yaml': `${text}\n`,
      'alias.yaml': plain(`stringData:\n  password: &value ${text}\n  other: *value\n  wrong: *nothing\n`),
    };
    return Object.entries(files).map(([name, content]) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    });
  }

  /** In mode digest the repository has no values: there the short form looks at two forms. */
  const general = (mode: Mode): string[] => (LONG || mode === 'plain' ? GENERAL : ['wide', 'json']);
  const diffs = (mode: Mode): string[] => (LONG || mode === 'plain' ? DIFF : ['text', 'json']);
  const forms = (form: readonly string[], ...words: readonly string[]): string[][] => form.map((each) => [...words, '-o', each]);

  it('is found in what the API server holds, so that the search is not blind', async () => {
    const raw = JSON.stringify([await plane.api.get(secret(NS, 'guarded')), await plane.api.get(secret(NS, 'extra')), await plane.api.get(withToken('default'))]);
    expect(traces(raw).map((each) => each.replace(/^value \d+ /, ''))).to.include.members(['base64 at 0', 'as it is']);
    const found = new Set(traces(raw).map((each) => each.split(' ')[1]));
    expect(found.size).to.be.greaterThan(4);
  });

  for (const mode of MODES) {
    describe(`in mode ${mode}`, () => {
      it('is in nothing that export says, with -v either, and in no commit message', async () => {
        for (const exit of exports) expectNoTrace(['export'], exit);
        expect(traces(await kubetape(mode).text('log', '-o', 'json', '--all'))).to.deep.equal([]);
      });

      it('is in no form of ls, show, log, blame and status', async () => {
        const one = ['secrets/guarded', '-n', NS];
        const lines = [
          ...forms(general(mode), 'ls', 'secrets', '-n', NS), ['ls', '--coverage', '-o', 'json'],
          ...forms(general(mode), 'show', ...one), ...forms(['yaml', 'json'], 'show', ...one, '--at', 'HEAD~1'), ['show', 'secrets/gone', 'secrets/token', '-n', NS, '--at', 'HEAD~1'],
          ...forms(['table', 'json'], 'log', 'secrets', '-n', NS, '--patch'), ...forms(general(mode), 'log', ...one), ['log', '--stat', '-n', NS],
          ...forms(general(mode), 'blame', ...one), ...forms(['table', 'json'], 'status'),
        ];
        await fewAtATime(lines.map((words) => async () => {
          const exit = await kubetape(mode).run(...words);
          expectNoTrace(words, exit);
          expect(exit.code, `kubetape ${words.join(' ')}\n${exit.stderr}`).to.equal(0);
        }));
      });

      it('is in no form of diff, of commits and of live, though the change is told', async () => {
        const lines = [...forms(diffs(mode), 'diff', 'HEAD~1', 'HEAD', '-n', NS), ...forms(LONG ? DIFF : ['text', 'json'], 'diff', '-n', NS, '--all', ...cluster())];
        await fewAtATime(lines.map((words) => async () => {
          const exit = await kubetape(mode).run(...words);
          expectNoTrace(words, exit);
          expect([exit.code, exit.stderr], words.join(' ')).to.have.property('0', 1);
          expect(exit.stdout, words.join(' ')).to.match(/secrets/);
        }));
      });

      it('is in nothing that diff -f says of manifests, good and broken ones', async () => {
        const files = manifests();
        const [good = '', ...others] = files;
        const lines = files.filter((file) => LONG || mode === 'plain' || /data|quote|broken\.json/.test(file)).map((file) => ['diff', 'HEAD', '-f', file]);
        lines.push(...forms(LONG ? DIFF : ['fields', 'json', 'json-patch', 'side-by-side', 'md'], 'diff', 'HEAD', '-f', good), ['diff', '-f', good, ...cluster()], ['diff', '-f', good, '--exact', ...cluster()]);
        if (LONG) lines.push(...others.map((file) => ['diff', '-f', file, '--exact', ...cluster()]));
        await fewAtATime(lines.map((words) => async () => {
          const exit = await kubetape(mode).run(...words);
          expectNoTrace(words, exit);
          const broken = words.some((word) => /\/(broken|twice|no-|text|alias)[^/]*$/.test(word));
          expect(exit.code, `kubetape ${words.join(' ')}\n${exit.stdout}\n${exit.stderr}`).to.equal(broken ? 2 : 1);
        }));
      });

      it('is in no form of verify, and in no file of its report', async () => {
        const report = workshop.path('home', `report-${mode}`);
        // A report has JSON, Markdown and JUnit.
        const lines = forms(LONG ? VERIFY : ['wide', 'yaml'], 'verify', '-n', NS, '--patience', '0s', ...cluster());
        await fewAtATime([...lines, ['verify', '-n', NS, '--patience', '0s', '--report', report, ...cluster()]].map((words) => async () => {
          const exit = await kubetape(mode).run(...words);
          expectNoTrace(words, exit);
          expect(exit.code, `kubetape ${words.join(' ')}\n${exit.stderr}`).to.equal(1);
        }));
        const files = readdirSync(report);
        expect(files.length).to.be.greaterThan(2);
        for (const file of files) expect(traces(readFileSync(join(report, file), 'utf8')), file).to.deep.equal([]);
      });

      // A repository without values has none to tell in an error that is none of a manifest's.
      if (LONG || mode === 'plain') it('is in no error', async () => {
        const lines = [['show', 'secrets/nothing', '-n', NS], ['show', 'secret/guarded', '-n', NS, '--at', 'nonsense'], ['show', 'secrets'], ['diff', 'HEAD', 'nonsense'], ['log', 'secrets/guarded', '--since', 'nonsense'], ['verify', 'HEAD', '--kubeconfig', '/nonexistent']];
        await fewAtATime(lines.map((words) => async () => {
          const exit = await kubetape(mode).run(...words);
          expectNoTrace(words, exit);
          expect(exit.code).not.to.equal(0);
        }));
      });

      it('is in no file that the commands leave behind', () => {
        const home = workshop.path('home', mode);
        const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
        for (const file of files) expect(traces(readFileSync(file, 'latin1')), file).to.deep.equal([]);
      });

      it(`${mode === 'plain' ? 'is shown' : 'is not there to be shown'} with --reveal`, async () => {
        const lines = [['show', 'secrets/guarded', '-n', NS, '--reveal'], ['show', 'secrets/guarded', '-n', NS, '--reveal', '-o', 'json'], ['log', 'secrets/guarded', '-n', NS, '--patch', '--reveal'], ['diff', 'HEAD~1', 'HEAD', '-n', NS, '--reveal']];
        await fewAtATime(lines.map((words) => async () => {
          const { stdout } = await kubetape(mode).run(...words);
          expect(traces(stdout).length > 0, words.join(' ')).to.equal(mode === 'plain');
        }));
      });
    });
  }
});
