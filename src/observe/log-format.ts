import { AppError, messageOf } from '../lib/errors.js';
import { escapeText } from '../lib/escape.js';
import type { LogFields } from '../lib/log.js';

export interface LogEntry {
  readonly level: string;
  readonly message: string;
  /** ISO 8601. */
  readonly time: string;
  readonly fields: LogFields;
}

/** `2026-11-20T14:00:01.123Z INFO  Committed changes=3 object="shop: configmaps/a"`, one line whatever is in it. */
export function textLine(entry: LogEntry): string {
  const fields = Object.entries(flat(entry.fields)).map(([key, value]) => ` ${escapeText(key)}=${quoted(value)}`);
  return `${entry.time} ${entry.level.toUpperCase().padEnd(5)} ${escapeText(entry.message)}${fields.join('')}`;
}

/** One JSON object: time, level, message, then the fields; a field of one of these names is written with `_` behind it. */
export function jsonLine(entry: LogEntry): string {
  const fields = Object.entries(flat(entry.fields)).map(([key, value]) => [
    ['time', 'level', 'message'].includes(key) ? `${key}_` : key,
    value,
  ]);
  return JSON.stringify({ time: entry.time, level: entry.level, message: entry.message, ...(Object.fromEntries(fields) as object) });
}

/** Errors become message, code and hint; a stack only where it is a fault of ours; undefined is left out. */
function flat(fields: LogFields): Record<string, string | number | boolean | null> {
  const flattened: Record<string, string | number | boolean | null> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value instanceof Error) {
      flattened[key] = messageOf(value);
      if (value instanceof AppError) {
        flattened[`${key}Code`] = (value as AppError).code;
        if (value.hint !== undefined) {
          flattened[`${key}Hint`] = value.hint;
        }
      } else if (value.stack !== undefined) {
        flattened[`${key}Stack`] = value.stack;
      }
    } else if (value !== undefined) {
      flattened[key] = plain(value);
    }
  }
  return flattened;
}

function plain(value: unknown): string | number | boolean | null {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    case 'bigint':
      return value.toString();
    default:
      return value === null ? null : compact(value);
  }
}

function compact(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    // A cycle or a BigInt inside: a log line is no place to fail.
    return Object.prototype.toString.call(value);
  }
}

function quoted(value: string | number | boolean | null): string {
  const text = escapeText(String(value));
  return /^[\w./:@%+,*#?!()[\]{}<>~^$&|-]+$/.test(text) ? text : `"${text.replaceAll('"', String.raw`\"`)}"`;
}
