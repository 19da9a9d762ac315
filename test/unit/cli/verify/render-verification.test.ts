import { expect } from 'chai';
import { conclusion, nameLines, verificationLines } from '../../../../src/cli/verify/render-verification.js';
import type { ScopeCounts, VerdictCounts } from '../../../../src/inspect/live/live-tally.js';
import type { Verification, VerifiedObject } from '../../../../src/inspect/live/verification.js';
import { VERDICTS, type Verdict } from '../../../../src/model/comparison.js';

const HOSTILE = 'a\nVERDICT equal\u001b[2J\u202e';

function counts(given: Partial<Record<Verdict, number>>): VerdictCounts {
  return Object.fromEntries(VERDICTS.map((verdict) => [verdict, given[verdict] ?? 0])) as VerdictCounts;
}

function scope(type: string, namespace: string, given: Partial<Record<Verdict, number>>): ScopeCounts {
  return { type, namespace, counts: counts(given) };
}

function finding(verdict: Verdict, name: string, more: Partial<VerifiedObject> = {}): VerifiedObject {
  return { verdict, id: { group: 'apps', resource: 'deployments', namespace: 'shop', name }, kind: 'Deployment', path: `namespaces/shop/deployments.apps/${name}.yaml`, reason: null, fields: [], ...more };
}

function verification(scopes: readonly ScopeCounts[], more: Partial<Verification> = {}): Verification {
  const sums = Object.fromEntries(VERDICTS.map((verdict) => [verdict, scopes.reduce((sum, each) => sum + each.counts[verdict], 0)]));
  return {
    startedAt: '2026-11-20T14:00:00.000Z', endedAt: '2026-11-20T14:00:02.000Z', durationMs: 2000,
    repository: { location: '/repo', branch: 'main' },
    commit: { oid: '0123456789abcdef0123456789abcdef01234567', subject: 'shop: scale web', committedAt: '2026-11-20T13:59:00.000Z' },
    cluster: { name: 'https://127.0.0.1:6443', identity: 'kube-system x', serverVersion: 'v1.36.3' },
    rules: 'abc', selection: 'everything', counts: counts(sums), scopes, skippedBy: [], uncovered: [], findings: [], lookedAgain: 0, ...more,
  };
}

const lines = (given: Verification, wide = false): string => [...verificationLines(given, { wide, paint: (_style, text) => text })].join('');

describe('cli/verify/render-verification', () => {
  it('says in a sentence what was proven', () => {
    const equal = verification([scope('configmaps', 'a', { equal: 1200 }), scope('configmaps', 'b', { equal: 34 }), scope('deployments.apps', 'a', { equal: 3, skipped: 5 })]);
    expect(conclusion(equal)).to.equal('1,237 of 1,237 objects of 2 types are equal to commit 0123456789ab (2026-11-20T13:59:00.000Z)');
  });

  it('says what is not equal, and what nobody looked at, with the reason', () => {
    const given = verification([scope('configmaps', 'a', { equal: 7, differs: 1, extra: 2, 'not covered': 3 })], {
      uncovered: [{ type: 'secrets', namespace: undefined, reason: `forbidden ${HOSTILE}`, objects: 3 }, { type: 'pods', namespace: 'b', reason: 'down', objects: 0 }],
    });
    expect(conclusion(given)).to.equal(
      '7 of 13 objects of 1 type are equal to commit 0123456789ab (2026-11-20T13:59:00.000Z); 1 differ, 2 not in the commit, 3 not looked at; ' +
      '2 types could not be looked at: secrets (forbidden a\\x0aVERDICT equal\\x1b[2J\\u{202e}), pods in b (down)',
    );
  });

  it('counts by type, with -o wide by namespace too; a column that is empty everywhere is left out', () => {
    const given = verification([scope('configmaps', 'a', { equal: 1 }), scope('configmaps', 'b', { equal: 2, held: 1 })]);

    expect(lines(given)).to.match(/^TYPE +EQUAL +DIFFERS +MISSING +EXTRA +HELD\nconfigmaps +3 +0 +0 +0 +1\n\n/);
    expect(lines(given, true)).to.match(/\nconfigmaps +a +1 +0 +0 +0 +0\nconfigmaps +b +2 +0 +0 +0 +1\n/);
  });

  it('puts what differs first and stops at 50 without -o wide', () => {
    const findings = [...Array.from({ length: 60 }, (_, i) => finding('terminating', `t${i}`)), finding('differs', 'web', { fields: [{ path: 'spec.replicas', keys: ['spec', 'replicas'], before: 2, after: 5, class: 'intent' }] })];
    const given = verification([scope('deployments.apps', 'shop', { terminating: 60, differs: 1 })], { findings });

    expect(lines(given)).to.match(/\nVERDICT +NAMESPACE +OBJECT +WHY\ndiffers +shop +deployments\.apps\/web +spec\.replicas 2 → 5\nterminating/).and.contain('and 11 more (-o wide shows all)\n');
    expect(lines(given, true)).to.contain('deployments.apps/t59').and.not.contain('more (-o wide');
  });

  it('lets no name, reason or field forge a line', () => {
    const hostile = finding('differs', HOSTILE, { id: { group: HOSTILE, resource: 'x', namespace: HOSTILE, name: HOSTILE }, reason: HOSTILE });
    const given = verification([scope(HOSTILE, HOSTILE, { differs: 1 })], { findings: [hostile] });
    const text = lines(given, true) + [...nameLines(given)].join('');

    expect(text).to.not.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/).and.not.match(/^VERDICT equal/m);
  });

  it('names what is not equal with -o name', () => {
    expect([...nameLines(verification([], { findings: [finding('missing', 'web')] }))]).to.deep.equal(['shop/deployments.apps/web\n']);
  });
});
