import { RepositoryError } from '../model/repository-error.js';
import { escapeLine } from '../lib/escape.js';
import { instantOf, systemZone } from './wall-clock.js';

export interface TimeContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** IANA name, for times without a zone; absent: the system's. */
  readonly timeZone?: string | undefined;
  /** What a date alone means: its first second (the default), or, for `--until`, its last. */
  readonly dayEdge?: 'start' | 'end';
}

/** A time that a person gave. */
export interface GivenTime {
  /** Seconds since 1970. */
  readonly at: number;
  /** `UTC`, `+02:00`, or the IANA name of the zone that was taken for a time without one. */
  readonly zone: string;
}

const SECONDS: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|secs?|seconds?)$/, 1],
  [/^(?:m|mins?|minutes?)$/, 60],
  [/^(?:h|hrs?|hours?)$/, 3600],
  [/^(?:d|days?)$/, 86_400],
  [/^(?:w|weeks?)$/, 604_800],
];

const LONGEST = 100;
/** Further back no date is written. */
const EARLIEST = -62_135_596_800;

/**
 * Reads a time; null when the text is none.
 *
 * - ISO 8601: `2026-11-20`, `2026-11-20T14:00`, `2026-11-20 14:00:30.5Z`, `…+02:00`. Without a zone it is a time of
 *   `timeZone`: one that a change of the clock leaves out moves on by what was left out, one that comes twice is the
 *   first. A date alone is the start of that day (git would take the present time of day, which surprises people).
 * - `now`; `yesterday` (24 hours ago, as git has it); `2 hours ago`, `an hour ago`, `1h30m ago`, `2.weeks.ago`: a day is 24 hours.
 *
 * RepositoryError NOT_FOUND for what has the form of a time, but names none (`2026-02-30`, `2 months ago`).
 */
export function parseTime(text: string, context: TimeContext): GivenTime | null {
  const given = text.trim();
  if (given.length > LONGEST) return null;
  const ago = secondsAgo(given);
  if (ago !== null) return { at: Math.max(EARLIEST, Math.floor(context.now / 1000 - ago)), zone: context.timeZone ?? systemZone() };
  const parts = /^(\d{4})-(\d\d)-(\d\d)(?:(?:[Tt]| +)(\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)? ?([Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?$/.exec(given);
  return parts === null ? null : isoTime(given, parts, context);
}

/** One amount: `2 hours`, `1h`, `an hour`, `2.hours.`. */
const AMOUNT = /(?:(\d+(?:\.\d+)?)[\s.]*|(?:an?|one)[\s.]+)([a-z]+)[\s.,]*/iy;

function secondsAgo(text: string): number | null {
  if (/^now$/i.test(text)) return 0;
  if (/^yesterday$/i.test(text)) return 86_400;
  if (!/[\s.]ago$/i.test(text)) return null;
  const end = text.length - 'ago'.length;
  let total = 0;
  for (let from = 0; from < end; from = AMOUNT.lastIndex) {
    AMOUNT.lastIndex = from;
    const [, count = '1', unit] = AMOUNT.exec(text.slice(0, end)) ?? [];
    if (unit === undefined) return null;
    const seconds = SECONDS.find(([name]) => name.test(unit.toLowerCase()))?.[1];
    if (seconds === undefined) throw noTime(text, /^(?:months?|years?)$/i.test(unit) ? 'months and years differ in length' : `"${escapeLine(unit, 20)}" is no unit of time`);
    total += Number(count) * seconds;
  }
  return total;
}

function isoTime(text: string, parts: RegExpExecArray, { timeZone, dayEdge }: TimeContext): GivenTime {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map((part: string | undefined) => Number(part ?? 0));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) throw noTime(text, 'there is no such day');
  if (hour > 23 || minute > 59 || second > 59) throw noTime(text, 'there is no such time of day');
  const endsDay = parts[4] === undefined && dayEdge === 'end';
  const wall = date.getTime() / 1000 + hour * 3600 + minute * 60 + second + (endsDay ? 86_400 : 0);
  const zone = parts[7];
  const at = zone === undefined ? instantOf(wall, timeZone ?? systemZone()) : wall - offsetOf(text, zone);
  return { at: endsDay ? at - 1 : at, zone: zone === undefined ? (timeZone ?? systemZone()) : nameOf(zone) };
}

/** Seconds east of UTC. */
function offsetOf(text: string, zone: string): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  if (Number(hours) > 23 || Number(minutes) > 59) throw noTime(text, 'there is no such zone');
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

function nameOf(zone: string): string {
  const digits = zone.replace(':', '');
  return /^[+-]/.test(zone) ? `${digits.slice(0, 3)}:${digits.slice(3) || '00'}` : 'UTC';
}

function noTime(text: string, why: string): RepositoryError {
  return new RepositoryError('NOT_FOUND', `"${escapeLine(text, 80)}" is no time: ${why}`, { hint: 'Give a time such as 2026-11-20T14:00Z, 2026-11-20, yesterday or "2 hours ago"' });
}
