/** One entry of include or exclude; every given member must hold. Names and namespaces are globs (`*`, `?`). */
export interface FilterEntry {
  /** `deployments`, `deployments.apps`, `*.cert-manager.io`: globs over the type's name, or its plural alone. */
  readonly types?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly names?: readonly string[];
  /** Kubernetes selector syntax. */
  readonly labelSelector?: string;
}

/** What is mirrored: nothing in `include` means everything; `exclude` wins. */
export interface Filter {
  readonly include: readonly FilterEntry[];
  readonly exclude: readonly FilterEntry[];
}

export const EVERYTHING: Filter = { include: [], exclude: [] };
