import { parseTime } from '../git/revision-time.js';
import { escapeText } from '../lib/escape.js';
import type { History } from '../model/history.js';
import type { CommandContext } from './context.js';
import { localTime } from './render/time.js';

/**
 * What --since or --until means, in seconds since 1970: a time, or the time of the commit that a revision names. Says on
 * stderr which instant a time was taken for, unless -q. `edge`: the end of the day that a date alone names.
 */
export async function secondsOf(
  history: History,
  given: string,
  edge: 'start' | 'end',
  { clock, streams, quiet }: Pick<CommandContext, 'clock' | 'streams' | 'quiet'>,
  signal: AbortSignal,
): Promise<number> {
  const time = parseTime(given, { now: clock.now(), dayEdge: edge });
  const at = time?.at ?? (await history.resolve(given, signal)).commit.committedAt;
  if (!quiet) streams.err(`${edge === 'start' ? 'since' : 'until'} ${escapeText(given)}: ${localTime(at)}${time === null ? '' : ` (${time.zone})`}\n`);
  return at;
}
