import { invalidConfiguration, type Mistake } from '../config/config-error.js';
import { FILTER_SYNTAX, parseFilterText } from '../config/filter-text.js';
import type { SelectionRequest } from '../inspect/selection.js';
import type { FilterEntry } from '../model/filter.js';
import { texts, text } from './option-values.js';
import type { CommandOptions } from './context.js';

/** -n, -A, -l, --exclude and the objects of a reading command. ConfigError for an --exclude that cannot be read. */
export function selectionRequest(options: CommandOptions, objects: readonly string[]): SelectionRequest {
  const mistakes: Mistake[] = [];
  const exclude = texts(options['exclude']).flatMap((written): FilterEntry[] => {
    const entry = parseFilterText(written);
    if (typeof entry !== 'string') return [entry];
    mistakes.push({ origin: '--exclude', path: '', text: `${entry}; an example: '${FILTER_SYNTAX}'` });
    return [];
  });
  if (mistakes.length > 0) throw invalidConfiguration(mistakes);
  return {
    objects,
    namespaces: texts(options['namespace']),
    allNamespaces: options['allNamespaces'] === true,
    selector: text(options['selector']),
    exclude,
  };
}
