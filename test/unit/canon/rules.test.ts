import { expect } from 'chai';
import { loadBuiltInPack, loadCorePack, loadPackFile } from '../../../src/canon/pack-files.js';
import { GlobSet } from '../../../src/canon/rules/glob-set.js';
import { LabelSelector } from '../../../src/canon/rules/label-selector.js';
import { parsePath } from '../../../src/canon/rules/path.js';
import { Pattern } from '../../../src/canon/rules/pattern.js';
import { RuleSet } from '../../../src/canon/rules/rule-set.js';
import { RulesError } from '../../../src/canon/rules/rules-error.js';
import { pathText, sitesOf } from '../../../src/canon/rules/sites.js';
import type { JsonObject } from '../../../src/lib/json.js';
import { checking, managed, served, skipOf, textOf, TYPES } from './support.js';
import { NO_FACTS } from '../../../src/model/canonical.js';

const pack = (rules: string, head = 'name: ours\nversion: 1'): string => `apiVersion: kubetape.io/v1\nkind: RulePack\n${head}\nrules:\n${rules}\n`;

/** The places and messages of what is wrong with a pack. */
function mistakes(text: string): string[] {
  try {
    new RuleSet([loadCorePack(), { name: 'ours.yaml', text }]);
  } catch (error) {
    if (error instanceof RulesError) return error.problems.map(({ place, message }) => `${place}: ${message}`);
    throw error;
  }
  return [];
}

describe('GlobSet', () => {
  it('refuses the name of a built-in pack that does not exist', () => {
    expect(() => loadBuiltInPack('nonsense')).to.throw(/no built-in rule pack "nonsense"; there is core/);
  });

  it('matches whole strings by literal, prefix and pattern', () => {
    const globs = new GlobSet(['exact', 'pre-*', '*.example.org', 'a?c', '*x-*y*']);
    for (const yes of ['exact', 'pre-', 'pre-fix', 'a.example.org', 'abc', 'x-y', '1x-2y3']) expect(globs.matches(yes), yes).to.equal(true);
    for (const no of ['exactly', 'pre', 'example.org', 'ac', 'abbc', 'y-x', '']) expect(globs.matches(no), no).to.equal(false);
  });

  it('answers quickly for globs that would make a backtracking matcher hang', () => {
    expect(new GlobSet([`${'*a'.repeat(30)}b`]).matches('a'.repeat(5000))).to.equal(false);
  });
});

describe('LabelSelector', () => {
  const labels = { app: 'web', tier: 'front', 'example.org/x': '' };
  const cases: [string, boolean][] = [
    ['app=web', true], ['app == web', true], ['app!=web', false], ['none!=web', true], ['app in (db, web)', true], ['app notin (db,web)', false],
    ['none notin (a)', true], ['none in (a)', false], ['app', true], ['!app', false], ['!none', true], ['app=web,tier=front', true],
    ['app in (a,web),tier!=front', false], ['example.org/x=', true], ['example.org/x', true],
  ];
  for (const [text, expected] of cases) {
    it(`says ${expected} for ${text}`, () => expect(new LabelSelector(text).matches(labels)).to.equal(expected));
  }
  it('does not take inherited properties for labels', () => expect(new LabelSelector('constructor').matches({})).to.equal(false));
  for (const text of ['', 'a=b,', '=b', 'a in b', 'a>1', '!a=b', 'a=(b)', 'a b', 'a=-b', 'a in (b']) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => new LabelSelector(text)).to.throw(SyntaxError));
  }
});

