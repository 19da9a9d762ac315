// What the files say is what the cluster holds: hostile content, Secrets, comments; and real programs read them so.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { load } from 'js-yaml';
import type { AnyJson } from '../support/api-client.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { Workshop } from '../support/kubetape.js';
import { measuredCustomText, MEASURED_GROUP, measuredObjects } from '../support/measured-objects.js';
import { leaves, treeIdentities, type MirroredFile } from '../support/mirrored-tree.js';
import { awkwardConfigMap, awkwardKeysConfigMap, AWKWARD_TEXTS, configMap, crd, HOSTILE_NAMES, hostileCustomText, namespace, object, role, secret, service, withMetadata } from '../support/objects.js';
import { identityKey, type Identity } from '../support/oracle.js';
import { fileAt, fsck, git, gitBytes, log, tree } from '../support/repo.js';
import { freePorts } from '../support/server-process.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';
import { httpGet } from '../support/daemon.js';

const NS = 'fidelity';
const MEASURED = 'measured';
const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';
const RBAC = 'rbac.authorization.k8s.io';

describe('the fidelity of a mirror', function () {
  const workshop = new Workshop();
  const repository = workshop.repository();
  const checkout = workshop.path('checkout');
  let plane: ControlPlane;
  let files: ReadonlyMap<string, MirroredFile>;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await createHostile(plane);
    await createMeasured(plane);
    await createChosen(plane);
    const { code, stderr } = await workshop.run(plane, ['export', '--repo', repository, '--secrets', 'plain']);
    expect(code, stderr).to.equal(0);
    files = await treeIdentities(repository, 'main');
    await git(workshop.folder, ['clone', '--quiet', repository, checkout]);
  });

  after(() => workshop.remove());

  function fileOf(id: Partial<Identity> & Pick<Identity, 'resource' | 'name'>): MirroredFile {
    const file = files.get(identityKey({ group: '', namespace: NS, ...id }));
    if (file === undefined) throw new Error(`There is no file of ${id.resource}/${id.name}`);
    return file;
  }

  describe('in names and texts', () => {
    it('has a file for each hostile name, with the rules of that very object', () => {
      for (const [index, name] of HOSTILE_NAMES.entries()) {
        expect(fileOf({ group: RBAC, resource: 'roles', name }).object.rules[0].verbs, JSON.stringify(name)).to.deep.equal(['get', `verb-${index}`]);
      }
    });

    it('gives hostile names paths that any file system takes', async () => {
      const paths = (await tree(repository, 'main')).map(({ path }) => path);
      expect(paths.filter((path) => !/^[\x21-\x7e /]+$/.test(path) || /[A-Z]/.test(path.replace(/%[0-9A-F]{2}/g, '').replace(/~/g, '')) || /[<>:"\\|?*]|[. ](\/|$)/.test(path))).to.deep.equal([]);
      expect(new Set(paths.map((path) => path.toLowerCase().normalize('NFC'))).size).to.equal(paths.length);
    });

    it('keeps every awkward text as it is', () => {
      const { data } = fileOf({ resource: 'configmaps', name: 'awkward' }).object;
      expect(Object.values(data as object)).to.have.members([...AWKWARD_TEXTS]);
    });

    it('keeps __proto__, integer-like and other awkward keys', () => {
      const { data } = fileOf({ resource: 'configmaps', name: 'awkward-keys' }).object;
      for (const [key, value] of Object.entries(awkwardKeysConfigMap(NS, '')['data'] as object)) expect(Object.getOwnPropertyDescriptor(data, key)?.value, key).to.equal(value);
      expect(Object.keys(data as object)).to.include('__proto__');
    });
  });

  describe('in numbers and shapes', () => {
    it('keeps the digits of every number that the server holds', async () => {
      const { text } = await plane.request('GET', `/apis/test.kubetape.io/v1/namespaces/${NS}/odditys/hostile`);
      const numbers = [...text.matchAll(/"(int64|min|safe|zero|big|tiny|one|half)":([^,}]+)/g)].map(([, key, token]) => [key, token] as const);
      expect(numbers.map(([key]) => key)).to.have.members(['int64', 'min', 'safe', 'zero', 'big', 'tiny', 'one', 'half']);
      const file = fileOf({ group: 'test.kubetape.io', resource: 'odditys', name: 'hostile' });
      for (const [key, token] of numbers) {
        const written = new RegExp(`^  ${key}: (\\S+)$`, 'm').exec(file.text)?.[1] ?? '';
        expect([key, exact(written)]).to.deep.equal([key, exact(token ?? '')]);
      }
    });

    it('keeps empty maps, empty lists, nulls and fields beside spec', () => {
      const { spec, payload } = fileOf({ group: 'test.kubetape.io', resource: 'odditys', name: 'hostile' }).object;
      expect(payload).to.deep.equal({ beside: 'spec' });
      const { emptyMap, emptyList, nothing, nested, blank } = spec;
      expect({ emptyMap, emptyList, nothing, nested, blank }).to.deep.equal({ emptyMap: {}, emptyList: [], nothing: null, nested: [[], [{}], [[1, null]]], blank: '' });
    });

    it('keeps __proto__ and numbers as keys of a custom object', () => {
      const { keys } = fileOf({ group: 'test.kubetape.io', resource: 'odditys', name: 'hostile' }).object.spec;
      expect(Object.keys(keys as object).sort()).to.deep.equal(['', '-1', '01', '10', '9', '__proto__', 'a.b/c', 'constructor', 'yes']);
      expect(Object.getOwnPropertyDescriptor(keys, '__proto__')?.value).to.deep.equal({ polluted: true });
    });
  });

  describe('in the objects on which peers lost data', () => {
    for (const object of measuredObjects(MEASURED)) {
      if (object.kind === 'Lease') continue;
      it(`has ${object.kind} ${object.metadata.name} whole`, async () => {
        const file = [...files.values()].find(({ object: found }) => found.kind === object.kind && found.metadata.name === object.metadata.name && found.metadata.namespace === object.metadata.namespace);
        expect(lost(object, await plane.api.get(object), file?.object)).to.deep.equal([]);
      });
    }

    it('has the custom resource whole, to the last digit', async () => {
      const file = fileOf({ group: MEASURED_GROUP, resource: 'samples', namespace: MEASURED, name: 'sample' });
      const written = JSON.parse(measuredCustomText(MEASURED));
      expect(lost(written, await plane.api.get(written), file.object)).to.deep.equal([]);
      expect(file.text).to.match(/^ {2}odd: 9007199254740993$/m).and.match(/^ {2}max: 9223372036854775807$/m);
    });

    it('leaves out the Lease and the owned ReplicaSet, and names the rules for it', async () => {
      const kinds = new Set([...files.values()].filter(({ id }) => id.namespace === MEASURED).map(({ object }) => object.kind));
      expect([...kinds]).not.to.include.members(['Lease']).and.not.include('ReplicaSet');
      const { types } = load((await fileAt(repository, 'main', '.kubetape/coverage')) ?? '') as AnyJson;
      expect(types['leases.coordination.k8s.io']).to.deep.equal({ state: 'skipped', rules: ['core/skip-leases'] });
      expect(types['replicasets.apps'].skips).to.deep.equal(['core/skip-controlled']);
    });
  });

  describe('in its comments', () => {
    it('gives the values that the server chose for a Service, not its body', () => {
      const { comments, object } = fileOf({ resource: 'services', name: 'chosen' });
      expect(comments.join('\n')).to.match(/^allocated spec\.clusterIP: 10(\.\d+){3}$/m).and.match(/^allocated spec\.ports\[0\]\.nodePort: 3[0-2]\d{3}$/m);
      expect(object.spec).not.to.have.any.keys('clusterIP', 'clusterIPs');
      expect(object.spec.ports[0]).not.to.have.property('nodePort');
    });

    it('keeps the values that a person chose in the body', () => {
      const { comments, object } = fileOf({ resource: 'services', namespace: MEASURED, name: 'balanced' });
      expect([object.spec.ports[0].nodePort, object.spec.healthCheckNodePort]).to.deep.equal([31080, 31999]);
      expect(comments.join('\n')).not.to.match(/nodePort/i);
    });

    it('gives the volume that the controller bound to a claim', () => {
      const { comments, object } = fileOf({ resource: 'persistentvolumeclaims', name: 'bound' });
      expect(comments).to.include(`allocated spec.volumeName: ${NS}-volume`);
      expect(object.spec).not.to.have.property('volumeName');
    });

    it('gives owners without their uid', () => {
      const { comments, object, text } = fileOf({ resource: 'configmaps', name: 'owned' });
      expect(comments).to.include('owner v1 ConfigMap/owner controller block').and.include('owner v1 ConfigMap/other');
      expect(object.metadata).not.to.have.property('ownerReferences');
      expect(text).not.to.match(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    });

    it('names the manager that applies an object', () => {
      expect(fileOf({ resource: 'configmaps', name: 'applied' }).comments).to.include('applier helm');
      expect(fileOf({ resource: 'configmaps', name: 'owned' }).comments.join('\n')).not.to.contain('applier');
    });
  });

  describe('for real programs', () => {
    it('is sound for git, in the repository and in a clone', async () => {
      await fsck(repository);
      await fsck(checkout);
    });

    it('checks out without a difference', async () => {
      expect(await git(checkout, ['status', '--porcelain', '--ignored'])).to.equal('');
      expect(Number(await git(checkout, ['rev-list', '--count', 'HEAD']))).to.equal((await log(repository, 'main')).length);
    });

    it('reads the same with js-yaml and with kubectl', async () => {
      const { stdout } = await plane.kubectl(['create', '--dry-run=client', '--validate=false', '-o', 'json', '-R', '-f', checkout]);
      const byKubectl = new Map(documents(stdout).map((object) => [keyOf(object), object]));
      for (const { object, path } of files.values()) {
        const differing = difference(object, byKubectl.get(keyOf(object)));
        expect(differing, path).to.deep.equal([]);
      }
      expect(byKubectl.size).to.equal(files.size);
      for (const digits of ['"int64": 9223372036854775807', '"min": -9223372036854775808', '"odd": 9007199254740993']) expect(stdout).to.contain(digits);
    });

    it('is taken by kubectl apply, as the client sees it', async () => {
      // CRDs that exist already are beyond this kubectl, whoever wrote them ("expected a struct, but received a nil").
      const folders = readdirSync(join(checkout, 'cluster')).filter((name) => name !== CRDS).map((name) => join(checkout, 'cluster', name));
      const sources = [join(checkout, 'namespaces'), ...folders].flatMap((folder) => ['-f', folder]);
      const { stdout, stderr } = await plane.kubectl(['apply', '-R', ...sources, '--dry-run=client', '-o', 'json'], { mayFail: true });
      expect(problems(stderr)).to.deep.equal([]);
      expect(documents(stdout).length).to.equal([...files.values()].filter(({ path }) => !path.startsWith(`cluster/${CRDS}/`)).length);
    });

    it('is taken by an empty cluster, namespaces and CRDs first', async () => {
      const other = await ControlPlane.start();
      try {
        for (const folder of ['namespaces', CRDS]) {
          const source = join(checkout, 'cluster', folder);
          expect(problems((await other.kubectl(['apply', '-R', '-f', source, '--dry-run=client'], { mayFail: true })).stderr)).to.deep.equal([]);
          await other.kubectl(['apply', '-R', '-f', source]);
        }
        const established = async (): Promise<boolean> => (await other.api.list('apiextensions.k8s.io/v1', 'CustomResourceDefinition')).every(({ status }) => status?.conditions?.some((each: AnyJson) => each.type === 'Established' && each.status === 'True'));
        const accounts = async (): Promise<boolean> => (await other.api.list('v1', 'ServiceAccount')).filter(({ metadata }) => metadata.name === 'default').length === (await other.api.list('v1', 'Namespace')).length;
        await eventually(async () => (await established()) && (await accounts()));
        const { stdout, stderr } = await eventually(async () => {
          const result = await other.kubectl(['apply', '-R', '-f', checkout, '--dry-run=server', '-o', 'json'], { mayFail: true });
          return /no matches for kind/.test(result.stderr) ? null : result; // discovery of a new CRD takes a moment
        }, { timeoutMs: 60_000 });
        expect(problems(stderr)).to.deep.equal([]);
        expect(documents(stdout).length).to.equal(files.size);
      } finally {
        await other.stop();
      }
    });
  });
});

describe('Secrets in a mirror', function () {
  const workshop = new Workshop();
  const CANARY = 'canary-Zr8!kQ2v+x/9';
  const forms = (value: string): Buffer[] => [Buffer.from(value), Buffer.from(Buffer.from(value).toString('base64').replace(/=+$/, '').slice(0, -1)), Buffer.from(Buffer.from(value).toString('hex'))];
  let plane: ControlPlane;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await plane.api.create(namespace('secrets'));
    await plane.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(secret('secrets', 'guarded', { password: CANARY, user: 'shop' })) });
  });

  after(() => workshop.remove());

  async function everything(repository: string): Promise<Buffer> {
    return gitBytes(repository, ['cat-file', '--batch-all-objects', '--batch']);
  }

  function expectNowhere(where: string, content: Buffer | string, value = CANARY): void {
    const bytes = Buffer.from(content as string);
    expect(bytes.length, `${where} was looked at`).to.be.greaterThan(0);
    for (const form of forms(value)) expect(bytes.includes(form), `${form.toString()} in ${where}`).to.equal(false);
  }

  it('give away no value by default: not in files, history, output, logs, metrics or status', async () => {
    const repository = workshop.repository();
    const [port = 0] = await freePorts(1);
    const daemon = workshop.start(plane, ['mirror', '--repo', repository, '--listen', `127.0.0.1:${port}`, '--window', '50ms', '-v', '--log-format', 'json', '-n', 'secrets']);
    await daemon.waitForHttp(`http://127.0.0.1:${port}/readyz`);
    const rotated = `${CANARY}-rotated`;
    await plane.api.patch(secret('secrets', 'guarded'), { data: { password: Buffer.from(rotated).toString('base64') } });
    await eventually(async () => (await log(repository, 'main')).length >= 2);
    const pages = await Promise.all(['metrics', 'status', 'readyz'].map(async (page) => [page, (await httpGet(`http://127.0.0.1:${port}/${page}`)).body] as const));
    const { stdout, stderr } = await daemon.stop();
    for (const [page, body] of pages) expectNowhere(`/${page}`, body);
    expectNowhere('output', stdout + stderr);
    expectNowhere('the repository', await everything(repository));
    const status = await workshop.program(['status', '--repo', repository, '-o', 'json']).waitForExit();
    expectNowhere('kubetape status', status.stdout);
    const text = await fileAt(repository, 'main', 'namespaces/secrets/secrets/guarded.yaml');
    expect(text).to.match(new RegExp(`^# kubetape:digest data\\.password ${rotated.length}B hmac-sha256:[0-9a-f]+$`, 'm')).and.match(/^type: Opaque$/m);
    expect((load(text ?? '') as AnyJson).data).to.equal(undefined);
  });

  it('are seen to change without being shown', async () => {
    const repository = workshop.repository();
    const digest = async (): Promise<string | undefined> => {
      expect((await workshop.run(plane, ['export', '--repo', repository, '-n', 'secrets'])).code).to.equal(0);
      return /^# kubetape:digest data\.user .*$/m.exec((await fileAt(repository, 'main', 'namespaces/secrets/secrets/guarded.yaml')) ?? '')?.[0];
    };
    const first = await digest();
    await plane.api.patch(secret('secrets', 'guarded'), { data: { user: Buffer.from('SHOP').toString('base64') } });
    const second = await digest();
    expect(second).not.to.equal(first);
    await plane.api.patch(secret('secrets', 'guarded'), { data: { user: Buffer.from('shop').toString('base64') } });
    expect(await digest()).to.equal(first);
    for (const { subject, body } of await log(repository, 'main')) expectNowhere('a message', `${subject}\n${body}`, 'SHOP');
  });

  it('are whole in plain mode, which the repository records', async () => {
    const repository = workshop.repository();
    await plane.api.patch(secret('secrets', 'guarded'), { data: { password: Buffer.from(CANARY).toString('base64') } });
    const { stdout, stderr } = await workshop.run(plane, ['export', '--repo', repository, '-n', 'secrets', '--secrets', 'plain', '-v']);
    const { data } = load((await fileAt(repository, 'main', 'namespaces/secrets/secrets/guarded.yaml')) ?? '') as AnyJson;
    expect(Buffer.from(data.password as string, 'base64').toString()).to.equal(CANARY);
    expect(await fileAt(repository, 'main', '.kubetape/policy')).to.match(/^secrets: plain$/m);
    expectNowhere('output', stdout + stderr);
    expectNowhere('the messages', (await log(repository, 'main')).map(({ subject, body }) => subject + body).join());
  });

  it('are absent in skip mode, and coverage names the rule', async () => {
    const repository = workshop.repository();
    await workshop.run(plane, ['export', '--repo', repository, '-n', 'secrets', '--secrets', 'skip']);
    expect((await tree(repository, 'main')).filter(({ path }) => path.includes('/secrets/') && path.endsWith('guarded.yaml'))).to.deep.equal([]);
    const { types } = load((await fileAt(repository, 'main', '.kubetape/coverage')) ?? '') as AnyJson;
    expect(types.secrets).to.deep.include({ state: 'skipped' });
    expectNowhere('the repository', await everything(repository));
  });

  it('keep the key of the digests outside the repository, for its owner only', async () => {
    const repository = workshop.repository();
    await workshop.run(plane, ['export', '--repo', repository, '-n', 'secrets']);
    const key = readFileSync(`${repository}.digest-key`, 'utf8').trim();
    expectNowhere('the repository', await everything(repository), key);
    expect(statSync(`${repository}.digest-key`).mode & 0o077).to.equal(0);
  });
});

