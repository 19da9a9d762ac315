import { expect } from 'chai';
import { load } from 'js-yaml';
import { jsonPatchRenderer } from '../../../../src/cli/diff/json-patch-renderer.js';
import { DIFF_API_VERSION, jsonRenderer, yamlRenderer } from '../../../../src/cli/diff/json-renderer.js';
import { junitRenderer } from '../../../../src/cli/diff/junit-renderer.js';
import { markdownRenderer } from '../../../../src/cli/diff/markdown-renderer.js';
import type { Gap } from '../../../../src/cli/diff/totals.js';
import { applyJsonPatch, type JsonPatchOperation } from '../../../../src/diff/json-patch.js';
import { parseJson, stringifyJson } from '../../../../src/lib/parse-json.js';
import { configMap, deployment, object, role } from '../../../support/objects.js';
import { readXml } from './read-xml.js';
import { classed, difference, HOSTILE, NO_TERMINAL, ORDERS, printed, side } from './support.js';

const SCALED = difference('deployments.apps', side(deployment('shop', 'web', 2)), side(deployment('shop', 'web', 5)));
const ADDED = difference('namespaces', null, side(object('v1', 'Namespace', null, 'new')));
const REMOVED = difference('configmaps', side(configMap('shop', 'old')), null);
const NOISE = classed(difference('configmaps', side(configMap('shop', 'quiet', { key: 'a' })), side(configMap('shop', 'quiet', { key: 'b' }))), 'data.key', 'default', 'no field manager owns it');
const HOSTILE_PAIR = difference('roles.rbac.authorization.k8s.io', side(role('shop', HOSTILE, ['get'])), side(role('shop', HOSTILE, [HOSTILE])));
const GAP: Gap = { verdict: 'not covered', what: 'secrets', reason: HOSTILE };

