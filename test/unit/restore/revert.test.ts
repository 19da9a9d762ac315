// Taking a change back, three-way: place by place what the change did and nobody touched since, and nothing else.
import { expect } from 'chai';
import fc from 'fast-check';
import { jsonEqual } from '../../../src/canon/rules/json-equal.js';
import { compareObjects } from '../../../src/diff/compare-objects.js';
import { builtInListKeys } from '../../../src/diff/list-keys.js';
import type { Json, JsonObject } from '../../../src/lib/json.js';
import { parseFile } from '../../../src/inspect/read-file.js';
import { takeBack, type TakenBack } from '../../../src/restore/revert/take-back.js';
import { threeWay, type ThreeWay } from '../../../src/restore/revert/three-way.js';
import { propertyRuns } from '../../support/scale.js';

const KEYS = builtInListKeys('apps/v1', 'Deployment');
const spec = (containers: Json[]): JsonObject => ({ spec: { template: { spec: { containers } } } });
const merge = (before: JsonObject, after: JsonObject, live: JsonObject): ThreeWay => threeWay(before, after, live, KEYS);
const places = ({ conflicts }: ThreeWay): string[] => conflicts.map(({ path, changed, live }) => `${path}: ${changed} → ${live}`);

describe('a change that is taken back', () => {
  it('puts back what it changed, added and removed, and keeps what others did since', () => {
    const before = { data: { a: '1', gone: 'x' }, spec: { replicas: 2 } };
    const after = { data: { a: '2', came: 'y' }, spec: { replicas: 5 } };
    const live = { data: { a: '2', came: 'y', theirs: 'z' }, spec: { replicas: 5, paused: true } };
    const { body, conflicts, restored } = merge(before, after, live);
    expect(body).to.deep.equal({ data: { a: '1', gone: 'x', theirs: 'z' }, spec: { replicas: 2, paused: true } });
    expect(conflicts).to.deep.equal([]);
    expect([...restored].sort()).to.deep.equal(['data.a', 'data.came', 'data.gone', 'spec.replicas']);
  });

  it('leaves, and names, what was changed since', () => {
    const { body, ...rest } = merge({ spec: { replicas: 2, paused: false } }, { spec: { replicas: 5, paused: true } }, { spec: { replicas: 7, paused: true } });
    expect(body).to.deep.equal({ spec: { replicas: 7, paused: false } });
    expect(places({ body, ...rest })).to.deep.equal(['spec.replicas: 5 → 7']);
  });

  it('does nothing where live is as before already', () => {
    const { body, restored, conflicts } = merge({ a: 1, b: 1 }, { a: 2, b: 2 }, { a: 1, b: 1, c: 3 });
    expect([body, restored, conflicts]).to.deep.equal([{ a: 1, b: 1, c: 3 }, [], []]);
  });

  it('matches items of lists by their merge keys, wherever they stand', () => {
    const before = spec([{ name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }] }, { name: 'side', image: 'side:1' }]);
    const after = spec([{ name: 'web', image: 'web:2', env: [{ name: 'A', value: '2' }, { name: 'B', value: 'new' }] }]);
    const live = spec([{ name: 'injected', image: 'proxy:1' }, { name: 'web', image: 'web:2', env: [{ name: 'A', value: '3' }, { name: 'B', value: 'new' }, { name: 'C', value: 'theirs' }] }]);
    const merged = merge(before, after, live);
    expect(merged.body).to.deep.equal(spec([
      { name: 'injected', image: 'proxy:1' },
      { name: 'web', image: 'web:1', env: [{ name: 'A', value: '3' }, { name: 'C', value: 'theirs' }] },
      { name: 'side', image: 'side:1' },
    ]));
    expect(places(merged)).to.deep.equal(['spec.template.spec.containers[web].env[A].value: 2 → 3']);
  });

  it('takes a list without keys as one field', () => {
    const args = (list: string[]): JsonObject => spec([{ name: 'web', args: list }]);
    expect(merge(args(['a']), args(['b']), args(['b'])).body).to.deep.equal(args(['a']));
    const merged = merge(args(['a']), args(['b']), args(['b', 'c']));
    expect(merged.body).to.deep.equal(args(['b', 'c']));
    expect(places(merged)).to.deep.equal(['spec.template.spec.containers[web].args: [1] → [2]']);
  });

  it('puts an order back, unless somebody made a third one', () => {
    const order = (names: string): JsonObject => spec([...names].map((name) => ({ name })));
    expect(merge(order('abc'), order('cba'), order('cbxa')).body).to.deep.equal(order('abxc'));
    expect(merge(order('abc'), order('cba'), order('cba')).body).to.deep.equal(order('abc'));
    const third = merge(order('abc'), order('cba'), order('bac'));
    expect(third.body).to.deep.equal(order('bac'));
    expect(third.conflicts.map(({ path }) => path)).to.deep.equal(['spec.template.spec.containers (order)']);
  });

  it('takes an added map of texts apart, but no struct', () => {
    const labels = merge({ metadata: {} }, { metadata: { labels: { a: '1' } } }, { metadata: { labels: { a: '1', b: '2' } } });
    expect(labels.body).to.deep.equal({ metadata: { labels: { b: '2' } } });
    const emptied = merge({ metadata: {} }, { metadata: { labels: { a: '1', b: '1' } } }, { metadata: { labels: { a: '1' } } });
    expect(emptied.body).to.deep.equal({ metadata: {} });
    const probe = merge({ spec: {} }, { spec: { probe: { httpGet: { port: 80 }, period: 5 } } }, { spec: { probe: { httpGet: { port: 80 }, period: 9 } } });
    expect(probe.body).to.deep.equal({ spec: { probe: { httpGet: { port: 80 }, period: 9 } } });
    expect(probe.conflicts.map(({ path }) => path)).to.deep.equal(['spec.probe']);
  });

  it('does not put two members beside each other of which one replaced the other', () => {
    const volume = (source: JsonObject): JsonObject => ({ spec: { template: { spec: { volumes: [{ name: 'v', ...source }] } } } });
    const merged = merge(volume({ emptyDir: {} }), volume({ hostPath: { path: '/x' } }), volume({ configMap: { name: 'c' } }));
    expect(merged.body).to.deep.equal(volume({ configMap: { name: 'c' } }));
    expect(merged.conflicts.length).to.be.greaterThan(0);
    expect(merge(volume({ emptyDir: {} }), volume({ hostPath: { path: '/x' } }), volume({ hostPath: { path: '/x' } })).body).to.deep.equal(volume({ emptyDir: {} }));
  });

  it('keeps keys whatever they are called', () => {
    const before = JSON.parse('{"data":{"__proto__":"1","10":"a"}}') as JsonObject;
    const after = JSON.parse('{"data":{"__proto__":"2","10":"a"}}') as JsonObject;
    expect(JSON.stringify(merge(before, after, after).body)).to.equal('{"data":{"10":"a","__proto__":"1"}}');
  });

  describe('with any three states', () => {
    const leaf = fc.constantFrom<Json>('x', 'y', 1, 2, true);
    const body = fc.letrec<{ value: Json; map: JsonObject }>((tie) => ({
      map: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value'), { maxKeys: 4 }),
      value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(leaf, { maxLength: 3 }), fc.uniqueArray(fc.record({ name: fc.constantFrom('p', 'q', 'r'), v: leaf }), { selector: ({ name }) => name, maxLength: 3 }), tie('map')),
    })).map;

    it('gives the state before when nobody did anything since', () => {
      fc.assert(fc.property(body, body, (before, after) => {
        const { body: merged, conflicts } = merge(before, after, after);
        expect(conflicts).to.deep.equal([]);
        expect(jsonEqual(merged, before)).to.equal(true);
      }), propertyRuns(300));
    });

    it('leaves live alone when the change did nothing, or was taken back already', () => {
      fc.assert(fc.property(body, body, (before, live) => {
        expect(merge(before, before, live)).to.deep.equal({ body: live, restored: [], conflicts: [] });
        expect(merge(before, live, before)).to.deep.equal({ body: before, restored: [], conflicts: [] });
      }), propertyRuns(300));
    });

    it('changes nothing that the change did not change', () => {
      fc.assert(fc.property(body, body, body, (before, after, live) => {
        const { body: merged } = merge(before, after, live);
        for (const key of ['a', 'b', 'c', 'd']) {
          if (jsonEqual(before[key], after[key])) expect(jsonEqual(merged[key], live[key]), key).to.equal(true);
        }
      }), propertyRuns(300));
    });

    it('says a conflict, or has put something back, or nothing was left to do', () => {
      fc.assert(fc.property(body, body, body, (before, after, live) => {
        const { body: merged, restored, conflicts } = merge(before, after, live);
        const moved = compareObjects(live, merged).length > 0;
        expect(moved && restored.length === 0, 'it changed and said nothing').to.equal(false);
        if (restored.length === 0 && conflicts.length === 0) expect(jsonEqual(merged, live)).to.equal(true);
      }), propertyRuns(300));
    });
  });
});