async function createHostile(plane: ControlPlane): Promise<void> {
  await plane.api.create(namespace(NS));
  for (const [index, name] of HOSTILE_NAMES.entries()) await plane.api.create(role(NS, name, ['get', `verb-${index}`]));
  await plane.api.create(awkwardConfigMap(NS, 'awkward'));
  await plane.api.create(awkwardKeysConfigMap(NS, 'awkward-keys'));
  await plane.api.create(crd('Oddity'));
  await createText(plane, `/apis/test.kubetape.io/v1/namespaces/${NS}/odditys`, hostileCustomText('Oddity', NS, 'hostile'));
}

async function createMeasured(plane: ControlPlane): Promise<void> {
  for (const object of measuredObjects(MEASURED)) await plane.api.create(object);
  await createText(plane, `/apis/${MEASURED_GROUP}/v1/namespaces/${MEASURED}/samples`, measuredCustomText(MEASURED));
  await eventually(async () => (await plane.api.list('apps/v1', 'ReplicaSet', MEASURED)).length > 0);
}

/** Objects of which the server or a controller chose something. */
async function createChosen(plane: ControlPlane): Promise<void> {
  await plane.api.create(service(NS, 'chosen', { type: 'NodePort' }));
  const owner = await plane.api.create(configMap(NS, 'owner'));
  const other = await plane.api.create(configMap(NS, 'other'));
  const reference = ({ metadata }: AnyJson, rest: object = {}): object => ({ apiVersion: 'v1', kind: 'ConfigMap', name: metadata.name, uid: metadata.uid, ...rest });
  await plane.api.create(withMetadata(configMap(NS, 'owned'), { ownerReferences: [reference(owner, { controller: true, blockOwnerDeletion: true }), reference(other)] }));
  await plane.kubectl(['apply', '--server-side', '--field-manager', 'helm', '-f', '-'], { stdin: JSON.stringify(configMap(NS, 'applied', { of: 'helm' })) });
  const storage = { accessModes: ['ReadWriteOnce'], storageClassName: NS };
  const volume = object('v1', 'PersistentVolume', null, `${NS}-volume`, { spec: { ...storage, capacity: { storage: '1Gi' }, hostPath: { path: '/srv/v' } } });
  await plane.api.create(volume);
  await eventually(async () => (await plane.api.get(volume)).status?.phase === 'Available', { describe: 'the volume is known to the controller' });
  const claim = object('v1', 'PersistentVolumeClaim', NS, 'bound', { spec: { ...storage, resources: { requests: { storage: '1Gi' } } } });
  await plane.api.create(claim);
  await eventually(async () => (await plane.api.get(claim)).status?.phase === 'Bound', { timeoutMs: 40_000, describe: 'the claim is bound' });
}

