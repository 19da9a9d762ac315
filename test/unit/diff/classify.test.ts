import { expect } from 'chai';
import { classify, compareSides, type RuleOf } from '../../../src/diff/classify.js';
import { compareObjects } from '../../../src/diff/compare-objects.js';
import { emit } from '../../../src/canon/emitter.js';
import type { Json, JsonObject } from '../../../src/lib/json.js';
import type { Difference, Side } from '../../../src/model/comparison.js';
import { managed } from '../canon/support.js';

const side = (body: JsonObject, comments: readonly string[] = []): Side => ({ text: emit(body), comments, body });
const deployment = (spec: JsonObject): JsonObject => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec });
const withManagers = (body: JsonObject, managedFields: Json): JsonObject => ({ ...body, metadata: { name: 'web', managedFields } });

function classes(differences: readonly Difference[]): Record<string, string> {
  return Object.fromEntries(differences.map((difference) => [difference.path, difference.class]));
}

const HELM = managed({ manager: 'helm', fields: { 'f:spec': { 'f:replicas': {}, 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:name': {}, 'f:image': {} } } } } } } });

describe('the class of a difference', () => {
  const before = deployment({ replicas: 1, template: { spec: { containers: [{ name: 'app', image: 'a:1' }] } }, gone: true });
  const after = deployment({ replicas: 2, template: { spec: { containers: [{ name: 'side', image: 's' }, { name: 'app', image: 'a:2', pull: 'Always' }] } }, progressDeadlineSeconds: 600 });
  const raw = withManagers(deployment({ replicas: 2, template: { spec: { containers: [{ name: 'istio' }, { name: 'side', image: 's' }, { name: 'app', image: 'a:2', pull: 'Always' }] } }, progressDeadlineSeconds: 600 }), HELM);

  it('is intent where somebody owns the field live, and names the owners', () => {
    const [replicas] = compareSides({ before: side(before), after: side(after), live: raw });
    expect(replicas).to.deep.include({ path: 'spec.replicas', class: 'intent', managers: ['helm'] });
  });

  it('is default where nobody owns it, found by the identity of items and not by their index', () => {
    expect(classes(compareSides({ before: side(before), after: side(after), live: raw }))).to.deep.equal({
      'spec.replicas': 'intent',
      'spec.template.spec.containers[side]': 'default',
      'spec.template.spec.containers[app].image': 'intent',
      'spec.template.spec.containers[app].pull': 'default',
      'spec.progressDeadlineSeconds': 'default',
      'spec.gone': 'intent',
    });
  });

  it('is the same when live is the before side', () => {
    const found = classes(compareSides({ before: side(after), after: side(before), live: raw }));
    expect(found).to.include({ 'spec.template.spec.containers[app].pull': 'default', 'spec.progressDeadlineSeconds': 'default', 'spec.gone': 'intent', 'spec.replicas': 'intent' });
  });

  it('is intent where owners are not known', () => {
    const lives = [null, deployment({ replicas: 2 }), withManagers(after, []), withManagers(after, [...HELM, ...managed({ manager: 'before-first-apply', fields: { 'f:spec': {} } })])];
    for (const live of lives) {
      expect(new Set(Object.values(classes(compareSides({ before: side(before), after: side(after), live }))))).to.deep.equal(new Set(['intent']));
    }
  });

  it('is injected where a rule of class admission or controller removes it live, asked with its place there', () => {
    const asked: (readonly (string | number)[])[] = [];
    const ruleOf = (ruleClass: string): RuleOf => (keys) => {
      asked.push(keys);
      return keys.includes('pull') ? { id: 'ours/pull', class: ruleClass } : null;
    };
    const pull = (ruleClass: string): Difference | undefined => compareSides({ before: side(before), after: side(after), live: raw, ruleOf: ruleOf(ruleClass) }).find(({ path }) => path.endsWith('.pull'));

    expect(pull('admission')).to.include({ class: 'injected', because: 'ours/pull' });
    expect(pull('controller')).to.include({ class: 'injected' });
    expect(pull('server')).to.include({ class: 'default' });
    expect(asked).to.deep.include(['spec', 'template', 'spec', 'containers', 2, 'pull']);
  });

  it('is allocated where a comment line of either side names the field in that side', () => {
    const service = (ports: Json[], spec: JsonObject = {}): JsonObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports, ...spec } });
    const old = service([{ name: 'a', port: 1, nodePort: 31000 }, { name: 'b', port: 2, nodePort: 32000 }], { clusterIPs: ['10.0.0.1'] });
    const now = service([{ name: 'b', port: 2 }, { name: 'a', port: 1 }]);
    const lines = ['# kubetape:allocated spec.clusterIPs: ["10.0.0.2"]', '# kubetape:allocated spec.ports[0].nodePort: 31001'];

    const found = classes(compareSides({ before: side(old), after: side(now, lines), live: null }));
    expect(found['spec.ports[b].nodePort']).to.equal('allocated');
    expect(found['spec.ports[a].nodePort']).to.equal('intent');
    expect(found['spec.clusterIPs']).to.equal('allocated');
  });

  it('of a field that holds an allocated one, or begins like it, is not allocated', () => {
    const sides = { before: side({ spec: { clusterIPx: 1, ports: [] } }), after: side({}, ['# kubetape:allocated spec.clusterIP: 10.0.0.2']), live: null };
    expect(classify(compareObjects(sides.before.body, sides.after.body), sides).map((difference) => difference.class)).to.deep.equal(['intent']);
    expect(classes(compareSides({ ...sides, after: side({ spec: { ports: [] } }, sides.after.comments) }))['spec.clusterIPx']).to.equal('intent');
  });

  it('of a comment line is allocated or intent; a manifest has none', () => {
    const old = ['# kubetape:allocated spec.clusterIP: 10.0.0.7', '# kubetape:applier helm', '# kubetape:owner v1 Node/a controller', '# somebody was here'];
    const now = ['# kubetape:allocated spec.clusterIP: 10.0.0.8', '# kubetape:applier flux', '# kubetape:digest data.a%20b 3B hmac-sha256:00'];
    const sides = { before: side({}, old), after: side({}, now), live: null };

    expect(compareSides(sides).map(({ path, before: was, after: is, class: kind }) => [path, was, is, kind])).to.deep.equal([
      ['kubetape:allocated spec.clusterIP', '10.0.0.7', '10.0.0.8', 'allocated'],
      ['kubetape:applier', 'helm', 'flux', 'intent'],
      ['kubetape:digest data.a%20b', undefined, '3B hmac-sha256:00', 'intent'],
      ['kubetape:owner v1 Node/a', 'controller', undefined, 'intent'],
      ['somebody was here', '', undefined, 'intent'],
    ]);
    expect(compareSides(sides, { onlyNamed: true })).to.deep.equal([]);
  });
});
