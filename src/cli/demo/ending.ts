import type { CommitInfo, Tape } from '../../model/tape.js';
import { diffView } from './diff-view.js';
import { clip, COLUMNS, headline, shellQuote, wrap, type Palette } from './text.js';
import { treeView } from './tree-view.js';

/** A file before and after one commit. */
export interface ShownChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export interface EndingOptions {
  readonly print: (line: string) => void;
  readonly palette: Palette;
  /** Where the repository is, as a person types it. */
  readonly repo: string;
  /** How this program is started: `kubetape`, `node dist/main.js`. */
  readonly program: string;
  readonly tape: Pick<Tape, 'files' | 'folders'>;
  /** Oldest first. */
  readonly commits: readonly CommitInfo[];
  /** The change shown as a diff; absent on a real cluster, where nothing was staged. */
  readonly change?: ShownChange;
  /** A file that was deleted and the commit that still has it. */
  readonly deleted?: { readonly path: string; readonly last: CommitInfo };
  /** The namespace to look into first; absent: any. */
  readonly namespace?: string;
}

/** Tree lines on a screen of usual height. */
const TREE_LINES = 36;
const LOG_LINES = 20;
/** Digits of a commit's id that people are shown. */
const ID_LENGTH = 7;

/** The end of every demo, on the stand-in and on a real cluster: log, tree, diff, where it is, what to try next. */
export function tellEnding(options: EndingOptions): void {
  const { print, palette } = options;
  const show = (title: string, lines: readonly string[]): void => {
    for (const text of [...headline(palette, title), ...lines]) print(text);
  };
  show('The log', logView(options.commits, palette));
  show('The tree', treeView(options.tape, { favour: options.namespace === undefined ? [] : [options.namespace], maxLines: TREE_LINES }));
  if (options.change !== undefined) show('The diff of the edited ConfigMap', diffView(options.change.path, options.change.before, options.change.after, palette));
  show('The repository', [options.repo]);
  show('What to try next', suggestions(options));
}

/** One commit as a line: `3f2a1b0  14:02:11  shop: scale deployments/cart 2 → 5`. */
function commitLine(commit: CommitInfo, palette: Palette): string {
  const time = new Date(commit.committedAt * 1000).toISOString().slice(11, 19);
  const text = clip(`${commit.oid.slice(0, ID_LENGTH)}  ${time}  ${subjectOf(commit)}`);
  return palette.paint('yellow', text.slice(0, ID_LENGTH)) + text.slice(ID_LENGTH);
}

/** One commit with its whole subject, below the scene that led to it. */
export function commitLines(commit: CommitInfo, palette: Palette): string[] {
  const [first = '', ...more] = wrap(subjectOf(commit), '            ');
  return [`   ${palette.paint('yellow', commit.oid.slice(0, ID_LENGTH))}  ${palette.paint('bold', clip(first.trimStart(), COLUMNS - 12))}`, ...more.map((text) => palette.paint('bold', clip(text)))];
}

function subjectOf(commit: CommitInfo): string {
  return commit.message.split('\n', 1)[0] ?? '';
}

function logView(commits: readonly CommitInfo[], palette: Palette): string[] {
  if (commits.length === 0) return ['No new commit: the repository already shows the cluster as it is.'];
  const newest = commits.slice(-LOG_LINES).reverse().map((commit) => commitLine(commit, palette));
  return commits.length > LOG_LINES ? [...newest, `… and ${commits.length - LOG_LINES} older commits`] : newest;
}

function suggestions(options: EndingOptions): string[] {
  const git = `git --git-dir=${shellQuote(options.repo)}`;
  const [sample] = options.change === undefined ? firstFile(options.tape) : [options.change.path];
  const lines = [
    ...suggestion('every commit with the files it changed', `${git} log --stat`),
    ...(sample === undefined ? [] : suggestion('one object as it is now', `${git} show ${shellQuote(`HEAD:${sample}`)}`)),
    ...(sample === undefined ? [] : suggestion('its history', `${git} log -p -- ${shellQuote(sample)}`)),
  ];
  if (options.deleted !== undefined) {
    const there = `${options.deleted.last.oid.slice(0, 12)}:${options.deleted.path}`;
    lines.push(...suggestion('what was deleted by mistake, ready for kubectl apply -f -', `${git} show ${shellQuote(there)}`));
  }
  lines.push(
    ...suggestion('how the repository stands', `${options.program} status --repo ${shellQuote(options.repo)}`),
    ...suggestion('the same of your own cluster, read-only: one commit, or follow it', `${options.program} export --repo my-cluster.git --context NAME`, `${options.program} mirror --repo my-cluster.git --context NAME`),
  );
  return lines;
}

/** Commands are not wrapped, so that they can be copied. */
function suggestion(what: string, ...commands: readonly string[]): string[] {
  return [...wrap(`# ${what}`, '  '), ...commands.map((command) => `  ${command}`)];
}

function firstFile(tape: Pick<Tape, 'files'>): string[] {
  for (const { path } of tape.files('namespaces')) return [path];
  return [];
}
