import { isObject, own, type Json } from '../../lib/json.js';
import { ACTION_DANGER, WAVES } from '../../model/restore-plan.js';

/** What is wrong with a document, and where: `steps[3].action`. Quotes nothing of it. */
export class ShapeError extends Error {
  readonly place: string;
  constructor(place: string, what: string) {
    super(`${place === '' ? 'the document' : place} ${what}`);
    this.place = place;
  }
}

/** Throws a ShapeError when a value is not of the shape. */
type Shape = (value: Json | undefined, place: string) => void;

const text: Shape = (value, place) => {
  if (typeof value !== 'string') throw new ShapeError(place, 'is no text');
};

const flag: Shape = (value, place) => {
  if (typeof value !== 'boolean') throw new ShapeError(place, 'is neither true nor false');
};

const count: Shape = (value, place) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new ShapeError(place, 'is no count');
};

const objectId: Shape = (value, place) => {
  if (typeof value !== 'string' || !/^[0-9a-f]{40}$/.test(value)) throw new ShapeError(place, 'is no object id of git');
};

const key: Shape = (value, place) => {
  if (typeof value !== 'string') count(value, place);
};

const anything: Shape = () => undefined;

function oneOf(words: readonly string[]): Shape {
  return (value, place) => {
    if (typeof value !== 'string' || !words.includes(value)) throw new ShapeError(place, `is none of ${words.join(', ')}`);
  };
}

function nullable(shape: Shape): Shape {
  return (value, place) => {
    if (value !== null) shape(value, place);
  };
}

function list(shape: Shape): Shape {
  return (value, place) => {
    if (!Array.isArray(value)) throw new ShapeError(place, 'is no list');
    value.forEach((item, i) => { shape(item, `${place}[${i}]`); });
  };
}

interface Members {
  readonly required: Readonly<Record<string, Shape>>;
  readonly optional?: Readonly<Record<string, Shape>>;
  /** What is not known here would change what is done, so it is refused; elsewhere a newer program may have added it. */
  readonly closed?: boolean;
}

function members({ required, optional = {}, closed = false }: Members): Shape {
  return (value, place) => {
    if (!isObject(value)) throw new ShapeError(place, 'is no object');
    const at = (name: string): string => (place === '' ? name : `${place}.${name}`);
    for (const [name, shape] of Object.entries(required)) {
      const member = own(value, name);
      if (member === undefined) throw new ShapeError(at(name), 'is missing');
      shape(member, at(name));
    }
    for (const [name, shape] of Object.entries(optional)) if (Object.hasOwn(value, name)) shape(own(value, name), at(name));
    const unknown = closed ? Object.keys(value).find((name) => !Object.hasOwn(required, name) && !Object.hasOwn(optional, name)) : undefined;
    if (unknown !== undefined) throw new ShapeError(at(/^\w{1,40}$/.test(unknown) ? unknown : '…'), 'is not known to this kubetape');
  };
}

const dryRun: Shape = (value, place) => {
  members({ required: { result: oneOf(['passed', 'unverified', 'refused']) } })(value, place);
  const result = isObject(value) ? own(value, 'result') : undefined;
  if (result === 'passed') members({ required: { warnings: list(text) } })(value, place);
  else if (result === 'unverified') members({ required: { reason: text } })(value, place);
  else members({ required: { status: count, message: text } })(value, place);
};

const difference = members({
  required: { path: text, keys: list(key), class: oneOf(['intent', 'default', 'allocated', 'injected']) },
  optional: { before: anything, after: anything, because: text, managers: list(text) },
});

const danger = members({
  required: { kind: oneOf(['recreate', 'restart', 'data', 'not served', 'webhook', 'missing', 'secret', 'gitops', 'orphan']), words: text, evidence: text },
});

const step = members({
  required: {
    id: members({ required: { group: text, resource: text, namespace: text, name: text }, closed: true }),
    kind: text, apiVersion: text, path: text, oid: objectId,
    class: oneOf(['durable', 'derived', 'node-bound', 'cluster-bound', 'data-bound', 'finished', 'control']),
    wave: oneOf(WAVES), action: oneOf(Object.keys(ACTION_DANGER)), reason: nullable(text),
    live: nullable(members({ required: { uid: text, resourceVersion: text } })),
    fields: list(difference), immutable: list(text), dryRun: nullable(dryRun), dangers: list(danger), dependsOn: list(text),
  },
  optional: { claim: members({ required: { data: oneOf(['keep live data', 'empty', 'from snapshot']), reason: text } }) },
});

/** A RestorePlan of model/restore-plan.ts, as docs/schema/plan.v1.json describes it. */
export const planShape: Shape = members({
  required: {
    schema: text, createdAt: text, kubetape: text, repository: text,
    commit: members({ required: { oid: objectId, tree: objectId, subject: text, committedAt: text } }),
    cluster: members({ required: { name: text, identity: text, server: text, recorded: text } }),
    scope: members({ required: { everything: flag, namespaces: list(text), objects: list(text), selector: nullable(text), exclude: list(text) }, closed: true }),
    options: members({
      required: {
        onlyMissing: flag, onExisting: oneOf(['update', 'skip', 'fail']), onImmutable: oneOf(['keep', 'skip', 'recreate']),
        strategy: oneOf(['exact', 'merge']), toOtherCluster: flag,
      },
      closed: true,
    }),
    steps: list(step), unchanged: count, extra: list(text),
    uncovered: list(members({ required: { type: text, namespace: nullable(text), reason: text } })),
    warnings: list(text),
  },
});
