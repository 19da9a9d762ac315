// The report of a restore: its schema, what it says first, and names that try to break out of it.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { NumberToken } from '../../../src/lib/json.js';
import type { Danger } from '../../../src/model/restore-plan.js';
import { headlineOf, type RestoreOutcome } from '../../../src/restore/report/outcome.js';
import { restoreReportJson } from '../../../src/restore/report/report-json.js';
import { restoreReportJUnit } from '../../../src/restore/report/report-junit.js';
import { restoreReportMarkdown } from '../../../src/restore/report/report-markdown.js';
import { writeRestoreReport } from '../../../src/restore/report/restore-report.js';
import { RESULT_KINDS } from '../../../src/restore/run/results.js';
import { expectWellFormed, unsafeLines } from '../../support/clean-output.js';
import { withFolder } from '../../support/mirror-run.js';
import { HOSTILE, idOf, plan, report, result, step } from '../../support/restore-plans.js';
import { canary, tracesOf } from '../../support/secret-traces.js';

const SCHEMA = z.fromJSONSchema(JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/schema/restore-report.v1.json'), 'utf8')) as Parameters<typeof z.fromJSONSchema>[0]);
const FORMS = [restoreReportJson, restoreReportMarkdown, restoreReportJUnit];

const danger = (kind: Danger['kind'], words = `${kind} of it`): Danger => ({ kind, words, evidence: 'seen' });
const outcome = (given: Partial<RestoreOutcome> = {}): RestoreOutcome => ({ report: report(), plan: plan(), exitCode: 0, ...given });

const FULL = outcome({
  exitCode: 4,
  plan: plan([step('a', { dangers: [danger('recreate')] }), step('g', { dangers: [danger('gitops'), danger('restart')] })], { uncovered: [{ type: 'secrets', namespace: 'shop', reason: 'forbidden' }] }),
  report: report([
    ...RESULT_KINDS.map((kind) => result(kind, kind)),
    result('done', 'a', { action: 'recreate', verbs: ['DELETE', 'POST'] }),
    result('reverted', 'g', { verbs: ['PUT'], fields: [{ path: 'spec.n', keys: ['spec', 'n'], before: new NumberToken('9007199254740993'), after: undefined, class: 'intent', managers: ['argocd-controller'] }] }),
    result('failed', 'web-1', { status: 403, message: '403: exceeded quota: q, requested: pods=1' }),
    result('failed', 'web-2', { status: 403, message: '403: exceeded quota: q, requested: pods=2' }),
    result('failed', 'other', { status: 500, message: '500: failed calling webhook "x": no endpoints' }),
  ], { extra: ['namespaces/shop/configmaps/extra.yaml'], warnings: ['careful'] }),
});

describe('the report of a restore', () => {
  it('is JSON of its schema, whatever there is to say', () => {
    for (const each of [outcome(), FULL]) {
      const checked = SCHEMA.safeParse(JSON.parse(restoreReportJson(each)));
      expect(checked.success, checked.error?.message).to.equal(true);
    }
    expect(restoreReportJson(FULL)).to.contain('"before": 9007199254740993').and.not.contain('"keys"');
    expect(SCHEMA.safeParse({ ...(JSON.parse(restoreReportJson(FULL)) as object), result: 'perhaps' }).success).to.equal(false);
  });

  it('lists every object of the plan, with what was done to it', () => {
    const document = JSON.parse(restoreReportJson(FULL)) as { results: { name: string }[]; durationMs: number; counts: Record<string, number> };
    expect(document.results.map(({ name }) => name)).to.deep.equal(FULL.report.results.map(({ id }) => id.name));
    expect(document.durationMs).to.equal(4500);
    expect(document.counts['failed']).to.equal(4);
  });

  it('says the gravest first, and nothing is in part without a reason', () => {
    const of = (kinds: readonly (typeof RESULT_KINDS)[number][], exitCode: RestoreOutcome['exitCode']): string => headlineOf(outcome({ report: report(kinds.map((kind) => result(kind, kind))), exitCode }));
    expect(of(['done', 'skipped'], 0)).to.equal('restored');
    expect(of(['skipped', 'left'], 0)).to.equal('nothing to do');
    expect(of(['done', 'reverted'], 3)).to.equal('in part');
    expect(of(['done', 'pending', 'failed'], 4)).to.equal('with failures');
    expect(of(['incompatible'], 4)).to.equal('with failures');
    expect(of(['done', 'failed', 'interrupted'], 7)).to.equal('interrupted');
    expect(of(['done'], 3)).to.equal('in part');
  });

  it('names the dangers that came true, and no others', () => {
    const text = restoreReportMarkdown(FULL);
    const section = /## Dangers that came true\n\n([^#]*)/.exec(text)?.[1] ?? '';
    expect(section).to.contain('recreate of it').and.contain('gitops of it').and.contain('restart of it');
    const calm = restoreReportMarkdown(outcome({ plan: plan([step('a', { dangers: [danger('recreate')] })]), report: report([result('failed', 'a')]), exitCode: 4 }));
    expect(calm).not.to.contain('Dangers that came true');
  });

  it('groups failures by cause, with what to do', () => {
    const { causes } = JSON.parse(restoreReportJson(FULL)) as { causes: { result: string; hint: string | null; paths: string[] }[] };
    const quota = causes.find(({ paths }) => paths.some((path) => path.includes('web-1')));
    expect(quota?.paths).to.have.length(2);
    expect(quota?.hint).to.match(/ResourceQuota/);
    expect(causes.find(({ paths }) => paths.some((path) => path.includes('other')))?.hint).to.match(/webhook/);
    expect(causes.map(({ result: kind }) => kind).slice(0, 3)).to.deep.equal(['failed', 'failed', 'failed']);
    expect(restoreReportMarkdown(FULL)).to.contain('## 2 failed').and.contain('**What to do:** Raise the ResourceQuota');
  });

  it('stays readable with thousands of objects: tables end, the JSON has all', () => {
    const many = outcome({ report: report(Array.from({ length: 3000 }, (_, i) => result(i % 2 === 0 ? 'done' : 'failed', `m${i}`, { message: `refused ${i}` }))), exitCode: 4 });
    const text = restoreReportMarkdown(many);
    expect(text.split('\n').length).to.be.lessThan(400);
    expect(text).to.contain('and 1300 more').and.contain('and 1480 more');
    expect((JSON.parse(restoreReportJson(many)) as { results: unknown[] }).results).to.have.length(3000);
  });

  it('keeps hostile names and messages in their place', () => {
    const hostile = outcome({
      exitCode: 4,
      plan: plan(HOSTILE.map((name) => step(name, { dangers: [danger('restart', name)] })), { cluster: { ...plan().cluster, name: HOSTILE.join('') }, repository: HOSTILE.join('') }),
      report: report([...HOSTILE.map((name) => result('failed', name, { message: name, warnings: [name], fields: [{ path: name, keys: [name], before: name, after: name, class: 'intent', managers: [name] }] })), ...HOSTILE.map((name) => result('done', name, { message: name, warnings: [name] }))], { warnings: HOSTILE, extra: HOSTILE, saved: null }),
    });
    for (const form of FORMS) expect(unsafeLines(form(hostile)), form.name).to.deep.equal([]);
    const xml = restoreReportJUnit(hostile);
    expectWellFormed(xml);
    expect(xml.match(/<testcase /g)).to.have.length(HOSTILE.length * 2 + 1);
    const markdown = restoreReportMarkdown(hostile);
    expect(markdown).not.to.match(/(?<!\\)\]\((?!http)/);
    expect(markdown).not.to.match(/(?<!\\)<b>/);
    expect(markdown.split('\n').filter((line) => line.startsWith('#') && line.includes('heading'))).to.deep.equal([]);
    expect(markdown.split('\n').filter((line) => line.startsWith('| forged'))).to.deep.equal([]);
    expect((JSON.parse(restoreReportJson(hostile)) as { results: { name: string }[] }).results.map(({ name }) => name)).to.deep.equal([...HOSTILE, ...HOSTILE]);
  });

  it('holds no value of a Secret, even if one were in a field', () => {
    const value = canary();
    const id = idOf('password', { resource: 'secrets' });
    const leaky = outcome({ exitCode: 3, report: report([result('diverged', 'password', { id, kind: 'Secret', verbs: ['PUT'], fields: [{ path: 'data.p', keys: ['data', 'p'], before: value, after: Buffer.from(value).toString('base64'), class: 'intent' }] })]) });
    for (const form of FORMS) {
      expect(tracesOf(value, form(leaky)), form.name).to.deep.equal([]);
      expect(form(leaky)).to.contain('data.p');
    }
  });

  it('is written as three whole files, over older ones', () =>
    withFolder(async (folder) => {
      const target = join(folder, 'new', 'report');
      writeRestoreReport(target, FULL);
      writeRestoreReport(target, outcome());
      expect(readdirSync(target).sort()).to.deep.equal(['junit.xml', 'report.json', 'report.md']);
      expect(readFileSync(join(target, 'report.json'), 'utf8')).to.equal(restoreReportJson(outcome()));
    }));

  it('names the folder that cannot be written', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'file'), '');
      expect(() => { writeRestoreReport(join(folder, 'file'), FULL); }).to.throw(/Could not write the report to .*file/);
      mkdirSync(join(folder, 'taken', 'report.md'), { recursive: true });
      expect(() => { writeRestoreReport(join(folder, 'taken'), FULL); }).to.throw(/Could not write the report/);
    }));
});
