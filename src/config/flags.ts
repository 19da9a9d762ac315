import type { ClusterSettings } from '../model/settings.js';
import type { Mistake } from './config-error.js';
import { FILTER_SYNTAX, parseFilterText, type RawFilterEntry } from './filter-text.js';

/** What the command line gave; nothing of it is checked yet but its form. */
export interface Flags {
  /** Scalar keys of the file by their path. */
  readonly scalars: ReadonlyMap<string, string>;
  /** --include and --exclude as they were written. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** -n, -l and -A. */
  readonly namespaces: readonly string[];
  readonly selector: string | undefined;
  readonly allNamespaces: boolean;
  /** kubectl's flags that have no key in the file. */
  readonly cluster: Partial<Omit<ClusterSettings, 'kubeconfig' | 'context'>>;
}

export const NO_FLAGS: Flags = {
  scalars: new Map(),
  include: [],
  exclude: [],
  namespaces: [],
  selector: undefined,
  allNamespaces: false,
  cluster: {},
};

/** The filters of the command line, unchecked. */
export interface FlagFilters {
  /** Undefined: the command line says nothing, the file decides. */
  readonly include: readonly RawFilterEntry[] | undefined;
  /** Added to those of the file: a flag never uncovers what the file excludes. */
  readonly exclude: readonly RawFilterEntry[];
  readonly mistakes: readonly Mistake[];
}

/**
 * --include entries, or one entry of -n and -l, replace the file's include; -A replaces it by everything. --exclude adds
 * to the file's.
 */
export function flagFilters(flags: Flags): FlagFilters {
  const mistakes: Mistake[] = [];
  const parse = (origin: string) => (text: string): RawFilterEntry[] => {
    const entry = parseFilterText(text);
    if (typeof entry === 'string') {
      mistakes.push({ origin, path: '', text: `${entry}; an example: '${FILTER_SYNTAX}'` });
      return [];
    }
    return [entry];
  };
  if (flags.allNamespaces && flags.namespaces.length > 0) {
    mistakes.push({ origin: '--all-namespaces', path: '', text: 'cannot be given together with --namespace' });
  }
  if (flags.include.length > 0 && (flags.namespaces.length > 0 || flags.selector !== undefined)) {
    mistakes.push({ origin: '--include', path: '', text: 'cannot be given together with --namespace or --selector; write namespaces=… and selector=… in it' });
  }
  const include = flags.include.flatMap(parse('--include'));
  const exclude = flags.exclude.flatMap(parse('--exclude'));
  return { include: flags.include.length > 0 ? include : scopeOf(flags), exclude, mistakes };
}

function scopeOf(flags: Flags): readonly RawFilterEntry[] | undefined {
  if (flags.namespaces.length === 0 && flags.selector === undefined) {
    return flags.allNamespaces ? [] : undefined;
  }
  return [
    {
      ...(flags.namespaces.length > 0 ? { namespaces: [...flags.namespaces] } : {}),
      ...(flags.selector === undefined ? {} : { labelSelector: flags.selector }),
    },
  ];
}
