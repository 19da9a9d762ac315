import { randomBytes } from 'node:crypto';
import type { Removed } from '../../canon/explanation.js';
import { redactSide } from '../../canon/redact.js';
import { pathText } from '../../canon/rules/sites.js';
import { isSecretType } from '../../canon/secrets.js';
import { compareSides, type RuleOf } from '../../diff/classify.js';
import { builtInListKeys, type ListKeys } from '../../diff/list-keys.js';
import { counterpart } from '../../diff/locate.js';
import { own, type JsonObject } from '../../lib/json.js';
import type { Difference, ObjectDifference, Side } from '../../model/comparison.js';
import type { ObjectId } from '../../model/object-id.js';
import { apiVersionOf, type ResourceType } from '../../model/resource-type.js';

/** Of one object: enough for a person, and for a report of a file that was replaced as a whole. */
const FIELDS = 200;

/** The object that a difference is of. */
export interface Subject {
  readonly id: ObjectId;
  readonly path: string;
  readonly type: ResourceType;
}

/** Makes differences of sides; values of Secrets are replaced unless they are to be revealed. */
export class LiveDifferences {
  readonly #reveal: boolean;
  /** Of this run alone: whether two values are equal can be seen, what they are cannot be tried out. */
  readonly #redactionKey = randomBytes(32);

  constructor(reveal: boolean) {
    this.#reveal = reveal;
  }

  added(subject: Subject, after: Side): ObjectDifference {
    return this.#difference(subject, 'added', null, this.#shown(subject, after), []);
  }

  removed(subject: Subject, before: Side): ObjectDifference {
    return this.#difference(subject, 'removed', this.#shown(subject, before), null, []);
  }

  /**
   * `removed`: what the rules in force take away from the live object. `onlyKept`: a difference at such a place is left
   * out, because the other side was made by other rules.
   */
  changed(subject: Subject, given: { readonly before: Side; readonly after: Side }, live: JsonObject, removed: readonly Removed[], onlyKept: boolean): ObjectDifference {
    const before = this.#shown(subject, given.before);
    const after = this.#shown(subject, given.after);
    const listKeys = builtInListKeys(textOf(after.body, 'apiVersion'), textOf(after.body, 'kind'));
    const ruleOf = rulesByPlace(removed);
    const fields = compareSides({ before, after, live, ruleOf, listKeys }, { listKeys, limit: FIELDS });
    const kept = onlyKept ? fields.filter((field) => !isRemoved(field, { before, after, live }, ruleOf, listKeys)) : fields;
    return this.#difference(subject, 'changed', before, after, kept);
  }

  #shown({ type }: Subject, side: Side): Side {
    if (this.#reveal || !isSecretType(type)) return side;
    // Whatever kind somebody wrote into a file that lies among the Secrets: it is one.
    return redactSide({ ...side, body: { ...side.body, apiVersion: 'v1', kind: 'Secret' } }, this.#redactionKey);
  }

  #difference({ id, path, type }: Subject, change: ObjectDifference['change'], before: Side | null, after: Side | null, fields: readonly Difference[]): ObjectDifference {
    const body = (after ?? before)?.body ?? {};
    return { id, path, change, before, after, fields, kind: textOf(body, 'kind') || type.kind, apiVersion: textOf(body, 'apiVersion') || apiVersionOf(type) };
  }
}

/** The rule that removes the place itself, or the first thing below it. */
function rulesByPlace(removed: readonly Removed[]): RuleOf {
  const leaves = new Map(removed.map((each) => [each.path, { id: each.rule, class: each.class }]));
  return (keys) => {
    const place = pathText(keys);
    const exact = leaves.get(place);
    if (exact !== undefined) return exact;
    for (const [path, rule] of leaves) if (path.startsWith(place) && (path[place.length] === '.' || path[place.length] === '[')) return rule;
    return null;
  };
}

function isRemoved(
  field: Difference,
  { before, after, live }: { readonly before: Side; readonly after: Side; readonly live: JsonObject },
  ruleOf: RuleOf,
  listKeys: ListKeys,
): boolean {
  if (field.keys.length === 0) return field.class === 'allocated';
  const home = field.after === undefined ? before : after;
  const site = counterpart(field.keys, home.body, live, listKeys);
  return site !== null && ruleOf(site.keys) !== null;
}

function textOf(object: JsonObject, key: string): string {
  const value = own(object, key);
  return typeof value === 'string' ? value : '';
}