describe('cli/diff: the forms for programs', () => {
  it('json: one document with both sides, fields, counts and what was not compared', () => {
    const document = JSON.parse(printed(jsonRenderer(), [SCALED, ADDED, REMOVED, NOISE], { gaps: [GAP] }));

    expect(document.apiVersion).to.equal(DIFF_API_VERSION);
    expect(document.before).to.deep.include({ kind: 'commit', given: 'HEAD', commit: '0123456789abcdef0123456789abcdef01234567' });
    expect(document.after).to.deep.equal({ kind: 'live', cluster: 'https://127.0.0.1:6443' });
    expect(document.objects.map((each: { change: string; name: string }) => [each.change, each.name])).to.deep.equal([['changed', 'web'], ['added', 'new'], ['removed', 'old']]);
    expect(document.objects[0]).to.deep.include({ type: 'deployments.apps', namespace: 'shop', kind: 'Deployment', apiVersion: 'apps/v1', noiseFields: 0 });
    expect(document.objects[0].fields).to.deep.equal([{ path: 'spec.replicas', keys: ['spec', 'replicas'], before: 2, after: 5, class: 'intent' }]);
    expect([document.objects[1].namespace, document.objects[1].object.metadata.name]).to.deep.equal([null, 'new']);
    expect(document.notCompared).to.deep.equal([{ verdict: 'not covered', what: 'secrets', reason: HOSTILE }]);
    expect(document.summary).to.deep.equal({ added: 1, removed: 1, changed: 1, noiseObjects: 1, noiseFields: 1 });
  });

  it('json: tells an absent field from one that is null', () => {
    const pair = difference('things', side(object('v1', 'Thing', 'ns', 'a', { gone: null, kept: 1 })), side(object('v1', 'Thing', 'ns', 'a', { came: null, kept: 1 })));
    const [object_] = JSON.parse(printed(jsonRenderer(), [pair])).objects;

    expect(object_.fields.map((field: object) => ['before' in field, 'after' in field])).to.have.deep.members([[true, false], [false, true]]);
  });

  it('yaml: is the same document', () => {
    for (const list of [[], [SCALED, ADDED, NOISE]]) expect(load(printed(yamlRenderer(), list))).to.deep.equal(JSON.parse(printed(jsonRenderer(), list)));
  });

  it('json-patch: turns the body of before into that of after, noise included, absent objects as null', () => {
    const both = classed(difference('deployments.apps', side(deployment('shop', 'web', 2, 'app:1')), side(deployment('shop', 'web', 5, 'app:2'))), 'spec.template', 'default', 'no field manager owns it');
    const all = [both, ADDED, REMOVED, HOSTILE_PAIR];
    const patches = parseJson(printed(jsonPatchRenderer(), all)) as unknown as { object: { name: string }; patch: JsonPatchOperation[] }[];

    expect(patches).to.have.length(all.length);
    for (const [i, { patch }] of patches.entries()) {
      const { before, after } = all[i] as (typeof all)[number];
      expect(stringifyJson(applyJsonPatch(before?.body ?? null, patch))).to.equal(stringifyJson(after?.body ?? null));
    }
    expect(printed(jsonPatchRenderer(), [])).to.equal('[\n]\n');
  });

  it('junit: is well-formed whatever it holds, with a failed test an object and an error a gap', () => {
    const xml = printed(junitRenderer(NO_TERMINAL), [SCALED, ADDED, HOSTILE_PAIR, NOISE], { gaps: [GAP] });
    const elements = readXml(xml);
    const [root] = elements;

    expect(root?.attributes).to.deep.include({ tests: '4', failures: '3', errors: '1' });
    expect(elements.filter(({ tag }) => tag === 'failure').map(({ attributes }) => attributes['type'])).to.deep.equal(['changed', 'changed', 'added']);
    expect(elements.find(({ tag }) => tag === 'failure')?.attributes['message']).to.equal('changed: spec.replicas 2 → 5');
    expect(elements.find(({ tag }) => tag === 'failure')?.text).to.contain('-  replicas: 2\n+  replicas: 5\n');
    expect(elements.filter(({ tag }) => tag === 'testcase')).to.have.length(4);
    expect(xml).to.not.match(ORDERS);
  });

  it('junit: has one passed test when nothing differs', () => {
    const elements = readXml(printed(junitRenderer(NO_TERMINAL), [NOISE]));
    expect(elements.map(({ tag }) => tag)).to.deep.equal(['testsuites', 'testsuite', 'testcase']);
    expect(elements[0]?.attributes).to.deep.include({ tests: '1', failures: '0', errors: '0' });
  });

  it('md: a table, then every diff folded away; noise and gaps in words', () => {
    const text = printed(markdownRenderer(NO_TERMINAL), [SCALED, ADDED, NOISE], { gaps: [{ ...GAP, reason: 'forbidden' }] });

    expect(text).to.contain('**1 added, 1 changed**').and.contain('| ` shop ` | ` deployments.apps ` | 0 | 0 | 1 |');
    expect(text).to.contain('<details><summary>changed <code>deployments.apps/web in shop</code></summary>\n\n```diff\n');
    expect(text).to.contain('1 fields that nobody set').and.contain('- ` secrets `: not covered, ` forbidden `');
    expect(text).to.not.contain('quiet');
  });

  it('md: hostile texts end no block, no cell and no tag', () => {
    const text = printed(markdownRenderer(NO_TERMINAL), [HOSTILE_PAIR], { gaps: [GAP] });
    const fence = /^(`{4,})diff$/m.exec(text)?.[1] ?? '';
    const outside = text.replace(new RegExp(`^${fence}diff\n[^]*?^${fence}$`, 'm'), '');

    expect(fence).to.have.length.greaterThan(3);
    expect(outside.match(/<\/details>/g)).to.have.length(1 + 1); // its own, and one within the code span of the gap's reason
    expect(outside).to.match(/- ` secrets `: not covered, ```` .*<\/details>.* ````\n/);
    expect(outside).to.not.match(/^# x/m).and.not.match(/^\|.*forged/m);
    expect(text).to.not.match(ORDERS);
  });

  for (const [form, renderer] of [['json', jsonRenderer()], ['json-patch', jsonPatchRenderer()]] as const) {
    it(`${form}: hides nothing from a reader of the raw text`, () => {
      const text = printed(renderer, [HOSTILE_PAIR]);
      expect(text).to.not.match(ORDERS);
      expect(JSON.stringify(JSON.parse(text))).to.contain('\u202e');
    });
  }
});