describe('parsePath', () => {
  const found = (path: string, root: JsonObject): string[] => sitesOf(parsePath(path), root).map((site) => pathText(site.keys));

  it('finds keys, list elements and elements by content', () => {
    const root: JsonObject = { a: { 'x/y': 1 }, list: [{ name: 'p', n: 1, on: true }, { name: 'q', n: 2 }, 'text'], meta: { name: 'q' } };
    expect(found('a["x/y"]', root)).to.deep.equal(['a["x/y"]']);
    expect(found("a['x/y']", root)).to.deep.equal(['a["x/y"]']);
    expect(found('list[*].name', root)).to.deep.equal(['list[0].name', 'list[1].name']);
    expect(found("list[?(@.name == 'p' && @.n == 1 && @.on == true)]", root)).to.deep.equal(['list[0]']);
    expect(found("list[?(@.name != 'p')]", root)).to.deep.equal(['list[1]', 'list[2]']);
    expect(found("list[?(@.name =~ '^${meta.name}$')].n", root)).to.deep.equal(['list[1].n']);
    expect(found("list[?(@.name !~ '^[pq]$')]", root)).to.deep.equal(['list[2]']);
    expect(found('a.toString', root)).to.deep.equal([]);
  });

  it('takes a value in an expression for itself, not for syntax', () => {
    expect(found("list[?(@.name =~ '^${n}$')]", { n: 'a.c', list: [{ name: 'abc' }, { name: 'a.c' }] })).to.deep.equal(['list[1]']);
    expect(found("list[?(@.name =~ '^${missing}')]", { list: [{ name: 'abc' }] })).to.deep.equal([]);
  });

  for (const text of ['', '.a', 'a.', 'a..b', '[*]', 'a[', 'a[0]', 'a[1:2]', 'a[?(@.b)]', "a[?(@.b == c)]", "a[?(b == 'c')]", 'a b', '$..a', "a[?(@.b =~ '(')]"]) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => parsePath(text)).to.throw(SyntaxError));
  }
});

describe('Pattern', () => {
  for (const text of ['(a+)+', '(a*)*b', '((a+)b)*', '(a|aa)+', '(?:x+x+)+y', '(.*)*', '(a{1,}){2,}', '.*.*.*.*', '(a)\\1', '(?=a)b', '(?<n>a)', 'a'.repeat(257), '[', 'a**', '([ab]+|c){9}', '(a?){30}', `${'a?'.repeat(30)}${'a'.repeat(30)}`, 'a{0,9}b{1,}c*d+']) {
    it(`refuses ${text.slice(0, 20)}`, () => expect(() => new Pattern(text)).to.throw(SyntaxError));
  }
  for (const [text, value] of [['^kube-api-access-[a-z0-9]{5}$', 'kube-api-access-abc12'], ['^(a|b)$', 'a'], ['^(ab)+$', 'abab'], ['^[(+*]+$', '(+*'], ['\\(a+\\)', '(aa)'], ['^a?b?(c|d)?$', 'bd']] as const) {
    it(`accepts ${text}`, () => expect(new Pattern(text).matches(value, {})).to.equal(true));
  }
  it('never matches a value so long that matching could take long', () => {
    expect(new Pattern('a').matches('a'.repeat(1025), {})).to.equal(false);
  });
});

