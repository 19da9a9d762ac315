// Acceptance test 29 of restore.md §8: a tenant with rights in one namespace only, and what preflight says before the first write.
import { expect } from 'chai';
import { EXIT } from '../../src/lib/exit-codes.js';
import { RestoreError } from '../../src/restore/restore-error.js';
import { reportExitCode } from '../../src/restore/run/results.js';
import { MERGE_PATCH, type Reference } from '../support/api-client.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { configMap, deployment, grant, namespace, object, role, secret, service } from '../support/objects.js';
import { Beds, deleted, resultFor } from '../support/restore-bed.js';
import { troubles, type RestoreBed, type RestoreRequest } from '../support/restore.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';

const [OWN, FOREIGN] = ['tenant-own', 'tenant-foreign'] as const;
const RBAC = 'rbac.authorization.k8s.io/v1';
const READ = ['get', 'list', 'watch'];

describe('acceptance 29: a tenant of one namespace', () => {
  let plane: ControlPlane;
  let beds: Beds;
  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await ControlPlane.start();
    beds = new Beds(plane);
    for (const ns of [OWN, FOREIGN]) {
      await plane.api.create(namespace(ns));
      for (const each of [configMap(ns, 'settings'), secret(ns, 'password'), service(ns, 'web'), deployment(ns, 'web')]) await plane.api.create(each);
    }
    for (const each of grant('tenant', { verbs: ['*'] }, OWN)) await plane.api.create(each);
    await may('create configmaps', true);
  });
  after(async () => {
    await beds?.close();
    await plane?.stop();
  });

  const may = (right: string, allowed: boolean, ns = OWN): Promise<boolean> => eventually(async () => (await plane.kubectl(['auth', 'can-i', ...right.split(' '), '-n', ns], { user: 'tenant', mayFail: true })).stdout.startsWith(allowed ? 'yes' : 'no'), { timeoutMs: 10_000, describe: `${right}: ${allowed}` });
  const rules = async (...given: readonly object[]): Promise<void> => {
    await plane.api.patch(object(RBAC, 'Role', OWN, 'grant-tenant'), { rules: given }, { contentType: MERGE_PATCH });
  };
  const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
  const refusal = async (bed: RestoreBed, request: RestoreRequest): Promise<RestoreError> => {
    try {
      await bed.restore(request);
    } catch (error) {
      expect(error).to.be.instanceOf(RestoreError);
      return error as RestoreError;
    }
    throw new Error('It was not refused');
  };

  const asTenant = async (folder: string, use: (bed: RestoreBed) => Promise<void>): Promise<void> => use(await beds.over(folder, 'tenant'));

  it('restores the own namespace without a right in the cluster, and touches no other', () => beds.with(async (bed, folder) => {
    await bed.export();
    const lost = (ns: string): Reference[] => [configMap(ns, 'settings'), secret(ns, 'password'), service(ns, 'web')];
    for (const ns of [OWN, FOREIGN]) await deleted(plane, ...lost(ns));
    await plane.api.patch(deployment(OWN, 'web'), { spec: { replicas: 5 } }, { contentType: MERGE_PATCH });

    await asTenant(folder, async (tenant) => {
      const { plan, report } = await tenant.restore({ namespaces: [OWN] });
      expect(plan.uncovered).to.deep.equal([]);
      expect(plan.warnings).to.have.length(1).and.to.satisfy(([words]: string[]) => words?.startsWith('could not make sure that https://127.0.0.1:'));
      expect(troubles(report)).to.deep.equal([]);
      expect(report.results.filter(({ result }) => result === 'done').map(({ path }) => path)).to.have.members([
        `namespaces/${OWN}/configmaps/settings.yaml`, `namespaces/${OWN}/secrets/password.yaml`, `namespaces/${OWN}/services/web.yaml`, `namespaces/${OWN}/deployments.apps/web.yaml`,
      ]);
      expect((await plane.api.get(deployment(OWN, 'web'))).spec.replicas).to.equal(1);
      expect(await plane.api.find(configMap(FOREIGN, 'settings'))).to.equal(null);

      const { report: foreign } = await tenant.restore({ namespaces: [FOREIGN] });
      expect(foreign.results.flatMap(({ verbs }) => verbs)).to.deep.equal([]);
      expect(reportExitCode(foreign)).to.equal(EXIT.part);
    });
  }));

  it('is told the right that is missing before anything is written', () => beds.with(async (bed, folder) => {
    await bed.export();
    await deleted(plane, configMap(OWN, 'settings'), secret(OWN, 'password'));
    await rules({ apiGroups: ['*'], resources: ['*'], verbs: READ }, { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'update', 'patch'] });
    await may('create secrets', false);

    await asTenant(folder, async (tenant) => {
      const error = await refusal(tenant, { namespaces: [OWN] });
      expect([error.code, error.exitCode]).to.deep.equal(['PREFLIGHT', EXIT.refused]);
      expect(error.message).to.contain(`the right to create secrets in namespace ${OWN} is missing`).and.to.not.contain('configmaps');
      expect(await plane.api.find(configMap(OWN, 'settings')), 'nothing was written').to.equal(null);

      const { report } = await tenant.restore({ objects: ['cm'], namespaces: [OWN] });
      expect(troubles(report)).to.deep.equal([]);
    });
    await rules(everything);
    await may('create secrets', true);
  }));

  it('needs escalate for a Role that holds more than the tenant, and bind for its binding', () => beds.with(async (bed, folder) => {
    const strong = role(OWN, 'strong', ['delete', 'deletecollection']);
    const binding = object(RBAC, 'RoleBinding', OWN, 'strong', { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'strong' }, subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'somebody' }] });
    for (const each of [strong, binding]) await plane.api.create(each);
    await bed.export();
    await deleted(plane, binding, strong);
    const modest = [{ apiGroups: ['*'], resources: ['*'], verbs: READ }, { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs: ['create', 'update', 'patch'] }];
    await rules(...modest);
    await may('create configmaps', false);

    await asTenant(folder, async (tenant) => {
      const error = await refusal(tenant, { objects: ['role/strong', 'rolebinding/strong'], namespaces: [OWN] });
      expect([error.code, error.exitCode]).to.deep.equal(['PREFLIGHT', EXIT.refused]);
      expect(error.message).to.contain(`escalate roles.rbac.authorization.k8s.io in namespace ${OWN}`);
      expect(await plane.api.find(strong)).to.equal(null);

      await rules(...modest, { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['escalate', 'bind'] });
      await may('escalate roles.rbac.authorization.k8s.io', true);
      const { report } = await tenant.restore({ objects: ['role/strong', 'rolebinding/strong'], namespaces: [OWN] });
      expect(troubles(report)).to.deep.equal([]);
      expect(resultFor(report, 'rolebindings/strong').result).to.equal('done');
      expect((await plane.api.get(strong)).rules).to.deep.equal(strong['rules']);
      await deleted(plane, binding);

      await rules(...modest);
      await may('bind roles.rbac.authorization.k8s.io', false);
      const unbound = await refusal(tenant, { objects: ['rolebinding/strong'], namespaces: [OWN] });
      expect(unbound.message).to.contain(`bind roles.rbac.authorization.k8s.io in namespace ${OWN}`);
    });
    await rules(everything);
    await may('create configmaps', true);
  }));
});
