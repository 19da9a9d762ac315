// What the acceptance tests of restoring share: a bed for one test, objects that go, results by name.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWritableCluster } from '../../src/cluster/reader.js';
import type { RestorePlan, Step } from '../../src/model/restore-plan.js';
import type { RestoreReport, StepResult } from '../../src/model/restore-run.js';
import type { Reference } from './api-client.js';
import { CLUSTER_OPTIONS, NO_SETTINGS } from './cluster-settings.js';
import type { User } from './control-plane-files.js';
import type { ControlPlane } from './control-plane.js';
import { eventually } from './eventually.js';
import { withFolder } from './mirror-run.js';
import { RestoreBed } from './restore.js';

/** A repository of its own for one test, restored by the admin. */
export function withBed<T>(plane: ControlPlane, use: (bed: RestoreBed, folder: string) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    const bed = await RestoreBed.over(plane, folder);
    try {
      return await use(bed, folder);
    } finally {
      await bed.reader.close();
    }
  });
}

/** A bed that several tests share: to be closed after them. */
export async function openBed(plane: ControlPlane): Promise<{ readonly bed: RestoreBed; readonly close: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'kubetape-restore-'));
  const bed = await RestoreBed.over(plane, folder);
  const close = async (): Promise<void> => {
    await bed.reader.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { bed, close };
}

/** The same repository in the hands of another user of the cluster. */
export async function asUser<T>(plane: ControlPlane, user: User, folder: string, use: (bed: RestoreBed) => Promise<T>): Promise<T> {
  const { reader, writer } = await openWritableCluster({ ...NO_SETTINGS, kubeconfig: plane.kubeconfig(user) }, {}, CLUSTER_OPTIONS);
  try {
    return await use(new RestoreBed(reader, writer, folder));
  } finally {
    await reader.close();
  }
}

/** Deletes and waits until the object is gone. */
export async function deleted(plane: ControlPlane, ...objects: readonly Reference[]): Promise<void> {
  for (const each of objects) await plane.api.delete(each);
  for (const each of objects) await eventually(async () => (await plane.api.find(each)) === null, { timeoutMs: 30_000, describe: `${each.kind}/${each.metadata.name} is gone` });
}

/** The step of `resource/name`. */
export function stepOf({ steps }: RestorePlan, object: string): Step {
  const found = steps.find(({ id }) => `${id.resource}/${id.name}` === object);
  if (found === undefined) throw new Error(`The plan has no step for ${object}, but for ${steps.map(({ path }) => path).join(', ')}`);
  return found;
}

/** The result of `resource/name`. */
export function resultFor({ results }: RestoreReport, object: string): StepResult {
  const found = results.find(({ id }) => `${id.resource}/${id.name}` === object);
  if (found === undefined) throw new Error(`The report has no result for ${object}, but for ${results.map(({ path }) => path).join(', ')}`);
  return found;
}

/** `resource/name: result` of everything in a report, sorted. */
export function resultsOf({ results }: RestoreReport): string[] {
  return results.map(({ id, result }) => `${id.resource}/${id.name}: ${result}`).sort();
}