describe('an object of a change that is taken back', () => {
  const side = (text: string): ReturnType<typeof parseFile> => parseFile(text, 'x');
  const file = (replicas: number, more = ''): ReturnType<typeof parseFile> => side(`${more}apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: ${replicas}\n`);
  const type = { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: true, watchable: true };
  const about = { path: 'p', id: { group: 'apps', resource: 'deployments', namespace: 'n', name: 'web' }, type, oid: '1'.repeat(40), unreadable: null };
  const there = (given: ReturnType<typeof parseFile>): { kind: 'there'; side: ReturnType<typeof parseFile> } => ({ kind: 'there', side: given });
  const ABSENT = { kind: 'absent' } as const;
  const kinds = (outcome: TakenBack): string => (outcome.kind === 'same' || outcome.kind === 'write' ? outcome.kind : `${outcome.kind}: ${outcome.reason}`);

  it('is left when the change created it, and is no matter when it went since', () => {
    expect(kinds(takeBack({ ...about, before: null, after: file(1) }, there(file(1))))).to.equal('left: created by the change; kubetape does not delete it');
    expect(kinds(takeBack({ ...about, before: null, after: file(1) }, ABSENT))).to.equal('same');
  });

  it('comes back when the change deleted it, unless there is another of its name by now', () => {
    const back = takeBack({ ...about, before: file(1, '# kubetape:owner v1 Thing/x\n'), after: null }, ABSENT);
    expect(back.kind === 'write' && back.text).to.equal(file(1, '# kubetape:owner v1 Thing/x\n').text);
    expect(kinds(takeBack({ ...about, before: file(1), after: null }, there(file(1))))).to.equal('same');
    expect(kinds(takeBack({ ...about, before: file(1), after: null }, there(file(2))))).to.match(/^conflict: the change deleted it, and it is there again/);
  });

  it('is a conflict when it was deleted since, and blocked while nobody can tell', () => {
    expect(kinds(takeBack({ ...about, before: file(1), after: file(2) }, ABSENT))).to.match(/^conflict: the change changed it, and it was deleted since/);
    expect(kinds(takeBack({ ...about, before: file(1), after: file(2) }, { kind: 'unknown', reason: 'terminating' }))).to.equal('blocked: terminating');
    expect(kinds(takeBack({ ...about, before: null, after: null, unreadable: 'no YAML' }, ABSENT))).to.equal('blocked: no YAML');
  });

  it('is blocked when its API version changed, for fields of two versions do not mix', () => {
    const old = side('apiVersion: apps/v1beta1\nkind: Deployment\nspec:\n  replicas: 1\n');
    expect(kinds(takeBack({ ...about, before: old, after: file(2) }, there(file(2))))).to.match(/^blocked: its apiVersion changed \(apps\/v1beta1, apps\/v1, now apps\/v1\)/);
  });

  it('is blocked when the repository holds digests only, whatever changed', () => {
    const digest = (value: string): ReturnType<typeof parseFile> => side(`# kubetape:digest data.p 7B hmac-sha256:${value.repeat(32)}\napiVersion: v1\nkind: Secret\n`);
    expect(kinds(takeBack({ ...about, before: digest('a'), after: digest('b') }, there(digest('b'))))).to.match(/^blocked: .*digests of its values only/);
  });

  it('gets its owners back, or keeps those that somebody gave it since', () => {
    const owner = (name: string): string => `# kubetape:owner v1 Thing/${name}\n`;
    const back = takeBack({ ...about, before: file(1, owner('a')), after: file(1, owner('b')) }, there(file(1, `# kubetape:applier helm\n${owner('b')}`)));
    expect(back.kind === 'write' && back.text).to.equal(`# kubetape:applier helm\n${owner('a')}${file(1).text}`);
    expect(kinds(takeBack({ ...about, before: file(1, owner('a')), after: file(1, owner('b')) }, there(file(1, owner('c')))))).to.match(/^conflict: changed since: metadata.ownerReferences/);
  });

  it('says no value of a Secret in a conflict', () => {
    const secret = (value: string): ReturnType<typeof parseFile> => side(`apiVersion: v1\ndata:\n  p: ${value}\nkind: Secret\n`);
    const outcome = takeBack({ ...about, type: { ...type, group: '', resource: 'secrets', kind: 'Secret' }, before: secret('b25l'), after: secret('dHdv') }, there(secret('dGhyZWU=')));
    expect(kinds(outcome)).to.equal('conflict: changed since: data.p');
    expect(JSON.stringify(outcome)).not.to.match(/b25l|dHdv|dGhyZWU/);
  });
});
