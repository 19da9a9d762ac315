// Mirrors of a real control plane: the real reader, the real capture code, the real git store.
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Timeouts } from '../../src/cluster/options.js';
import { openCluster } from '../../src/cluster/reader.js';
import type { MirrorResult } from '../../src/capture/mirror-types.js';
import type { ClusterReader } from '../../src/model/cluster-reader.js';
import type { AnyJson } from './api-client.js';
import { CLUSTER_OPTIONS, NO_SETTINGS } from './cluster-settings.js';
import { commitHistory, expectSameTrees, expectSubsequence } from './commit-history.js';
import { eventually } from './eventually.js';
import { exportOnce, startMirror, type RunningMirror, type RunOptions } from './mirror-run.js';
import { contents } from './repo.js';
import type { WorkloadRecord } from './workload.js';

export interface ClusterRun extends RunOptions {
  /** Namespaces of a tenant: they name the cluster where kube-system may not be read. */
  readonly namespaces?: readonly string[];
  readonly timeouts?: Partial<Timeouts>;
}

export function openReader(kubeconfig: string, run: ClusterRun = {}): Promise<ClusterReader> {
  const namespaces = run.namespaces === undefined ? {} : { namespaces: run.namespaces };
  const timeouts = run.timeouts === undefined ? {} : { timeouts: run.timeouts };
  return openCluster({ ...NO_SETTINGS, kubeconfig }, {}, { ...CLUSTER_OPTIONS, random: Math.random, ...namespaces, ...timeouts });
}

export interface ClusterMirror extends RunningMirror {
  /** Waits for the first complete sync; rejects when the mirror ended before. */
  synced(timeoutMs?: number): Promise<void>;
}

/** A mirror that follows; stop() closes the connections, too. */
export async function followCluster(kubeconfig: string, repo: string, run: ClusterRun = {}): Promise<ClusterMirror> {
  const reader = await openReader(kubeconfig, run);
  const options = { namespaces: run.namespaces ?? null, ...run.options };
  const mirror = await startMirror(reader, repo, { ...run, options });
  const ended = mirror.ended.finally(() => reader.close());
  ended.catch(() => undefined);
  return {
    mirror: mirror.mirror, tape: mirror.tape, ended,
    async stop() {
      await mirror.stop().catch(() => undefined);
      return ended;
    },
    async synced(timeoutMs = 60_000) {
      await Promise.race([ended, eventually(() => mirror.mirror.synced, { timeoutMs, describe: 'the first complete sync' })]);
    },
  };
}

/** A mirror for the time of `use`. */
export async function following<T>(kubeconfig: string, repo: string, run: ClusterRun, use: (mirror: ClusterMirror) => Promise<T>): Promise<T> {
  const mirror = await followCluster(kubeconfig, repo, run);
  try {
    await mirror.synced();
    return await use(mirror);
  } finally {
    await mirror.stop().catch(() => undefined);
  }
}

/** One complete snapshot into a repository. */
export async function exportCluster(kubeconfig: string, repo: string, run: ClusterRun = {}): Promise<MirrorResult> {
  const reader = await openReader(kubeconfig, run);
  try {
    return await exportOnce(reader, repo, { ...run, options: { namespaces: run.namespaces ?? null, ...run.options } });
  } finally {
    await reader.close();
  }
}

/** Waits until the repository's objects are those of a fresh export made now, byte for byte. */
export async function becomesFreshExport(kubeconfig: string, repo: string, folder: string, run: ClusterRun = {}, timeoutMs = 60_000): Promise<void> {
  let attempt = 0;
  await eventually(async () => {
    const fresh = join(folder, `fresh-${++attempt}-${Date.now()}.git`);
    await exportCluster(kubeconfig, fresh, run);
    // The cluster stands still: a mirror that is only late needs no other export.
    return await eventually(async () => expectSameTrees(repo, fresh).then(() => true), { timeoutMs: 3000 });
  }, { timeoutMs, describe: 'the tree is that of a fresh export' });
}

/** What tells the states of a workload's object apart, in the server's answer as in the file. */
export function serialOf(object: AnyJson): string {
  switch (object.kind) {
    case 'ConfigMap':
    case 'Secret': return object.data.serial;
    case 'Deployment': return object.spec.template.spec.containers[0].image;
    case 'Service': return String(object.spec.ports[0].port);
    case 'ServiceAccount': return JSON.stringify(object.secrets);
    case 'Role': return JSON.stringify(object.rules.map((rule: AnyJson) => rule.verbs));
    default: return String(object.spec.serial);
  }
}

/**
 * Throws unless each object of a workload went through states that the server accepted, in order, to the last; so no
 * commit removed an object that lived. Secrets must be mirrored plain.
 */
export async function expectFollowed(repo: string, records: ReadonlyMap<string, WorkloadRecord>): Promise<void> {
  const committed = new Map<string, (string | null)[]>();
  const history = await commitHistory(repo);
  const texts = await contents(repo, history.flatMap(({ changes }) => changes.flatMap(({ after }) => (after === null ? [] : [after]))));
  const wanted = new Map([...records.values()].map((record) => [pathOf(record), record]));
  for (const { path, after } of history.flatMap(({ changes }) => changes)) {
    if (!wanted.has(path)) continue;
    const states = committed.get(path) ?? [null];
    committed.set(path, states);
    const state = after === null ? null : serialOf(load(texts.get(after)?.toString('utf8') ?? ''));
    if (states.at(-1) !== state) states.push(state);
  }
  for (const [path, record] of wanted) {
    const server = [null, ...record.states.map(({ object }) => (object === null ? null : serialOf(object)))];
    expectSubsequence(committed.get(path) ?? [null], server, path);
  }
}

function pathOf({ id }: WorkloadRecord): string {
  return `namespaces/${id.namespace}/${id.resource}${id.group === '' ? '' : `.${id.group}`}/${id.name}.yaml`;
}
