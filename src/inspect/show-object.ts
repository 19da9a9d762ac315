import { randomBytes } from 'node:crypto';
import { redactSide } from '../canon/redact.js';
import { isSecretType } from '../canon/secrets.js';
import { escapeText } from '../lib/escape.js';
import { nearest } from '../lib/nearest.js';
import type { Side } from '../model/comparison.js';
import type { History, Snapshot } from '../model/history.js';
import type { ObjectId } from '../model/object-id.js';
import { typeName } from '../model/resource-type.js';
import type { CommitInfo, Oid } from '../model/tape.js';
import { nameOfFile } from '../model/tree-path.js';
import { InspectError } from './inspect-error.js';
import { listObjects, type ListedObject } from './list-objects.js';
import { objectLog } from './object-log.js';
import { readFile, textOf } from './read-file.js';
import type { Selection } from './selection.js';

export interface ShownObject extends Side {
  readonly id: ObjectId;
  readonly kind: string;
  readonly apiVersion: string;
  readonly path: string;
  readonly oid: Oid;
  readonly commit: CommitInfo;
  /** Values of a Secret were replaced. */
  readonly redacted: boolean;
}

/** Places that an error names. */
const NAMED = 8;

/**
 * The one wanted object of a commit. InspectError NOT_FOUND says when it was there and which names are near, AMBIGUOUS
 * where else it is.
 */
export async function showObject(
  history: History,
  snapshot: Snapshot,
  selection: Selection,
  options: { readonly reveal: boolean },
  signal: AbortSignal,
): Promise<ShownObject> {
  const { id, path, oid, kind, apiVersion } = await findObject(history, snapshot, selection, signal);
  const file = readFile(snapshot, oid);
  const side = isSecretType(id) && !options.reveal ? redactSide(file, randomBytes(32)) : file;
  const about = { id, path, oid, commit: snapshot.commit, redacted: side !== file };
  return { ...about, kind: textOf(file.body, 'kind') ?? kind, apiVersion: textOf(file.body, 'apiVersion') ?? apiVersion, ...side };
}

/** The one object that a selection stands for at a commit; errors as of showObject. */
export async function findObject(history: History, snapshot: Snapshot, selection: Selection, signal: AbortSignal): Promise<ListedObject> {
  const found: ListedObject[] = [];
  for (const object of listObjects(snapshot, selection, { details: false })) if (found.push(object) > NAMED) break;
  const [first] = found;
  if (first === undefined) throw await notFound(history, snapshot, selection, signal);
  if (found.length > 1) throw ambiguous(found, selection);
  return first;
}

function ambiguous(found: readonly ListedObject[], selection: Selection): InspectError {
  const shown = found.slice(0, NAMED);
  const more = found.length > NAMED ? ', …' : '';
  const sameName = new Set(shown.map(({ id }) => `${typeName(id)}/${id.name}`)).size === 1;
  const hint = sameName
    ? `Choose one with ${shown.map(({ id }) => `-n ${escapeText(id.namespace)}`).join(', ')}${more}`
    : `Choose one of ${shown.map(({ id }) => `${where(id)}${typeName(id)}/${escapeText(id.name)}`).join(', ')}${more}`;
  const count = found.length > NAMED ? `more than ${NAMED}` : String(found.length);
  return new InspectError('AMBIGUOUS', `${selection.describe()}: that is ${count} objects where one is wanted`, { hint });
}

function where({ namespace }: ObjectId): string {
  return namespace === '' ? '' : `-n ${escapeText(namespace)} `;
}

async function notFound(history: History, snapshot: Snapshot, selection: Selection, signal: AbortSignal): Promise<InspectError> {
  const hints = [await lastSeen(history, snapshot, selection, signal), nearNames(snapshot, selection)].filter((hint) => hint !== null);
  const message = `There is no ${selection.describe()} in commit ${snapshot.commit.oid.slice(0, 12)}`;
  return new InspectError('NOT_FOUND', message, { hint: hints.length === 0 ? '`kubetape ls` shows what there is' : hints.join('; ') });
}

/** When it went, or, if it was not there before, since when it is. */
async function lastSeen(history: History, snapshot: Snapshot, selection: Selection, signal: AbortSignal): Promise<string | null> {
  for await (const { commit, objects } of objectLog(history, { from: snapshot.commit, selection }, signal)) {
    const gone = objects.find(({ verb }) => verb === 'delete' || verb === 'unmirror');
    if (gone === undefined) continue;
    const how = gone.verb === 'delete' ? 'was deleted' : 'is no longer mirrored since';
    return `${where(gone.id)}${typeName(gone.id)}/${escapeText(gone.id.name)} ${how} ${gone.verb === 'delete' ? 'in ' : ''}${commit.oid.slice(0, 12)} of ${utc(commit.committedAt)}: it is in --at ${commit.oid.slice(0, 12)}~1`;
  }
  const head = history.head();
  if (head.oid === snapshot.commit.oid) return null;
  for (const { id } of listObjects(history.snapshot(head), selection, { details: false })) {
    return `${where(id)}${typeName(id)}/${escapeText(id.name)} is in the newest commit, ${head.oid.slice(0, 12)}`;
  }
  return null;
}

function nearNames(snapshot: Snapshot, selection: Selection): string | null {
  for (const { folder, type } of selection.folders(snapshot)) {
    const wanted = [...(selection.namesOf(type) ?? [])][0];
    if (wanted === undefined) continue;
    const names = [...snapshot.files(folder)].flatMap(({ path }) => nameOfFile(path.slice(folder.length + 1)) ?? []);
    const near = nearest(wanted, names);
    if (near !== undefined && near !== wanted) return `${folder.startsWith('cluster/') ? 'there' : `in ${escapeText(folder.split('/')[1] ?? '')} there`} is ${typeName(type)}/${escapeText(near)}`;
  }
  return null;
}

function utc(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
