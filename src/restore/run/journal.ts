import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../../lib/errors.js';
import { isObject, own, type Json, type JsonObject } from '../../lib/json.js';
import { parseJson, stringifyJson } from '../../lib/parse-json.js';
import type { StepResult } from '../../model/restore-run.js';
import type { RestoreOptions, RestoreScope } from '../../model/restore-plan.js';
import { RestoreError } from '../restore-error.js';

/** What a run began with: enough to plan the rest of it again. */
export interface RunHeader {
  readonly run: string;
  readonly startedAt: string;
  readonly commit: string;
  readonly cluster: string;
  readonly scope: RestoreScope;
  readonly options: RestoreOptions;
}

/** A destructive step that was begun, and whose end the journal does not have. */
export interface OpenIntent {
  readonly path: string;
  readonly verb: string;
  /** The live object of before; null for a Secret, of which no value is written down: the commit has it. */
  readonly saved: JsonObject | null;
}

/** What a journal tells of a run that ended, in whatever way. */
export interface RecordedRun {
  readonly header: RunHeader;
  readonly open: readonly OpenIntent[];
}

/**
 * What a run did, one JSON document a line, in a file that only its owner may read. A destructive intent is on disk before it is
 * done; everything else may be lost at a crash, because a run that goes on looks at the cluster, not at the journal.
 */
export class Journal {
  readonly path: string;
  readonly #fd: number;

  /** Opens (or goes on with) the journal of a run. System errors pass. */
  constructor(folder: string, run: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.path = join(folder, `${run}.ndjson`);
    this.#fd = openSync(this.path, 'a', 0o600);
  }

  begin(header: RunHeader): void {
    this.#write({ kind: 'begin', ...(header as unknown as JsonObject) }, true);
  }

  intent({ path, verb, saved }: { readonly path: string; readonly verb: string; readonly saved: JsonObject }): void {
    this.#write({ kind: 'intent', path, verb, saved: isSecret(saved) ? null : saved }, true);
  }

  result({ path, action, result, message }: StepResult): void {
    this.#write({ kind: 'result', path, action, result, message }, action === 'recreate');
  }

  end(): void {
    this.#write({ kind: 'end' }, true);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(record: JsonObject, durable: boolean): void {
    writeSync(this.#fd, `${stringifyJson(record)}\n`);
    if (durable) fsyncSync(this.#fd);
  }
}

/** Runs of a folder that have a journal, newest first: their names begin with their time. */
export function listRuns(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.ndjson')).map((name) => name.slice(0, -'.ndjson'.length)).sort().reverse();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** RestoreError RUN when there is no such run, or its journal has no beginning. */
export function readRun(folder: string, run: string): RecordedRun {
  const known = listRuns(folder);
  if (!known.includes(run)) {
    throw new RestoreError('RUN', `There is no run ${JSON.stringify(run)} in ${folder}`, { hint: known.length === 0 ? 'No restore was begun with this repository' : `The last one is ${known[0] ?? ''}` });
  }
  const records = readFileSync(join(folder, `${run}.ndjson`), 'utf8').split('\n').flatMap(parsed);
  const header = records.find((record) => record['kind'] === 'begin');
  if (header === undefined) throw new RestoreError('RUN', `The journal of run ${run} has no beginning`, { hint: 'Plan and restore anew: what was written is found to be equal' });
  const open = new Map<string, OpenIntent>();
  for (const record of records) {
    const path = own(record, 'path');
    if (typeof path !== 'string') continue;
    if (record['kind'] === 'result') open.delete(path);
    const saved = own(record, 'saved');
    if (record['kind'] === 'intent') open.set(path, { path, verb: text(record, 'verb'), saved: saved !== undefined && isObject(saved) ? saved : null });
  }
  return { header: header as unknown as RunHeader, open: [...open.values()] };
}

/** The last line may be half a line after a crash. */
function parsed(line: string): JsonObject[] {
  if (line === '') return [];
  try {
    const record: Json = parseJson(line);
    return isObject(record) ? [record] : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function isSecret(object: JsonObject): boolean {
  return own(object, 'kind') === 'Secret';
}

function text(object: JsonObject, key: string): string {
  const value = own(object, key);
  return typeof value === 'string' ? value : '';
}
