// plan.json: what is written is read again, what is none is refused with its place, and what moved since is not done blindly.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { isObject, NumberToken, setOwn, type Json, type JsonObject } from '../../../src/lib/json.js';
import { parseJson } from '../../../src/lib/parse-json.js';
import { ACTION_DANGER, type Action, type Danger, type RestorePlan } from '../../../src/model/restore-plan.js';
import { bindPlan } from '../../../src/restore/plan/bind-plan.js';
import type { Planned } from '../../../src/restore/plan/make-plan.js';
import { planJson, readPlan, writePlan } from '../../../src/restore/plan/plan-file.js';
import { RestoreError } from '../../../src/restore/restore-error.js';
import { unwritten } from '../../../src/restore/run/results.js';
import { withFolder } from '../../support/mirror-run.js';
import { HOSTILE, plan, step } from '../../support/restore-plans.js';
import { unsafeLines } from '../../support/clean-output.js';

const SCHEMA = z.fromJSONSchema(JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/schema/plan.v1.json'), 'utf8')) as Parameters<typeof z.fromJSONSchema>[0]);

const danger = (kind: Danger['kind']): Danger => ({ kind, words: `${kind} happens`, evidence: 'seen' });

const FULL = plan([
  step('a', {
    reason: 'because', immutable: ['spec.selector'], dependsOn: ['cluster/namespaces/shop.yaml'], dangers: [danger('restart')], claim: { data: 'empty', reason: 'no volume' },
    fields: [
      { path: 'data.n', keys: ['data', 'n'], before: new NumberToken('9007199254740993'), after: undefined, class: 'intent', managers: ['alice'] },
      { path: 'data.x', keys: ['data', 'x', 0], before: undefined, after: { a: [1, null] }, class: 'default', because: 'no field manager owns it' },
    ],
  }),
  step('b', { action: 'create', live: null, dryRun: { result: 'unverified', reason: 'its namespace is restored first' } }),
  step('c', { dryRun: { result: 'refused', status: 403, message: 'no' } }),
  step('d', { action: 'skip', dryRun: null }),
], { extra: ['namespaces/shop/configmaps/x.yaml'], uncovered: [{ type: 'secrets', namespace: null, reason: 'forbidden' }], warnings: ['w'] });

function refusal(work: () => unknown): RestoreError {
  try {
    work();
  } catch (error) {
    if (error instanceof RestoreError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Reads a plan after a member was changed; undefined removes it. */
function read(folder: string, change: (document: JsonObject) => void): RestorePlan {
  const path = join(folder, 'plan.json');
  const document = parseJson(planJson(FULL)) as JsonObject;
  change(document);
  writeFileSync(path, JSON.stringify(document));
  return readPlan(path);
}

function set(place: readonly (string | number)[], value: Json | undefined): (document: JsonObject) => void {
  return (document) => {
    let container: Json = document;
    for (const key of place.slice(0, -1)) container = (container as Record<string | number, Json>)[key] as Json;
    const last = place.at(-1) as string | number;
    if (value === undefined) Reflect.deleteProperty(container as object, last);
    else if (isObject(container)) setOwn(container, String(last), value);
    else (container as Json[])[last as number] = value;
  };
}

describe('plan.json', () => {
  it('is read as it was written, number tokens and absent values included, for its owner only', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'plan.json');
      writePlan(path, plan([step('old')]));
      writePlan(path, FULL);

      expect(readPlan(path)).to.deep.equal(FULL);
      expect(readPlan(path).steps[0]?.fields[0]).to.have.keys(['path', 'keys', 'before', 'after', 'class', 'managers']);
      expect((statSync(path).mode & 0o777).toString(8)).to.equal('600');
    }));

  it('is a document of its schema', () => {
    for (const each of [plan(), FULL]) {
      const checked = SCHEMA.safeParse(JSON.parse(planJson(each)));
      expect(checked.success, checked.error?.message).to.equal(true);
    }
    expect(SCHEMA.safeParse({ ...(JSON.parse(planJson(FULL)) as object), unchanged: -1 }).success).to.equal(false);
  });

  it('is refused with the place of what is wrong', () =>
    withFolder(async (folder) => {
      const cases: [readonly (string | number)[], Json | undefined, string][] = [
        [['steps', 3, 'action'], 'destroy', 'steps[3].action is none of'],
        [['steps', 0, 'fields', 1, 'class'], 'x', 'steps[0].fields[1].class is none of'],
        [['steps', 0, 'fields', 1, 'keys', 2], -1, 'steps[0].fields[1].keys[2] is no count'],
        [['steps', 1, 'id', 'name'], 7, 'steps[1].id.name is no text'],
        [['steps', 2, 'dryRun', 'status'], 'x', 'steps[2].dryRun.status is no count'],
        [['steps', 1, 'oid'], 'HEAD', 'steps[1].oid is no object id'],
        [['steps', 1, 'live'], undefined, 'steps[1].live is missing'],
        [['steps', 1, 'path'], FULL.steps[0]?.path, 'steps[1].path is that of an earlier step'],
        [['steps'], {}, 'steps is no list'],
        [['commit'], [], 'commit is no object'],
        [['commit', 'tree'], undefined, 'commit.tree is missing'],
        [['options', 'prune'], true, 'options.prune is not known to this kubetape'],
        [['scope', 'everything'], 'yes', 'scope.everything is neither true nor false'],
        [['scope', 'app'], 'shop', 'scope.app is not known'],
        [['options', '\u001b[31m'], true, 'options.… is not known'],
        [['unchanged'], 1.5, 'unchanged is no count'],
      ];
      for (const [place, value, words] of cases) {
        const error = refusal(() => read(folder, set(place, value)));
        expect([error.code, error.exitCode], words).to.deep.equal(['PLAN_FILE', 2]);
        expect(error.message).to.contain(words);
        expect(error.hint).to.be.a('string');
      }
      expect(read(folder, set(['steps', 0, 'note'], 'of a later version')).steps).to.have.length(4);
    }));

  it('is refused when it is of another version, no plan, no JSON, or not there', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'plan.json');
      expect(refusal(() => read(folder, set(['schema'], 'kubetape.io/plan/v2'))).message).to.contain('another version (kubetape.io/plan/v2)');
      expect(refusal(() => read(folder, set(['schema'], 'kubetape.io/restore/v1'))).message).to.contain('no schema of a plan');
      for (const text of ['', '{', '[]', 'null', '"x"', '{"a":1}', '\u0000']) {
        writeFileSync(path, text);
        expect(refusal(() => readPlan(path)).code, text).to.equal('PLAN_FILE');
      }
      expect(refusal(() => readPlan(join(folder, 'none.json'))).message).to.contain('none.json cannot be read');
      expect(refusal(() => writePlan(join(folder, 'none', 'plan.json'), FULL)).message).to.contain('could not be written');
    }));

  it('holds nothing that moves a cursor or hides', () => {
    const text = planJson(plan(HOSTILE.map((name) => step(name, { reason: name, dangers: [{ kind: 'restart', words: name, evidence: name }] })), { warnings: HOSTILE }));
    expect(unsafeLines(text)).to.deep.equal([]);
  });
});

