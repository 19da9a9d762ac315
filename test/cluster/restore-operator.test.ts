// Acceptance test 12 of restore.md §8: an operator, its definition, its objects and the webhook that converts them are gone, and come back in one
// run: the objects can be written only when the operator answers, which it does only some time after it was restored.
import { expect } from 'chai';
import { EXIT } from '../../src/lib/exit-codes.js';
import { reportExitCode } from '../../src/restore/run/results.js';
import type { AnyJson, Reference } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import { ConversionWebhook } from '../support/conversion-webhook.js';
import { eventually } from '../support/eventually.js';
import { crd, customObject, deployment, namespace, service } from '../support/objects.js';
import { deleted, resultFor, withBed } from '../support/restore-bed.js';
import { troubles, type RestoreBed } from '../support/restore.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'operated';
const GROUP = 'operator.kubetape.io';
const OLD = `${GROUP}/v1alpha1`;
const operator = [deployment(NS, 'operator', 1), service(NS, 'operator')];
const definition = crd('Engine', { group: GROUP, versions: ['v1alpha1'] });
const objects = [1, 2, 3].map((size) => customObject('Engine', NS, `engine-${size}`, { spec: { size } }, OLD));

describe('acceptance 12: an operator with a conversion webhook', function () {
  this.timeout(240_000);
  let plane: ControlPlane;
  let webhook: ConversionWebhook;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    webhook = await ConversionWebhook.start();
    await plane.api.create(namespace(NS));
    for (const each of operator) await plane.api.create(each);
  });
  afterEach(async () => {
    // Objects of a definition whose webhook is dead cannot be deleted: nothing of this may stay for others.
    if ((await plane.api.find(definition)) === null) return;
    await plane.api.patch(definition, { spec: { conversion: { strategy: 'None', webhook: null } } });
    await deleted(plane, definition);
  });
  after(async () => { await webhook?.stop(); });

  /** A commit in which the objects are of the older version, and the newer one is stored. */
  async function record(bed: RestoreBed): Promise<void> {
    await plane.api.create(definition);
    await eventually(() => plane.api.create(objects[0] as Reference), { describe: 'the first version is served' });
    for (const each of objects.slice(1)) await plane.api.create(each);
    await bed.export();
    const { spec } = await plane.api.get(definition);
    const [first] = spec.versions;
    const conversion = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: webhook.clientConfig } };
    await plane.api.patch(definition, { spec: { versions: [{ ...first, storage: false }, { ...first, name: 'v1', storage: true }], conversion } });
    const newer = customObject('Engine', NS, 'engine-1', {}, `${GROUP}/v1`);
    await eventually(async () => (await plane.api.get(newer)).spec.replicas === 1, { describe: 'objects are converted' });
    await bed.export();
  }

  it('everything is done in one run, when the operator answers only after its objects were tried', () => withBed(plane, async (bed) => {
    await record(bed);
    await deleted(plane, ...objects, definition, ...operator);
    await webhook.close();
    const ready: Promise<void>[] = [];
    const { report } = await bed.restore({ objects: ['crd/engines.operator.kubetape.io', 'deploy', 'svc', 'engines.operator.kubetape.io'], namespaces: [NS] }, { waitMs: 60_000 }, {
      onEvent: (event) => {
        if (event.kind === 'result' && event.result.kind === 'Engine' && event.result.result === 'pending' && ready.length === 0) ready.push(becomeReady(plane, webhook));
      },
    });

    expect(ready, 'an object was tried before').to.have.length(1);
    await Promise.all(ready);
    expect(troubles(report)).to.deep.equal([]);
    expect(reportExitCode(report)).to.equal(EXIT.done);
    for (const { metadata } of objects) expect(resultFor(report, `engines/${metadata.name}`)).to.deep.include({ result: 'done', action: 'create' });
    const live: AnyJson[] = await plane.api.list(`${GROUP}/v1`, 'Engine', NS);
    expect(live.map(({ metadata, spec }) => [metadata.name, spec]).sort()).to.deep.equal([1, 2, 3].map((size) => [`engine-${size}`, { replicas: size }]));
    expect((await bed.restore({ objects: ['engines.operator.kubetape.io'], namespaces: [NS] })).plan.steps).to.deep.equal([]);
  }));

  it('an operator that never answers: its objects are pending, with the reason, and the rest is done', () => withBed(plane, async (bed) => {
    await record(bed);
    await deleted(plane, ...objects, definition, ...operator);
    await webhook.close();
    const { report } = await bed.restore({ objects: ['crd/engines.operator.kubetape.io', 'deploy', 'svc', 'engines.operator.kubetape.io'], namespaces: [NS] }, { waitMs: 1500 });

    expect(reportExitCode(report)).to.equal(EXIT.part);
    const open = report.results.filter(({ result }) => result !== 'done' && result !== 'skipped');
    expect(open.map(({ kind, result }) => `${kind}: ${result}`)).to.deep.equal(objects.map(() => 'Engine: pending'));
    expect(open[0]?.message).to.match(/conversion webhook for .*connection refused/);
    await webhook.listen();
    expect(troubles((await bed.restore({ objects: ['engines.operator.kubetape.io'], namespaces: [NS] })).report)).to.deep.equal([]);
  }));
});

/** What a kubelet would do: the operator's pod runs, and its program listens. */
async function becomeReady(plane: ControlPlane, webhook: ConversionWebhook): Promise<void> {
  const pod = await eventually(async () => (await plane.api.list('v1', 'Pod', NS)).find(({ metadata }: AnyJson) => metadata.labels.app === 'operator' && metadata.deletionTimestamp === undefined), { describe: 'the operator has a pod' });
  await plane.api.patch(pod, { status: { phase: 'Running', podIP: '192.0.2.40', podIPs: [{ ip: '192.0.2.40' }], conditions: [{ type: 'Ready', status: 'True' }] } }, { subresource: 'status' });
  await webhook.listen();
}
