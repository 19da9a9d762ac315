import { fieldEntries } from '../canon/rules/ownership.js';
import { escapeLine } from '../lib/escape.js';
import { isObject, own, type JsonObject } from '../lib/json.js';
import { metadataOf } from '../model/canonical.js';
import type { Difference } from '../model/comparison.js';
import type { Action, ClaimAnswer, Danger } from '../model/restore-plan.js';
import { apiVersionOf, typeName } from '../model/resource-type.js';
import type { DesiredObject } from './desired.js';
import { valueAt } from './field-place.js';
import type { OwnerLinks } from './owner-links.js';

/** What is known of one step when its dangers are named. */
export interface DangerEvidence {
  readonly desired: DesiredObject;
  readonly live: JsonObject | null;
  readonly action: Action;
  readonly fields: readonly Difference[];
  readonly immutable: readonly string[];
  readonly owners: OwnerLinks;
  readonly claim: ClaimAnswer | null;
}

const ROLLING = new Set(['deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'replicationcontrollers']);
/** Labels and annotations that a GitOps tool puts on what it manages, and its field manager. */
const GITOPS: readonly { readonly tool: string; readonly keys: readonly string[]; readonly managers: readonly string[] }[] = [
  { tool: 'Argo CD', keys: ['argocd.argoproj.io/tracking-id', 'argocd.argoproj.io/instance'], managers: ['argocd-controller', 'argocd-application-controller'] },
  { tool: 'Flux', keys: ['kustomize.toolkit.fluxcd.io/name', 'helm.toolkit.fluxcd.io/name'], managers: ['kustomize-controller', 'helm-controller', 'flux'] },
  { tool: 'Rancher Fleet', keys: ['objectset.rio.cattle.io/hash'], managers: ['fleetagent'] },
  { tool: 'kapp', keys: ['kapp.k14s.io/app'], managers: ['kapp-server-side'] },
];

/** The dangers that an object's step carries, as far as object and step show them. */
export function dangersOf(evidence: DangerEvidence): Danger[] {
  const { action } = evidence;
  const dangers = [...versionDanger(evidence), ...digestDanger(evidence)];
  if (action !== 'create' && action !== 'update' && action !== 'recreate') return dangers;
  return [...dangers, ...recreateDanger(evidence), ...restartDanger(evidence), ...dataDanger(evidence), ...gitopsDanger(evidence), ...orphanDanger(evidence)];
}

function recreateDanger({ desired, action, immutable }: DangerEvidence): Danger[] {
  if (action !== 'recreate') return [];
  return [{ kind: 'recreate', words: `${nameOf(desired)} will be deleted and created again`, evidence: `immutable: ${immutable.map((path) => escapeLine(path, 120)).join(', ')}` }];
}

function restartDanger({ desired, action, fields }: DangerEvidence): Danger[] {
  if (action === 'create' || !ROLLING.has(typeName(desired.type))) return [];
  const changed = fields.filter(({ path }) => path.startsWith('spec.template.'));
  if (changed.length === 0) return [];
  return [{ kind: 'restart', words: `pods of ${nameOf(desired)} will restart: its template changes`, evidence: changed.slice(0, 3).map(({ path }) => escapeLine(path, 120)).join(', ') }];
}

function dataDanger({ desired, live, action, claim }: DangerEvidence): Danger[] {
  const name = typeName(desired.type);
  if (claim !== null && claim.data !== 'keep live data') {
    return [{ kind: 'data', words: `${nameOf(desired)} will hold ${claim.data === 'empty' ? 'no data' : 'data of a snapshot'}`, evidence: claim.reason }];
  }
  if (name === 'persistentvolumes') return [{ kind: 'data', words: `${nameOf(desired)} points to storage: is what it names still there?`, evidence: `${live === null ? 'created' : 'changed'}: spec` }];
  const templates = valueAt(desired.body, ['spec', 'volumeClaimTemplates']);
  if (name === 'statefulsets.apps' && action === 'recreate' && Array.isArray(templates) && templates.length > 0) {
    return [{ kind: 'data', words: `claims of ${nameOf(desired)} stay, whatever its templates say now`, evidence: 'spec.volumeClaimTemplates' }];
  }
  return [];
}

function versionDanger({ desired, action }: DangerEvidence): Danger[] {
  if (action === 'incompatible') {
    return [{ kind: 'not served', words: `${nameOf(desired)} cannot be restored: the cluster serves its type in no version`, evidence: escapeLine(desired.apiVersion, 120) }];
  }
  const written = apiVersionOf(desired.type);
  if (desired.apiVersion === written) return [];
  return [{ kind: 'not served', words: `${nameOf(desired)} is written as ${written}: the version of the commit is no longer served`, evidence: escapeLine(desired.apiVersion, 120) }];
}

function digestDanger({ desired }: DangerEvidence): Danger[] {
  if (!desired.digestsOnly) return [];
  return [{ kind: 'secret', words: `${nameOf(desired)} cannot be restored: the repository holds digests of its values only`, evidence: 'secrets: digest' }];
}

function gitopsDanger({ desired, live }: DangerEvidence): Danger[] {
  const metadata = metadataOf(live ?? desired.body);
  const managers = new Set([...fieldEntries(metadata).map(({ manager }) => manager), ...(desired.applier === null ? [] : [desired.applier])]);
  for (const { tool, keys, managers: known } of GITOPS) {
    const key = keys.find((candidate) => hasKey(metadata, candidate) || hasKey(metadataOf(desired.body), candidate));
    const manager = known.find((candidate) => managers.has(candidate));
    if (key === undefined && manager === undefined) continue;
    return [{ kind: 'gitops', words: `${tool} manages ${nameOf(desired)} and will take the change back unless its source says the same`, evidence: key ?? `field manager ${manager ?? ''}` }];
  }
  return [];
}

function orphanDanger({ desired, owners }: DangerEvidence): Danger[] {
  return owners.orphaned.map((owner) => ({
    kind: 'orphan' as const,
    words: `${nameOf(desired)} is restored without its owner, which is neither live nor in scope`,
    evidence: escapeLine(`${owner.kind}/${owner.name}`, 200),
  }));
}

function hasKey(metadata: JsonObject, key: string): boolean {
  return ['labels', 'annotations'].some((map) => {
    const entries = own(metadata, map);
    return isObject(entries) && Object.hasOwn(entries, key);
  });
}

/** `deployments/web in shop`, escaped. */
export function nameOf({ id }: Pick<DesiredObject, 'id'>): string {
  return escapeLine(`${id.resource}/${id.name}${id.namespace === '' ? '' : ` in ${id.namespace}`}`, 200);
}
