import { expect } from 'chai';
import { treePath, typeFolder, typeFolderName } from '../../../src/model/tree-path.js';

const path = (name: string, namespace = 'shop', group = '', resource = 'configmaps') => treePath({ group, resource, namespace, name });

describe('treePath', () => {
  it('puts an object where a person would look for it', () => {
    expect(path('settings')).to.equal('namespaces/shop/configmaps/settings.yaml');
    expect(path('web-7f9c.v1', 'shop', 'apps', 'deployments')).to.equal('namespaces/shop/deployments.apps/web-7f9c.v1.yaml');
    expect(path('node-1', '', '', 'nodes')).to.equal('cluster/nodes/node-1.yaml');
    expect(path('certificates.cert-manager.io', '', 'apiextensions.k8s.io', 'customresourcedefinitions')).to.equal(
      'cluster/customresourcedefinitions.apiextensions.k8s.io/certificates.cert-manager.io.yaml',
    );
  });

  it('escapes what some file system cannot hold or cannot tell apart', () => {
    const names: [string, string][] = [
      ['system:kube-scheduler', 'system%3Akube-scheduler'], ['Admin', '%41dmin'], ['é', '%C3%A9'], ['e\u0301', 'e%CC%81'], ['😀', '%F0%9F%98%80'], ['a/b', 'a%2Fb'],
      ['a\nb', 'a%0Ab'], ['\x1b[31m', '%1B[31m'], ['\x7f', '%7F'], ['50%', '50%25'], ['%41', '%2541'], ['a<>"\\|?*', 'a%3C%3E%22%5C%7C%3F%2A'],
      ['.git', '%2Egit'], ['.', '%2E'], ['..', '%2E%2E'], ['git~1', 'git%7E1'], ['a.', 'a%2E'], ['a ', 'a%20'], [' a', '%20a'], [' ', '%20'], ['a b', 'a b'],
      ['con', '%63on'], ['aux.yaml', '%61ux.yaml'], ['nul .x', '%6Eul .x'], ['com1', '%63om1'], ['lpt9.a.b', '%6Cpt9.a.b'], ['conin$', '%63onin$'], ['CON', '%43%4F%4E'],
      ['console', 'console'], ['com10', 'com10'], ['auxiliary', 'auxiliary'], ['\ud83d', '%ED%A0%BD'],
    ];
    for (const [name, component] of names) expect(path(name), JSON.stringify(name)).to.equal(`namespaces/shop/configmaps/${component}.yaml`);
  });

  it('escapes namespaces and types by the same rules', () => {
    expect(path('a', 'con')).to.equal('namespaces/%63on/configmaps/a.yaml');
    expect(path('a', 'n.')).to.equal('namespaces/n%2E/configmaps/a.yaml');
    expect(path('a', '', 'Example.COM', 'aux')).to.equal('cluster/aux.%45xample.%43%4F%4D/a.yaml'.replace('aux.', '%61ux.'));
    expect(path('a', '', 'c', 'a.b')).to.equal('cluster/a%2Eb.c/a.yaml');
    expect(path('a', '', 'b.c', 'a')).to.equal('cluster/a.b.c/a.yaml');
  });

  it('cuts a long name and tells long names apart by a hash', () => {
    const long = path('x'.repeat(1_000)).split('/').at(-1) ?? '';
    expect(long).to.match(/^x+~[0-9a-f]{64}\.yaml$/).and.to.have.length(200);
    expect(path(`${'x'.repeat(999)}y`)).to.not.equal(path('x'.repeat(1_000)));
    expect(path('x'.repeat(195))).to.match(/\/x{195}\.yaml$/);
    expect(path('x'.repeat(196))).to.match(/\/x{130}~[0-9a-f]{64}\.yaml$/);
    expect(path('É'.repeat(100)).split('/').at(-1)).to.have.length(200);
  });
});

describe('typeFolder', () => {
  it('is the folder of the paths of its type', () => {
    for (const [type, namespace] of [[{ group: 'apps', resource: 'deployments' }, 'shop'], [{ group: '', resource: 'nodes' }, ''], [{ group: 'X', resource: 'aux' }, 'con']] as const) {
      expect(treePath({ ...type, namespace, name: 'a' })).to.equal(`${typeFolder(type, namespace)}/a.yaml`);
      expect(typeFolder(type, namespace).split('/').at(-1)).to.equal(typeFolderName(type));
    }
  });
});