describe('a rule pack', () => {
  it('reports all its mistakes at once, each with its place', () => {
    const text = pack(`- {id: ours/a, class: nose, match: {resource: [pods]}, drop: [metadata.name, "a["]}
- {id: ours/a, class: noise, match: {labels: "a=b=c", where: [{path: a, op: is}]}, frop: [a]}
- {id: Bad, class: noise, drop: [kind, metadata, 'metadata["namespace"]']}
- {id: ours/c, class: noise, match: {}, dropIfOwnedBy: [{path: spec, managers: [a], notOwnerOf: b}], dropKeys: [{path: metadata, keys: ["n*"]}]}
- 7`, 'version: one\ndisable: [core/nope]');
    const found = mistakes(text);
    for (const expected of [
      /^ours\.yaml: the field name is missing/, /^ours\.yaml: version: must be an integer/, /^ours\.yaml: rules\[0\] \(ours\/a\)\.class: must be one of/,
      /rules\[0\] \(ours\/a\)\.match: unknown field "resource"/, /\.drop\[0\]: apiVersion, kind, metadata\.name/, /\.drop\[1\]: /, /match\.labels: "a=b=c"/, /where\[0\]\.op: must be one of/,
      /rules\[1\] \(ours\/a\): unknown field "frop"/, /rules\[1\] \(ours\/a\): does nothing/, /two rules have the id ours\/a/, /rules\[2\] \(Bad\)\.id: must look like/, /rules\[2\] \(Bad\): the field match is missing/,
      /rules\[2\] \(Bad\)\.drop\[2\]: /, /dropIfOwnedBy\[0\]: exactly one of/, /dropKeys\[0\]\.keys: metadata\.name/, /rules\[4\]: must be a mapping/, /disable\[0\]: no earlier pack has a rule core\/nope/,
    ]) expect(found.filter((line) => expected.test(line)), String(expected)).to.have.length.greaterThan(0);
  });

  it('that is no YAML is refused with the line', () => {
    expect(mistakes('a: b\nc: [d')).to.have.length(1).and.satisfy((found: string[]) => /^ours\.yaml, line \d+: is no YAML/.test(found[0] ?? ''));
    expect(mistakes('')).to.have.length.greaterThan(0);
    expect(() => loadPackFile('/nowhere/ours.yaml')).to.throw(RulesError, '/nowhere/ours.yaml').with.property('exitCode', 2);
  });

  it('of a later place wins: rules can be replaced, disabled and switched off', () => {
    const lease = served({ name: 'l', namespace: 'a' });
    const off = (text: string): string | null => skipOf(lease, TYPES.lease, checking({ pack: text }));
    expect(off(pack('- {id: ours/x, class: noise, match: {}, enabled: false, skip: true}', 'name: ours\nversion: 1\ndisable: [core/skip-leases]'))).to.equal(null);
    expect(off(pack('- {id: core/skip-leases, class: noise, enabled: false, match: {}, skip: true}'))).to.equal(null);
    expect(off(pack('- {id: core/skip-leases, class: noise, match: {names: [other]}, skip: true}'))).to.equal(null);
    expect(off(pack('- {id: ours/x, class: noise, match: {names: [other]}, skip: true}'))).to.equal('core/skip-leases');
  });

  it('answers every condition on the object as it came', () => {
    const rules = pack(`- {id: ours/a, class: noise, match: {}, drop: [spec.mode, "spec.list[?(@.name == 'a')]", "spec.list[?(@.name == 'c')].name"]}
- {id: ours/b, class: noise, match: {where: [{path: spec.mode, op: eq, value: auto}]}, drop: [spec.size, "spec.list[*].rank"]}
- {id: ours/c, class: allocated, match: {}, drop: ["spec.list[?(@.name == 'c')].port"]}`);
    const object = served({ name: 'w', namespace: 'a' }, { spec: { mode: 'auto', size: 3, list: [{ name: 'a' }, { name: 'c', port: 4, rank: 1 }, { name: 'd', rank: 2 }] } });
    const text = textOf(object, TYPES.widget, NO_FACTS, checking({ pack: rules }));
    expect(text).to.equal('# kubetape:allocated spec.list[0].port: 4\napiVersion: example.org/v1\nkind: Widget\nmetadata:\n  name: w\n  namespace: a\nspec:\n  list:\n  - {}\n  - name: d\n');
  });

  it('drops keys by glob, by equality and by owner, and prunes what it emptied from the inside out', () => {
    const rules = pack(`- id: ours/a
  class: noise
  match: {groups: ["example.*"], kinds: [Widget], where: [{path: data, op: exists}, {path: none, op: absent}, {path: data.n, op: in, value: [1, "x"]}, {path: data.n, op: ne, value: 2}]}
  dropKeys: [{path: data.map, keys: ["tmp-*"]}]
  dropIfEqual: [{path: data.self, value: "\${metadata.name}.svc"}, {path: data.n, value: 2}]
  dropIfOwnedBy: [{path: data.x, managers: ["ctl-*"]}, {path: data.y, managers: ["ctl-*"]}, {path: data.z, managers: [ctl-a], subresource: scale}]
  pruneEmpty: [data.map, data.deep, data.deep.er]
- {id: ours/b, class: noise, match: {}, drop: [data.deep.er.a]}`);
    const managedFields = managed(
      { manager: 'ctl-a', fields: { 'f:data': { 'f:x': {}, 'f:y': {}, 'f:z': {} } } }, { manager: 'kubectl', fields: { 'f:data': { 'f:y': {} } } },
    );
    const data = { map: { 'tmp-1': '' }, self: 'w.svc', n: 1, x: 1, y: 1, z: 1, deep: { er: { a: 1 } } };
    const text = textOf(served({ name: 'w', namespace: 'a', managedFields }, { data }), TYPES.widget, NO_FACTS, checking({ pack: rules }));
    expect(text).to.match(/\ndata:\n {2}"n": 1\n {2}"y": 1\n {2}z: 1\n$/);
  });

  it('of restore rules or another profile changes nothing in the mirror', () => {
    const rules = pack('- {id: ours/a, class: noise, phase: restore, match: {}, drop: [spec]}\n- {id: ours/b, class: noise, profiles: [faithful], match: {}, drop: [spec]}');
    expect(textOf(served({ name: 'w', namespace: 'a' }, { spec: { a: 1 } }), TYPES.widget, NO_FACTS, checking({ pack: rules }))).to.include('a: 1');
  });
});
