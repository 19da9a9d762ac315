/** How a mirror stands, from the daemon itself or, when it does not run, from its repository alone. */
export interface StatusReport {
  readonly source: 'daemon' | 'repository';
  /** Of the program that made the report. */
  readonly version: string;
  /** following: the first complete sync is done. stopped: from the repository alone. */
  readonly phase: 'starting' | 'syncing' | 'following' | 'stopping' | 'stopped';
  /** The first complete sync is done and it is not stopping. */
  readonly ready: boolean;
  /** ISO 8601; null: no daemon. */
  readonly startedAt: string | null;
  readonly cluster: StatusCluster | null;
  readonly repository: { readonly location: string; readonly branch: string };
  readonly head: StatusHead | null;
  readonly types: StatusTypes;
  /** Types without a complete list, at the moment of the report. */
  readonly unsynced: readonly UnsyncedType[];
  /** From event to commit; null: nothing was committed since the start. */
  readonly lag: StatusLag | null;
  /** Changed paths that wait for their commit. */
  readonly staged: number;
  readonly lastError: StatusProblem | null;
  /** The last time that the daemon compared the cluster with the head by itself; absent: it did not (yet). */
  readonly verification?: StatusVerification;
  /** Objects that change most often, most first; absent where that is not counted. */
  readonly churning?: readonly ChurningObject[];
  /** Named restore points, newest first; of a repository alone. */
  readonly points?: readonly { readonly name: string; readonly oid: string }[];
}

export interface StatusCluster {
  /** The server's address or the stand-in's name. */
  readonly name: string;
  /** Kubetape-Cluster: what the repository follows. */
  readonly identity: string;
  readonly serverVersion: string | null;
}

export interface StatusHead {
  readonly oid: string;
  readonly subject: string;
  /** ISO 8601. */
  readonly committedAt: string;
  /** Kubetape-Complete-To, where the commit says so. */
  readonly completeTo: string | null;
  /** Kubetape-Coverage, where the commit says so. */
  readonly coverage: string | null;
}

export interface StatusTypes {
  readonly total: number;
  readonly synced: number;
  /** Listed again and again because they cannot be watched. */
  readonly polled: number;
  /** Mirrored objects: files in the tree. */
  readonly objects: number;
}

export interface UnsyncedType {
  readonly type: string;
  /** The server's or our own words. */
  readonly reason: string;
  /** ISO 8601. */
  readonly since: string | null;
}

export interface StatusLag {
  readonly lastSeconds: number;
  readonly maxSeconds: number;
}

export interface StatusProblem {
  readonly code: string;
  readonly message: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface StatusVerification {
  /** When it ended, ISO 8601. */
  readonly at: string;
  readonly durationMs: number;
  /** What live was compared with. */
  readonly oid: string;
  readonly result: 'equal' | 'differences' | 'incomplete';
  /** Objects by verdict, those without objects left out. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface ChurningObject {
  /** `shop: deployments.apps/web`. */
  readonly object: string;
  readonly changes: number;
  /** The commits in which they were counted, the newest ones. */
  readonly commits: number;
}
