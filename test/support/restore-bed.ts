// What the acceptance tests of restoring share: a bed for one test, objects that go, results by name.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWritableCluster } from '../../src/cluster/reader.js';
import type { ClusterReader } from '../../src/model/cluster-reader.js';
import type { ClusterWriter } from '../../src/model/cluster-writer.js';
import type { RestorePlan, Step } from '../../src/model/restore-plan.js';
import type { RestoreReport, StepResult } from '../../src/model/restore-run.js';
import type { Reference } from './api-client.js';
import { CLUSTER_OPTIONS, NO_SETTINGS } from './cluster-settings.js';
import type { User } from './control-plane-files.js';
import type { ControlPlane } from './control-plane.js';
import { eventually } from './eventually.js';
import { withFolder } from './mirror-run.js';
import { RestoreBed } from './restore.js';

/** A repository and a connection of their own for one test; see Beds for several. */
export async function withBed<T>(plane: ControlPlane, use: (bed: RestoreBed, folder: string) => Promise<T>): Promise<T> {
  const beds = new Beds(plane);
  try {
    return await beds.with(use);
  } finally {
    await beds.close();
  }
}

interface Connection {
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
}

/** Beds on one control plane. Resolving credentials takes most of a second, so a suite does it once a user. */
export class Beds {
  readonly #plane: ControlPlane;
  readonly #connections = new Map<User, Promise<Connection>>();
  readonly #folders: string[] = [];

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  /** A repository of its own for one test, restored by the admin. */
  with<T>(use: (bed: RestoreBed, folder: string) => Promise<T>): Promise<T> {
    return withFolder(async (folder) => use(await this.over(folder), folder));
  }

  /** A bed that the tests of a suite share. */
  open(): Promise<RestoreBed> {
    const folder = mkdtempSync(join(tmpdir(), 'kubetape-restore-'));
    this.#folders.push(folder);
    return this.over(folder);
  }

  /** A repository in the hands of a user of the cluster. */
  async over(folder: string, user: User = 'admin'): Promise<RestoreBed> {
    const known = this.#connections.get(user) ?? openWritableCluster({ ...NO_SETTINGS, kubeconfig: this.#plane.kubeconfig(user) }, {}, CLUSTER_OPTIONS);
    this.#connections.set(user, known);
    const { reader, writer } = await known;
    return new RestoreBed(reader, writer, folder);
  }

  async close(): Promise<void> {
    for (const connection of this.#connections.values()) await (await connection).reader.close();
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
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
