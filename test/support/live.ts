// Comparing a cluster with a repository that was made of it, in tests.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { digestKeyId } from '../../src/canon/secrets.js';
import { readTypes } from '../../src/capture/meta-files.js';
import { openHistory } from '../../src/git/open-history.js';
import { compareLive } from '../../src/inspect/live/compare-live.js';
import type { LiveComparison, LiveFinding, LiveOptions } from '../../src/inspect/live/live-comparison.js';
import type { Verification } from '../../src/inspect/live/verification.js';
import { verify, type VerifyOptions } from '../../src/inspect/live/verify.js';
import { Selection, type SelectionRequest } from '../../src/inspect/selection.js';
import { systemClock } from '../../src/lib/clock.js';
import type { ClusterReader } from '../../src/model/cluster-reader.js';
import type { History } from '../../src/model/history.js';
import type { MirrorOptions } from '../../src/capture/mirror-types.js';
import { typeName } from '../../src/model/resource-type.js';
import { TEST_KEY } from './mirror-run.js';

/** For exportOnce and startMirror: the repository names the key of testPolicy(), so that digests can be compared. */
export const WITH_KEY: Partial<MirrorOptions> = { digestKeyId: digestKeyId(TEST_KEY) };

const never = new AbortController().signal;

export interface Compared {
  readonly findings: readonly LiveFinding[];
  readonly comparison: LiveComparison;
  /** `differs shop configmaps/app`, sorted. */
  readonly lines: readonly string[];
}

export interface CompareRequest {
  readonly revision?: string;
  readonly selection?: SelectionRequest;
  readonly options?: Partial<LiveOptions>;
  readonly digestKey?: Uint8Array | null;
}

export async function withHistory<T>(repo: string, use: (history: History) => Promise<T>): Promise<T> {
  const history = await openHistory({ location: repo, branch: 'main', cacheFolder: join(repo, '..', 'cache'), now: Date.now }, never);
  try {
    return await use(history);
  } finally {
    history.close();
  }
}

/** Live against a commit (default: the head of main). */
export function compared(reader: ClusterReader, repo: string, request: CompareRequest = {}): Promise<Compared> {
  return withHistory(repo, async (history) => {
    const { commit } = request.revision === undefined ? { commit: history.head() } : await history.resolve(request.revision, never);
    const snapshot = history.snapshot(commit);
    const selection = Selection.parse(request.selection ?? {}, readTypes(snapshot));
    const digestKey = request.digestKey === undefined ? TEST_KEY : request.digestKey;
    const comparison = compareLive({ reader, history, digestKey }, snapshot, selection, { reveal: false, threads: 0, ...request.options }, never);
    const findings: LiveFinding[] = [];
    for await (const finding of comparison) findings.push(finding);
    return { findings, comparison, lines: findings.map(line).sort() };
  });
}

/** Proof about the head of main. */
export function verified(reader: ClusterReader, repo: string, options: Partial<VerifyOptions> = {}): Promise<Verification> {
  return withHistory(repo, (history) => {
    const snapshot = history.snapshot(history.head());
    const all = Selection.everything(readTypes(snapshot));
    return verify({ reader, history, digestKey: TEST_KEY }, snapshot, all, { reveal: false, threads: 0, followsHead: false, patienceMs: 2_000, clock: systemClock, ...options }, never);
  });
}

export function line({ verdict, id }: Pick<LiveFinding, 'verdict' | 'id'>): string {
  return `${verdict} ${id.namespace === '' ? '' : `${id.namespace} `}${typeName(id)}/${id.name}`;
}

/** A person's commit on main: files that are changed (or removed, with null), with the real git. */
export function tamper(repo: string, files: Readonly<Record<string, string | null>>): void {
  const git = (args: readonly string[], input?: string): string => execFileSync('git', ['--git-dir', repo, ...args], {
    encoding: 'utf8', ...(input === undefined ? {} : { input }),
    env: { ...process.env, GIT_INDEX_FILE: join(repo, 'tamper-index'), GIT_AUTHOR_NAME: 'Eve', GIT_AUTHOR_EMAIL: 'eve@example.org', GIT_COMMITTER_NAME: 'Eve', GIT_COMMITTER_EMAIL: 'eve@example.org' },
  }).trim();
  git(['read-tree', 'main']);
  for (const [path, text] of Object.entries(files)) {
    const entry = text === null ? `0 ${'0'.repeat(40)}` : `100644 ${git(['hash-object', '-w', '--stdin'], text)}`;
    git(['update-index', '--index-info'], `${entry}\t${path}\n`);
  }
  git(['update-ref', 'refs/heads/main', git(['commit-tree', git(['write-tree']), '-p', 'main', '-m', 'Tampered with'])]);
}
