import type { Settings } from '../../model/settings.js';
import type { StatusReport } from '../../model/status-report.js';
import type { Tape } from '../../model/tape.js';
import { readTrailers, toStatusHead } from '../../model/trailers.js';

/** What the status needs of a repository; reading only. */
export type StatusTape = Pick<Tape, 'location' | 'head' | 'files' | 'close'>;

/** Opens the repository of the settings without taking its lock: the daemon may be running. */
export type OpenStatusTape = (settings: Settings, signal: AbortSignal) => Promise<StatusTape>;

/** What a repository alone says of its mirror. RepositoryError as `open` throws it. */
export async function repositoryStatus(
  settings: Settings,
  from: { readonly open: OpenStatusTape; readonly version: string },
  signal: AbortSignal,
): Promise<StatusReport> {
  const tape = await from.open(settings, signal);
  try {
    const head = tape.head();
    const trailers = readTrailers(head?.message ?? '');
    const identity = trailers.get('Kubetape-Cluster');
    return {
      source: 'repository',
      version: from.version,
      phase: 'stopped',
      ready: false,
      startedAt: null,
      cluster: identity === undefined ? null : { name: '', identity, serverVersion: null },
      repository: { location: tape.location, branch: settings.repository.branch },
      head: head === null ? null : toStatusHead(head),
      types: countTypes(tape),
      unsynced: [],
      lag: null,
      staged: 0,
      lastError: null,
    };
  } finally {
    tape.close();
  }
}

/** Files and their folders, which are named after types: `namespaces/<ns>/<type>/…`, `cluster/<type>/…`. */
function countTypes(tape: StatusTape): StatusReport['types'] {
  const types = new Set<string>();
  let objects = 0;
  for (const [folder, depth] of [['namespaces', 2], ['cluster', 1]] as const) {
    for (const { path } of tape.files(folder)) {
      objects += 1;
      types.add(path.split('/')[depth] ?? '');
    }
  }
  return { total: types.size, synced: types.size, polled: 0, objects };
}
