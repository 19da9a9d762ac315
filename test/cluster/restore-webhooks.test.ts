// Acceptance test 13 of restore.md §8, without the exemption: webhooks that fail closed and that nobody answers.
import { expect } from 'chai';
import { EXIT } from '../../src/lib/exit-codes.js';
import { reportExitCode } from '../../src/restore/run/results.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { configMap, namespace, object, secret } from '../support/objects.js';
import { Beds, deleted, resultFor, resultsOf, stepOf } from '../support/restore-bed.js';
import { LOOPBACK_SERVICES, WebhookBackend } from '../support/restore-webhook.js';
import { troubles } from '../support/restore.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';

const [WATCHED, FREE, HOOKS] = ['hooked', 'unhooked', 'hooks'] as const;

describe('acceptance 13: a webhook that fails closed and is dead', () => {
  let plane: ControlPlane;
  let beds: Beds;
  let backend: WebhookBackend;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await ControlPlane.start({ extraApiServerFlags: LOOPBACK_SERVICES });
    beds = new Beds(plane);
    backend = await WebhookBackend.of(HOOKS, 'policy', '127.16.0.9');
    for (const name of [WATCHED, FREE, HOOKS]) await plane.api.create(namespace(name));
    for (const ns of [WATCHED, FREE]) for (const each of [configMap(ns, 'settings'), secret(ns, 'password')]) await plane.api.create(each);
    await plane.api.create(backend.service);
  });
  after(async () => {
    await backend?.close();
    await beds?.close();
    await plane?.stop();
  });

  const refuses = async (): Promise<boolean> => (await plane.request('POST', `/api/v1/namespaces/${WATCHED}/configmaps?dryRun=All`, configMap(WATCHED, 'probe'))).status >= 400;

  it('live: only what it is asked about is pending, and a second run completes when somebody answers', () => beds.with(async (bed) => {
    const configuration = backend.configuration('policy', WATCHED);
    await plane.api.create(configuration);
    await eventually(refuses, { describe: 'the webhook is in force' });
    await bed.export();
    for (const ns of [WATCHED, FREE]) await deleted(plane, configMap(ns, 'settings'), secret(ns, 'password'));

    const request = { objects: ['cm', 'secret', 'validatingwebhookconfigurations'], namespaces: [WATCHED, FREE] };
    const { plan, report } = await bed.restore(request, { waitMs: 500 });
    const dangers = plan.steps.flatMap(({ id, dangers: each }) => each.map(({ kind, evidence }) => `${id.namespace} ${id.resource}: ${kind}, ${evidence}`));
    expect(dangers).to.deep.equal([`${WATCHED} configmaps: webhook, policy.kubetape.io in policy: Service ${HOOKS}/policy has no ready endpoint`]);
    expect(resultsOf(report).filter((line) => !line.endsWith('skipped'))).to.deep.equal(['configmaps/settings: done', 'configmaps/settings: pending', 'secrets/password: done', 'secrets/password: done']);
    const blocked = report.results.find(({ id }) => id.namespace === WATCHED && id.resource === 'configmaps');
    expect(blocked?.message).to.contain('failed calling webhook "policy.kubetape.io"');
    expect(reportExitCode(report)).to.equal(EXIT.part);
    expect(await plane.api.find(configMap(WATCHED, 'settings'))).to.equal(null);

    await backend.listen();
    await plane.api.create(backend.endpoint);
    const again = await bed.restore(request);
    expect(again.plan.steps.flatMap(({ dangers: each }) => each)).to.deep.equal([]);
    expect(troubles(again.report)).to.deep.equal([]);
    expect((await plane.api.get(configMap(WATCHED, 'settings'))).data).to.deep.equal({ key: 'value' });
    await backend.close();
    await deleted(plane, configuration, backend.endpoint);
    await eventually(async () => !(await refuses()), { describe: 'the webhook is gone' });
  }));

  it('in the commit: its configuration is not written before its backend is ready, others of its wave are', () => beds.with(async (bed) => {
    const dead = backend.configuration('policy', WATCHED);
    const lenient = backend.configuration('lenient', WATCHED, { failurePolicy: 'Ignore' });
    const rule = object('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', null, 'short-names', {
      spec: { matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }] }, validations: [{ expression: 'size(object.metadata.name) < 200' }] },
    });
    for (const each of [dead, lenient, rule]) await plane.api.create(each);
    await bed.export();
    await deleted(plane, dead, lenient, rule);
    await eventually(async () => !(await refuses()), { describe: 'the webhook is gone' });
    await deleted(plane, configMap(WATCHED, 'settings'));

    const request = { objects: ['cm', 'validatingwebhookconfigurations', 'validatingadmissionpolicies'], namespaces: [WATCHED] };
    const { plan, report } = await bed.restore(request, { waitMs: 500 });
    expect(stepOf(plan, 'validatingwebhookconfigurations/policy').dangers.map(({ kind, evidence }) => `${kind}: ${evidence}`)).to.deep.equal([`webhook: policy.kubetape.io in policy: Service ${HOOKS}/policy has no ready endpoint`]);
    expect(resultFor(report, 'validatingwebhookconfigurations/policy')).to.deep.include({ result: 'pending', verbs: [], message: `its backend ${HOOKS}/policy has no ready endpoint` });
    expect(resultFor(report, 'validatingwebhookconfigurations/lenient').result).to.equal('done');
    expect(resultFor(report, 'validatingadmissionpolicies/short-names').result).to.equal('done');
    expect(resultFor(report, 'configmaps/settings').result).to.equal('done');
    expect(reportExitCode(report)).to.equal(EXIT.part);
    expect(await plane.api.find(dead)).to.equal(null);

    await backend.listen();
    await plane.api.create(backend.endpoint);
    const again = await bed.restore(request);
    expect(troubles(again.report)).to.deep.equal([]);
    expect(await plane.api.find(dead)).to.not.equal(null);
    await deleted(plane, dead, lenient, rule, backend.endpoint);
    await backend.close();
  }));

  it('whose backend the same commit holds is written after it', () => beds.with(async (bed) => {
    const configuration = backend.configuration('policy', WATCHED);
    await plane.api.create(backend.endpoint);
    await backend.listen();
    await plane.api.create(configuration);
    await bed.export();
    await deleted(plane, configuration, backend.endpoint, configMap(WATCHED, 'settings'));

    const { plan, report } = await bed.restore({ objects: ['cm', 'endpointslices', 'validatingwebhookconfigurations'], namespaces: [WATCHED, HOOKS] });
    expect(plan.steps.flatMap(({ dangers }) => dangers)).to.deep.equal([]);
    expect(troubles(report)).to.deep.equal([]);
    expect(report.results.map(({ id }) => id.resource)).to.include.members(['endpointslices', 'validatingwebhookconfigurations', 'configmaps']);
  }));
});
