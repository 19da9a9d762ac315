// The report of a verification: its schema, and names that try to break out of it.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { verificationExitCode, verificationResult, type Verification, type VerifiedObject } from '../../../../src/inspect/live/verification.js';
import { verificationJson, verificationJUnit, verificationMarkdown, writeReport } from '../../../../src/inspect/live/verification-report.js';
import { NumberToken } from '../../../../src/lib/json.js';
import { VERDICTS, type Verdict } from '../../../../src/model/comparison.js';
import { withFolder } from '../../../support/mirror-run.js';

const SCHEMA = JSON.parse(readFileSync(join(import.meta.dirname, '../../../../docs/schema/verification.v1.json'), 'utf8')) as Parameters<typeof z.fromJSONSchema>[0];

const counts = (given: Partial<Record<Verdict, number>> = {}): Record<Verdict, number> => ({ ...(Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>), ...given });

const object = (verdict: Verdict, name: string, given: Partial<VerifiedObject> = {}): VerifiedObject => ({
  verdict, kind: 'Role', path: 'namespaces/shop/roles.rbac.authorization.k8s.io/x.yaml', reason: null, fields: [],
  id: { group: 'rbac.authorization.k8s.io', resource: 'roles', namespace: 'shop', name }, ...given,
});

function verification(given: Partial<Verification> = {}): Verification {
  return {
    startedAt: '2026-11-20T13:00:00.000Z', endedAt: '2026-11-20T13:00:04.000Z', durationMs: 4000,
    repository: { location: '/data/cluster.git', branch: 'main' },
    commit: { oid: '0123456789abcdef0123456789abcdef01234567', subject: 'shop: scale web', committedAt: '2026-11-20T12:59:00.000Z' },
    cluster: { name: 'https://10.0.0.1:6443', identity: 'kube-system 1', serverVersion: 'v1.36.3' },
    rules: 'abcdef0123456789', selection: 'everything', counts: counts({ equal: 3 }),
    scopes: [{ type: 'roles.rbac.authorization.k8s.io', namespace: 'shop', counts: counts({ equal: 3 }) }],
    skippedBy: [{ rule: 'core/skip-root-ca', objects: 1 }], uncovered: [], findings: [], lookedAgain: 0, ...given,
  };
}

const HOSTILE = ['</failure><testcase name="forged"/>', '"><!--', 'a\n| forged | 0 |', '\u001b[31mred\u009b2J', '\u202egnirts', '](http://evil) `code` <b>', '\u{e0041}\ufeff', ']]>', '&amp;'];

describe('the report of a verification', () => {
  it('is JSON of its schema, whatever there is to say', () => {
    const schema = z.fromJSONSchema(SCHEMA);
    const full = verification({
      counts: counts({ equal: 3, differs: 1, held: 1 }),
      uncovered: [{ type: 'widgets.test', namespace: undefined, reason: 'conversion webhook failed', objects: 2 }, { type: 'secrets', namespace: 'shop', reason: 'forbidden', objects: 0 }],
      findings: [
        object('held', 'h', { reason: 'no canonical form' }),
        object('differs', 'd', { fields: [{ path: 'spec.size', keys: ['spec', 'size'], before: new NumberToken('9007199254740993'), after: undefined, class: 'default', because: 'no field manager owns it' }, { path: 'text', keys: ['text'], before: 'x'.repeat(10_000), after: { a: [1] }, class: 'intent', managers: ['alice'] }] }),
      ],
    });
    for (const each of [verification(), full]) {
      const checked = schema.safeParse(JSON.parse(verificationJson(each)));
      expect(checked.success, checked.error?.message).to.equal(true);
    }
    const text = verificationJson(full);
    expect(text).to.contain('"before": 9007199254740993').and.to.contain('"(10000 characters)"').and.not.contain('"keys"');
    expect(schema.safeParse({ ...(JSON.parse(text) as object), result: 'perhaps' }).success).to.equal(false);
  });

  it('says differences before what could not be compared, and exits with the graver', () => {
    const cases: [Partial<Record<Verdict, number>>, string, number][] = [
      [{ equal: 1, skipped: 2, terminating: 1 }, 'equal', 0],
      [{ missing: 1 }, 'differences', 1],
      [{ held: 1 }, 'incomplete', 3],
      [{ extra: 1, 'not covered': 1 }, 'differences', 3],
    ];
    for (const [given, result, exitCode] of cases) {
      const of = { counts: counts(given), uncovered: [] };
      expect([verificationResult(of), verificationExitCode(of)]).to.deep.equal([result, exitCode]);
    }
    const blind = { counts: counts(), uncovered: [{ type: '*.metrics', namespace: undefined, reason: 'down', objects: 0 }] };
    expect(verificationResult(blind)).to.equal('incomplete');
  });

  it('keeps hostile names in their place', () => {
    const honest = verification({ findings: HOSTILE.map((_, i) => object('differs', `role-${i}`, { reason: 'why' })) });
    const forged = verification({ findings: HOSTILE.map((name) => object('differs', name, { reason: name, fields: [{ path: 'a', keys: ['a'], before: name, after: 'b', class: 'intent' }] })) });

    const xml = verificationJUnit(forged);
    expect(xml.match(/<testcase /g)).to.have.length(verificationJUnit(honest).match(/<testcase /g)?.length ?? 0);
    const markdown = verificationMarkdown(forged);
    expect(markdown.split('\n').filter((text) => /^(\||- |#)/.test(text))).to.have.length(verificationMarkdown(honest).split('\n').filter((text) => /^(\||- |#)/.test(text)).length);
    for (const text of [xml, markdown, verificationJson(forged)]) expect(text).to.not.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ufeff\u{e0041}]/u);
    expect(markdown).to.not.match(/[^\\]<b>|[^\\]`code/);
    expect((JSON.parse(verificationJson(forged)) as { findings: { name: string }[] }).findings.map(({ name }) => name)).to.deep.equal(HOSTILE);
  });

  it('shows no value of a Secret in text, even if one were in a field', () => {
    const id = { group: '', resource: 'secrets', namespace: 'shop', name: 's' };
    const leaky = verification({ findings: [object('differs', 's', { id, fields: [{ path: 'data.password', keys: ['data', 'password'], before: 'canary', after: 'canary2', class: 'intent' }] })] });
    for (const text of [verificationJUnit(leaky), verificationMarkdown(leaky)]) expect(text).to.contain('data.password').and.not.contain('canary');
  });

  it('is written as three whole files, over an older one', async () => {
    await withFolder(async (folder) => {
      const report = join(folder, 'deep', 'report');
      mkdirSync(report, { recursive: true });
      writeFileSync(join(report, 'verification.json'), 'old');

      writeReport(report, verification());

      expect(readdirSync(report).sort()).to.deep.equal(['junit.xml', 'verification.json', 'verification.md']);
      expect(readFileSync(join(report, 'verification.json'), 'utf8')).to.equal(verificationJson(verification()));
    });
  });

  it('names the folder that cannot be written', async () => {
    await withFolder(async (folder) => {
      writeFileSync(join(folder, 'file'), '');
      expect(() => writeReport(join(folder, 'file', 'below'), verification())).to.throw(/Could not write the report to .*below/).with.property('exitCode', 2);
    });
  });
});
