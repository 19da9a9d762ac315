import { escapeText } from '../../lib/escape.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { JsonObject } from '../../lib/json.js';
import type { History, Point } from '../../model/history.js';
import type { CommandContext, CommandOptions } from '../context.js';
import type { Words } from '../invocation.js';
import { openSettingsHistory } from '../open-history.js';
import { text } from '../option-values.js';
import { paged } from '../pager.js';
import { documentText } from '../render/document.js';
import { commitMembers, isoTime } from '../render/names.js';
import { renderTable } from '../render/table.js';
import { localTime } from '../render/time.js';
import { resolveRevision } from '../revision-note.js';

/** `point create|list|rm`: named restore points. */
export async function run(context: CommandContext, options: CommandOptions, { args }: Words): Promise<ExitCode> {
  const [action = '', name = ''] = args;
  const history = await openSettingsHistory(context);
  try {
    if (action === 'list') return await list(context, options, history);
    return action === 'create' ? await create(context, options, history, name) : remove(context, history, name);
  } finally {
    history.close();
  }
}

async function create(context: CommandContext, options: CommandOptions, history: History, name: string): Promise<ExitCode> {
  const at = text(options['at']);
  const commit = at === undefined ? history.head() : (await resolveRevision(history, at, context, context.signal)).commit;
  const point = history.createPoint(name, commit, text(options['message']) ?? '');
  const { output, streams } = context;
  if (output === 'json' || output === 'yaml') streams.out(documentText(members(point), output));
  else if (output === 'name') streams.out(`${escapeText(point.name)}\n`);
  else if (!context.quiet) streams.out(`Restore point ${escapeText(point.name)} is commit ${commit.oid.slice(0, 12)} of ${localTime(commit.committedAt)}\n`);
  return EXIT.done;
}

function list(context: CommandContext, options: CommandOptions, history: History): Promise<ExitCode> {
  const points = history.points().toSorted((a, b) => b.createdAt - a.createdAt || (a.name < b.name ? -1 : 1));
  return paged(context, options, async (write) => {
    await write(listText(points, context.output));
    return EXIT.done;
  });
}

function listText(points: readonly Point[], output: CommandContext['output']): string {
  switch (output) {
    case 'json':
    case 'yaml':
      return documentText({ points: points.map(members) }, output);
    case 'name':
      return points.map(({ name }) => `${escapeText(name)}\n`).join('');
    default:
      return points.length === 0 ? '' : renderTable(['NAME', 'COMMIT', 'OF', 'CREATED', 'MESSAGE'], points.map((point) => cells(point, output === 'wide')));
  }
}

function cells({ name, commit, createdAt, message }: Point, wide: boolean): string[] {
  return [name, wide ? commit.oid : commit.oid.slice(0, 12), localTime(commit.committedAt), localTime(createdAt), wide ? message.trimEnd() : (message.split('\n', 1)[0] ?? '')];
}

function members({ name, commit, createdAt, message }: Point): JsonObject {
  return { name, ...commitMembers(commit), createdAt: isoTime(createdAt), message: message.trimEnd() };
}

function remove(context: CommandContext, history: History, name: string): ExitCode {
  history.removePoint(name);
  if (!context.quiet && context.output === 'table') context.streams.out(`Restore point ${escapeText(name)} is no more; its commit stays\n`);
  return EXIT.done;
}
