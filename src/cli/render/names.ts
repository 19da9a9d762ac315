import type { JsonObject } from '../../lib/json.js';
import { typeName } from '../../model/resource-type.js';
import type { ObjectId } from '../../model/object-id.js';
import type { CommitInfo } from '../../model/tape.js';
import type { Revision } from '../../model/history.js';

/** `deployments.apps/web`: what every command takes for an object. Not escaped. */
export function objectName(id: ObjectId): string {
  return `${typeName(id)}/${id.name}`;
}

/** An object's identity in documents. */
export function idMembers(id: ObjectId): JsonObject {
  return { type: typeName(id), namespace: id.namespace === '' ? null : id.namespace, name: id.name };
}

/** The commit that a document is about. */
export function revisionMembers(history: { readonly location: string; readonly branch: string }, revision: Pick<Revision, 'commit'>): JsonObject {
  return { repository: history.location, branch: history.branch, ...commitMembers(revision.commit) };
}

export function commitMembers(commit: Pick<CommitInfo, 'oid' | 'committedAt'>): JsonObject {
  return { commit: commit.oid, committedAt: isoTime(commit.committedAt) };
}

/** Seconds since 1970 as UTC, ISO 8601: times in documents do not depend on the zone. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
