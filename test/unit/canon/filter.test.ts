import { expect } from 'chai';
import { ObjectFilter } from '../../../src/canon/filter.js';
import type { FilterEntry } from '../../../src/model/filter.js';
import { served, TYPES } from './support.js';

const filter = (include: FilterEntry[], exclude: FilterEntry[] = []): ObjectFilter => new ObjectFilter({ include, exclude });
const object = (namespace: string, name: string, labels = {}) => served({ name, namespace, labels });

describe('ObjectFilter', () => {
  it('lets everything through when it is empty', () => {
    expect(filter([]).rejects(TYPES.node, served({ name: 'n' }))).to.equal(null);
    expect(filter([]).mayMatchType(TYPES.node)).to.equal(true);
    expect(filter([]).explicitNamespaces()).to.equal(null);
  });

  it('excludes what is both included and excluded', () => {
    const both = filter([{ namespaces: ['shop'] }], [{ types: ['secrets'], names: ['tls-*'] }]);
    expect(both.rejects(TYPES.secret, object('shop', 'tls-web'))).to.equal('filter/exclude');
    expect(both.rejects(TYPES.secret, object('shop', 'login'))).to.equal(null);
    expect(both.rejects(TYPES.secret, object('bank', 'login'))).to.equal('filter/include');
  });

  it('finds types by plural, by full name and by glob', () => {
    for (const types of [['deployments'], ['deployments.apps'], ['*.apps'], ['deploy*']]) {
      expect(filter([{ types }]).rejects(TYPES.deployment, object('a', 'b')), types[0]).to.equal(null);
      expect(filter([{ types }]).rejects(TYPES.widget, object('a', 'b')), types[0]).to.equal('filter/include');
    }
  });

  it('asks all members of an entry', () => {
    const one = filter([{ types: ['widgets'], namespaces: ['team-?'], names: ['w*'], labelSelector: 'tier in (a,b),!old' }]);
    expect(one.rejects(TYPES.widget, object('team-1', 'w1', { tier: 'a' }))).to.equal(null);
    expect(one.rejects(TYPES.widget, object('team-10', 'w1', { tier: 'a' }))).to.equal('filter/include');
    expect(one.rejects(TYPES.widget, object('team-1', 'x', { tier: 'a' }))).to.equal('filter/include');
    expect(one.rejects(TYPES.widget, object('team-1', 'w1', { tier: 'a', old: '' }))).to.equal('filter/include');
  });

  it('selects nothing of the cluster scope by namespace', () => {
    expect(filter([{ namespaces: ['shop'] }]).mayMatchType(TYPES.node)).to.equal(false);
    expect(filter([], [{ namespaces: ['kube-*'] }]).rejects(TYPES.namespace, served({ name: 'kube-system' }))).to.equal(null);
    expect(filter([{ namespaces: ['*'] }]).mayMatchType(TYPES.node)).to.equal(true);
  });

  it('knows when no object of a type can get through', () => {
    expect(filter([], [{ types: ['widgets*'] }]).mayMatchType(TYPES.widget)).to.equal(false);
    expect(filter([], [{ types: ['widgets*'], names: ['a'] }]).mayMatchType(TYPES.widget)).to.equal(true);
    expect(filter([], [{ types: ['widgets*'], namespaces: ['a'] }]).mayMatchType(TYPES.widget)).to.equal(true);
    expect(filter([], [{ types: ['widgets*'], labelSelector: 'a' }]).mayMatchType(TYPES.widget)).to.equal(true);
    expect(filter([{ types: ['nodes'] }]).mayMatchType(TYPES.widget)).to.equal(false);
  });

  it('names the namespaces when all entries of include are about named ones', () => {
    expect(filter([{ namespaces: ['b', 'a'] }, { namespaces: ['b'], types: ['pods'] }]).explicitNamespaces()).to.deep.equal(['a', 'b']);
    expect(filter([{ namespaces: ['a'] }, { namespaces: ['b-*'] }]).explicitNamespaces()).to.equal(null);
    expect(filter([{ namespaces: ['a'] }, { types: ['nodes'] }]).explicitNamespaces()).to.equal(null);
  });

  it('reports every mistake with its place', () => {
    expect(() => filter([{ labelSelector: 'a b' }], [{ types: [] }, { names: [''] }])).to.throw(/include\[0\]\.labelSelector: .*\nexclude\[0\]\.types: .*\nexclude\[1\]\.names\[0\]: /).with.property('exitCode', 2);
  });
});
