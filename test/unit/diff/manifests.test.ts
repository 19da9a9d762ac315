import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ManifestError } from '../../../src/diff/manifest-error.js';
import { readManifests, type Manifest, type ReadManifestOptions } from '../../../src/diff/manifests.js';
import { NumberToken } from '../../../src/lib/json.js';

const configMap = (name: string, more = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`;

describe('manifests', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubetape-manifests-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function file(name: string, text: string | Buffer): string {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  const read = (text: string, options: ReadManifestOptions = {}): Manifest[] => readManifests('-', { ...options, stdin: text });
  const names = (manifests: readonly Manifest[]): string[] => manifests.map(({ name }) => name);

  /** The error's code and message, without the folder. */
  function refusal(act: () => unknown): string {
    try {
      act();
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      expect(error.exitCode).to.equal(2);
      return `${error.code} ${error.message.replaceAll(`${folder}/`, '')}`;
    }
    throw new Error('not refused');
  }

  it('are read from every document that is not empty, with their place', () => {
    const text = `# Source: chart/a.yaml\n---\n# nothing here\n---\n${configMap('a')}---\n---\n${configMap('b', '  namespace: shop\ndata: {some: "1"}\n')}...\n`;
    const [a, b, ...more] = read(text);

    expect(more).to.deep.equal([]);
    expect(a).to.deep.include({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace: undefined });
    expect(b).to.deep.include({ name: 'b', namespace: 'shop' });
    expect(b?.place).to.match(/^standard input document \d$/);
    expect(read('# only a comment\n')).to.deep.equal([]);
    expect(read('')).to.deep.equal([]);
  });

  it('keep integers that a double cannot hold', () => {
    expect(read(configMap('a', 'spec: {big: 9007199254740993}'))[0]?.body['spec']).to.deep.equal({ big: new NumberToken('9007199254740993') });
    expect(read('{"apiVersion":"v1","kind":"X","metadata":{"name":"a"},"n":9007199254740993}')[0]?.body['n']).to.deep.equal(new NumberToken('9007199254740993'));
  });

  it('are the items of a List, and of a typed list whose items need not name their kind', () => {
    const list = '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}},{"apiVersion":"v1","kind":"ConfigMapList","items":[{"metadata":{"name":"b"}}]}]}';
    expect(read(list).map(({ kind, name, place }) => [kind, name, place])).to.deep.equal([
      ['ConfigMap', 'a', 'standard input document 1 item 1'],
      ['ConfigMap', 'b', 'standard input document 1 item 2 item 1'],
    ]);
    expect(names(read('apiVersion: example.org/v1\nkind: AllowList\nmetadata: {name: x}\n'))).to.deep.equal(['x']);
    expect(read('{"apiVersion":"v1","kind":"List","items":[]}')).to.deep.equal([]);
  });

  it('come from a folder in the order of their paths, without what is hidden or no manifest', () => {
    file('b/two.yml', configMap('b-two'));
    file('b/one.json', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b-one"}}');
    file('a.yaml', configMap('a'));
    file('README.md', '# read me');
    file('.hidden.yaml', 'not: {a manifest');
    file('.git/config.yaml', 'not: {a manifest');
    file('kustomization.yaml', 'resources: [a.yaml]');
    symlinkSync(folder, join(folder, 'b/again'));
    symlinkSync('b', join(folder, 'c'));
    symlinkSync('nowhere', join(folder, 'z.yaml'));
    const skipped: string[] = [];

    expect(names(readManifests(folder, { onSkip: (path, reason) => skipped.push(`${path.replace(`${folder}/`, '')}: ${reason}`) }))).to.deep.equal(['a', 'b-one', 'b-two']);
    expect(skipped).to.deep.equal(['kustomization.yaml: a kustomization, which is not built', 'z.yaml: a symbolic link that leads nowhere']);
  });

  it('may come from several places, and one object may be in one of them only', () => {
    const [a, b] = [file('a.yaml', configMap('a')), file('b.yaml', `${configMap('b')}---\n${configMap('a', '  namespace: shop\n')}`)];

    expect(names(readManifests([a, b]))).to.deep.equal(['a', 'b', 'a']);
    expect(refusal(() => readManifests([a, b], { namespace: 'shop' }))).to.equal('DUPLICATE ConfigMap shop/a is there twice: in a.yaml document 1 and in b.yaml document 2');
    expect(refusal(() => read(`${configMap('x')}---\n${configMap('x')}`))).to.match(/^DUPLICATE ConfigMap x is there twice: in standard input document 1 and in standard input document 2$/);
  });

  it('without what makes an object are refused with file and document', () => {
    const inFile = (text: string): string => refusal(() => readManifests(file('m.yaml', `${configMap('fine')}---\n${text}`)));

    expect(inFile('kind: X\nmetadata: {name: a}')).to.equal('NOT_AN_OBJECT m.yaml document 2 has no apiVersion (kind X)');
    expect(inFile('replicaCount: 1')).to.equal('NOT_AN_OBJECT m.yaml document 2 has no kind');
    expect(inFile('[1, 2]')).to.equal('NOT_AN_OBJECT m.yaml document 2 is not an object');
    expect(inFile('apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}')).to.equal('NOT_AN_OBJECT m.yaml document 2 has no name but generateName, so no object is it (kind Pod)');
    expect(inFile('apiVersion: v1\nkind: Pod')).to.equal('NOT_AN_OBJECT m.yaml document 2 has no metadata.name (kind Pod)');
    expect(inFile('apiVersion: v1\nkind: Pod\nmetadata: {name: 1}')).to.equal('NOT_AN_OBJECT m.yaml document 2 has no metadata.name (kind Pod)');
    expect(inFile('apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: [1]}')).to.equal('NOT_AN_OBJECT m.yaml document 2 has a metadata.namespace that is no text');
    expect(inFile('apiVersion: v1\nkind: List\nitems: [null]')).to.equal('NOT_AN_OBJECT m.yaml document 2 item 1 is not an object');
  });

  it('that cannot be read are refused with line and document, and without a word of their content', () => {
    const bad = (text: string): string => refusal(() => readManifests(file('m.yaml', text)));

    expect(bad(`${configMap('a')}---\nkind: Secret\nstringData: {password: "hunter2`)).to.match(/^MALFORMED m\.yaml cannot be read: Malformed YAML in line \d+ \(document 2\)$/);
    expect(bad(`---\n${configMap('a')}---\nkey: hunter2\nkey: hunter2\n`)).to.equal('MALFORMED m.yaml cannot be read: Repeated key in line 8 (document 2)');
    expect(refusal(() => readManifests(file('m.yaml', Buffer.from([0x61, 0xff]))))).to.equal('MALFORMED m.yaml is not UTF-8');
    expect(refusal(() => readManifests(join(folder, 'none.yaml')))).to.match(/^UNREADABLE The manifests in none\.yaml cannot be read: ENOENT/);
    expect(refusal(() => readManifests(file('big.yaml', Buffer.alloc(64 * 1024 * 1024 + 1, 0x20))))).to.equal('TOO_LARGE big.yaml is larger than 64 MiB, which no manifest is');
  });

  it('that have to be rendered first are refused with the way to do it', () => {
    expect(refusal(() => readManifests(file('t.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n')))).to.match(/^TEMPLATE t\.yaml seems to be a template that was not rendered/);
    expect(names(read(configMap('a', 'data: {rule: "{{ $labels.pod }}"}\n')))).to.deep.equal(['a']);
    file('chart/Chart.yaml', 'apiVersion: v2\nname: x\n');
    expect(refusal(() => readManifests(folder))).to.equal('TEMPLATE chart is a Helm chart, not a folder of manifests');
    expect(refusal(() => readManifests(file('kustomization.yml', 'resources: []')))).to.equal('TEMPLATE kustomization.yml is a kustomization, not a manifest');
  });

  it('whose names try to forge a line are named on one line', () => {
    const forged = read('{"apiVersion":"v1","kind":"Role","metadata":{"name":"a\\nb\\u001b[31m"}}\n');
    expect(names(forged)).to.deep.equal(['a\nb\x1b[31m']);
    const twice = '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Role","metadata":{"name":"a\\nb\\u001b"}},{"apiVersion":"v1","kind":"Role","metadata":{"name":"a\\nb\\u001b"}}]}';
    expect(refusal(() => read(twice))).to.contain('Role a\\x0ab\\x1b is there twice');
    expect(refusal(() => readManifests(file('x\n\x1b.yaml', 'a: 1')))).to.equal('NOT_AN_OBJECT x\\x0a\\x1b.yaml document 1 has no kind');
  });
});
