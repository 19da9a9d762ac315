// Acceptance test 17 of restore.md §8: namespaces that are being deleted, for ever or for a while.
import { expect } from 'chai';
import { EXIT } from '../../src/lib/exit-codes.js';
import { reportExitCode } from '../../src/restore/run/results.js';
import { MERGE_PATCH } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { configMap, namespace, secret, withMetadata } from '../support/objects.js';
import { Beds, deleted, resultFor, stepOf } from '../support/restore-bed.js';
import { troubles, type RestoreBed } from '../support/restore.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const [STUCK, WELL] = ['waits-stuck', 'waits-well'] as const;
const FINALIZER = 'tests.kubetape.io/stuck';

describe('acceptance 17: a namespace that is being deleted', () => {
  let plane: ControlPlane;
  let bed: RestoreBed;
  let beds: Beds;
  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    for (const ns of [STUCK, WELL]) {
      await plane.api.create(withMetadata(namespace(ns), { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } }));
      for (const each of [configMap(ns, 'settings'), secret(ns, 'password')]) await plane.api.create(each);
    }
    await plane.api.create(anchor);
    beds = new Beds(plane);
    bed = await beds.open();
    await bed.export();
  });
  after(async () => beds?.close());

  const anchor = withMetadata(configMap(STUCK, 'anchor'), { finalizers: [FINALIZER] });
  const isStuck = (): Promise<boolean> => eventually(async () => {
    const { status } = await plane.api.get(namespace(STUCK));
    return status.phase === 'Terminating' && status.conditions?.some((each: { type: string; status: string }) => each.type === 'NamespaceFinalizersRemaining' && each.status === 'True');
  }, { timeoutMs: 30_000, describe: 'the namespace is stuck' });

  it('stuck: it alone is pending, with what holds it; everything else is restored', async () => {
    await plane.api.delete(namespace(STUCK));
    await isStuck();
    await plane.api.delete(configMap(WELL, 'settings'));

    const { report, events } = await bed.restore({ namespaces: [STUCK, WELL] }, { waitMs: 1000 });
    const lines = report.results.filter(({ result }) => result !== 'skipped').map(({ path, result }) => `${path}: ${result}`).sort();
    expect(lines).to.deep.equal([
      `cluster/namespaces/${STUCK}.yaml: pending`,
      ...['configmaps/anchor', 'configmaps/settings', 'secrets/password', 'serviceaccounts/default'].map((each) => `namespaces/${STUCK}/${each}.yaml: pending`),
      `namespaces/${WELL}/configmaps/settings.yaml: done`,
    ]);
    expect(resultFor(report, `namespaces/${STUCK}`).message).to.contain(FINALIZER);
    expect(resultFor(report, 'configmaps/anchor')).to.deep.include({ verbs: [], message: `it waits for cluster/namespaces/${STUCK}.yaml, which is pending` });
    expect(events.filter(({ kind }) => kind === 'waiting')).to.have.length(1);
    expect(reportExitCode(report)).to.equal(EXIT.part);
  });

  it('for a while: the run waits until it is gone, and brings back all that was in it', async () => {
    const release = { metadata: { finalizers: null } };
    const { plan, report } = await bed.restore({ namespaces: [STUCK] }, { waitMs: 60_000 }, {
      onEvent: ({ kind }) => { if (kind === 'waiting') void plane.api.patch(anchor, release, { contentType: MERGE_PATCH }).catch(() => undefined); },
    });
    expect(stepOf(plan, `namespaces/${STUCK}`).reason).to.contain(FINALIZER);
    expect(troubles(report)).to.deep.equal([]);
    for (const each of [configMap(STUCK, 'settings'), secret(STUCK, 'password'), anchor]) expect(await plane.api.find(each), each.metadata.name).to.not.equal(null);
    expect((await plane.api.get(namespace(STUCK))).status.phase).to.equal('Active');
    await plane.api.patch(anchor, release, { contentType: MERGE_PATCH });
  });

  it('gone: -n brings it back with all that was in it, a named type alone says what is missing', async () => {
    await deleted(plane, namespace(STUCK));
    const [blocked] = await bed.plan({ objects: ['cm/settings'], namespaces: [STUCK] }, ({ plan }) => plan.steps);
    expect(blocked?.action).to.equal('blocked');
    expect(blocked?.dangers.map(({ kind, words }) => `${kind}: ${words}`)).to.deep.equal([`missing: configmaps/settings in ${STUCK} needs namespace ${STUCK}, which neither the cluster nor the scope has`]);

    const { report } = await bed.restore({ namespaces: [STUCK] });
    expect(troubles(report)).to.deep.equal([]);
    expect((await plane.api.get(namespace(STUCK))).metadata.labels).to.include({ 'pod-security.kubernetes.io/enforce': 'baseline' });
    expect((await plane.api.get(configMap(STUCK, 'settings'))).data).to.deep.equal({ key: 'value' });
    await plane.api.patch(anchor, { metadata: { finalizers: null } }, { contentType: MERGE_PATCH });
  });
});
