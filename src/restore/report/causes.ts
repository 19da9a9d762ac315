import { escapeText } from '../../lib/escape.js';
import type { ResultKind, StepResult } from '../../model/restore-run.js';

/** Results that ended in the same way for the same reason. */
export interface Cause {
  readonly result: ResultKind;
  /** The server's words or ours, those of the first object, on one line; '' where there are none. */
  readonly words: string;
  /** What a person can do about it. */
  readonly hint: string | null;
  readonly results: readonly StepResult[];
}

/** Gravest first; what is as it should be is no trouble. */
const ORDER: readonly ResultKind[] = ['failed', 'incompatible', 'reverted', 'diverged', 'pending', 'stale', 'interrupted'];

/** Troubles by result and cause: messages that differ in names and numbers only have one cause. Most objects first. */
export function causesOf(results: readonly StepResult[]): Cause[] {
  return ORDER.flatMap((kind) => {
    const groups = new Map<string, StepResult[]>();
    for (const result of results) {
      if (result.result !== kind) continue;
      const shape = shapeOf(result);
      const group = groups.get(shape);
      if (group === undefined) groups.set(shape, [result]);
      else group.push(result);
    }
    return [...groups.values()].sort((a, b) => b.length - a.length).map((members): Cause => {
      const words = oneLine(members[0]?.message ?? '');
      return { result: kind, words, hint: hintOf(kind, words), results: members };
    });
  });
}

/** A message without what is an object's own: quoted texts, its name as a whole word, numbers. */
function shapeOf({ message, id }: StepResult): string {
  const unquoted = (message ?? '').replaceAll(/"(?:[^"\\]|\\.)*"/g, '"*"');
  const unnamed = id.name === '' ? unquoted : unquoted.split(/([\w.:-]+)/).map((word) => (word === id.name ? '*' : word)).join('');
  return unnamed.replaceAll(/\b\d+\b/g, '#');
}

/** Words are escaped already; what is not, is here. */
function oneLine(words: string): string {
  return words.replaceAll(/\s*\n\s*/g, ' ').replace(/[^\x20-\x7e]+/g, (run) => escapeText(run));
}

const HINTS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/failed calling webhook|failed to call webhook/, 'Nobody answers this webhook: restore its backend first, then go on'],
  [/exceeded quota/, 'Raise the ResourceQuota, or free something, then go on'],
  [/admission webhook .* denied|violates PodSecurity|ValidatingAdmissionPolicy/, 'A policy of the cluster forbids it as the commit has it: relax the policy, or change the object after the restore'],
  [/is forbidden|cannot (?:create|update|patch|delete)/, 'Give this right to the identity that restores (--as, --context choose another one)'],
  [/^immutable|immutable, kept|; immutable/, '--on-immutable recreate deletes and creates such objects; pods and volumes stay'],
  [/being terminated|being deleted|finalizer/, 'It goes when its finalizers are done; then go on with --resume'],
  [/not served|no matches for kind/, 'Install what serves this type (its definition, its API server), then go on'],
  [/namespaces? "?.*"? not found/, 'Restore the namespace too (ns/NAME), or create it, then go on'],
  [/changed since|deleted since|the change deleted it/, 'Somebody changed it after the change that is taken back: look at it with `kubetape diff`, and change it by hand'],
];

const HINTS_OF: Partial<Record<ResultKind, string>> = {
  reverted: 'Somebody takes the change back: pause the controller or the GitOps tool that owns these fields, then restore again',
  pending: 'When what it waits for is there, go on with --resume',
  stale: 'Plan again: kubetape plan shows what it would take now',
  interrupted: 'Go on with --resume',
  incompatible: 'The cluster serves this type in no version: install its definition, or restore onto a version that serves it',
};

function hintOf(kind: ResultKind, words: string): string | null {
  return HINTS.find(([pattern]) => pattern.test(words))?.[1] ?? HINTS_OF[kind] ?? null;
}