describe('a plan that is carried out later', () => {
  const context = {} as Planned['context'];
  const bound = (file: RestorePlan, fresh: RestorePlan): RestorePlan => bindPlan(file, { plan: fresh, context }).plan;

  it('acceptance 21: is refused for another cluster, commit, scope or other options', () => {
    const cases: [string, Partial<RestorePlan>][] = [
      ['another cluster', { cluster: { ...FULL.cluster, identity: 'kube-system 2' } }],
      ['another commit', { commit: { ...FULL.commit, tree: 'c'.repeat(40) } }],
      ['another scope', { scope: { ...FULL.scope, namespaces: ['shop', 'other'] } }],
      ['another scope', { scope: { ...FULL.scope, selector: 'app=web' } }],
      ['other options', { options: { ...FULL.options, onImmutable: 'recreate' } }],
    ];
    for (const [words, change] of cases) {
      const error = refusal(() => bound(FULL, plan([], change)));
      expect([error.code, error.exitCode], words).to.deep.equal(['STALE_PLAN', 5]);
      expect(error.message).to.contain(words);
    }
    expect(bound(plan([], { cluster: { ...FULL.cluster, identity: 'namespaces a=1,b=2' } }), plan([], { cluster: { ...FULL.cluster, identity: 'namespaces b=2,c=3' } })).steps).to.deep.equal([]);
  });

  it('acceptance 21: is re-planned object by object where resourceVersions moved', () => {
    const moved = step('a', { live: { uid: 'u', resourceVersion: '8' }, fields: [{ path: 'data.y', keys: ['data', 'y'], before: '1', after: '2', class: 'intent' }] });
    const result = bound(plan([step('a'), step('gone')]), plan([moved]));
    expect(result.steps).to.deep.equal([moved]);
    expect(result.warnings).to.deep.equal([]);
  });

  it('leaves, and reports, every step that became more dangerous, and none that did not', () => {
    const actions = Object.keys(ACTION_DANGER) as Action[];
    for (const agreed of [...actions, null]) {
      for (const now of actions) {
        const [only] = bound(plan(agreed === null ? [] : [step('a', { action: agreed })]), plan([step('a', { action: now })])).steps;
        const left = ACTION_DANGER[now] > (agreed === null ? 0 : ACTION_DANGER[agreed]);
        expect(only?.action, `${agreed} → ${now}`).to.equal(left ? 'skip' : now);
        if (left) expect(only?.reason).to.match(/^stale-plan: it would be \w+ by now/);
      }
    }
  });

  it('leaves a step with a grave danger that the plan does not say, and does one with a known danger', () => {
    const fresh = plan([step('a', { dangers: [danger('restart')] }), step('b', { dangers: [danger('restart')] }), step('c', { dangers: [danger('gitops')] })]);
    const { steps, warnings } = bound(plan([step('a'), step('b', { dangers: [danger('restart')] }), step('c')]), fresh);
    expect(steps.map(({ action }) => action)).to.deep.equal(['skip', 'update', 'update']);
    expect(steps[0]?.reason).to.equal('stale-plan: restart happens, which the plan does not say');
    expect(warnings.join()).to.contain('1 step is left');
  });

  it('ends such a step as stale, which is a result of its own', () => {
    const [only] = bound(plan([]), plan([step('a')])).steps;
    expect(only === undefined ? null : unwritten(only)?.result).to.equal('stale');
    expect(unwritten(step('b', { action: 'skip', reason: 'a filter' }))?.result).to.equal('skipped');
  });
});
