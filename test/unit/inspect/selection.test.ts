import { expect } from 'chai';
import { InspectError } from '../../../src/inspect/inspect-error.js';
import { findType } from '../../../src/inspect/type-names.js';
import { Selection, type SelectionRequest } from '../../../src/inspect/selection.js';
import type { ObjectId } from '../../../src/model/object-id.js';
import { typeName } from '../../../src/model/resource-type.js';
import { TEST_TYPES } from '../../support/history.js';

const parse = (request: SelectionRequest): Selection => Selection.parse(request, TEST_TYPES);
const id = (resource: string, namespace: string, name: string, group = ''): ObjectId => ({ group, resource, namespace, name });
const web = id('deployments', 'shop', 'web', 'apps');

function rejection(request: SelectionRequest): InspectError {
  try {
    parse(request);
  } catch (error) {
    if (error instanceof InspectError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('inspect/selection: the names of types', () => {
  const resolved = (word: string): string | null => {
    const type = findType(word, TEST_TYPES);
    return type === null ? null : typeName(type);
  };

  for (const word of ['deployments', 'deployment', 'Deployment', 'DEPLOYMENTS', 'deploy', 'deployments.apps', 'deployment.apps', 'deploy.apps', 'deployments.v1.apps', 'Deployment.v1beta2.apps', 'deployments.app']) {
    it(`takes ${word} for deployments.apps`, () => expect(resolved(word)).to.equal('deployments.apps'));
  }

  it('prefers the core group, and takes another one by its name', () => {
    expect(resolved('service')).to.equal('services');
    expect(resolved('services.serving.knative.dev')).to.equal('services.serving.knative.dev');
    expect(resolved('Service.serving')).to.equal('services.serving.knative.dev');
    expect(resolved('ksvc')).to.equal('services.serving.knative.dev');
    expect(resolved('services.v1.')).to.equal('services');
  });

  it('prefers a built-in type to a custom one of the same name', () => {
    const types = new Map([...TEST_TYPES, ['roles.a.example', { type: { ...TEST_TYPES.get('widgets.test.kubetape.io')!.type, group: 'a.example', resource: 'roles', kind: 'Role' }, custom: true }]].sort() as [string, never][]);
    expect(typeName(findType('role', types)!)).to.equal('roles.rbac.authorization.k8s.io');
    expect(typeName(findType('role.a.example', types)!)).to.equal('roles.a.example');
  });

  it('knows the usual short names where the repository records none', () => {
    const types = new Map([...TEST_TYPES].map(([name, { type: { shortNames: _, ...type }, custom }]) => [name, { type, custom }]));
    expect(typeName(findType('deploy', types)!)).to.equal('deployments.apps');
    expect(typeName(findType('svc', types)!)).to.equal('services');
  });

  it('knows no other group, plural or version', () => {
    for (const word of ['deployments.batch', 'deploys', 'deployments.v1', 'services.v1.apps', '', '.', 'apps']) expect(resolved(word), word).to.equal(null);
  });

  it('says of a slip what was meant, and of an unknown word where the types are', () => {
    const slip = rejection({ objects: ['deploymnet'] });
    expect([slip.code, slip.exitCode, slip.message]).to.deep.equal(['UNKNOWN_TYPE', 2, 'There is no type "deploymnet" in the repository at this commit']);
    expect(slip.hint).to.equal('Did you mean deployments.apps?');
    expect(rejection({ objects: ['xyzzyxyzzy/\u001b[31m'] }).message).to.not.contain('\u001b');
    expect(rejection({ objects: ['xyzzyxyzzy'] }).hint).to.contain('ls --coverage');
  });
});

describe('inspect/selection: what it wants', () => {
  it('is everything when nothing is named', () => {
    const all = parse({});
    expect(all.isEverything).to.equal(true);
    expect(all.describe()).to.equal('everything');
    for (const any of [web, id('clusterroles', '', 'x', 'rbac.authorization.k8s.io'), id('unknowns', 'a', 'b', 'c')]) expect(all.matchesName(any)).to.equal(true);
  });

  it('is types, names and comma lists together', () => {
    const some = parse({ objects: ['deploy/web', 'cm,ns', 'role/a/b,c'] });
    expect(some.matchesName(web)).to.equal(true);
    expect(some.matchesName({ ...web, name: 'db' })).to.equal(false);
    expect(some.matchesName(id('configmaps', 'any', 'any'))).to.equal(true);
    expect(some.matchesName(id('services', 'shop', 'web'))).to.equal(false);
    expect(some.matchesName(id('roles', 'shop', 'a/b,c', 'rbac.authorization.k8s.io'))).to.equal(true);
    expect(some.types().map(typeName)).to.deep.equal(['deployments.apps', 'configmaps', 'namespaces', 'roles.rbac.authorization.k8s.io']);
    expect(some.describe()).to.equal('deployments.apps/web, configmaps, namespaces, roles.rbac.authorization.k8s.io/a/b,c');
  });

  it('wants every object of a type that is named with and without a name', () => {
    expect(parse({ objects: ['deploy/web', 'deploy'] }).matchesName({ ...web, name: 'db' })).to.equal(true);
    expect(parse({ objects: ['deploy', 'deploy/web'] }).matchesName({ ...web, name: 'db' })).to.equal(true);
  });

  it('takes globs of namespaces; cluster-scoped objects only when their type is named', () => {
    const all = parse({ namespaces: ['sh*', 'prod'] });
    expect([all.matchesName(web), all.matchesName({ ...web, namespace: 'dev' })]).to.deep.equal([true, false]);
    expect(all.matchesName(id('namespaces', '', 'shop'))).to.equal(false);
    expect(parse({ objects: ['ns'], namespaces: ['dev'] }).matchesName(id('namespaces', '', 'shop'))).to.equal(true);
    expect(parse({ namespaces: ['dev'], allNamespaces: true }).isEverything).to.equal(true);
    expect(all.literalNamespaces()).to.equal(null);
    expect(parse({ namespaces: ['a', 'b'] }).literalNamespaces()).to.deep.equal(['a', 'b']);
  });

  it('leaves out what exclusions name, types as kubectl says them', () => {
    const some = parse({ exclude: [{ types: ['deploy'], names: ['w*'] }, { namespaces: ['dev'] }] });
    expect([some.isEverything, some.needsBody]).to.deep.equal([false, false]);
    expect([some.matchesName(web), some.matchesName({ ...web, name: 'db' }), some.matchesName(id('services', 'dev', 'db'))]).to.deep.equal([false, true, false]);
  });

  it('looks at labels for -l and for exclusions by label', () => {
    const labelled = (labels: object): never => ({ metadata: { name: 'web', namespace: 'shop', labels } }) as never;
    const type = { group: 'apps', resource: 'deployments' };
    const some = parse({ objects: ['deploy'], selector: 'app=web,tier!=cache' });
    expect(some.needsBody).to.equal(true);
    expect([some.matches(type, labelled({ app: 'web' })), some.matches(type, labelled({ app: 'web', tier: 'cache' })), some.matches(type, labelled({}))]).to.deep.equal([true, false, false]);
    const without = parse({ exclude: [{ labelSelector: 'tmp' }] });
    expect([without.needsBody, without.matches(type, labelled({ tmp: '1' })), without.matches(type, labelled({}))]).to.deep.equal([true, false, true]);
    expect(parse({ objects: ['cm'] }).matches(type, labelled({}))).to.equal(false);
  });

  it('says what is wrong with a selector or a missing name', () => {
    expect(rejection({ selector: 'a=(' }).code).to.equal('USAGE');
    expect(rejection({ objects: ['deploy/'] }).message).to.equal('"deploy/" names no object');
  });
});
