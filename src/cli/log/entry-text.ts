import type { LoggedObject } from '../../inspect/logged-object.js';
import type { LogNote, ObjectLogEntry } from '../../inspect/object-log.js';
import { escapeText } from '../../lib/escape.js';
import type { CommandContext } from '../context.js';
import { colourDiff } from '../render/diff-colours.js';
import { cutToWidth } from '../render/display-width.js';
import { objectName } from '../render/names.js';
import { terminalSafe } from '../render/safe-text.js';
import { renderTable } from '../render/table.js';
import { localTime } from '../render/time.js';
import { statOf } from './stat.js';
import { patchOf, type LogForm } from './write-log.js';

/** Of one commit and one object without -o wide. */
const OBJECTS = 20;
const FIELDS = 10;
const NAME_COLUMNS = 60;

/** Kubetape-Event in a person's words. */
const EVENTS: Readonly<Record<string, string>> = {
  baseline: 'first snapshot',
  'catch-up': 'caught up',
  recanonicalise: 'written anew',
  unmirrored: 'no longer mirrored',
  'server-upgrade': 'server upgrade',
  'store-went-back': 'store went back',
  'pre-restore': 'before a restore',
};

/** One commit of the log for people: a heading, then each object with its fields, its patch, or counts by type. */
export function entryText(entry: ObjectLogEntry, form: LogForm, { output, streams }: Pick<CommandContext, 'output' | 'streams'>): string {
  const { commit, note, objects } = entry;
  const wide = output === 'wide';
  const oid = streams.paint('yellow', `commit ${wide ? commit.oid : commit.oid.slice(0, 12)}`);
  const event = commit.event === null ? 'not by kubetape' : (EVENTS[commit.event] ?? cutToWidth(terminalSafe(commit.event), NAME_COLUMNS));
  const managers = commit.managers.length === 0 ? '' : `  by ${commit.managers.map((manager) => cutToWidth(terminalSafe(manager), NAME_COLUMNS)).join(', ')}`;
  const head = `${oid}  ${localTime(commit.committedAt)}  ${event}${managers}\n`;
  const notes = note === null ? '' : `    ${streams.paint('dim', noteText(note))}\n`;
  if (form.stat) return head + notes + statText(objects);
  const shown = wide ? objects : objects.slice(0, OBJECTS);
  const more = shown.length === objects.length ? '' : `  and ${objects.length - shown.length} more objects (-o wide shows all, --stat counts)\n`;
  return head + notes + shown.map((object) => objectText(object, form, wide, streams)).join('') + more;
}

function noteText({ words, between }: LogNote): string {
  const [from, to] = between ?? [];
  return from === undefined || to === undefined ? words : `${words}, between ${localTime(from)} and ${localTime(to)}`;
}

const VERBS = { create: ['create', 'green'], update: ['update', 'cyan'], delete: ['delete', 'red'], unmirror: ['no longer mirrored:', 'dim'], rewrite: ['written anew:', 'dim'] } as const;

function objectText(object: LoggedObject, form: LogForm, wide: boolean, streams: CommandContext['streams']): string {
  const { id, verb, phrases } = object;
  const [word, style] = VERBS[verb];
  const where = id.namespace === '' ? '' : `${escapeText(id.namespace)}: `;
  const head = `  ${where}${streams.paint(style, word)} ${streams.paint('bold', escapeText(objectName(id)))}\n`;
  if (form.patch) {
    return head + colourDiff(patchOf(object, true), (part, text) => streams.paint(part, text));
  }
  const shown = wide ? phrases : phrases.slice(0, FIELDS);
  const more = shown.length === phrases.length ? '' : `      and ${phrases.length - shown.length} more fields (-o wide)\n`;
  return head + shown.map((phrase) => `      ${phrase}\n`).join('') + more;
}

function statText(objects: readonly LoggedObject[]): string {
  const rows = statOf(objects).map(({ type, created, updated, deleted, other }) => [type, ...[created, updated, deleted, other].map(String)]);
  return renderTable(['TYPE', 'CREATED', 'UPDATED', 'DELETED', 'OTHER'], rows).replace(/^/gm, '  ').trimEnd() + '\n';
}
