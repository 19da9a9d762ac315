import { escapeLine } from '../../lib/escape.js';
import { isObject, own, type JsonObject } from '../../lib/json.js';
import { metadataOf } from '../../model/canonical.js';
import { isForbidden } from '../../model/cluster-error.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { ClusterWriter } from '../../model/cluster-writer.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { DesiredObject } from '../desired.js';
import { valueAt } from '../field-place.js';
import { readLive } from '../plan/look-up.js';
import { wordsOf } from '../write/answers.js';
import { WRITE } from '../write/write-deps.js';

/** How often a volume that its controller writes at the same moment is looked at again. */
const ATTEMPTS = 5;
const CONFLICT = 409;

/**
 * A volume that was kept when its claim was deleted is held by the uid of that claim: it stays Released, and a claim that is put back
 * stays Pending, for ever (restore.md §6.3). Before the claim is written that uid is taken out, so that the binder binds both again; a volume
 * that is held in the name of any other claim, or may not be looked at, is left alone. Null: nothing stands in the way (any more).
 * Else what does, in words.
 */
export async function releaseVolume(desired: DesiredObject, volumes: ResourceType | null, deps: { readonly reader: ClusterReader; readonly writer: ClusterWriter }, signal: AbortSignal): Promise<string | null> {
  const name = volumeOf(desired);
  if (volumes === null || name === null) return null;
  const claim = await readLive(deps.reader, desired.type, desired.id, signal);
  for (let n = 1; ; n++) {
    const volume = await readVolume(deps.reader, volumes, name, signal);
    const reference = volume === null ? undefined : valueAt(volume, ['spec', 'claimRef']);
    if (volume === null || !isObject(reference) || !isHeldByFormer(reference, claim, desired.id)) return null;
    const { resourceVersion } = metadataOf(volume);
    const patch: JsonObject = { metadata: { resourceVersion: resourceVersion ?? null }, spec: { claimRef: { uid: null, resourceVersion: null } } };
    const answer = await deps.writer.merge(volumes, '', name, patch, WRITE, signal);
    if (answer.kind === 'done') return null;
    if (answer.status !== CONFLICT || n >= ATTEMPTS) return `its volume ${escapeLine(name, 200)} is held by the claim of before and could not be released: ${wordsOf(answer)}`;
  }
}

/** The volume that a claim of a commit was bound to; null: none. */
export function volumeOf(claim: Pick<DesiredObject, 'body' | 'allocated'>): string | null {
  const name = valueAt(claim.body, ['spec', 'volumeName']) ?? claim.allocated.find(({ path }) => path === 'spec.volumeName')?.value;
  return typeof name === 'string' && name !== '' ? name : null;
}

async function readVolume(reader: ClusterReader, volumes: ResourceType, name: string, signal: AbortSignal): Promise<JsonObject | null> {
  try {
    return await readLive(reader, volumes, { namespace: '', name }, signal);
  } catch (error) {
    if (isForbidden(error)) return null;
    throw error;
  }
}

/** The same name, another life. */
function isHeldByFormer(reference: JsonObject, claim: JsonObject | null, { namespace, name }: DesiredObject['id']): boolean {
  const uid = own(reference, 'uid');
  return own(reference, 'namespace') === namespace && own(reference, 'name') === name && typeof uid === 'string' && uid !== metadataOf(claim ?? {})['uid'];
}
