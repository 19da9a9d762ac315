import { load, YAMLException } from 'js-yaml';
import type { Mistake } from './config-error.js';
import { locator } from './locate.js';
import { checkContent } from './mistakes.js';
import type { FileContent } from './schema.js';

export interface CheckedFile {
  readonly content: FileContent;
  readonly mistakes: readonly Mistake[];
}

/** Checks the text of a configuration file; `path` is only for messages. Every mistake has its line and column. */
export function checkConfigText(path: string, source: string): CheckedFile {
  if (source.trim() === '') {
    // A file that is being rewritten is empty for a moment; taking it for "all defaults" would drop every filter.
    return { content: {}, mistakes: [{ origin: path, line: 1, column: 1, path: '', text: 'the file is empty; write {} if every default is meant' }] };
  }
  let content: unknown;
  try {
    content = isBlank(source) ? {} : load(source, { maxDepth: 50 });
  } catch (error) {
    return { content: {}, mistakes: [syntaxMistake(path, error)] };
  }
  const places = locator(source);
  return checkContent(content ?? {}, (at, ofKey) => ({ origin: path, ...(ofKey ? places.key(at) : places.value(at)) }));
}

/** Comments and document marks only: js-yaml finds no document in it, and for us it is one without keys. */
function isBlank(source: string): boolean {
  return source.split('\n').every((line) => /^\uFEFF?\s*(#.*|---\s*)?$/.test(line));
}

/** The parser's own message quotes lines of the file: only its reason and place are shown. */
function syntaxMistake(origin: string, error: unknown): Mistake {
  if (!(error instanceof YAMLException)) {
    throw error;
  }
  const text = `not valid YAML: ${error.reason}`;
  return error.mark === undefined
    ? { origin, path: '', text }
    : { origin, line: error.mark.line + 1, column: error.mark.column + 1, path: '', text };
}
