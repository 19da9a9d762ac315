import { listObjects, type ListedObject } from '../../inspect/list-objects.js';
import type { Selection } from '../../inspect/selection.js';
import { escapeText } from '../../lib/escape.js';
import { EXIT } from '../../lib/exit-codes.js';
import type { JsonObject } from '../../lib/json.js';
import { typeName } from '../../model/resource-type.js';
import type { CommandContext, CommandOptions } from '../context.js';
import { paged } from '../pager.js';
import type { Reading } from '../reading.js';
import { writeDocument, writeLines } from '../render/document.js';
import { idMembers, objectName, revisionMembers } from '../render/names.js';
import { tableLines } from '../render/table.js';
import { localTime } from '../render/time.js';
import { UsageError } from '../usage-error.js';
import { lastChanges, type LastChange } from './last-changes.js';

/** Prints the selected objects and, on stderr, how many there are. UsageError NOT_FOUND when TYPE/NAME was given and is not there. */
export async function listSelected(context: CommandContext, options: CommandOptions, reading: Reading, selection: Selection, named: readonly string[]): Promise<void> {
  const { output } = context;
  const tally = new Tally();
  // A table needs all rows before its first line; documents and names are written as they are found.
  const found = tally.counted(listObjects(reading.snapshot, selection, { details: output === 'wide' || output === 'json' || output === 'yaml' }));
  const rows = output === 'table' || output === 'wide' || named.some((word) => word.includes('/')) ? [...found] : null;
  if (rows?.length === 0 && named.some((word) => word.includes('/'))) throw notThere(reading, selection, named);
  const last = output === 'wide' ? await lastChanges(reading, rows ?? [], (text) => { context.activity.show(text); }, context.signal) : null;
  let complete = false;
  await paged(context, options, async (write) => {
    if (output === 'json' || output === 'yaml') {
      await writeDocument(write, output, revisionMembers(reading.history, reading.revision), { name: 'objects', items: documents(rows ?? found) });
    } else if (output === 'name') {
      await writeLines(write, names(rows ?? found));
    } else if (rows !== null && rows.length > 0) {
      await writeLines(write, table(rows, selection, last));
    }
    complete = true;
    return EXIT.done;
  });
  if (complete && !context.quiet) context.streams.err(`${tally.words()}\n`);
}

function notThere({ revision }: Reading, selection: Selection, named: readonly string[]): UsageError {
  const hint = `kubetape log ${named.join(' ')} tells whether it ever was there`;
  return new UsageError('NOT_FOUND', `There is no ${selection.describe()} in commit ${revision.commit.oid.slice(0, 12)}`, { hint });
}

/** Counts objects on their way. */
class Tally {
  #objects = 0;
  readonly #types = new Set<string>();

  *counted(found: Iterable<ListedObject>): Iterable<ListedObject> {
    for (const object of found) {
      this.#objects += 1;
      this.#types.add(typeName(object.id));
      yield object;
    }
  }

  /** `12 objects of 3 types`. */
  words(): string {
    if (this.#objects === 0) return 'No objects';
    return `${this.#objects} ${this.#objects === 1 ? 'object' : 'objects'} of ${this.#types.size} ${this.#types.size === 1 ? 'type' : 'types'}`;
  }
}

function* names(found: Iterable<ListedObject>): Iterable<string> {
  for (const { id } of found) yield `${escapeText(objectName(id))}\n`;
}

function* documents(found: Iterable<ListedObject>): Iterable<JsonObject> {
  for (const { id, kind, apiVersion, path, oid, details } of found) {
    const { labels = [], owners = [], applier = null, notes = [] } = details ?? {};
    yield { ...idMembers(id), kind, apiVersion, path, blob: oid, labels: Object.fromEntries(labels), owners: [...owners], applier, notes: [...notes] };
  }
}

/** As kubectl get: the namespace where there is one, the type where there are several. */
function table(found: readonly ListedObject[], selection: Selection, last: ReadonlyMap<string, LastChange> | null): Iterable<string> {
  const namespaced = found.some(({ id }) => id.namespace !== '');
  const one = selection.types().length === 1;
  const headings = [...(namespaced ? ['NAMESPACE'] : []), 'NAME', ...(last === null ? [] : ['KIND', 'API', 'LAST CHANGE', 'COMMIT', 'LABELS', 'NOTES'])];
  const rows = found.map((object) => {
    const { id } = object;
    const cells = namespaced ? [id.namespace] : [];
    cells.push(one ? id.name : objectName(id));
    return last === null ? cells : [...cells, ...wideCells(object, last.get(object.path))];
  });
  return tableLines(headings, rows);
}

function wideCells({ kind, apiVersion, details }: ListedObject, last: LastChange | undefined): string[] {
  const labels = (details?.labels ?? []).map(([key, value]) => `${key}=${value}`).join(',');
  const notes = [...(details?.owners ?? []).map((owner) => `of ${owner}`), ...(details?.applier ? [`applied by ${details.applier}`] : []), ...(details?.notes ?? [])];
  return [kind, apiVersion, last === undefined ? '?' : localTime(last.committedAt), last?.oid.slice(0, 12) ?? '?', labels === '' ? '<none>' : labels, notes.join('; ')];
}
