import { expect } from 'chai';
import { systemClock } from '../../../../src/lib/clock.js';
import { ClusterError } from '../../../../src/model/cluster-error.js';
import type { ClusterWriter } from '../../../../src/model/cluster-writer.js';
import { preflight, rightsOf } from '../../../../src/restore/plan/preflight.js';
import { valueAt } from '../../../../src/restore/field-place.js';
import { idOf, plan, step } from '../../../support/restore-plans.js';

/** A server that answers reviews as `allows` says; `away`: so many questions meet a server that is restarting. */
function reviewer(allows: (what: string) => boolean, away = 0): { readonly writer: ClusterWriter; readonly asked: string[] } {
  const asked: string[] = [];
  let failures = away;
  const writer = {
    create: (_type: unknown, _namespace: unknown, body: Parameters<ClusterWriter['create']>[2]): ReturnType<ClusterWriter['create']> => {
      if (failures-- > 0) return Promise.reject(new ClusterError('UNREACHABLE', 'refused'));
      const [verb, resource] = ['verb', 'resource'].map((key) => valueAt(body, ['spec', 'resourceAttributes', key]) as string);
      asked.push(`${verb} ${resource}`);
      return Promise.resolve({ kind: 'done', object: { status: { allowed: allows(asked.at(-1) ?? '') } }, warnings: [] });
    },
  };
  return { writer: writer as unknown as ClusterWriter, asked };
}

describe('preflight', () => {
  const { signal } = new AbortController();
  const deps = (writer: ClusterWriter) => ({ writer, clock: systemClock, random: () => 0 });
  const claimId = idOf('data', { resource: 'persistentvolumeclaims' });
  const claim = step('data', { id: claimId, action: 'create', live: null, claim: { data: 'keep live data', reason: 'its volume is there' } });

  it('asks for each right that the verbs of the plan take, once', () => {
    const steps = [step('a', { action: 'create' }), step('b', { action: 'create' }), step('c'), step('d', { action: 'recreate' }), step('e', { action: 'leave' })];
    expect(rightsOf(plan(steps)).map(({ verb, resource }) => `${verb} ${resource}`)).to.have.members(['create configmaps', 'update configmaps', 'patch configmaps', 'delete configmaps']);
  });

  it('says what happens without the right to release a volume, and goes on', async () => {
    const { writer } = reviewer((what) => what !== 'patch persistentvolumes');
    const findings = await preflight(deps(writer), plan([claim]), signal);
    expect(findings.map(({ kind, words }) => `${kind}: ${words}`)).to.deep.equal([
      'warning: without the right to patch persistentvolumes, a claim stays Pending whose volume is still held by the claim of before',
    ]);
  });

  it('needs that right where volumes are restored themselves', async () => {
    const volume = step('pv-1', { id: idOf('pv-1', { resource: 'persistentvolumes', namespace: '' }) });
    const { writer } = reviewer((what) => what !== 'patch persistentvolumes');
    const findings = await preflight(deps(writer), plan([claim, volume]), signal);
    expect(findings.map(({ kind, words }) => `${kind}: ${words}`)).to.deep.equal(['missing: the right to patch persistentvolumes is missing']);
  });

  it('asks again while the server is away', async () => {
    const { writer, asked } = reviewer(() => true, 2);
    expect(await preflight(deps(writer), plan([step('a', { action: 'update' })]), signal)).to.deep.equal([]);
    expect(asked).to.include('update configmaps');
  });
});
