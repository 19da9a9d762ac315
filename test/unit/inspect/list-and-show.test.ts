import { expect } from 'chai';
import { coverageReport } from '../../../src/inspect/coverage-report.js';
import { listObjects } from '../../../src/inspect/list-objects.js';
import { showObject } from '../../../src/inspect/show-object.js';
import { treePath } from '../../../src/model/tree-path.js';
import { typeName } from '../../../src/model/resource-type.js';
import type { TestHistory, TestRepository } from '../../support/history.js';
import { yaml } from '../../support/history.js';
import { testPolicy } from '../../support/mirror-run.js';
import { cleanUp, configMap, deployment, historyOf, inspectError, newRepository, secret, select, SIGNAL } from './support.js';

describe('inspect: listing and showing the objects of a commit', () => {
  let repository: TestRepository;
  afterEach(cleanUp);

  const long = `role-${'x'.repeat(300)}`;

  async function fixture(): Promise<TestHistory> {
    repository = await newRepository(testPolicy({ secrets: 'plain', digestKey: null }));
    const role = (name: string): object => ({ metadata: { name, namespace: 'shop' }, rules: [] });
    repository.commit(Object.fromEntries([
      repository.file('deployments.apps', deployment('shop', 'web', 2)),
      repository.file('deployments.apps', deployment('dev', 'web', 1)),
      repository.file('configmaps', configMap('shop', 'settings')),
      repository.file('secrets', secret('shop', 'db', { password: 'canary' })),
      repository.file('roles.rbac.authorization.k8s.io', role('Mixed:Case')),
      repository.file('roles.rbac.authorization.k8s.io', role(long)),
      repository.file('clusterroles.rbac.authorization.k8s.io', { metadata: { name: 'admin' } }),
    ]));
    return historyOf(repository);
  }

  const names = (history: TestHistory, request: Parameters<typeof select>[0]): string[] =>
    [...listObjects(history.snapshot(history.head()), select(request), { details: false })].map(({ id }) => `${id.namespace}/${typeName(id)}/${id.name}`);

  it('lists everything in the order of the tree, and reads a file only where its name was cut', async () => {
    const history = await fixture();
    const reads = history.reads;
    expect(names(history, {})).to.deep.equal([
      '/clusterroles.rbac.authorization.k8s.io/admin',
      'dev/deployments.apps/web',
      'shop/configmaps/settings',
      'shop/deployments.apps/web',
      'shop/roles.rbac.authorization.k8s.io/Mixed:Case',
      `shop/roles.rbac.authorization.k8s.io/${long}`,
      'shop/secrets/db',
    ].sort((a, b) => (treeOrder(a) < treeOrder(b) ? -1 : 1)));
    expect(history.reads - reads).to.equal(1);
  });

  it('lists what was asked for: types, names, namespaces, labels', async () => {
    const history = await fixture();
    expect(names(history, 'deploy')).to.deep.equal(['dev/deployments.apps/web', 'shop/deployments.apps/web']);
    expect(names(history, { objects: ['deploy/web', 'cm/settings', 'cm/none'], namespaces: ['sh*'] })).to.deep.equal(['shop/configmaps/settings', 'shop/deployments.apps/web']);
    expect(names(history, { objects: [`role/${long}`] })).to.deep.equal([`shop/roles.rbac.authorization.k8s.io/${long}`]);
    expect(names(history, { selector: 'app=web', namespaces: ['dev'] })).to.deep.equal(['dev/deployments.apps/web']);
    expect(names(history, { namespaces: ['none'] })).to.deep.equal([]);
    expect(names(history, { objects: ['clusterrole'], namespaces: ['none'] })).to.have.length(1);
  });

  it('tells labels, owners, applier and that a Secret is a digest only', async () => {
    repository = await newRepository();
    const [path, text] = repository.file('deployments.apps', deployment('shop', 'web', 2));
    const lines = '# kubetape:applier helm\n# kubetape:owner apps/v1 Other/second\n# kubetape:owner example.io/v1 Site/shop controller block\n';
    repository.commit(Object.fromEntries([[path, lines + text], repository.file('secrets', secret('shop', 'db', { password: 'canary' }))]));
    const history = historyOf(repository);
    const [web, db] = [...listObjects(history.snapshot(history.head()), select({}), { details: true })];
    expect(web?.details).to.deep.equal({ labels: [['app', 'web']], owners: ['example.io/v1 Site/shop', 'apps/v1 Other/second'], applier: 'helm', notes: [] });
    expect([web?.kind, web?.apiVersion]).to.deep.equal(['Deployment', 'apps/v1']);
    expect(db?.details?.notes).to.deep.equal(['digest only']);
  });

  it('lists objects of a type that the commit does not record, with what the file says', async () => {
    repository = await newRepository();
    repository.commit({ 'namespaces/shop/gadgets.example.io/one.yaml': yaml({ apiVersion: 'example.io/v1', kind: 'Gadget', metadata: { name: 'one', namespace: 'shop' } }), 'namespaces/shop/README': 'a person wrote this\n' });
    const history = historyOf(repository);
    const listed = [...listObjects(history.snapshot(history.head()), select({}), { details: true })];
    expect(listed.map(({ id, kind, apiVersion }) => [id.resource, id.group, kind, apiVersion])).to.deep.equal([['gadgets', 'example.io', 'Gadget', 'example.io/v1']]);
  });

  it('shows one object; values of a Secret only when they are asked for', async () => {
    const history = await fixture();
    const at = history.snapshot(history.head());
    const web = await showObject(history, at, select({ objects: ['deploy/web'], namespaces: ['shop'] }), { reveal: false }, SIGNAL);
    expect([web.kind, web.redacted, web.text]).to.deep.equal(['Deployment', false, repository.file('deployments.apps', deployment('shop', 'web', 2))[1]]);
    const hidden = await showObject(history, at, select('secret/db'), { reveal: false }, SIGNAL);
    expect(hidden.redacted).to.equal(true);
    expect(JSON.stringify(hidden)).to.not.match(/canary|Y2FuYXJ5/);
    expect(hidden.text).to.match(/password: "?\(6 bytes, hmac:/);
    const shown = await showObject(history, at, select('secret/db'), { reveal: true }, SIGNAL);
    expect(shown.text).to.contain('password: Y2FuYXJ5');
  });

  it('asks which one when several have the name', async () => {
    const history = await fixture();
    const error = await inspectError(() => showObject(history, history.snapshot(history.head()), select('deploy/web'), { reveal: false }, SIGNAL));
    expect([error.code, error.exitCode, error.hint]).to.deep.equal(['AMBIGUOUS', 2, 'Choose one with -n dev, -n shop']);
  });

  it('says when an object went, which names are near, and that it came later', async () => {
    const history = await fixture();
    const first = history.head();
    repository.commit({ [treePath({ group: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' })]: null });
    const gone = repository.commit(Object.fromEntries([repository.file('configmaps', configMap('shop', 'later'))]));
    const now = historyOf(repository);
    const show = (word: string, at = gone): Promise<unknown> => showObject(now, now.snapshot(at), select({ objects: [word], namespaces: ['shop'] }), { reveal: false }, SIGNAL);
    const deleted = await inspectError(() => show('deploy/web'));
    expect(deleted.code).to.equal('NOT_FOUND');
    expect(deleted.hint).to.match(/^-n shop deployments\.apps\/web was deleted in [0-9a-f]{12} of 2025-\S+Z: it is in --at [0-9a-f]{12}~1/);
    expect((await inspectError(() => show('cm/setings'))).hint).to.equal('in shop there is configmaps/settings');
    expect((await inspectError(() => show('cm/later', first))).hint).to.match(/^-n shop configmaps\/later is in the newest commit, [0-9a-f]{12}$/);
  });

  it('reports coverage by type and namespace with counts, without reading an object', async () => {
    repository = await newRepository();
    const coverage = {
      types: {
        'configmaps': { state: 'by namespace', skips: ['core/skip-root-ca'], namespaces: { shop: { state: 'complete' }, dev: { state: 'partial', reason: 'forbidden' } } },
        'deployments.apps': { state: 'complete' },
        'events': { state: 'skipped', rules: ['core/skip-events'] },
        'ingresses.extensions': { state: 'alias', of: 'ingresses.networking.k8s.io' },
        'services': { state: 'polled' },
      },
    };
    repository.commit({
      '.kubetape/coverage': yaml(coverage),
      ...Object.fromEntries([
        repository.file('deployments.apps', deployment('shop', 'web', 2)), repository.file('deployments.apps', deployment('dev', 'web', 1)),
        repository.file('configmaps', configMap('shop', 'settings')), repository.file('configmaps', configMap('lost', 'x')),
        repository.file('clusterroles.rbac.authorization.k8s.io', { metadata: { name: 'admin' } }),
      ]),
    });
    const history = historyOf(repository);
    const report = coverageReport(history.snapshot(history.head()));
    const by = (name: string) => report.types.find(({ type }) => type === name);
    expect([report.objects, report.complete, report.secrets]).to.deep.equal([5, false, 'digest']);
    expect(by('deployments.apps')).to.deep.include({ kind: 'Deployment', state: 'complete', objects: 2 });
    expect(by('deployments.apps')?.namespaces).to.deep.equal([{ namespace: 'dev', state: 'complete', reason: null, objects: 1 }, { namespace: 'shop', state: 'complete', reason: null, objects: 1 }]);
    expect(by('events')).to.deep.include({ state: 'skipped', reason: 'core/skip-events', objects: 0 });
    expect(by('ingresses.extensions')).to.deep.include({ state: 'alias', reason: 'ingresses.networking.k8s.io' });
    expect(by('configmaps')?.skips).to.deep.equal(['core/skip-root-ca']);
    expect(by('configmaps')?.namespaces).to.deep.equal([
      { namespace: 'dev', state: 'partial', reason: 'forbidden', objects: 0 }, { namespace: 'lost', state: 'unknown', reason: null, objects: 1 }, { namespace: 'shop', state: 'complete', reason: null, objects: 1 },
    ]);
    expect(by('clusterroles.rbac.authorization.k8s.io')).to.deep.include({ state: 'unknown', objects: 1, namespaced: false });
  });
});

/** Where a line of the listing lies in the tree. */
function treeOrder(line: string): string {
  const [namespace = '', type = '', ...name] = line.split('/');
  const dot = type.indexOf('.');
  return treePath({ group: dot < 0 ? '' : type.slice(dot + 1), resource: dot < 0 ? type : type.slice(0, dot), namespace, name: name.join('/') });
}

