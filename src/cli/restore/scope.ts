import { FILTER_SYNTAX, parseFilterText } from '../../config/filter-text.js';
import { invalidConfiguration, type Mistake } from '../../config/config-error.js';
import type { SelectionRequest } from '../../inspect/selection.js';
import type { FilterEntry } from '../../model/filter.js';
import type { RestoreScope } from '../../model/restore-plan.js';
import { RestoreError } from '../../restore/restore-error.js';
import type { CommandOptions } from '../context.js';
import { text, texts } from '../option-values.js';

/** What of a command line says what is put back. RestoreError SCOPE when nothing does. */
export function scopeOf(options: CommandOptions, objects: readonly string[], command: string): RestoreScope {
  const all = options['allNamespaces'] === true;
  const namespaces = all ? [] : texts(options['namespace']);
  const selector = text(options['selector']) ?? null;
  if (!all && namespaces.length === 0 && objects.length === 0) {
    throw new RestoreError('SCOPE', `${command} needs a scope: what is to be put back is not said`, {
      hint: `Name objects (kubetape ${command} ${REVISION_OF[command] ?? 'HEAD'} deploy/web -n shop), a namespace (-n shop), or everything (-A)`,
    });
  }
  return { everything: all && objects.length === 0 && selector === null, namespaces, objects, selector, exclude: texts(options['exclude']) };
}

const REVISION_OF: Readonly<Record<string, string>> = { revert: 'A..B' };

/** The selection that a scope means: of a command line, a plan file or a journal. ConfigError for an exclusion that cannot be read. */
export function selectionOfScope({ namespaces, objects, selector, exclude }: RestoreScope): SelectionRequest {
  const mistakes: Mistake[] = [];
  const entries = exclude.flatMap((written): FilterEntry[] => {
    const entry = parseFilterText(written);
    if (typeof entry !== 'string') return [entry];
    mistakes.push({ origin: '--exclude', path: '', text: `${entry}; an example: '${FILTER_SYNTAX}'` });
    return [];
  });
  if (mistakes.length > 0) throw invalidConfiguration(mistakes);
  return { objects, namespaces, allNamespaces: namespaces.length === 0, selector: selector ?? undefined, exclude: entries };
}

/** The words of a command line that mean a scope. Not quoted. */
export function scopeWords({ namespaces, objects, selector, exclude }: RestoreScope): string[] {
  return [
    ...objects,
    ...namespaces.flatMap((namespace) => ['-n', namespace]),
    ...(objects.length === 0 && namespaces.length === 0 ? ['-A'] : []),
    ...(selector === null ? [] : ['-l', selector]),
    ...exclude.flatMap((written) => ['--exclude', written]),
  ];
}
