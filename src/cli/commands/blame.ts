import { blame, type Blame, type BlamedLine } from '../../inspect/blame.js';
import type { CommitFacts } from '../../inspect/commit-facts.js';
import { escapeText } from '../../lib/escape.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { JsonObject } from '../../lib/json.js';
import type { CommandContext, CommandOptions } from '../context.js';
import type { Words } from '../invocation.js';
import { paged } from '../pager.js';
import { withReading, type Reading } from '../reading.js';
import { cutToWidth, displayWidth } from '../render/display-width.js';
import { documentText, writeLines } from '../render/document.js';
import { indexing } from '../render/indexing.js';
import { commitMembers, idMembers, objectName, revisionMembers } from '../render/names.js';
import { terminalSafe } from '../render/safe-text.js';
import { localTime } from '../render/time.js';
import { UsageError } from '../usage-error.js';

const MANAGER_COLUMNS = 20;

/** `blame`: for each field of an object the commit that last set it. */
export async function run(context: CommandContext, options: CommandOptions, { args, objects }: Words): Promise<ExitCode> {
  const [named, ...more] = [...args, ...objects];
  if (named === undefined || more.length > 0) throw new UsageError('USAGE', 'blame takes one object', { hint: 'Give TYPE/NAME, such as kubetape blame deploy/web -n shop' });
  return withReading(context, options, async (reading) => {
    const onProgress = indexing((words) => { context.activity.show(words); });
    const found = await blame(reading.history, reading.snapshot, reading.select([named]), { reveal: options['reveal'] === true, onProgress }, context.signal);
    context.activity.done();
    const code = await paged(context, options, async (write) => {
      await writeLines(write, render(found, reading, context));
      return EXIT.done;
    });
    if (found.redacted && !context.quiet) context.streams.err('Values of Secrets are not shown; --reveal shows them\n');
    return code;
  });
}

function render(found: Blame, { history, revision }: Reading, context: CommandContext): Iterable<string> {
  switch (context.output) {
    case 'json':
    case 'yaml':
      return [documentText({ ...revisionMembers(history, revision), object: objectMembers(found), fields: found.fields.map(fieldMembers) }, context.output)];
    case 'name':
      return [`${escapeText(objectName(found.id))}\n`];
    default:
      return annotated(found.lines, context);
  }
}

/** Canonical text with commit, time and managers before each line. */
function* annotated(lines: readonly BlamedLine[], { output, streams }: CommandContext): Iterable<string> {
  const wide = output === 'wide';
  const managers = lines.map(({ commit }) => managersOf(commit, wide));
  const width = managers.reduce((most, names) => Math.max(most, displayWidth(names)), 0);
  for (const [at, { text, commit }] of lines.entries()) {
    const names = managers[at] ?? '';
    const note = `${wide ? commit.oid : commit.oid.slice(0, 12)}  ${localTime(commit.committedAt)}  ${names}${' '.repeat(width - displayWidth(names))}`;
    yield `${streams.paint('dim', note)}  ${terminalSafe(text)}\n`;
  }
}

/** Who it was; where the commit names nobody, what kind of commit it was. */
function managersOf({ managers, event }: CommitFacts, wide: boolean): string {
  const [first, ...others] = managers;
  if (first === undefined) return event === 'change' ? '-' : `(${event === null ? 'not by kubetape' : terminalSafe(event)})`;
  if (wide) return managers.map(terminalSafe).join(',');
  return `${cutToWidth(terminalSafe(first), MANAGER_COLUMNS)}${others.length === 0 ? '' : ` +${others.length}`}`;
}

function objectMembers({ id, kind, apiVersion, path }: Blame): JsonObject {
  return { ...idMembers(id), kind, apiVersion, path };
}

function fieldMembers({ path, keys, value, commit }: Blame['fields'][number]): JsonObject {
  return { path, keys: [...keys], value, ...commitMembers(commit), event: commit.event, subject: commit.subject, managers: [...commit.managers] };
}
