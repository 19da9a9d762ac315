import { expect } from 'chai';
import { planExitCode, runExitCode } from '../../../../src/cli/restore/exit-codes.js';
import { emptyReport } from '../../../../src/cli/restore/empty-report.js';
import { reportLines, type ReportRendering } from '../../../../src/cli/restore/report-lines.js';
import type { RestoreReport } from '../../../../src/model/restore-run.js';
import { field, HARMFUL, HOSTILE, NAMES, plan, report, result, step } from './support.js';

const text = (given: RestoreReport, more: Partial<ReportRendering> = {}): string => [...reportLines(given, { wide: false, resume: null, back: null, savedIn: null, unchanged: 0, exitCode: 0, ...NAMES, ...more })].join('');

describe('cli/restore: the end of a run', () => {
  it('counts, and says in a sentence what it comes to', () => {
    const shown = text(report([result('a', 'done'), result('b', 'done')], { saved: 'refs/kubetape/pre-restore/r' }), { back: 'kubetape restore pre-restore/r -n shop', unchanged: 7 });
    expect(shown).to.equal([
      'NAMESPACE   TYPE         DONE', 'shop        configmaps   2', '',
      'The state of before is saved as refs/kubetape/pre-restore/r',
      'To put that back: kubetape restore pre-restore/r -n shop',
      'Restored and verified: 2 of 2 planned objects are as commit 0123456789ab says, 7 were before', '',
    ].join('\n'));
  });

  it('groups what failed by cause, with the objects, the fields and a hint', () => {
    const quota = (name: string): string => `403: configmaps "${name}" is forbidden: exceeded quota: q, requested: 1`;
    const shown = text(report([
      ...['a', 'b'].map((name) => result(name, 'failed', { message: quota(name), status: 403 })),
      result('c', 'failed', { message: '422: data: Too long', status: 422 }),
      result('d', 'reverted', { message: 'it was changed again by argocd', fields: [field('data.x', '1', '2')] }),
    ]), { resume: 'kubetape restore --resume r', exitCode: 4 });
    expect(shown).to.contain(`Refused (2 objects): ${quota('a')}\n  configmaps/a in shop\n  configmaps/b in shop\n  hint: Raise the ResourceQuota`);
    expect(shown).to.contain('Refused (1 object): 422: data: Too long').and.contain('Changed back by somebody (1 object)').and.contain('data.x 1 → 2');
    expect(shown).to.contain('To go on: kubetape restore --resume r\n').and.contain('Restored in part, and verified: 0 of 4 planned objects are as commit 0123456789ab says; 1 reverted, 3 failed');
  });

  it('says that an interrupted run is not verified', () => {
    expect(text(report([result('a', 'done'), result('b', 'interrupted', { message: 'the run ended before it' })], { interrupted: true }))).to.contain('Interrupted, not verified: 1 of 2 planned objects is as commit');
  });

  it('lets nothing foreign act on a terminal or begin a line', () => {
    const id = { group: HOSTILE, resource: 'x', namespace: HOSTILE, name: HOSTILE };
    const given = report([result('a', 'failed', { id, message: HOSTILE }), result('b', 'diverged', { id, message: HOSTILE, fields: [field(HOSTILE, HOSTILE, HOSTILE)] })], { warnings: [HOSTILE], saved: HOSTILE });
    for (const wide of [false, true]) {
      const shown = text(given, { wide, back: HOSTILE, resume: HOSTILE, savedIn: HOSTILE });
      expect(shown).to.not.match(HARMFUL);
      expect(shown).to.not.match(/^Wave 99/m);
    }
  });

  it('of a plan without writes is its unwritten steps', () => {
    const given = emptyReport(plan([step('a', { action: 'blocked' }), step('b', { action: 'skip' })]), 'r', 0);
    expect(given.results.map(({ result: kind }) => kind)).to.deep.equal(['pending', 'skipped']);
    expect(given.saved).to.equal(null);
  });
});

describe('cli/restore: exit codes', () => {
  const secret = { kind: 'secret', words: 'x', evidence: 'y' } as const;

  it('of a plan: the gravest of what it would do and what it cannot do', () => {
    expect(planExitCode(plan([], { unchanged: 5 }))).to.equal(0);
    expect(planExitCode(plan([step('a', { action: 'skip' }), step('b', { action: 'leave' })]))).to.equal(0);
    expect(planExitCode(plan([step('a')]))).to.equal(1);
    expect(planExitCode(plan([step('a'), step('b', { action: 'blocked' })]))).to.equal(3);
    expect(planExitCode(plan([], { uncovered: [{ type: 'secrets', namespace: null, reason: 'forbidden' }] }))).to.equal(3);
    expect(planExitCode(plan([step('a', { action: 'skip', dangers: [secret] })]))).to.equal(3);
    expect(planExitCode(plan([step('a', { action: 'incompatible' }), step('b', { action: 'blocked' })]))).to.equal(4);
    expect(planExitCode(plan([step('a', { dryRun: { result: 'refused', status: 403, message: '' } })]))).to.equal(4);
  });

  it('of a run: a Secret that could not be put back is not done', () => {
    const done = report([result('a', 'done'), result('b', 'skipped')]);
    expect(runExitCode(plan([step('a'), step('b', { action: 'skip' })]), done)).to.equal(0);
    expect(runExitCode(plan([step('a'), step('b', { action: 'skip', dangers: [secret] })]), done)).to.equal(3);
    expect(runExitCode(plan([step('a')]), report([result('a', 'failed')]))).to.equal(4);
    expect(runExitCode(plan([step('a')]), report([result('a', 'failed')], { interrupted: true }))).to.equal(7);
  });
});
