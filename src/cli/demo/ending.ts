import { typeName } from '../../model/resource-type.js';
import type { CommitInfo, Tape } from '../../model/tape.js';
import { identityOfPath } from '../../model/tree-path.js';
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
  const kubetape = (command: string): string => `${options.program} ${command} --repo ${shellQuote(options.repo)}`;
  const [sample] = options.change === undefined ? firstFile(options.tape) : [options.change.path];
  const object = sample === undefined ? null : objectWords(sample);
  const lines = suggestion('what happened, field by field', kubetape('log'));
  if (object !== null) {
    lines.push(
      ...suggestion('one object as it is now, its history, and who set which line', kubetape(`show ${object}`), kubetape(`log ${object} --patch`), kubetape(`blame ${object}`)),
    );
  }
  const gone = options.deleted === undefined ? null : objectWords(options.deleted.path);
  if (options.deleted !== undefined && gone !== null) {
    const then = options.deleted.last.oid.slice(0, 12);
    lines.push(...suggestion('what was deleted by mistake, as it was then', kubetape(`show ${gone} --at ${then}`)));
  }
  const [first] = options.commits;
  if (first !== undefined && options.commits.length > 1) lines.push(...suggestion('all that changed since the first commit', kubetape(`diff ${first.oid.slice(0, 12)} HEAD -o summary`)));
  lines.push(
    ...suggestion('what is there, how completely it is seen, and how the repository stands', kubetape('ls'), kubetape('ls --coverage'), kubetape('status')),
    ...suggestion('the same of your own cluster, read-only: one commit, or follow it', `${options.program} export --repo my-cluster.git --context NAME`, `${options.program} mirror --repo my-cluster.git --context NAME`),
    ...suggestion('is your cluster what git says, and what would be put back', `${options.program} verify --repo my-cluster.git --context NAME`, `${options.program} plan HEAD~1 -A --repo my-cluster.git --context NAME`),
  );
  return lines;
}

/** `configmaps/web -n shop`: what names the object of a file on the command line; null for a path that does not tell. */
function objectWords(path: string): string | null {
  const id = identityOfPath(path);
  if (id === null) return null;
  return `${shellQuote(`${typeName(id)}/${id.name}`)}${id.namespace === '' ? '' : ` -n ${shellQuote(id.namespace)}`}`;
}

/** Commands are not wrapped, so that they can be copied. */
function suggestion(what: string, ...commands: readonly string[]): string[] {
  return [...wrap(`# ${what}`, '  '), ...commands.map((command) => `  ${command}`)];
}

function firstFile(tape: Pick<Tape, 'files'>): string[] {
  for (const { path } of tape.files('namespaces')) return [path];
  return [];
}
