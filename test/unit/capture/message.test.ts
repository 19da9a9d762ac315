import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect } from 'chai';
import { describeChange } from '../../../src/diff/describe.js';
import { commitMessage, type Contents, type Trailers } from '../../../src/capture/message.js';
import { propertyRuns } from '../../support/scale.js';

const TRAILERS: Trailers = { cluster: 'kube-system 1', completeTo: '42', managers: ['helm'], coverage: 'complete', rules: 'abc', version: '1.0', event: 'change', terminating: [] };

function described(folder: string, before: string | null, after: string | null): Contents {
  const texts = new Map([['b', before], ['a', after]]);
  const change = { path: `namespaces/shop/${folder}/x.yaml`, before: before === null ? null : 'b', after: after === null ? null : 'a' };
  return { kind: 'objects', objects: [describeChange((oid) => Buffer.from(texts.get(oid) ?? ''), change)] };
}

const subjectOf = (contents: Contents): string => commitMessage(contents, null, TRAILERS).split('\n')[0] ?? '';
const trailersOf = (message: string): string[] => execFileSync('git', ['interpret-trailers', '--parse'], { input: message, encoding: 'utf8' }).trim().split('\n');
const NAMES = ['Kubetape-Event', 'Kubetape-Cluster', 'Kubetape-Complete-To', 'Kubetape-Managers', 'Kubetape-Terminating', 'Kubetape-Coverage', 'Kubetape-Rules', 'Kubetape-Version'];

const deployment = (replicas: number, image = 'a:1'): string => `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: ${replicas}\n  template:\n    spec:\n      containers:\n      - name: app\n        image: ${image}\n`;

describe('the message of a commit', () => {
  it('says in a person\'s words what happened to one object', () => {
    expect(subjectOf(described('deployments.apps', deployment(2), deployment(5)))).to.equal('shop: scale deployments/web 2 → 5');
    expect(subjectOf(described('deployments.apps', deployment(2), deployment(2, 'a:2')))).to.equal('shop: update deployments/web spec.template.spec.containers[app].image a:1 → a:2');
    expect(subjectOf(described('deployments.apps', null, deployment(2)))).to.equal('shop: create deployments/web');
    expect(subjectOf(described('deployments.apps', deployment(2), null))).to.equal('shop: delete deployments/web');
  });

  it('counts where there are too many objects to name', () => {
    const counts = [{ type: 'configmaps', created: 30, updated: 2, deleted: 0 }, { type: 'secrets', created: 1, updated: 0, deleted: 4 }];
    expect(subjectOf({ kind: 'counts', counts })).to.equal('31 created, 2 updated, 4 deleted in 2 types');
  });

  it('never shows a value of a Secret', () => {
    const secret = (value: string): string => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: shop\ndata:\n  password: ${value}\n`;
    const message = commitMessage(described('secrets', secret('Y2FuYXJ5MQ=='), secret('Y2FuYXJ5Mg==')), null, TRAILERS);
    expect(message).to.contain('data.password').and.not.contain('Y2FuYXJ5');
  });

  it('ends in trailers that git reads, each once', () => {
    const lines = trailersOf(commitMessage(described('deployments.apps', null, deployment(1)), null, { ...TRAILERS, terminating: ['old'] }));
    expect(lines).to.deep.equal([
      'Kubetape-Event: change', 'Kubetape-Cluster: kube-system 1', 'Kubetape-Complete-To: 42', 'Kubetape-Managers: helm', 'Kubetape-Terminating: old',
      'Kubetape-Coverage: complete', 'Kubetape-Rules: abc', 'Kubetape-Version: 1.0',
    ]);
  });

  it('cannot be given a forged trailer by names, values or managers', () => {
    const breaks = ['\n', '\r', '\r\n', '\n\n', '\u0085', '\u2028', '\u2029', '\0', '\x1b[2K', ' '];
    const hostile = fc.tuple(fc.constantFrom(...breaks), fc.constantFrom('Kubetape-Event: baseline', 'Signed-off-by: root', '---', '- x'), fc.constantFrom(...breaks), fc.string())
      .map((parts) => parts.join(''));
    fc.assert(fc.property(hostile, hostile, hostile, (name, value, manager) => {
      const text = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${JSON.stringify(name)}\n  namespace: ${JSON.stringify(value)}\ndata:\n  key: ${JSON.stringify(data)}\n`;
      const message = commitMessage(described('configmaps', text('x'), text(value)), null, { ...TRAILERS, managers: [manager], terminating: [name] });
      const keys = message.split('\n').map((line) => /^([A-Za-z-]+): /.exec(line)?.[1]).filter((key) => key !== undefined && (NAMES.includes(key) || key === 'Signed-off-by'));
      expect(keys).to.deep.equal(NAMES);
      expect(message).to.not.match(/[\r\u0085\u2028\u2029\0\x1b]/);
    }), propertyRuns(200));
  });
});
