import { unifiedDiff } from '../../diff/text-diff.js';
import type { LoggedObject } from '../../inspect/logged-object.js';
import type { LogNote, ObjectLogEntry } from '../../inspect/object-log.js';
import type { JsonObject } from '../../lib/json.js';
import type { Difference } from '../../model/comparison.js';
import type { CommandContext } from '../context.js';
import type { Write } from '../pager.js';
import type { Reading } from '../reading.js';
import { writeDocument } from '../render/document.js';
import { commitMembers, idMembers, isoTime, revisionMembers } from '../render/names.js';
import { entryText } from './entry-text.js';
import { statOf } from './stat.js';

/** What of each change is told. */
export interface LogForm {
  readonly patch: boolean;
  readonly stat: boolean;
}

/** Writes entries as they come, in the form that was asked for; returns how many there were. */
export async function writeLog(write: Write, context: CommandContext, { history, revision }: Reading, entries: AsyncIterable<ObjectLogEntry>, form: LogForm): Promise<number> {
  const { output } = context;
  let count = 0;
  const counted = (async function* () {
    for await (const entry of entries) {
      count += 1;
      yield entry;
    }
  })();
  if (output === 'json' || output === 'yaml') {
    await writeDocument(write, output, revisionMembers(history, revision), { name: 'entries', items: documents(counted, form) });
    return count;
  }
  for await (const entry of counted) {
    await write(output === 'name' ? `${entry.commit.oid}\n` : `${count === 1 ? '' : '\n'}${entryText(entry, form, context)}`);
  }
  return count;
}

async function* documents(entries: AsyncIterable<ObjectLogEntry>, form: LogForm): AsyncIterable<JsonObject> {
  for await (const { commit, note, objects } of entries) {
    yield {
      ...commitMembers(commit),
      event: commit.event,
      subject: commit.subject,
      managers: [...commit.managers],
      note: note === null ? null : noteMembers(note),
      ...(form.stat ? { stat: statOf(objects).map((line) => ({ ...line })) } : { objects: objects.map((object) => objectMembers(object, form)) }),
    };
  }
}

function objectMembers(object: LoggedObject, form: LogForm): JsonObject {
  const { id, kind, path, verb, fields } = object;
  return { ...idMembers(id), kind, path, verb, fields: fields.map(fieldMembers), ...(form.patch ? { patch: patchOf(object, false) } : {}) };
}

function noteMembers({ words, between }: LogNote): JsonObject {
  return { words, between: between === null ? null : between.map(isoTime) };
}

/** A side on which the field is absent has no member. */
function fieldMembers({ path, keys, before, after }: Difference): JsonObject {
  return { path, keys: [...keys], ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** One object's change as unified text; with `escape` for people, without it as `git apply` takes it. */
export function patchOf(object: LoggedObject, escape: boolean): string {
  const [before, after] = [object.before(), object.after()];
  const patch = unifiedDiff(before?.text ?? '', after?.text ?? '', {
    fromName: before === null ? '/dev/null' : `a/${object.path}`,
    toName: after === null ? '/dev/null' : `b/${object.path}`,
    escape,
  });
  // The tab that ends a name with blanks is for patch(1).
  return escape ? patch.replace(/^--- .*\n\+\+\+ .*\n/, (header) => header.replaceAll('\t\n', '\n')) : patch;
}