async function createText(plane: ControlPlane, path: string, text: string): Promise<void> {
  await eventually(async () => {
    const answer = await plane.request('POST', path, text);
    if (answer.status !== 201) throw new Error(answer.text);
    return true;
  });
}

/** Leaves that the author wrote, the server kept, and the file lacks or has otherwise. */
function lost(written: AnyJson, kept: AnyJson, file: AnyJson): string[] {
  const theirs = leaves(kept);
  const ours = leaves(file ?? {});
  const missing = [...leaves(written)].filter(([path, value]) => theirs.get(path) === value && ours.get(path) !== value);
  return missing.map(([path, value]) => `${path}: ${value}, ${ours.get(path) ?? 'absent'}`);
}

function difference(a: AnyJson, b: AnyJson): string[] {
  const left = leaves(a);
  const right = leaves(b ?? {});
  return [...new Set([...left.keys(), ...right.keys()])].filter((path) => left.get(path) !== right.get(path)).map((path) => `${path}: ${left.get(path)}, ${right.get(path)}`);
}

/** What kubectl says beside its warnings that it did not make these objects. */
function problems(stderr: string): string[] {
  const others = stderr.replace(/^Warning: resource [^]*?is missing the kubectl\.kubernetes\.io\/last-applied-configuration annotation.*\n/gm, '');
  return others.split('\n').filter((line) => line !== '' && !line.startsWith('Warning:'));
}

function keyOf({ apiVersion, kind, metadata }: AnyJson): string {
  return JSON.stringify([apiVersion, kind, metadata.namespace ?? '', metadata.name]);
}

/** The JSON documents that kubectl prints one after another. */
function documents(text: string): AnyJson[] {
  const found = text.trim() === '' ? [] : (JSON.parse(`[${text.trimEnd().replaceAll(/\n}\n{\n/g, '\n},\n{\n')}]`) as AnyJson[]);
  return found.flatMap((each) => (each.kind === 'List' ? each.items : [each]));
}

/** Sign, digits without zeros at the ends, and exponent of a decimal number: equal when the numbers are. */
function exact(token: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  return short === '' ? `${sign}0` : `${sign}${short}e${Number(exponent) - fraction.length + digits.length - short.length}`;
}
