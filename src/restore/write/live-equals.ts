import type { Canonicaliser } from '../../canon/canonicaliser.js';
import { commentsToOwners } from '../../canon/comments.js';
import { readYaml, splitComments } from '../../canon/reader.js';
import { jsonEqual } from '../../canon/rules/json-equal.js';
import { blobOid } from '../../lib/git-blob.js';
import { copyJson, own, type Json, type JsonObject } from '../../lib/json.js';
import { metadataOf, type Facts } from '../../model/canonical.js';
import type { DesiredObject } from '../desired.js';

/**
 * Whether a live object is what the file says: the same body and owners in canonical form. Allocations and the applier stand in
 * comment lines and are not asked about: they do not belong to the desired state.
 */
export function liveEquals(desired: DesiredObject, live: JsonObject, canonicaliser: Canonicaliser, facts: Facts): boolean {
  if (desired.owners.length === 0 && isWhatWasWritten(desired.body, live)) return true;
  const canonical = canonicaliser.canonicalise(copyJson(live), desired.type, facts);
  if (canonical.kind !== 'file') return false;
  // Nearly always it is the file, byte by byte; only else is it worth a look at what differs.
  if (blobOid(Buffer.from(canonical.text)) === desired.oid) return true;
  const { comments, body } = splitComments(canonical.text);
  return jsonEqual(readYaml(body), desired.body) && jsonEqual(commentsToOwners(comments), desired.owners as unknown as Json);
}

/** What the server adds to every object. */
const SERVERS: ReadonlySet<string> = new Set(['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink']);

/** Nothing but the server's own metadata was added to the body: no rule has to be asked. */
function isWhatWasWritten(body: JsonObject, live: JsonObject): boolean {
  const metadata = metadataOf(body);
  const names = Object.keys(metadataOf(live)).filter((key) => !SERVERS.has(key));
  return (
    hasKeys(live, Object.keys(body)) && Object.keys(live).length === Object.keys(body).length
    && hasKeys(metadata, names) && names.length === Object.keys(metadata).length
    && names.every((key) => jsonEqual(own(metadataOf(live), key), own(metadata, key)))
    && Object.keys(body).every((key) => key === 'metadata' || jsonEqual(own(live, key), own(body, key)))
  );
}

function hasKeys(object: JsonObject, keys: readonly string[]): boolean {
  return keys.every((key) => Object.hasOwn(object, key));
}
