import { expect } from 'chai';
import { planDocument } from '../../../../src/cli/restore/plan-documents.js';
import { planConclusion, planLines } from '../../../../src/cli/restore/plan-lines.js';
import type { RestorePlan } from '../../../../src/model/restore-plan.js';
import { field, HARMFUL, HOSTILE, NAMES, plan, step } from './support.js';

const text = (given: RestorePlan, wide = false): string => [...planLines(given, { wide, ...NAMES })].join('');

describe('cli/restore: a plan for people', () => {
  it('says commit, cluster, scope and options, and ends with a line that says what would be done and how far it was tried', () => {
    const given = plan([
      step('a'), step('b', { dryRun: { result: 'unverified', reason: 'its namespace is restored first' } }),
      step('c', { action: 'update', live: { uid: 'u', resourceVersion: '1' }, fields: [field('data.a', '2', '1', { managers: ['kubectl'] })] }),
      step('d', { action: 'skip', dryRun: null, reason: 'it is a record of a moment' }),
    ], { unchanged: 1200, options: { ...plan([]).options, onImmutable: 'recreate' } });
    const lines = text(given).split('\n');
    expect(lines[0]).to.match(/^Commit: {5}0123456789ab of 2026-11-20T\S+: shop: scale web$/);
    expect(lines[2]).to.equal('Scope:      -n shop');
    expect(lines[3]).to.equal('Options:    --on-immutable recreate');
    expect(lines).to.include('NAMESPACE   TYPE         CREATE   UPDATE   SKIP').and.include('shop        configmaps   2        1        1');
    expect(lines).to.include('Wave 6, configuration: 3 objects').and.include('      data.a 2 → 1  (kubectl)').and.include('  1 object: it is a record of a moment: configmaps/d in shop');
    expect(lines.at(-2)).to.equal('A restore would write 3 objects: create 2, update 1 (2 passed a dry run, 1 can only be tried on the way); 1,200 objects are as the commit says, 1 skipped');
  });

  it('names dangers before everything that is written, the gravest first, each with its evidence', () => {
    const given = plan([
      step('a', { action: 'update', dangers: [{ kind: 'restart', words: 'pods of deployments/a will restart', evidence: 'spec.template' }] }),
      step('b', { action: 'recreate', dangers: [{ kind: 'recreate', words: 'configmaps/b will be deleted and created again', evidence: 'immutable: data' }], immutable: ['data'], fields: [field('data.a', '2', '1')] }),
    ]);
    const shown = text(given);
    const [recreate, restart, wave] = ['Objects are deleted and created again (1)', 'Pods restart (1)', 'Wave 6'].map((words) => shown.indexOf(words));
    expect([recreate, restart, wave].every((at) => at !== undefined && at > 0)).to.equal(true);
    expect(recreate).to.be.lessThan(restart ?? 0);
    expect(restart).to.be.lessThan(wave ?? 0);
    expect(shown).to.contain('  configmaps/b will be deleted and created again (immutable: data)').and.contain('data.a 2 → 1  immutable');
  });

  it('shows what is refused now, what is blocked, what is extra and what could not be looked at', () => {
    const shown = text(plan([
      step('a', { dryRun: { result: 'refused', status: 422, message: '422: data: Invalid value' } }),
      step('b', { action: 'blocked', dryRun: null, reason: 'its namespace is being deleted' }), step('c', { action: 'blocked', dryRun: null, reason: 'its namespace is being deleted' }),
      step('d', { action: 'incompatible', dryRun: null, reason: 'not served' }),
    ], { extra: ['namespaces/shop/configmaps/new.yaml'], uncovered: [{ type: 'secrets', namespace: 'shop', reason: 'forbidden' }] }));
    expect(shown).to.contain('The server refuses now (1)\n  create configmaps/a in shop: 422: data: Invalid value\n');
    expect(shown).to.contain('  2 objects: its namespace is being deleted: configmaps/b in shop, configmaps/c in shop\n');
    expect(shown).to.contain('Live, but not in the commit (1): they stay, a restore deletes nothing\n  configmaps/new in shop\n');
    expect(shown).to.contain('  secrets in shop: forbidden\n').and.contain('1 refused now').and.contain('Incompatible (1)');
  });

  it('shows of much only a part, changes before creations, and everything with -o wide', () => {
    const many = plan([...Array.from({ length: 100 }, (_, i) => step(`new-${i}`)), step('changed', { action: 'update', fields: Array.from({ length: 30 }, (_, i) => field(`data.k${i}`, '0', '1')) })]);
    const few = text(many);
    expect(few).to.contain('~ update configmaps/changed').and.contain('and 22 more fields (-o wide shows all)').and.contain('and 76 more (-o wide shows all)');
    expect(few.split('\n').length).to.be.lessThan(60);
    const wide = text(many, true);
    expect(wide).to.contain('+ create configmaps/new-99').and.contain('data.k29 0 → 1').and.not.contain('more (-o wide');
    const everywhere = plan(Array.from({ length: 50 }, (_, i) => step('x', { id: { group: '', resource: 'configmaps', namespace: `ns-${i}`, name: 'x' } })));
    expect(text(everywhere)).to.match(/^\(all\) +configmaps +50$/m);
    expect(text(everywhere, true)).to.match(/^ns-49 +configmaps +1$/m);
  });

  it('says that there is nothing to do', () => {
    expect(planConclusion(plan([], { unchanged: 1 }))).to.equal('Nothing to write: 1 object is as the commit says');
    expect(planConclusion(plan([step('a')], { unchanged: 2 }))).to.equal('A restore would write 1 object: create 1 (it passed a dry run); 2 objects are as the commit says');
  });

  it('lets nothing foreign act on a terminal or begin a line, in any form', () => {
    const id = { group: HOSTILE, resource: 'configmaps', namespace: HOSTILE, name: HOSTILE };
    const hostile = plan([
      step('a', { id, action: 'update', reason: HOSTILE, fields: [field(`data.${HOSTILE}`, HOSTILE, { a: HOSTILE }, { managers: [HOSTILE] })], immutable: [HOSTILE], dryRun: { result: 'passed', warnings: [HOSTILE] }, dangers: [{ kind: 'data', words: HOSTILE, evidence: HOSTILE }] }),
      step('b', { id, path: 'b', dryRun: { result: 'refused', status: 422, message: HOSTILE } }), step('c', { id, path: 'c', dryRun: { result: 'unverified', reason: HOSTILE } }),
      step('d', { id, path: 'd', action: 'blocked', reason: HOSTILE, dryRun: null }),
    ], {
      commit: { ...plan([]).commit, subject: HOSTILE }, cluster: { name: HOSTILE, identity: HOSTILE, server: HOSTILE, recorded: 'another' },
      scope: { everything: false, namespaces: [HOSTILE], objects: [HOSTILE], selector: HOSTILE, exclude: [HOSTILE] },
      extra: [`namespaces/${HOSTILE}/x.yaml`], uncovered: [{ type: HOSTILE, namespace: HOSTILE, reason: HOSTILE }], warnings: [HOSTILE],
    });
    const forms = { table: text(hostile), wide: text(hostile, true), ...Object.fromEntries((['md', 'name', 'json', 'yaml'] as const).map((output) => [output, [...planDocument(hostile, output)].join('')])) };
    for (const [form, shown] of Object.entries(forms)) {
      expect(shown, form).to.not.match(HARMFUL);
      expect(shown, form).to.not.match(/^[|\s]*Wave 99/m);
    }
    expect(JSON.parse(forms['json' as keyof typeof forms]).warnings).to.deep.equal([HOSTILE]);
  });
});
