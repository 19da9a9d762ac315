// Acceptance test 20 of restore.md §8: somebody takes back what a restore wrote. And objects that a GitOps tool manages.
import { expect } from 'chai';
import { EXIT } from '../../src/lib/exit-codes.js';
import { reportExitCode } from '../../src/restore/run/results.js';
import { APPLY_PATCH, MERGE_PATCH, type AnyJson, type Reference } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import { configMap, deployment, namespace, withMetadata } from '../support/objects.js';
import { Beds, deleted, resultFor, stepOf } from '../support/restore-bed.js';
import { troubles, type RestoreBed } from '../support/restore.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'put-back-reverted';

describe('acceptance 20: what somebody takes back', () => {
  let plane: ControlPlane;
  let bed: RestoreBed;
  let beds: Beds;
  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await plane.api.create(namespace(NS));
    for (const each of [configMap(NS, 'fought-over', { a: '1', b: '1' }), configMap(NS, 'left-alone'), deployment(NS, 'tracked')]) await plane.api.create(each);
    beds = new Beds(plane);
    bed = await beds.open();
    await bed.export();
  });
  after(async () => beds?.close());

  /** As a GitOps controller: whatever is not as its source says is applied again. Ends with the promise that it returns. */
  function controller(object: Reference, manager: string, wrong: (live: AnyJson) => boolean): () => Promise<number> {
    const stop = new AbortController();
    let applied = 0;
    const follow = async (): Promise<void> => {
      const folder = await plane.api.pathOf(object, false);
      for await (const { object: live } of plane.api.watch(`${folder}?watch=1&fieldSelector=metadata.name%3D${object.metadata.name}`, { signal: stop.signal })) {
        if (!wrong(live)) continue;
        applied++;
        await plane.request('PATCH', `${await plane.api.pathOf(object)}?fieldManager=${manager}&force=true`, object, { contentType: APPLY_PATCH });
      }
    };
    const ended = follow().catch((error: unknown) => { if (!stop.signal.aborted) throw error; });
    return async () => {
      stop.abort();
      await ended;
      return applied;
    };
  }

  it('is REVERTED, by name of the manager, with the fields; everything else is done', async () => {
    const source = configMap(NS, 'fought-over', { a: '2', b: '1' });
    const end = controller(source, 'argocd-controller', (live) => live.data?.a !== '2');
    await plane.api.patch(source, { data: { a: '2' } }, { contentType: MERGE_PATCH });
    await plane.api.patch(configMap(NS, 'left-alone'), { data: { key: 'changed' } }, { contentType: MERGE_PATCH });
    const { report } = await bed.restore({ objects: ['cm'], namespaces: [NS] }, { settleMs: 1500 });

    expect(await end(), 'the controller had something to do').to.be.greaterThan(0);
    const result = resultFor(report, 'configmaps/fought-over');
    expect(result).to.deep.include({ result: 'reverted', message: 'it was as the commit says, and was changed again by argocd-controller: a field differs' });
    expect(result.fields.map(({ path, managers }) => [path, managers])).to.deep.equal([['data.a', ['argocd-controller']]]);
    expect(resultFor(report, 'configmaps/left-alone').result).to.equal('done');
    expect(report.counts.reverted).to.equal(1);
    expect(reportExitCode(report)).to.equal(EXIT.part);
  });

  it('was foretold: the plan says which tool manages it, and by what it is known', async () => {
    const byManager = stepOf((await bed.plan({ objects: ['cm/fought-over'], namespaces: [NS] }, ({ plan }) => plan)), 'configmaps/fought-over').dangers;
    expect(byManager.map(({ kind, evidence }) => `${kind}: ${evidence}`)).to.deep.equal(['gitops: field manager argocd-controller']);

    const labelled = withMetadata(deployment(NS, 'tracked'), { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } });
    await plane.api.patch(labelled, { metadata: { labels: labelled.metadata['labels'] }, spec: { replicas: 3 } }, { contentType: MERGE_PATCH });
    const dangers = stepOf((await bed.plan({ objects: ['deploy/tracked'], namespaces: [NS] }, ({ plan }) => plan)), 'deployments/tracked').dangers;
    expect(dangers.map(({ kind, words, evidence }) => `${kind}: ${words} (${evidence})`)).to.deep.equal([
      `gitops: Flux manages deployments/tracked in ${NS} and will take the change back unless its source says the same (kustomize.toolkit.fluxcd.io/name)`,
    ]);
  });

  it('an object that was deleted again is reverted, too', async () => {
    const lost = configMap(NS, 'left-alone');
    await deleted(plane, lost);
    const { report } = await bed.restore({ objects: ['cm/left-alone'], namespaces: [NS] }, { settleMs: 50 }, {
      onEvent: () => undefined,
      clock: { now: () => Date.now(), sleep: async (ms) => { if (ms === 50) await deleted(plane, lost); } },
    });
    expect(resultFor(report, 'configmaps/left-alone')).to.deep.include({ result: 'reverted', message: 'it was as the commit says, and was changed again: it is missing' });
    expect(troubles((await bed.restore({ objects: ['cm/left-alone'], namespaces: [NS] })).report)).to.deep.equal([]);
  });
});
