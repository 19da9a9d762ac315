import type { Canonicaliser } from '../../canon/canonicaliser.js';
import { commentsToOwners } from '../../canon/comments.js';
import { readYaml, splitComments } from '../../canon/reader.js';
import { jsonEqual } from '../../canon/rules/json-equal.js';
import { blobOid } from '../../lib/git-blob.js';
import { copyJson, type Json, type JsonObject } from '../../lib/json.js';
import type { Facts } from '../../model/canonical.js';
import type { DesiredObject } from '../desired.js';

/**
 * Whether a live object is what the file says: the same body and owners in canonical form. Allocations and the applier stand in
 * comment lines and are not asked about: they do not belong to the desired state.
 */
export function liveEquals(desired: DesiredObject, live: JsonObject, canonicaliser: Canonicaliser, facts: Facts): boolean {
  const canonical = canonicaliser.canonicalise(copyJson(live), desired.type, facts);
  if (canonical.kind !== 'file') return false;
  // Nearly always it is the file, byte by byte; only else is it worth a look at what differs.
  if (blobOid(Buffer.from(canonical.text)) === desired.oid) return true;
  const { comments, body } = splitComments(canonical.text);
  return jsonEqual(readYaml(body), desired.body) && jsonEqual(commentsToOwners(comments), desired.owners as unknown as Json);
}
