import { createHash } from 'node:crypto';
import { stringifyJson } from '../../lib/parse-json.js';
import type { Difference } from '../../model/comparison.js';
import { differencePhrase } from './fields-renderer.js';
import type { Shown } from './shown.js';

/** An object that is not as it was committed. */
export interface DriftEntry {
  /** Its path in the tree. */
  readonly path: string;
  readonly id: Shown['difference']['id'];
  readonly change: Shown['difference']['change'];
  /** `spec.replicas 2 → 5; …`: at most three fields; escaped. */
  readonly words: string;
  /** Equal as long as it differs in the same way. */
  readonly fingerprint: string;
  /** Milliseconds since 1970: when it was first seen to differ. */
  readonly since: number;
}

export interface DriftChange {
  readonly what: 'new' | 'other' | 'gone';
  readonly entry: DriftEntry;
}

/** What differs now, and since when; compared look by look. */
export class Drift {
  #entries: ReadonlyMap<string, DriftEntry> = new Map();

  /** By path. */
  entries(): readonly DriftEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Takes the result of a new look at `now` (milliseconds); says what is not as at the last one. */
  update(shown: readonly Shown[], now: number): DriftChange[] {
    const next = new Map(shown.map((each) => [each.difference.path, entryOf(each, this.#entries.get(each.difference.path)?.since ?? now)]));
    const changes = [...next.values()].flatMap((entry): DriftChange[] => {
      const before = this.#entries.get(entry.path);
      if (before === undefined) return [{ what: 'new', entry }];
      return before.fingerprint === entry.fingerprint ? [] : [{ what: 'other', entry }];
    });
    for (const entry of this.#entries.values()) if (!next.has(entry.path)) changes.push({ what: 'gone', entry });
    this.#entries = next;
    return changes;
  }
}

const FEW = 3;

function entryOf({ difference, fields }: Shown, since: number): DriftEntry {
  const { id, path, change } = difference;
  const phrases = fields.slice(0, FEW).map(differencePhrase);
  const words = [...phrases, ...(fields.length > FEW ? [`and ${fields.length - FEW} more`] : [])].join('; ');
  const hash = createHash('sha256').update(change);
  if (change === 'changed') for (const field of fields) hash.update(fieldKey(field));
  return { path, id, change, words, since, fingerprint: hash.digest('base64') };
}

/** Absent and empty are two things. */
function fieldKey({ path, before, after }: Difference): string {
  return `\0${path}\0${before === undefined ? '' : `=${stringifyJson(before)}`}\0${after === undefined ? '' : `=${stringifyJson(after)}`}`;
}
