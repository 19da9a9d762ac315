import { expect } from 'chai';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ObjectId } from '../../src/model/object-id.js';
import { identityOfPath, treePath } from '../../src/model/tree-path.js';
import { propertyRuns } from '../support/scale.js';

const NAMES: readonly string[] = [
  '', '.', '..', '...', '.git', '.GIT', '.git ', '.git.', 'git~1', 'GIT~1', '.gitmodules', 'gitmod~1', '.g\u200cit', ' ', '  ', 'a', 'A', 'a.', 'a ', ' a', '.a', 'a..', 'a/b', 'a\\b', 'a:b',
  'é', 'e\u0301', 'É', 'E\u0301', 'ß', 'ss', 'ẞ', 'ı', 'i', 'İ', 'I', 'K', 'k', 'ﬁ', 'fi', '😀', '\ud83d', '\ude00', '\ufffd', 'a\nb', 'a\x1b[31mb', '\0', '\x7f', '%', '%2E', '%2e', '%25', '~', '-',
  'con', 'CON', 'Con', 'con.yaml', 'prn', 'aux', 'aux.yaml', 'nul', 'nul.', 'com0', 'com1', 'com1.a', 'com¹', 'lpt9', 'lpt9 .x', 'conin$', 'conout$.x', 'x'.repeat(195), 'x'.repeat(196), 'x'.repeat(1_000),
  `${'x'.repeat(999)}X`, 'X'.repeat(1_000), 'é'.repeat(300), 'e\u0301'.repeat(300), '.'.repeat(300), `${'x'.repeat(130)}~${'0'.repeat(64)}`, 'yaml', '.yaml', 'a.yaml', 'a.yaml.yaml', 'kustomization', 'namespaces', 'cluster',
];

const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom('a', 'A', '.', ' ', '%', '2E', '~', 'é', 'e\u0301', 'con', 'aux', ':', '\n', '/', '\ud83d', '\ude00', 'x'.repeat(64)), { maxLength: 8 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
);
const identity: fc.Arbitrary<ObjectId> = fc.record({ group: name, resource: name, namespace: name, name });

describe('tree paths, for any identity', () => {
  it('are different for different objects, also where a file system folds case and normalises', () => {
    const owners = new Map<string, string>();
    fc.assert(
      fc.property(identity, (id) => {
        const folded = fold(treePath(id));
        const owner = JSON.stringify([id.group, id.resource, id.namespace, id.name]);
        expect(owners.get(folded) ?? owner).to.equal(owner);
        owners.set(folded, owner);
      }),
      propertyRuns(5_000, 200_000),
    );
    expect(owners.size).to.be.greaterThan(1_000);
  });

  it('are made of components that Linux, macOS, Windows and git accept', () => {
    fc.assert(
      fc.property(identity, (id) => {
        const path = treePath(id);
        const components = path.split('/');
        expect(components).to.have.length(id.namespace === '' ? 3 : 4);
        for (const component of components) expect(complaint(component), path).to.equal(null);
      }),
      propertyRuns(5_000, 200_000),
    );
  });

  it('can be read back into the identity, but for components that were cut', () => {
    let cut = 0;
    fc.assert(
      fc.property(identity, (id) => {
        const path = treePath(id);
        if (path.includes('~')) cut++;
        expect(identityOfPath(path), path).to.deep.equal(path.includes('~') ? null : id);
      }),
      propertyRuns(5_000, 200_000),
    );
    expect(cut).to.be.greaterThan(10);
  });

  it('are the only paths that stand for an identity', () => {
    const component = fc.oneof({ weight: 1, arbitrary: name }, { weight: 5, arbitrary: fc.array(fc.constantFrom('a', 'A', '%', '%2E', '%2e', '%41', '%C3%A9', '%C3', '%ED%A0%80', '.', ' ', 'con', '%63on', 'é'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')) });
    const path = fc.tuple(fc.constantFrom('cluster', 'namespaces'), fc.array(component, { minLength: 2, maxLength: 3 }), fc.constantFrom('.yaml', '.yaml', '.yaml', '')).map(([root, parts, extension]) => `${root}/${parts.join('/')}${extension}`);
    let read = 0;
    fc.assert(
      fc.property(path, (given) => {
        const id = identityOfPath(given);
        if (id === null) return;
        read++;
        expect(treePath(id)).to.equal(given);
      }),
      propertyRuns(5_000, 200_000),
    );
    expect(read).to.be.greaterThan(10);
  });

  it('keep the twins of one folder apart in names that differ by case, normal form or an escape only', () => {
    const ids = NAMES.flatMap((one) => [one, one.toUpperCase(), one.toLowerCase(), one.normalize('NFC'), one.normalize('NFD'), encodeURIComponent(Buffer.from(one).toString()), `${one}.yaml`]);
    const names = [...new Set(ids)];
    const paths = new Set(names.map((one) => fold(treePath({ group: '', resource: 'r', namespace: 'n', name: one }))));
    expect(paths.size).to.equal(names.length);
  });
});

describe('tree paths of the worst identities', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubetape-paths-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const ids: ObjectId[] = NAMES.flatMap((one) => [
    { group: 'rbac.authorization.k8s.io', resource: 'roles', namespace: 'n', name: one },
    { group: '', resource: 'configmaps', namespace: one === '' ? 'n2' : one, name: 'a' },
    { group: one, resource: 'things', namespace: '', name: 'a' },
  ]);

  it('can be written into a real folder, each as a file of its own', () => {
    const root = join(folder, 'files');
    const byPath = new Map(ids.map((id) => [treePath(id), JSON.stringify(id)]));
    expect(byPath.size).to.equal(ids.length);
    for (const [path, content] of byPath) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content, { flag: 'wx' });
    }
    for (const [path, content] of byPath) expect(readFileSync(join(root, path), 'utf8')).to.equal(content);
  });

  it('are taken by git with the protections of Windows and macOS, and checked out as they are', () => {
    const root = join(folder, 'git');
    git(folder, 'init', '-q', root);
    for (const flag of ['core.protectNTFS', 'core.protectHFS']) git(root, 'config', flag, 'true');
    const blob = git(root, 'hash-object', '-w', '--stdin').trim();
    const listing = ids.map((id) => `100644 ${blob}\t${treePath(id)}\0`).join('');
    execFileSync('git', ['update-index', '-z', '--add', '--index-info'], { cwd: root, input: listing, env: quiet() });
    git(root, 'checkout-index', '-a');
    const tree = git(root, 'write-tree').trim();
    expect(git(root, 'ls-tree', '-r', '-z', '--name-only', tree).split('\0').filter(Boolean).sort()).to.deep.equal(ids.map(treePath).sort());
    git(root, 'fsck', '--strict', '--no-dangling');
    expect(readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))).to.have.length(ids.length);
  });
});

/** What HFS+, APFS and NTFS may take for the same name. */
function fold(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

/** Why a component cannot be checked out everywhere, or null. */
function complaint(component: string): string | null {
  if (component === '' || Buffer.byteLength(component) > 200) return 'empty or long';
  if (/[^\x20-\x7e]/.test(component) || /[<>:"\\|?*]/.test(component)) return 'reserved character';
  if (/[. ]$/.test(component) || /^[. ]/.test(component)) return 'dot or blank at an end';
  if (/^(?:con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$) *(?:\.|$)/i.test(component)) return 'device';
  return /^[^~]{1,8}~[0-9]/.test(component) ? 'short name of Windows' : null;
}

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', input: '', env: quiet() });
}

function quiet(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: tmpdir(), GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
}
