import { parseDuration } from '../../lib/duration.js';
import type { CommandOptions, OutputFormat } from '../context.js';
import { text, texts } from '../option-values.js';
import { UsageError } from '../usage-error.js';

/** What a person asks `diff` for. */
export interface DiffRequest {
  /** None: live against the head; one: live against it; two: commit against commit. */
  readonly revisions: readonly string[];
  /** -f: files, folders, `-`. */
  readonly manifests: readonly string[];
  readonly exact: boolean;
  readonly all: boolean;
  readonly reveal: boolean;
  /** The commit may be of another cluster. */
  readonly toOtherCluster: boolean;
  /** Lines around a change. */
  readonly contextLines: number;
  /** Between two comparisons of --watch; null without it. */
  readonly watchMs: number | null;
}

const INTERVAL_MS = 5_000;
const CONTEXT_LINES = 3;

/** Forms that --watch can keep up: a line or a table at a time. */
const WATCHABLE: readonly OutputFormat[] = ['text', 'fields', 'name', 'summary'];

/** UsageError for what does not go together. */
export function diffRequest(options: CommandOptions, args: readonly string[], output: OutputFormat): DiffRequest {
  const since = text(options['since']);
  const revisions = [...(since === undefined ? [] : [since]), ...args.flatMap(splitRange)];
  const manifests = texts(options['filename']);
  const watch = options['watch'] === true;
  if (since !== undefined && revisions.length > 1) throw usage('--since is a revision itself', "Give the time alone (kubetape diff --since '1h ago'), or two revisions (kubetape diff '1h ago' HEAD)");
  if (revisions.length > 2) throw usage(`diff compares two revisions at most, ${revisions.length} were given`, 'Objects come behind --: kubetape diff HEAD~1 HEAD -- deploy/web');
  if (manifests.length > 0 && revisions.length > 1) throw usage('-f compares manifests with live or with one revision', 'Give one revision, or none for live');
  if (options['exact'] === true && manifests.length === 0) throw usage('--exact goes with -f', 'Without -f every field is compared');
  if (options['interval'] !== undefined && !watch) throw usage('--interval goes with --watch', 'Add --watch');
  if (watch) checkWatch(revisions, manifests, output);
  return {
    revisions,
    manifests,
    exact: options['exact'] === true,
    all: options['all'] === true,
    reveal: options['reveal'] === true,
    toOtherCluster: options['toOtherCluster'] === true,
    contextLines: contextLines(text(options['contextLines'])),
    watchMs: watch ? interval(text(options['interval'])) : null,
  };
}

/** `A..B`, where an absent end is the head; anything else stays one word. */
function splitRange(word: string): string[] {
  const match = /^(.*?[^.])?\.\.([^.].*)?$/.exec(word);
  return match === null || word === '..' ? [word] : [match[1] ?? 'HEAD', match[2] ?? 'HEAD'];
}

function checkWatch(revisions: readonly string[], manifests: readonly string[], output: OutputFormat): void {
  if (revisions.length > 1) throw usage('--watch follows live, and two revisions do not change', 'Give one revision, or none for the head');
  if (manifests.includes('-')) throw usage('--watch cannot read stdin again', 'Write the manifests into a file');
  if (!WATCHABLE.includes(output)) throw usage(`--watch has no form ${output}`, `Choose -o ${WATCHABLE.join(', -o ')}`);
}

function interval(given: string | undefined): number {
  if (given === undefined) return INTERVAL_MS;
  const ms = parseDuration(given);
  if (ms === null || ms < 100) throw usage(`Could not read the interval "${given}"`, 'Write a duration of 100ms or more, such as 5s');
  return ms;
}

function contextLines(given: string | undefined): number {
  if (given === undefined) return CONTEXT_LINES;
  const count = /^\d{1,6}$/.test(given) ? Number(given) : Number.NaN;
  if (Number.isNaN(count)) throw usage(`Could not read the number of lines "${given}"`, 'Write a whole number, such as 3');
  return count;
}

function usage(message: string, hint: string): UsageError {
  return new UsageError('USAGE', message, { hint });
}
