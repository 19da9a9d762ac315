import { objectLog, type LogRequest } from '../../inspect/object-log.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { CommandContext, CommandOptions } from '../context.js';
import type { Words } from '../invocation.js';
import { writeLog } from '../log/write-log.js';
import { text } from '../option-values.js';
import { paged } from '../pager.js';
import { withReading, type Reading } from '../reading.js';
import { indexing } from '../render/indexing.js';
import { secondsOf } from '../time-option.js';
import { UsageError } from '../usage-error.js';

/** `log`: what happened to the selected objects, newest first. */
export async function run(context: CommandContext, options: CommandOptions, { args, objects }: Words): Promise<ExitCode> {
  const named = [...args, ...objects];
  const limit = countOf(options['maxCount']);
  return withReading(context, options, async (reading) => {
    const request = await requestOf(context, options, reading, named);
    const form = { patch: options['patch'] === true, stat: options['stat'] === true };
    let entries = 0;
    const code = await paged(context, options, async (write, signal) => {
      const found = await started(objectLog(reading.history, request, signal));
      if (found === null && isNamed(named) && request.since === undefined && request.until === undefined) throw notFound(reading, request);
      entries = await writeLog(write, context, reading, take(found ?? [], limit), form);
      return EXIT.done;
    });
    if (entries === 0 && !context.quiet) context.streams.err('No changes\n');
    return code;
  });
}

function isNamed(words: readonly string[]): boolean {
  return words.some((word) => word.includes('/'));
}

function notFound({ revision }: Reading, { selection }: LogRequest): UsageError {
  const hint = 'Check the name and -n; kubetape ls TYPE -A shows what there is';
  return new UsageError('NOT_FOUND', `No commit up to ${revision.commit.oid.slice(0, 12)} changed ${selection.describe()}`, { hint });
}

async function requestOf(context: CommandContext, options: CommandOptions, reading: Reading, named: readonly string[]): Promise<LogRequest> {
  const { history, revision, select } = reading;
  const [since, until] = [text(options['since']), text(options['until'])];
  return {
    from: revision.commit,
    selection: select(named),
    since: since === undefined ? undefined : await secondsOf(history, since, 'start', context, context.signal),
    until: until === undefined ? undefined : await secondsOf(history, until, 'end', context, context.signal),
    all: options['all'] === true,
    reveal: options['reveal'] === true,
    onProgress: indexing((words) => { context.activity.show(words); }),
  };
}

/** The same items, the first of which is there; null when there is none. */
async function started<T>(items: AsyncGenerator<T>): Promise<AsyncIterable<T> | null> {
  const first = await items.next();
  if (first.done === true) return null;
  return (async function* () {
    yield first.value;
    yield* items;
  })();
}

async function* take<T>(items: AsyncIterable<T> | Iterable<T>, limit: number): AsyncIterable<T> {
  let taken = 0;
  if (limit === 0) return;
  for await (const item of items) {
    yield item;
    taken += 1;
    if (taken >= limit) return;
  }
}

function countOf(value: unknown): number {
  const given = text(value);
  if (given === undefined) return Number.POSITIVE_INFINITY;
  if (!/^\d+$/.test(given)) throw new UsageError('USAGE', `--max-count takes a number, not "${given}"`);
  return Number(given);
}
