import { isObject, own, type JsonObject } from '../../lib/json.js';
import { Limit } from '../../lib/limit.js';
import type { RestorePlan, Step } from '../../model/restore-plan.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';
import { valueAt } from '../field-place.js';
import { patiently } from '../patient-reader.js';
import { WRITE } from '../write/write-deps.js';
import type { PlanDeps } from './plan-deps.js';

/** A right that the plan needs. */
export interface Right {
  readonly verb: 'create' | 'update' | 'patch' | 'delete' | 'escalate' | 'bind';
  readonly group: string;
  readonly resource: string;
  /** '' for cluster-scoped objects, `*` for every namespace. */
  readonly namespace: string;
  /** The server has refused a dry run for want of it. Of `escalate` and `bind` only. */
  readonly proven?: boolean;
  /** It may do without, and this is what happens then. */
  readonly without?: string;
}

export interface PreflightFinding {
  /** missing: the run does not begin. warning: it may be refused for single objects. */
  readonly kind: 'missing' | 'warning';
  readonly words: string;
  readonly right: Right | null;
}

type ReviewDeps = Pick<PlanDeps, 'writer' | 'clock' | 'random'>;

const REVIEWS: ResourceType = { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview', namespaced: false, watchable: false };
/** What run/release-volume.ts does before a claim is written. */
const RELEASE: Right = { verb: 'patch', group: '', resource: 'persistentvolumes', namespace: '', without: 'a claim stays Pending whose volume is still held by the claim of before' };
const RELEASE_KEY = 'patch persistentvolumes ';
const AT_ONCE = 16;

/** Rights that writing the plan takes, each once; field ownership is handed back by a patch. */
export function rightsOf({ steps, options }: Pick<RestorePlan, 'steps' | 'options'>): Right[] {
  const rights = new Map<string, Right>();
  const add = (verb: Right['verb'], { id }: Step): void => {
    const { group, resource, namespace } = id;
    rights.set(`${verb} ${typeName(id)} ${namespace}`, { verb, group, resource, namespace });
  };
  /** Roles are bound, not bindings. A step does not tell whether a RoleBinding names a Role or a ClusterRole: the lesser is asked about. */
  const addGrant = ({ id }: Step, proven: boolean): void => {
    const binding = id.resource.endsWith('bindings');
    const resource = binding ? id.resource.replace('bindings', 's') : id.resource;
    const [verb, key] = [binding ? ('bind' as const) : ('escalate' as const), `${resource} ${id.namespace}`];
    const isProven = proven || rights.get(`${verb} ${key}`)?.proven === true;
    rights.set(`${verb} ${key}`, { verb, group: id.group, resource, namespace: id.namespace, ...(isProven ? { proven: true } : { without: 'roles that hold more than we do are refused' }) });
  };
  for (const step of steps) {
    const { action } = step;
    if (action !== 'create' && action !== 'update' && action !== 'recreate') continue;
    if (options.strategy === 'merge') add('patch', step);
    if (action !== 'update') add('create', step);
    if (action !== 'create' && options.strategy === 'exact') add('update', step);
    if (action === 'recreate') add('delete', step);
    if (options.strategy === 'exact') add('patch', step);
    if (typeName(step.id) === 'persistentvolumeclaims' && step.claim?.data === 'keep live data' && !rights.has(RELEASE_KEY)) rights.set(RELEASE_KEY, RELEASE);
    // Where the server tried it, it has said whether we may hand such rights on; where it could not, these verbs allow it.
    if (step.dryRun?.result !== 'passed' && step.id.group === 'rbac.authorization.k8s.io') addGrant(step, isEscalation(step));
  }
  return [...rights.values()];
}

/** The words of RBAC's own check (k8s.io/kubernetes pkg/registry/rbac/validation); its reason is Forbidden like any other. */
function isEscalation({ dryRun }: Step): boolean {
  return dryRun?.result === 'refused' && dryRun.status === 403 && dryRun.message.includes('attempting to grant RBAC permissions');
}

/** Asks the server about every right that the plan needs (SelfSubjectAccessReview); writes nothing. */
export async function preflight(deps: ReviewDeps, plan: Pick<RestorePlan, 'steps' | 'options'>, signal: AbortSignal): Promise<PreflightFinding[]> {
  const limit = new Limit(AT_ONCE);
  const everywhere = new Map<string, Promise<boolean | null>>();
  const allowed = async (right: Right): Promise<boolean | null> => {
    if (right.namespace === '') return ask(deps, right, signal);
    const wide: Right = { ...right, namespace: '*' };
    const key = `${right.verb} ${typeName(right)}`;
    const known = everywhere.get(key) ?? ask(deps, wide, signal);
    everywhere.set(key, known);
    return (await known) === true ? true : ask(deps, right, signal);
  };
  const findings = await Promise.all(rightsOf(plan).map(async (right) => {
    using _place = await limit.take(signal);
    return findingOf(right, right.proven === true ? false : await allowed(right));
  }));
  return findings.filter((finding): finding is PreflightFinding => finding !== null);
}

function findingOf(right: Right, allowed: boolean | null): PreflightFinding | null {
  if (allowed === true) return null;
  const where = right.namespace === '' ? '' : ` in namespace ${right.namespace}`;
  const what = `${right.verb} ${typeName(right)}${where}`;
  if (allowed === null) return { kind: 'warning', words: `whether we may ${what} could not be asked`, right };
  if (right.without !== undefined) return { kind: 'warning', words: `without the right to ${what}, ${right.without}`, right };
  return { kind: 'missing', words: `the right to ${what} is missing`, right };
}

/** Null: the server does not say. */
async function ask(deps: ReviewDeps, { verb, group, resource, namespace }: Right, signal: AbortSignal): Promise<boolean | null> {
  const body: JsonObject = {
    apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb, group, resource, ...(namespace === '' || namespace === '*' ? {} : { namespace }) } },
  };
  const answer = await patiently(deps, () => deps.writer.create(REVIEWS, '', body, WRITE, signal), signal);
  if (answer.kind !== 'done' || answer.object === null || !isObject(own(answer.object, 'status'))) return null;
  return valueAt(answer.object, ['status', 'allowed']) === true;
}
