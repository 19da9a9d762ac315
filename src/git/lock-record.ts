import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Oid } from '../model/tape.js';

/** A git lock that we are about to take: path inside the repository, and what is written into it. */
export interface AnnouncedLock {
  readonly path: string;
  readonly oid: Oid;
}

/** Content of `kubetape.lock`. Members of /proc are null where there is none. */
export interface LockRecord {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  readonly bootId: string | null;
  /** Process ids mean nothing outside of it. */
  readonly pidNamespace: string | null;
  /** Clock ticks after boot: tells a process from a later one with the same id. */
  readonly startTime: string | null;
  readonly since: string;
  readonly gitLock: AnnouncedLock | null;
}

export function ownRecord(): LockRecord {
  return {
    id: randomUUID(),
    pid: process.pid,
    host: hostname(),
    bootId: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: attempt(() => readlinkSync('/proc/self/ns/pid')),
    startTime: startTimeOf('self'),
    since: new Date().toISOString(),
    gitLock: null,
  };
}

/** Whether the process that wrote a record lives; undefined when that cannot be seen from here. */
export function isAlive(record: LockRecord, self: LockRecord): boolean | undefined {
  if (record.bootId === null || record.startTime === null || record.pidNamespace === null) return undefined;
  if (record.bootId !== self.bootId || record.pidNamespace !== self.pidNamespace) return undefined;
  return startTimeOf(record.pid) === record.startTime;
}

/** Fixed length, so that a rewrite in place never leaves a tail. */
export function encodeRecord(record: LockRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record).padEnd(RECORD_LENGTH)}\n`);
}

const RECORD_LENGTH = 1023;

/** Null when the text is no record (being written, or not ours). */
export function parseRecord(text: string): LockRecord | null {
  const value = attempt(() => JSON.parse(text) as unknown);
  if (typeof value !== 'object' || value === null) return null;
  const { id, pid, host } = value as Partial<LockRecord>;
  const sound = typeof id === 'string' && typeof pid === 'number' && typeof host === 'string';
  return sound ? ({ bootId: null, pidNamespace: null, startTime: null, since: '', gitLock: null, ...value } as LockRecord) : null;
}

/** Field 22 of /proc/<pid>/stat; null when there is no such process, or only its zombie. */
function startTimeOf(pid: number | 'self'): string | null {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The second field is the program's name in brackets, which may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined || fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    // Not Linux, not readable, gone: each means "not known" here.
    return null;
  }
}
