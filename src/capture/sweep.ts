import { typeFolder, typeFolderName } from '../model/tree-path.js';
import type { FileEntry, Tape, TreeReader } from '../model/tape.js';
import type { Logger } from '../lib/log.js';
import type { ListRequest } from '../model/cluster-reader.js';
import type { Metrics } from '../model/metrics.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import { listPass, type ListDeps, type ListPass } from './list-pass.js';
import type { Stage } from './stage.js';

/** A complete list that would remove more files of its type than this is confirmed by a second one. */
export const SWEEP_SHARE = 0.3;
export const SWEEP_COUNT = 50;

/**
 * The folders that may hold files of a type: in one namespace, or everywhere. Both roots are looked at, because a CRD
 * may have come back with another scope.
 */
export function typeFolders(tree: Pick<TreeReader, 'folders'>, type: ResourceType, namespace: string | undefined): string[] {
  if (namespace !== undefined) return [typeFolder(type, namespace)];
  const folder = typeFolderName(type);
  return [`cluster/${folder}`, ...tree.folders('namespaces').map((name) => `namespaces/${name}/${folder}`)];
}

/** Whether the tree holds any file of the type. */
export function hasFiles(tape: Tape, type: ResourceType, namespace: string | undefined): boolean {
  return typeFolders(tape, type, namespace).some((folder) => !isEmpty(tape.files(folder)));
}

function isEmpty(files: Iterable<FileEntry>): boolean {
  for (const _ of files) return false;
  return true;
}

export interface SweepDeps extends ListDeps {
  readonly stage: Stage;
  readonly tape: Tape;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Throws when the cluster behind the connection is no longer the one of this repository. */
  readonly confirmCluster: () => Promise<void>;
}

/**
 * Removes what a complete list did not have; much of it only after a second one, and never when the connection leads
 * to another cluster by now. Returns the last complete list.
 */
export async function sweepAfter(deps: SweepDeps, type: ResourceType, pass: ListPass, request: ListRequest, signal: AbortSignal): Promise<ListPass> {
  if (pass.seen === null || hasNameless(pass)) return pass;
  const absence = absentPaths(deps.tape, deps.stage, type, request.namespace, pass.seen);
  if (absence.absent.length === 0) return pass;
  await deps.confirmCluster();
  if (!needsConfirmation(absence)) {
    remove(deps.stage, absence.absent);
    return pass;
  }
  deps.log.warn('Much of a type is absent; listing it a second time before believing it', {
    type: typeName(type), absent: absence.absent.length, files: absence.files,
  });
  deps.metrics.sweepHeld(typeName(type));
  const second = await listPass(deps, type, { ...request, floor: pass.resourceVersion }, true, signal);
  if (second.seen !== null && !hasNameless(second)) {
    remove(deps.stage, absentPaths(deps.tape, deps.stage, type, request.namespace, second.seen).absent);
  }
  return second;
}

function remove(stage: Stage, paths: readonly string[]): void {
  for (const path of paths) stage.remove(path);
}

/** An object that could not even be named: nobody can say then what is absent. */
function hasNameless(pass: ListPass): boolean {
  return pass.failures.some(({ path }) => path === null);
}

export interface Absence {
  /** Files of the type before the sweep. */
  readonly files: number;
  /** Files whose object a complete list did not have. */
  readonly absent: readonly string[];
}

/** What a complete list of a type (in one namespace, or everywhere) did not have. */
export function absentPaths(tape: Tape, stage: Stage, type: ResourceType, namespace: string | undefined, seen: ReadonlySet<string>): Absence {
  const absent: string[] = [];
  let files = 0;
  const folders = typeFolders(tape, type, namespace);
  for (const folder of folders) {
    for (const { path } of tape.files(folder)) {
      files++;
      if (!seen.has(path)) absent.push(path);
    }
  }
  // What is staged but not committed yet may be gone again as well; its folder need not be in the tree.
  const own = `/${typeFolderName(type)}/`;
  const within = namespace === undefined ? '' : `${folders[0] ?? ''}/`;
  for (const { path, before, after } of stage.changes()) {
    const ofType = path.startsWith(within) && path.slice(0, path.lastIndexOf('/') + 1).endsWith(own);
    if (before === null && after !== null && ofType && !seen.has(path)) absent.push(path);
  }
  return { files, absent };
}

/** Whether so much absence needs a second complete list before it is believed. */
export function needsConfirmation(absence: Absence): boolean {
  return absence.absent.length > SWEEP_COUNT && absence.absent.length > absence.files * SWEEP_SHARE;
}
