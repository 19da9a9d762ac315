// A history in memory for the tests of its index, and what a look through all of its commits answers.
import { createHash } from 'node:crypto';
import { HistoryIndex, type HistorySource, type IndexedChange, type IndexQuery } from '../../../src/git/history-index/history-index.js';
import type { CommitInfo, Oid, PathChange } from '../../../src/model/tape.js';

/** An id for any text. */
export const oidOf = (text: string): Oid => createHash('sha1').update(text).digest('hex');

interface Made {
  readonly info: CommitInfo;
  readonly files: ReadonlyMap<string, Oid>;
  readonly changes: readonly PathChange[];
}

interface CommitOptions {
  /** Seconds; default: one after the parent. */
  readonly at?: number;
  readonly completeTo?: string;
  readonly event?: string;
}

export class MemoryHistory {
  readonly #all = new Map<Oid, Made>();
  /** Oldest first. */
  branch: Made[] = [];
  /** How often changes were asked for. */
  asked = 0;

  get tip(): CommitInfo {
    return (this.branch.at(-1) as Made).info;
  }

  /** Path → content; null removes. */
  commit(changes: Readonly<Record<string, string | null>>, options: CommitOptions = {}): CommitInfo {
    const parent = this.branch.at(-1);
    const files = new Map(parent?.files);
    for (const [path, text] of Object.entries(changes)) {
      if (text === null) files.delete(path);
      else files.set(path, oidOf(text));
    }
    const at = options.at ?? (parent?.info.committedAt ?? 1000) + 1;
    const trailers = [`Kubetape-Event: ${options.event ?? 'change'}`, ...(options.completeTo === undefined ? [] : [`Kubetape-Complete-To: ${options.completeTo}`])];
    const oid = oidOf(`${parent?.info.oid} ${at} ${JSON.stringify([...files])} ${trailers.join()}`);
    const info: CommitInfo = { oid, tree: oid, parents: parent === undefined ? [] : [parent.info.oid], committedAt: at, message: `subject\n\n${trailers.join('\n')}\n` };
    const made = { info, files, changes: differing(parent?.files ?? new Map<string, Oid>(), files) };
    this.#all.set(oid, made);
    this.branch.push(made);
    return info;
  }

  /** Takes the newest commits off the branch; the first one stays. */
  reset(count: number): void {
    this.branch = this.branch.slice(0, Math.max(1, this.branch.length - count));
  }

  source(): HistorySource {
    return {
      commit: (oid) => (this.#all.get(oid) as Made).info,
      changes: (before, after) => {
        this.asked += 1;
        const made = this.#all.get(after.oid) as Made;
        if ((before?.oid ?? undefined) !== made.info.parents[0]) throw new Error('changes were asked for against another commit than the parent');
        return made.changes;
      },
    };
  }

  log({ from, paths, since = -Infinity, until = Infinity }: IndexQuery): IndexedChange[] {
    const top = this.branch.findIndex(({ info }) => info.oid === from);
    const found = this.branch.slice(0, top + 1).reverse().filter(({ info }) => info.committedAt >= since && info.committedAt <= until);
    return found.flatMap(({ info, changes }) => {
      const wanted = changes.filter(({ path }) => paths.some((asked) => asked === '' || path === asked || path.startsWith(`${asked}/`)));
      return wanted.length === 0 ? [] : [{ oid: info.oid, changes: wanted }];
    });
  }

  commitAt(seconds: number): Oid | null {
    const later = this.branch.findIndex(({ info }) => info.committedAt > seconds);
    return (later < 0 ? this.branch : this.branch.slice(0, later)).at(-1)?.info.oid ?? null;
  }

  commitHolding(version: bigint): Oid | null {
    const epoch = Math.max(0, this.branch.findLastIndex(({ info }) => info.message.includes('store-went-back')));
    return this.branch.slice(epoch).find(({ info }) => BigInt(/Complete-To: (\d+)/.exec(info.message)?.[1] ?? '0') >= version)?.info.oid ?? null;
  }
}

function differing(before: ReadonlyMap<string, Oid>, after: ReadonlyMap<string, Oid>): PathChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
  return paths.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).map((path) => ({ path, before: before.get(path) ?? null, after: after.get(path) ?? null }));
}

/** A signal that never aborts. */
export const forever = (): AbortSignal => new AbortController().signal;

/** Bounds so small that few commits make several segments. */
export const SMALL = { commits: 4, changes: 12, mergedBytes: 6000 };

/** An index that is up to date. */
export async function indexed(history: MemoryHistory, folder: string, fallback = folder): Promise<HistoryIndex> {
  const index = HistoryIndex.open(folder, fallback, SMALL);
  await index.update(history.tip, history.source(), forever());
  return index;
}

/** A source that does something before it answers what a commit changed. */
export function slowed(source: HistorySource, first: () => void): HistorySource {
  return { commit: (oid) => source.commit(oid), changes: (before, after) => (first(), source.changes(before, after)) };
}

/** Takes up time, as a long history does. */
export function busyMs(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

/** A history that changes two files, a folder's name that is a file now and then, and where files come and go. */
export function someHistory(): MemoryHistory {
  const history = new MemoryHistory();
  for (let n = 0; n < 30; n++) {
    const twin = n % 5 === 0 ? { 'ns/a': n % 2 === 0 ? 'file' : null } : {};
    history.commit({ 'ns/a/x.yaml': `x${n}`, [`ns/b/y${n % 7}.yaml`]: `y${n}`, ...twin }, { completeTo: String(100 + 10 * n) });
  }
  return history;
}
