import { text as readStream } from 'node:stream/consumers';
import { readManifests, type Manifest } from '../../diff/manifests.js';
import { compareManifests, type ManifestComparison } from '../../inspect/compare-manifests.js';
import { commitTarget, type ManifestTarget } from '../../inspect/manifest-target.js';
import { Selection, type SelectionRequest } from '../../inspect/selection.js';
import type { ObjectId } from '../../model/object-id.js';
import { openSettingsCluster } from '../open-cluster.js';
import { selectionRequest } from '../selection-request.js';
import { manifestSource, type DiffSource } from './diff-source.js';
import { knownDigestKey } from './known-digest-key.js';
import { liveTarget } from './live-target.js';
import { serverListKeys } from './open-api.js';
import { closeBoth, revisionOf, type OpenDiff, type Opened } from './open-diff.js';
import { UsageError } from '../usage-error.js';

const NOTHING_UNREAD: ReadonlyMap<string, { readonly id: ObjectId; readonly reason: string }> = new Map();

/** Manifests against a commit, without a cluster. */
export async function openCommitManifests(opened: Opened): Promise<OpenDiff> {
  const { context, history, request } = opened;
  const stdin = await standardInput(request.manifests);
  const revision = revisionOf(opened);
  const target = commitTarget(history.snapshot(revision.commit), knownDigestKey(context.settings));
  return {
    compared: () => ({ before: { kind: 'commit', revision }, after: { kind: 'manifests', paths: request.manifests } }),
    source(signal) {
      const { manifests, notes } = manifestsOf(opened, stdin);
      return manifestSource(compare(opened, manifests, target, signal), () => NOTHING_UNREAD, () => notes);
    },
    refresh: () => undefined,
    async [Symbol.asyncDispose]() { history.close(); },
  };
}

/** Manifests against the cluster; rules and types are those of the head. */
export async function openLiveManifests(opened: Opened): Promise<OpenDiff> {
  const { context, history, request } = opened;
  const stdin = await standardInput(request.manifests);
  // A file that cannot be read is told before anybody waits for a cluster.
  manifestsOf(opened, stdin);
  const reader = await openSettingsCluster(context.settings, context.version, context.signal);
  return {
    compared: () => ({ before: { kind: 'live', cluster: reader.name }, after: { kind: 'manifests', paths: request.manifests } }),
    source: (signal) => deferred(async () => {
      const { manifests, notes } = manifestsOf(opened, stdin);
      const target = await liveTarget(reader, history.snapshot(history.head()), manifests, signal);
      const keys = await serverListKeys(context, new Set(manifests.map(({ apiVersion }) => apiVersion)), signal);
      const comparison = compare(opened, manifests, target, signal, keys.listKeys);
      return manifestSource(comparison, () => target.unread, () => [...notes, ...target.notes, ...keys.notes]);
    }),
    refresh() { history.refresh(); },
    [Symbol.asyncDispose]: () => closeBoth(reader, history),
  };
}

function compare({ options, words, request }: Opened, manifests: readonly Manifest[], target: ManifestTarget, signal: AbortSignal, listKeys?: Parameters<typeof compareManifests>[2]['listKeys']): ManifestComparison {
  // -n says where manifests without a namespace belong, as with kubectl apply; it leaves nothing out.
  const wanted: SelectionRequest = { ...selectionRequest(options, words.objects), namespaces: [] };
  const restricts = (wanted.objects ?? []).length > 0 || wanted.selector !== undefined || (wanted.exclude ?? []).length > 0;
  return compareManifests(manifests, target, {
    namespace: defaultNamespace(options),
    exact: request.exact,
    reveal: request.reveal,
    ...(restricts ? { selection: Selection.parse(wanted, target.types) } : {}),
    ...(listKeys === undefined ? {} : { listKeys }),
  }, signal);
}

function manifestsOf({ options, request }: Opened, stdin: string): { readonly manifests: readonly Manifest[]; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const manifests = readManifests(request.manifests, {
    stdin,
    namespace: defaultNamespace(options) ?? 'default',
    onSkip: (file, reason) => { notes.push(`${file} was left out: ${reason}`); },
  });
  return { manifests, notes };
}

function defaultNamespace(options: Opened['options']): string | undefined {
  const [namespace, ...more] = selectionRequest(options, []).namespaces ?? [];
  if (more.length > 0 || (namespace !== undefined && /[*?]/.test(namespace))) {
    throw new UsageError('USAGE', 'With -f, -n names the one namespace of manifests that name none', { hint: 'Give one namespace without * and ?' });
  }
  return namespace;
}

async function standardInput(paths: readonly string[]): Promise<string> {
  return paths.includes('-') ? readStream(process.stdin) : '';
}

/** A source that is made when it is iterated: what it needs takes time. */
function deferred(make: () => Promise<DiffSource>): DiffSource {
  let made: DiffSource | undefined;
  return {
    differences: (async function* () {
      made = await make();
      yield* made.differences;
    })(),
    gaps: () => made?.gaps() ?? [],
    notes: () => made?.notes() ?? [],
  };
}
