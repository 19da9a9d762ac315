import { expect } from 'chai';
import { withoutFields } from '../../../../src/cli/diff/without-noise.js';
import type { Difference } from '../../../../src/model/comparison.js';
import { object, service } from '../../../support/objects.js';
import { difference, side } from './support.js';

const noise = (fields: readonly Difference[], ...starts: readonly string[]): Difference[] => fields.filter(({ path }) => starts.some((start) => path.startsWith(start)));

describe('cli/diff/without-noise', () => {
  it('leaves a changed, an added and a removed field out and keeps the others', () => {
    const before = side(object('v1', 'Thing', 'ns', 'a', { spec: { replicas: 2, changed: 'old', gone: true } }));
    const after = side(object('v1', 'Thing', 'ns', 'a', { spec: { replicas: 5, changed: 'new', came: { deep: 1 } } }));
    const { fields } = difference('things', before, after);
    const texts = withoutFields(before, after, noise(fields, 'spec.changed', 'spec.gone', 'spec.came'));

    expect(texts.before).to.equal('apiVersion: v1\nkind: Thing\nmetadata:\n  name: a\n  namespace: ns\nspec:\n  changed: old\n  replicas: 2\n');
    expect(texts.after).to.equal(texts.before.replace('replicas: 2', 'replicas: 5'));
  });

  it('finds items of lists that it takes out from the end', () => {
    const before = side(object('v1', 'Thing', 'ns', 'a', { list: [{ name: 'kept', v: 1 }] }));
    const after = side(object('v1', 'Thing', 'ns', 'a', { list: [{ name: 'x' }, { name: 'kept', v: 2 }, { name: 'y' }] }));
    const { fields } = difference('things', before, after);
    const texts = withoutFields(before, after, noise(fields, 'list[x]', 'list[y]'));

    expect(texts.after).to.equal(texts.before.replace('v: 1', 'v: 2'));
  });

  it('touches nothing when a place holds something else than what differs', () => {
    const before = side(object('v1', 'Thing', 'ns', 'a', { spec: { kept: 'precious' } }));
    const after = side(object('v1', 'Thing', 'ns', 'a', { spec: { kept: 'precious', more: 1 } }));
    const wrong: Difference = { path: 'spec.kept', keys: ['spec', 'kept'], before: 'other', after: undefined, class: 'default' };

    expect(withoutFields(before, after, [wrong]).before).to.equal(before.text);
  });

  it('leaves out the comment line of an allocated value, and no other', () => {
    const [before, after] = [
      side(service('ns', 'web'), ['# kubetape:allocated spec.clusterIP: 10.0.0.1', '# kubetape:allocated spec.clusterIPs: 10.0.0.1', '# kubetape:applier helm']),
      side(service('ns', 'web'), ['# kubetape:allocated spec.clusterIP: 10.0.0.2', '# kubetape:allocated spec.clusterIPs: 10.0.0.2', '# kubetape:applier helm']),
    ];
    const { fields } = difference('services', before, after);
    const texts = withoutFields(before, after, fields.filter(({ path }) => path === 'kubetape:allocated spec.clusterIP'));

    expect(fields.map(({ path, class: kind }) => [path, kind])).to.deep.equal([['kubetape:allocated spec.clusterIP', 'allocated'], ['kubetape:allocated spec.clusterIPs', 'allocated']]);
    expect(texts.before.split('\n').slice(0, 3)).to.deep.equal(['# kubetape:allocated spec.clusterIPs: 10.0.0.1', '# kubetape:applier helm', 'apiVersion: v1']);
  });

  it('keeps keys named __proto__ and numbers that a double cannot hold', () => {
    const body = JSON.parse('{"apiVersion":"v1","kind":"Thing","metadata":{"name":"a","namespace":"ns"},"spec":{"__proto__":{"a":1},"noise":1}}') as Parameters<typeof side>[0];
    const before = side(body);
    const after = side(JSON.parse(JSON.stringify(body).replace('"noise":1', '"noise":2')) as Parameters<typeof side>[0]);
    const { fields } = difference('things', before, after);
    const texts = withoutFields(before, after, fields);

    expect(texts.after).to.equal(before.text);
    expect(texts.before).to.contain('__proto__:\n    a: 1');
  });
});
