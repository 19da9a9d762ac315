import { escapeLine } from '../lib/escape.js';
import { RepositoryError } from '../model/repository-error.js';

/** To the n-th parent (from 1), so many times. */
export interface Step {
  readonly parent: number;
  readonly times: number;
}

export interface RevisionParts {
  /** The name in front. */
  readonly base: string;
  readonly steps: readonly Step[];
}

/** Forms of git that name no commit, or that need what is not read here. */
const FOREIGN: readonly (readonly [RegExp, string])[] = [
  [/\.\./, 'it is a range, not one commit'],
  [/@\{/, 'git\'s log of refs is not read'],
  [/\^\{(?!commit\}|\})/, 'only ^{commit} and ^{} are read here'],
  [/\^[@!-]/, 'it is a set of commits, not one'],
  [/^:/, 'it names no commit'],
];

/**
 * Takes a revision apart (gitrevisions(7)): a name, then any of `~`, `~n`, `^`, `^n`, `^{commit}`, `^{}`. RepositoryError
 * NOT_FOUND for what has another form.
 */
export function parseSteps(given: string): RevisionParts {
  const foreign = FOREIGN.find(([form]) => form.test(given))?.[1];
  if (foreign !== undefined) throw malformed(given, foreign);
  const at = given.search(/[~^]/);
  const base = at < 0 ? given : given.slice(0, at);
  if (base === '') throw malformed(given, given === '' ? 'it is empty' : 'it begins with no name');
  const steps: Step[] = [];
  const form = /~(\d*)|\^\{(?:commit)?\}|\^(\d*)/y;
  for (let from = at < 0 ? given.length : at; from < given.length; from = form.lastIndex) {
    form.lastIndex = from;
    const match = form.exec(given);
    if (match === null) throw malformed(given, `"${escapeLine(given.slice(from), 20)}" is not understood`);
    const [text, generations, parent] = match;
    if (generations !== undefined) steps.push({ parent: 1, times: generations === '' ? 1 : Number(generations) });
    else if (!text.startsWith('^{')) steps.push(toParent(parent ?? ''));
  }
  return { base, steps };
}

/** `^0` is the commit itself. */
function toParent(digits: string): Step {
  const parent = digits === '' ? 1 : Number(digits);
  return { parent, times: parent === 0 ? 0 : 1 };
}

function malformed(given: string, why: string): RepositoryError {
  return revisionError(given, why, 'Give a commit, a point, a branch, HEAD~3, a time such as "2 hours ago", or rv:12345');
}

/** NOT_FOUND for a revision that names no commit; what was given is escaped. */
export function revisionError(given: string, why: string, hint: string): RepositoryError {
  return new RepositoryError('NOT_FOUND', `Revision "${escapeLine(given, 80)}": ${why}`, { hint });
}
